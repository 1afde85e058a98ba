#include "sql/name_line.hpp"

#include "tests/fixtures/catch.hpp"

using namespace fencepost;

namespace {

/// "name command", or "none" for an ordinary comment.
std::string said(std::string_view comment) {
  const auto line = name_line(comment);
  return line ? line->name + " " + line->command : "none";
}

}  // namespace

TEST_CASE("name line: sqlc's, in both kinds of comment", "[sql]") {
  CHECK(said("-- name: ClaimJob :one") == "ClaimJob one");
  CHECK(said("--name: ClaimJob :execresult") == "ClaimJob execresult");
  CHECK(said("/* name: ClaimJob :copyfrom */") == "ClaimJob copyfrom");
  CHECK(said("-- name: ClaimJob :frobnicate") == "ClaimJob frobnicate");
}

TEST_CASE("name line: the marks of yesql and aiosql say the command", "[sql]") {
  CHECK(said("-- name: claim-job") == "claim-job ");
  CHECK(said("-- name: claim-job<!") == "claim-job one");
  CHECK(said("-- name: finish-job!") == "finish-job execrows");
  CHECK(said("-- name: is-open?") == "is-open many");
  CHECK(said("-- name: job^") == "job one");
  CHECK(said("-- name: count_jobs$") == "count_jobs one");
  CHECK(said("-- name: make_schema#") == "make_schema exec");
  CHECK(said("-- name: insert_all*!") == "insert_all batchexec");
  CHECK(said("-- name: get_job(id, owner)^") == "get_job one");
  CHECK(said("-- name: claim-job :<!") == "claim-job one");
  CHECK(said("-- name: claim-job:1") == "claim-job one");
}

TEST_CASE("name line: HugSQL's command and result, of which the result counts", "[sql]") {
  CHECK(said("-- :name finish-job :! :n") == "finish-job execrows");
  CHECK(said("-- :name job-by-id :? :1") == "job-by-id one");
  CHECK(said("-- :name all-jobs :? :*") == "all-jobs many");
  CHECK(said("-- :name claim-job :<! :raw") == "claim-job one");
  CHECK(said("/* :name claim-job :returning-execute :one\n   :doc Takes the oldest. */") ==
        "claim-job one");
  CHECK(said("-- :name add_job :insert") == "add_job one");
  CHECK(said("-- :name touch :affected") == "touch execrows");
}

TEST_CASE("name line: PgTyped's stands in a block comment, among its parameters", "[sql]") {
  CHECK(said("/* @name ClaimJob */") == "ClaimJob ");
  CHECK(said("/*\n  @name ClaimJob\n  @param ids -> (...)\n*/") == "ClaimJob ");
  CHECK(said("-- @name ClaimJob") == "none");
}

TEST_CASE("name line: other comments are none, and what only begins like one has no name",
          "[sql]") {
  CHECK(said("-- Name: jobs; Type: TABLE; Schema: public; Owner: -") == "none");
  CHECK(said("-- the name: of it") == "none");
  CHECK(said("-- name: two words") == " ");
  CHECK(said("-- name:") == " ");
  CHECK(said("/**/") == "none");
}
