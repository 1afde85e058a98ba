// Which protocols need a copy of the whole server for each history.
#include "sim/database/definitions.hpp"

#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

std::string needs_copies_for(const std::string& sql) {
  Protocol protocol;
  protocol.statements["any"].sql = sql;
  return needs_copies(protocol);
}

}  // namespace

TEST_CASE("definitions: who reads numbers of transactions or objects starts from a copy",
          "[database]") {
  for (const char* sql :
       {"SELECT pg_current_xact_id()", "SELECT txid_current()", "SELECT xmin FROM jobs",
        "SELECT pg_snapshot_xmin(pg_current_snapshot())", "SELECT xmax <> '0' FROM jobs",
        "CREATE FUNCTION f() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN txid_current();"
        " END $$",
        "SELECT 'jobs'::regclass::oid", "SELECT tableoid FROM jobs"}) {
    INFO(sql);
    CHECK(needs_copies_for(sql).starts_with("its SQL may read numbers"));
  }
  for (const char* sql :
       {"INSERT INTO jobs VALUES (1) ON CONFLICT (id) DO UPDATE SET n = 1 RETURNING xmax = 0",
        "SELECT tableoid::regclass, ctid FROM jobs", "SELECT age(now(), at) FROM jobs",
        "SELECT 1 -- xmin"}) {
    INFO(sql);
    CHECK(needs_copies_for(sql).empty());
  }
}

TEST_CASE("definitions: what is left outside of tables needs a copy", "[database]") {
  for (const char* sql : {"SELECT lo_create(0)", "ALTER SYSTEM SET work_mem = '1MB'",
                          "SELECT pg_create_logical_replication_slot('s', 'test_decoding')"}) {
    INFO(sql);
    CHECK(needs_copies_for(sql).starts_with("its SQL may leave something outside of tables"));
  }
  Protocol after;
  auto before = std::make_shared<Protocol>();
  before->schema = {"SELECT lo_create(0)"};
  after.previous = before;
  CHECK(needs_copies(after).ends_with("(lo_create)"));
}

}  // namespace fencepost
