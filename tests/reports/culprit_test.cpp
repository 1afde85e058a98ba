#include "reports/culprit.hpp"

#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/example_failure.hpp"

namespace fencepost {
namespace {

std::string lacks(const ExampleFailure& told) {
  const FailureReport report = told.report();
  const auto culprit = culprit_of(report.told);
  return culprit ? culprit->lacks : "no culprit";
}

std::string named(const ExampleFailure& told) {
  const FailureReport report = told.report();
  const auto culprit = culprit_of(report.told);
  if (!culprit) return "no culprit";
  const std::string_view blame = culprit->blame == Blame::did_it           ? "did it: "
                                 : culprit->blame == Blame::one_of_several ? "one of several: "
                                                                           : "before: ";
  return std::string(blame) + to_text(*culprit);
}

TEST_CASE("culprit: a late write that binds nothing of the token says so", "[reports]") {
  const FailureReport report = ExampleFailure().report();
  const auto culprit = culprit_of(report.told);
  REQUIRE(culprit);
  CHECK(culprit->lacks == "save (queries.sql:14) has no condition on the lease's token (epoch).");
  REQUIRE(culprit->where);
  CHECK(culprit->source->text.substr(culprit->where->begin,
                                     culprit->where->end - culprit->where->begin) ==
        "WHERE id = :job_id");
  CHECK(culprit->add == "AND epoch = :epoch");
}

TEST_CASE("culprit: a write that binds the token, by whatever name, lacks nothing", "[reports]") {
  ExampleFailure told;
  told.late_write({{"job_id", "1"}, {"fence", "1"}});
  CHECK(lacks(told).empty());
}

TEST_CASE("culprit: a token that is bound elsewhere in the transaction guards it", "[reports]") {
  ExampleFailure told;
  told.late_write({});
  told.history.events.pop_back();
  told.statement("w1", "advance", "begin", 40s, {}, "BEGIN", false);
  told.statement("w1", "advance", "lock", 40s, {{"fence", "1"}}, "1 row", false);
  Event& write = told.statement("w1", "advance", "save", 40s, {{"job_id", "1"}}, "UPDATE 1", true);
  write.attempt = {1};
  CHECK(lacks(told).empty());
}

TEST_CASE("culprit: behind a COMMIT it is the one statement that writes", "[reports]") {
  ExampleFailure told;
  told.late_write({});
  told.history.events.pop_back();
  told.statement("w1", "advance", "begin", 40s, {}, "BEGIN", false);
  told.statement("w1", "advance", "save", 40s, {{"job_id", "1"}}, "UPDATE 1", false).attempt = {1};
  SECTION("and it is known when there is one") {
    told.statement("w1", "advance", "commit", 40s, {}, "COMMIT", true).attempt = {1};
    CHECK(lacks(told) == "save (queries.sql:14) has no condition on the lease's token (epoch).");
  }
  SECTION("and with two it is the last that concerns the job") {
    told.sql["note"] = "INSERT INTO notes VALUES (1)";
    told.history.events.back().job = {"1"};
    told.statement("w1", "advance", "note", 40s, {}, "INSERT 0 1", false).attempt = {1};
    told.statement("w1", "advance", "commit", 40s, {}, "COMMIT", true).attempt = {1};
    CHECK(named(told) == "one of several: queries.sql:14 (save)");
    CHECK(lacks(told).empty());
  }
  SECTION("and one whose text is not known may have done it") {
    told.statement("w1", "advance", "hidden", 40s, {}, "1 row", false).attempt = {1};
    told.statement("w1", "advance", "commit", 40s, {}, "COMMIT", true).attempt = {1};
    CHECK(named(told) == "one of several: queries.sql:14 (save)");
  }
}

TEST_CASE("culprit: of a late write where there is no token it is said what is missing",
          "[reports]") {
  Told told = ExampleFailure().report().told;
  told.token = {};
  told.history.declared.columns.erase("token");
  const auto culprit = culprit_of(told);
  REQUIRE(culprit);
  CHECK(culprit->lacks ==
        "save (queries.sql:14) can't tell its claim from a later one, because there is no token: "
        "let every claim change a column that it returns, name it in [lease] token, and compare it "
        "here.");
  CHECK(culprit->add.empty());
}

TEST_CASE("culprit: nothing is said that can't be known", "[reports]") {
  ExampleFailure told;
  Told it;
  SECTION("of a lease without a known token") {
    told.history.declared.columns.insert("token");
    it = told.report().told;
    it.token = {};
  }
  SECTION("of a lease that is no row's") {
    told.history.declared.lease_kind = LeaseKind::session;
    it = told.report().told;
  }
  SECTION("of an attempt that still holds the job") {
    it = told.report().told;
    it.violation.attempt = {2};
  }
  SECTION("of a statement of another attempt") {
    told.history.events.back().attempt = {2};
    it = told.report().told;
  }
  SECTION("of a statement that writes nothing") {
    told.sql["save"] = "SELECT save(:job_id)";
    it = told.report().told;
  }
  const auto culprit = culprit_of(it);
  REQUIRE(culprit);
  CHECK(culprit->lacks.empty());
}

TEST_CASE("culprit: a step without a statement has the last before it that concerns the job",
          "[reports]") {
  ExampleFailure told;
  told.statement("w2", "poll", "lock", 41s, {}, "0 rows", false);
  told.event(EventKind::fault, "w2", 42s).fault = FaultKind::crash;
  CHECK(named(told) == "before: queries.sql:14 (save)");
  told.sql.erase("save");
  CHECK(named(told) == "before: queries.sql:14 (lock)");
}

TEST_CASE("culprit: a statement that failed is named, and lacks nothing", "[reports]") {
  ExampleFailure told;
  told.history.events.back().sqlstate = "40001";
  CHECK(named(told) == "did it: queries.sql:14 (save)");
  CHECK(lacks(told).empty());
}

TEST_CASE("culprit: where no text is known there is none", "[reports]") {
  ExampleFailure told;
  told.sql.clear();
  CHECK(lacks(told) == "no culprit");
}

}  // namespace
}  // namespace fencepost
