// What a scenario's `at` may aim at: what some worker sends, and where its fault strikes.
#include "sim/input/boundaries.hpp"

#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/input_folder.hpp"

namespace fencepost {
namespace {

constexpr const char* kSql =
    "-- name: take :one\nSELECT 1 AS id;\n-- name: save :execrows\nSELECT @id::int;\n"
    "-- name: count_up :let\nSELECT 1 AS n;\n-- name: observe :many\n"
    "SELECT '1' AS job, 'ready' AS state;\n";
constexpr const char* kSteps =
    "name = \"small\"\nschema = \"schema.sql\"\nqueries = \"queries.sql\"\n[lease]\njob = \"id\"\n"
    "lasts = \"30s\"\n[role.worker]\nlisten = \"jobs\"\nsessions = [\"beat\", \"main\"]\n"
    "program = [\"count_up\", \"save\", \"claim\", \"advance\"]\n"
    "claim = [{ run = \"take\", empty = \"nothing\" }]\n"
    "advance = [{ tx = [{ loop = [{ run = \"save\", empty = \"done\" }] }] }]\n"
    "fail = [\"save\"]\nspare = [\"save\"]\nleave = [\"save\"]\n"
    "on = { error = \"fail\", shutdown = \"leave\" }\n"
    "heartbeat = { every = \"5s\", session = \"beat\", program = [\"save\"] }\n";

Protocol small(InputFolder& folder, const std::string& more = "") {
  folder.file("schema.sql", "").file("queries.sql", kSql).file("protocol.toml", kSteps + more);
  return read_protocol(folder.path());
}
std::string why_never(const std::string& aim, FaultKind kind = FaultKind::stall) {
  InputFolder folder;
  FaultRule rule;
  rule.kind = kind;
  return Boundaries(small(folder)).why_never(rule, aim);
}

TEST_CASE("boundaries: what some program comes to can be struck, wherever it is called from",
          "[sim]") {
  for (const char* aim :
       {"claim.take:before", "claim.take:after_commit", "program.save:after", "advance.begin:after",
        "advance.save:after", "advance.commit:after_commit", "fail.*", "leave.save:before",
        "heartbeat.save:*", "listen.listen:after", "*:after_commit", "*"}) {
    INFO(aim);
    CHECK(why_never(aim) == "");
  }
}
TEST_CASE("boundaries: a slip of the pen is named with what is there", "[sim]") {
  const std::string has =
      "where small has no statement; it has advance.begin, advance.commit, advance.rollback, "
      "advance.save, claim.take, fail.save, heartbeat.save, leave.save, listen.listen and "
      "program.save";
  CHECK(why_never("advnce.save:before") == has + "; did you mean \"advance.save\"?");
  CHECK(why_never("program.count_up:*") == has);
  CHECK(why_never(".save:before") == has);
}
TEST_CASE("boundaries: what no role comes to run, or never commits by itself, is named", "[sim]") {
  CHECK(why_never("spare.*:before") ==
        "which no role of small ever comes to run; name the operation in a program, in on, or in "
        "what follows an empty answer");
  CHECK(why_never("advance.save:after_commit") ==
        "where advance.save never commits by itself: what is in a transaction commits with that, "
        "at its commit:after_commit");
  CHECK_FALSE(why_never("advance.begin:after_commit").empty());
  CHECK_FALSE(why_never("listen.*:after_commit").empty());
}
TEST_CASE("boundaries: where a fault never strikes, it says where it does", "[sim]") {
  CHECK(why_never("claim.*:before", FaultKind::ack_lost) ==
        "where it never strikes; it does only when a statement is done (:after, :after_commit)");
  CHECK(why_never("claim.*:after", FaultKind::late_statement) ==
        "where it never strikes; it does only before a statement (:before)");
  CHECK(why_never("advance.commit:*", FaultKind::lock_timeout) ==
        "where it never strikes; it does only before a statement that is no begin, commit or "
        "rollback (:before)");
  CHECK(why_never("*.begin:before", FaultKind::serialization_failure) ==
        "where it never strikes; it does only before a statement that is no begin or rollback "
        "(:before)");
  CHECK(why_never("advance.*", FaultKind::lock_timeout) == "");
}
TEST_CASE("boundaries: each of several aims must meet something, and rules without one do",
          "[sim]") {
  InputFolder folder;
  const Boundaries places(small(folder));
  FaultRule rule;
  CHECK(places.strikes(rule));
  rule.at = {"advnce.*", "claim.*"};
  CHECK(places.strikes(rule));
  CHECK_FALSE(places.why_never(rule, rule.at.front()).empty());
  rule.at = {"advnce.*"};
  CHECK_FALSE(places.strikes(rule));
}

}  // namespace
}  // namespace fencepost
