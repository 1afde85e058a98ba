#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/telling.hpp"

namespace fencepost {
namespace {

TEST_CASE("single_owner: a claim at the very instant of expiry is allowed", "[model]") {
  CHECK(outcome_of(claimed().granted("w2", 2, 31s, 61s).finished(62s), "single_owner") ==
        Outcome::holds);
}
TEST_CASE("single_owner: a claim one microsecond before expiry is not", "[model]") {
  CHECK(violation_in(claimed().granted("w2", 2, 31s - 1us, 61s).finished(62s), "single_owner") ==
        "at 3: w2 was granted job 1 at 30.999999 s, but the lease of w1 (grant 1) runs until 31 s");
}
TEST_CASE("single_owner: a renewal counts", "[model]") {
  CHECK(violation_in(claimed().renewed("w1", 1, 20s, 50s).granted("w2", 2, 31s, 61s).finished(62s),
                     "single_owner") ==
        "at 4: w2 was granted job 1 at 31 s, but the lease of w1 (grant 1) runs until 50 s");
}
TEST_CASE("single_owner: who released a job no longer holds it", "[model]") {
  CHECK(
      outcome_of(
          claimed().released("w1", 1, 2s, JobState::ready).granted("w2", 2, 3s, 33s).finished(34s),
          "single_owner") == Outcome::holds);
}

TEST_CASE("fenced_writes: the owner may write", "[model]") {
  const History history =
      claimed().change("w1", 1, 2s, "1", [](JobRecord& job) { job.progress = 1; }).finished(3s);
  CHECK(outcome_of(history, "fenced_writes") == Outcome::not_reached);
}
TEST_CASE("fenced_writes: a revoked attempt's progress is a violation of that part", "[model]") {
  const History history = claimed()
                              .granted("w2", 2, 31s, 61s)
                              .change("w1", 1, 32s, "1", [](JobRecord& job) { job.progress = 1; })
                              .finished(33s);
  CHECK(violation_in(history, "fenced_writes") ==
        "progress at 4: w1 changed the progress of job 1 from 0 to 1 at 32 s under grant 1, which "
        "was revoked by w2 at 31 s");
}
TEST_CASE("fenced_writes: a revoked attempt's cursor is another part", "[model]") {
  const History history = claimed()
                              .granted("w2", 2, 31s, 61s)
                              .change("w1", 1, 32s, "1", [](JobRecord& job) { job.cursor = 1; })
                              .finished(33s);
  CHECK(violation_in(history, "fenced_writes") ==
        "cursor at 4: w1 changed the cursor of job 1 from 0 to 1 at 32 s under grant 1, which was "
        "revoked by w2 at 31 s");
}
TEST_CASE("fenced_writes: a revoked attempt's work is another part", "[model]") {
  const History history =
      claimed().granted("w2", 2, 31s, 61s).applied("w1", 1, 32s, "a", 0, 1).finished(33s);
  CHECK(
      violation_in(history, "fenced_writes") ==
      "applied at 3: w1 changed item a of job 1 at 32 s under grant 1, which was revoked by w2 at "
      "31 s");
}
TEST_CASE("fenced_writes: the commit that takes the job over is the new attempt's own", "[model]") {
  CHECK(outcome_of(claimed().granted("w2", 2, 31s, 61s).finished(62s), "fenced_writes") ==
        Outcome::not_reached);
}

TEST_CASE("token_order: other tokens may come in any order where none is declared", "[model]") {
  const History history =
      Telling().job("1").granted("w1", 1, 1s, 2s, "b").granted("w2", 2, 3s, 4s, "a").finished(5s);
  CHECK(outcome_of(history, "token_order") == Outcome::holds);
}
TEST_CASE("token_order: a token that comes again is a violation", "[model]") {
  const History history =
      Telling().job("1").granted("w1", 1, 1s, 2s, "a").granted("w2", 2, 3s, 4s, "a").finished(5s);
  CHECK(violation_in(history, "token_order") ==
        "at 2: w2 was granted job 1 at 3 s with token a, which an earlier grant had");
}
TEST_CASE("token_order: increasing numbers are compared by value", "[model]") {
  Telling telling;
  telling.declared().token_order = TokenOrder::increasing;
  const History history =
      telling.job("1").granted("w1", 1, 1s, 2s, "9").granted("w2", 2, 3s, 4s, "10").finished(5s);
  CHECK(outcome_of(history, "token_order") == Outcome::holds);
}
TEST_CASE("token_order: what is no number is compared by text", "[model]") {
  const auto increases = [](const std::string& first, const std::string& second) {
    Telling telling;
    telling.declared().token_order = TokenOrder::increasing;
    History history =
        telling.job("1").granted("w1", 1, 1s, 2s, "x").granted("w2", 2, 3s, 4s, "y").finished(5s);
    for (Event& event : history.events)
      if (event.kind == EventKind::granted)
        event.after->token = event.attempt.number == 1 ? first : second;
    return outcome_of(history, "token_order") == Outcome::holds;
  };
  CHECK(increases("5", "7"));
  CHECK(increases("0", "5"));
  CHECK(!increases("007", "7"));
  CHECK(!increases("a", "10"));
  CHECK(increases("10", "a"));
  CHECK(increases("", "0"));
  CHECK(increases("2027-01-15 08:00:00+00", "2027-01-15 08:00:00.25+00"));
  CHECK(!increases("2027-01-15 08:00:00.5+00", "2027-01-15 08:00:00.25+00"));
}
TEST_CASE("token_order: without the column it is not applicable", "[model]") {
  Telling telling;
  telling.declared().columns.erase("token");
  CHECK(outcome_of(telling.job("1").finished(1s), "token_order") == Outcome::not_applicable);
}

TEST_CASE("lease_not_born_expired: a lease that runs for one microsecond runs", "[model]") {
  CHECK(outcome_of(Telling().job("1").granted("w1", 1, 1s, 1s + 1us).finished(2s),
                   "lease_not_born_expired") == Outcome::holds);
}
TEST_CASE("lease_not_born_expired: a lease that ends at its grant never ran", "[model]") {
  CHECK(violation_in(Telling().job("1").granted("w1", 1, 1s, 1s).finished(2s),
                     "lease_not_born_expired") ==
        "at 1: w1 was granted job 1 at 1 s with a lease that had ended at 1 s");
}
TEST_CASE("lease_not_born_expired: without the column it is not applicable", "[model]") {
  Telling telling;
  telling.declared().columns.erase("lease_until");
  CHECK(outcome_of(telling.job("1").finished(1s), "lease_not_born_expired") ==
        Outcome::not_applicable);
}

TEST_CASE("healthy_keeps_lease: a takeover from a healthy believer is a violation", "[model]") {
  CHECK(violation_in(claimed().granted("w2", 2, 31s, 61s).finished(62s), "healthy_keeps_lease") ==
        "at 3: w2 took job 1 over at 31 s from w1 (grant 1), which no fault had touched");
}
TEST_CASE("healthy_keeps_lease: a takeover from a stalled one is what leases are for", "[model]") {
  const History history =
      claimed().fault(FaultKind::stall, "w1", 2s).granted("w2", 2, 31s, 61s).finished(62s);
  CHECK(outcome_of(history, "healthy_keeps_lease") == Outcome::holds);
}
TEST_CASE("healthy_keeps_lease: a stall from before the claim counts as long as it lasts",
          "[model]") {
  const History still = Telling()
                            .job("1")
                            .fault(FaultKind::stall, "w1", 1s)
                            .granted("w1", 1, 1s, 31s)
                            .then(EventKind::believed, "w1", 1, 1s)
                            .granted("w2", 2, 31s, 61s)
                            .finished(62s);
  CHECK(outcome_of(still, "healthy_keeps_lease") == Outcome::holds);
}
TEST_CASE("healthy_keeps_lease: an attempt counts from when its worker believes in it", "[model]") {
  const History history =
      Telling().job("1").granted("w1", 1, 1s, 31s).granted("w2", 2, 31s, 61s).finished(62s);
  CHECK(outcome_of(history, "healthy_keeps_lease") == Outcome::not_reached);
}

TEST_CASE("no_self_fencing: a refusal after a later grant had a reason", "[model]") {
  const History history =
      claimed().granted("w2", 2, 31s, 61s).then(EventKind::refused, "w1", 1, 32s).finished(33s);
  CHECK(outcome_of(history, "no_self_fencing") == Outcome::holds);
}
TEST_CASE("no_self_fencing: an owner whose lease runs is not refused", "[model]") {
  CHECK(violation_in(claimed().then(EventKind::refused, "w1", 1, 31s - 1us).finished(33s),
                     "no_self_fencing") ==
        "at 3: op.sql of w1 found no row of job 1 at 30.999999 s, though grant 1 was its owner");
}
TEST_CASE("no_self_fencing: at the instant of expiry it may be", "[model]") {
  CHECK(outcome_of(claimed().then(EventKind::refused, "w1", 1, 31s).finished(33s),
                   "no_self_fencing") == Outcome::holds);
}

}  // namespace
}  // namespace fencepost
