// A protocol for tests of what one statement does to everything around it.
#pragma once

#include <string>

#include "tests/cli/cli_run.hpp"
#include "tests/fixtures/catch.hpp"

namespace fencepost {

/// A small queue whose workers run this SQL while they hold a job. Nothing may be left.
struct Acting {
  std::string sql;            ///< of the statement "act"; more may follow, with their name lines
  std::string schema = {};    ///< beside the queue's own
  std::string flags = {};     ///< of the run
  std::string settings = {};  ///< lines of protocol.toml
  std::string program = "[{ tx = [\"act\"] }]";
  std::string scenario = "quiet-day";
  std::string observed = "true";  ///< which jobs `observe` shows

  Ran run() const;
};

inline Ran Acting::run() const {
  const auto before = server_folders();
  const CliFolder folder;
  folder.write("schema.sql",
               "CREATE TABLE tasks (task int PRIMARY KEY, done boolean NOT NULL DEFAULT false,"
               " epoch bigint NOT NULL DEFAULT 0);\n" +
                   schema);
  folder.write("queries.sql",
               "-- name: take_task :one\n"
               "UPDATE tasks SET epoch = epoch + 1 WHERE task = (SELECT task FROM tasks WHERE NOT"
               " done AND epoch = 0 ORDER BY task LIMIT 1 FOR UPDATE SKIP LOCKED)"
               " RETURNING task, epoch;\n"
               "-- name: end_task :execrows\n"
               "UPDATE tasks SET done = true WHERE task = :task AND epoch = :epoch;\n"
               "-- name: act :exec\n" +
                   sql +
                   ";\n"
                   "-- name: observe :many\n"
                   "SELECT task AS job, epoch AS token, CASE WHEN done THEN 'succeeded' WHEN epoch"
                   " = 0 THEN 'ready' ELSE 'owned' END AS state FROM tasks WHERE " +
                   observed +
                   ";\n"
                   "-- name: insert_job :exec\n"
                   "INSERT INTO tasks (task) VALUES (:job);\n");
  folder.write("protocol.toml",
               "name = \"acting\"\nschema = \"schema.sql\"\nqueries = \"queries.sql\"\n" +
                   settings +
                   "[lease]\njob = \"task\"\ntoken = \"epoch\"\n"
                   "[role.worker]\nprogram = [\"claim\", \"act\", \"succeed\"]\n"
                   "claim = [{ run = \"take_task\", empty = \"nothing\" }]\nact = " +
                   program + "\nsucceed = [{ run = \"end_task\", empty = \"lost\" }]\n");
  const Ran ran = folder.run("run . " + scenario + " --seed 1 " + flags);
  CHECK(gone_in_time([&] { return server_folders_since(before).empty(); }));
  return ran;
}

/// The SQL in the transaction of each job.
inline Ran run_acting(const std::string& sql, const std::string& schema = "",
                      const std::string& flags = "", const std::string& settings = "") {
  return Acting{sql, schema, flags, settings}.run();
}

}  // namespace fencepost
