// What a protocol leaves behind when its database goes.
#include "sim/database/database.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/input_folder.hpp"

namespace fencepost {
namespace {

/// Whether the server went on when a protocol with that schema was given up.
bool is_kept(const std::string& schema) {
  InputFolder folder;
  folder.file("schema.sql", "CREATE TABLE jobs (id int, state text);\n" + schema)
      .file("queries.sql",
            "-- name: observe :many\nSELECT id AS job, state FROM jobs;\n"
            "-- name: insert_job :exec\nINSERT INTO jobs VALUES (:job, 'ready');\n"
            "-- name: take :one\nUPDATE jobs SET state = 'owned' RETURNING id;\n")
      .file("protocol.toml",
            "name = \"kept\"\nabout = \"x\"\nschema = \"schema.sql\"\nqueries = \"queries.sql\"\n"
            "[lease]\njob = \"id\"\nlasts = \"1min\"\n[role.worker]\nprogram = [\"claim\"]\n"
            "claim = [{ run = \"take\", empty = \"nothing\" }]\n");
  const Protocol protocol = read_protocol(folder.path());
  Cluster cluster{{}};
  const pid_t postmaster = cluster.postmaster();
  Database database(cluster, protocol, "kept");
  database.reset({});
  database.drop();
  return cluster.postmaster() == postmaster;
}

TEST_CASE("database: a server goes on with the next protocol, unless more than a database changed",
          "[database]") {
  CHECK(is_kept("ALTER DATABASE kept SET work_mem = '1MB';"));
  CHECK_FALSE(is_kept("CREATE ROLE somebody;"));
}

}  // namespace
}  // namespace fencepost
