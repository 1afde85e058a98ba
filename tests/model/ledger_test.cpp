// The reference lease machine: each rule of its header by example. ledger_law_test.cpp tries it on
// any sequence of commits.
#include "model/ledger.hpp"

#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/event_text.hpp"

namespace fencepost {
namespace {

JobRecord ready() { return {}; }
JobRecord owned(const std::string& owner, const std::string& token, Duration until) {
  JobRecord record;
  record.state = JobState::owned;
  record.owner = owner;
  record.token = token;
  record.lease_until = Instant{until};
  return record;
}
JobRecord in_state(JobState state) {
  JobRecord record;
  record.state = state;
  return record;
}
Observation jobs(const std::map<std::string, JobRecord>& records) {
  Observation observation;
  for (const auto& [id, record] : records) observation.jobs.emplace(JobId{id}, record);
  return observation;
}

/// A commit at step 1 of that worker; it acts for `attempt`, and for none up to `since`.
Commit by(const std::string& worker, const std::string& operation, int attempt = 0, int since = 0) {
  Commit commit;
  commit.step = 1;
  commit.worker = {worker};
  commit.operation = operation;
  commit.attempt = {attempt};
  commit.since = {since};
  return commit;
}

Ledger ledger_of(const Observation& observation, AbsentMeans absent = AbsentMeans::lost,
                 LeaseKind kind = LeaseKind::row) {
  Declared declared;
  declared.absent = absent;
  declared.lease_kind = kind;
  Ledger ledger(declared);
  ledger.start(observation);
  return ledger;
}

/// Job 1 is held by w1's attempt 1.
Ledger held(AbsentMeans absent = AbsentMeans::lost, LeaseKind kind = LeaseKind::row) {
  Ledger ledger = ledger_of(jobs({{"1", ready()}}), absent, kind);
  ledger.commit(by("w1", "claim"), jobs({{"1", owned("w1", "a", 30s)}}));
  return ledger;
}

const JobRecord kTakenOver = owned("w2", "b", 60s);

}  // namespace

TEST_CASE("ledger: the first observation is one change for each job, then one for each item",
          "[model]") {
  Observation first = jobs({{"2", ready()}, {"1", ready()}});
  first.applied = {{{JobId{"1"}, ItemId{"i"}}, 3}};
  Ledger ledger{Declared{}};
  const std::vector<Event> events = ledger.start(first);
  CHECK(texts(events) == "changed 1 - → ready\nchanged 2 - → ready\napplied 1 i - → 3\n");
  for (const Event& event : events) {
    CHECK(event.step == 0);
    CHECK(event.commit == kLoad);
    CHECK(event.worker.empty());
  }
  CHECK(ledger.observed() == first);
}

TEST_CASE("ledger: a commit that changed nothing says nothing", "[model]") {
  Ledger ledger = ledger_of(jobs({{"1", ready()}}));
  CHECK(ledger.commit(by("w1", "claim"), jobs({{"1", ready()}})).empty());
  CHECK(ledger.holder({"1"}) == AttemptId{});
}

TEST_CASE("ledger: a job that becomes owned is granted to the worker whose commit it was",
          "[model]") {
  Ledger ledger = ledger_of(jobs({{"1", ready()}}));
  Commit commit = by("w1", "claim");
  commit.step = 7;
  commit.number = 4;
  commit.at = Instant{5s};
  commit.session = {"w1/main"};
  commit.statement = "take_job";
  const std::vector<Event> events = ledger.commit(commit, jobs({{"1", owned("w1", "a", 30s)}}));
  CHECK(texts(events) == "changed 1 #1 by w1 ready → owned\ngranted 1 #1 by w1 ready → owned\n");
  for (const Event& event : events) {
    CHECK(event.step == 7);
    CHECK(event.commit == 4);
    CHECK(event.at == Instant{5s});
    CHECK(event.session == SessionId{"w1/main"});
    CHECK(event.operation == "claim");
    CHECK(event.statement == "take_job");
    CHECK(event.after == owned("w1", "a", 30s));
  }
  CHECK(ledger.holder({"1"}) == AttemptId{1});
}

TEST_CASE("ledger: a takeover revokes before it grants", "[model]") {
  Ledger ledger = held();
  CHECK(texts(ledger.commit(by("w2", "claim"), jobs({{"1", kTakenOver}}))) ==
        "changed 1 #2 by w2 owned → owned\n"
        "revoked 1 #1 by w2 owned → owned\n"
        "granted 1 #2 by w2 owned → owned\n");
  CHECK(ledger.holder({"1"}) == AttemptId{2});
}

TEST_CASE("ledger: another owner is another grant, whoever's commit it was", "[model]") {
  Ledger ledger = held();
  CHECK(texts(ledger.commit(by("w1", "beat", 1), jobs({{"1", owned("w2", "a", 30s)}}))) ==
        "changed 1 #2 by w1 owned → owned\n"
        "revoked 1 #1 by w1 owned → owned\n"
        "granted 1 #2 by w1 owned → owned\n");
}

TEST_CASE("ledger: another token is a grant by another, or in claim; else its holder renews",
          "[model]") {
  const Observation rolled = jobs({{"1", owned("w1", "b", 60s)}});
  CHECK(texts(held().commit(by("w1", "beat", 1), rolled)) ==
        "changed 1 #1 by w1 owned → owned\nrenewed 1 #1 by w1 owned → owned\n");
  for (const Commit& commit : {by("w1", "claim", 1), by("w2", "steal")})
    CHECK(texts(held().commit(commit, rolled)).find("granted 1 #2") != std::string::npos);
}

TEST_CASE("ledger: a holder that claims again with its token renews", "[model]") {
  CHECK(texts(held().commit(by("w1", "claim", 1), jobs({{"1", owned("w1", "a", 60s)}}))) ==
        "changed 1 #1 by w1 owned → owned\nrenewed 1 #1 by w1 owned → owned\n");
}

TEST_CASE("ledger: who leaves a job owned without its owner lets go of it", "[model]") {
  JobRecord empty = owned("w1", "a", 30s);
  empty.owner.reset();
  Ledger ledger = held();
  CHECK(texts(ledger.commit(by("w1", "release", 1), jobs({{"1", empty}}))) ==
        "changed 1 #1 by w1 owned → owned\nreleased 1 #1 by w1 owned → owned\n");
  CHECK(ledger.holder({"1"}) == AttemptId{});
  CHECK(texts(ledger.commit(by("w2", "claim"), jobs({{"1", owned("w2", "b", 60s)}})))
            .find("granted 1 #2") != std::string::npos);
}

TEST_CASE("ledger: a lease that alone moves is a grant in claim, and a renewal elsewhere",
          "[model]") {
  const Observation later = jobs({{"1", owned("w1", "a", 60s)}});
  Ledger claimed = held();
  CHECK(texts(claimed.commit(by("w2", "claim"), later)) ==
        "changed 1 #2 by w2 owned → owned\n"
        "revoked 1 #1 by w2 owned → owned\n"
        "granted 1 #2 by w2 owned → owned\n");
  Ledger renewed = held();
  CHECK(texts(renewed.commit(by("w1", "heartbeat", 1), later)) ==
        "changed 1 #1 by w1 owned → owned\nrenewed 1 #1 by w1 owned → owned\n");
  CHECK(renewed.holder({"1"}) == AttemptId{1});
}

TEST_CASE("ledger: another's commit that moves the lease renews nothing", "[model]") {
  Ledger ledger = held();
  CHECK(texts(ledger.commit(by("w2", "heartbeat"), jobs({{"1", owned("w1", "a", 60s)}}))) ==
        "changed 1 by w2 owned → owned\n");
  CHECK(ledger.holder({"1"}) == AttemptId{1});
}

TEST_CASE("ledger: the holder's own commit releases", "[model]") {
  const auto [state, name] =
      GENERATE(table<JobState, std::string>({{JobState::succeeded, "succeeded"},
                                             {JobState::failed, "failed"},
                                             {JobState::ready, "ready"}}));
  Ledger ledger = held();
  CHECK(texts(ledger.commit(by("w1", "succeed", 1), jobs({{"1", in_state(state)}}))) ==
        "changed 1 #1 by w1 owned → " + name + "\nreleased 1 #1 by w1 owned → " + name + "\n");
  CHECK(ledger.holder({"1"}) == AttemptId{});
}

TEST_CASE("ledger: another's commit that ends the ownership revokes", "[model]") {
  Ledger ledger = held();
  CHECK(texts(ledger.commit(by("reaper", "reap"), jobs({{"1", ready()}}))) ==
        "changed 1 by reaper owned → ready\nrevoked 1 #1 by reaper owned → ready\n");
  CHECK(ledger.holder({"1"}) == AttemptId{});
}

TEST_CASE("ledger: an old attempt's late commit is that attempt's, though its worker holds a newer",
          "[model]") {
  Ledger ledger = held();
  ledger.commit(by("w1", "claim"), jobs({{"1", owned("w1", "b", 60s)}}));
  JobRecord written = owned("w1", "b", 60s);
  written.progress = 4;
  CHECK(texts(ledger.commit(by("w1", "advance", 1), jobs({{"1", written}}))) ==
        "changed 1 #1 by w1 owned → owned\n");
  CHECK(
      texts(ledger.commit(by("w1", "succeed", 1), jobs({{"1", in_state(JobState::succeeded)}}))) ==
      "changed 1 #1 by w1 owned → succeeded\nrevoked 1 #2 by w1 owned → succeeded\n");
}

TEST_CASE("ledger: a commit for another job is by the worker's newest attempt on this one",
          "[model]") {
  Ledger ledger = ledger_of(jobs({{"1", ready()}, {"2", ready()}}));
  const JobRecord one = owned("w1", "a", 30s), two = owned("w1", "b", 30s);
  ledger.commit(by("w1", "claim"), jobs({{"1", one}, {"2", ready()}}));
  ledger.commit(by("w1", "claim"), jobs({{"1", one}, {"2", two}}));
  JobRecord written = one;
  written.progress = 4;
  CHECK(texts(ledger.commit(by("w1", "advance", 2), jobs({{"1", written}, {"2", two}}))) ==
        "changed 1 #1 by w1 owned → owned\n");
}

TEST_CASE("ledger: a worker acts for none of its earlier rounds' attempts", "[model]") {
  Ledger ledger = held();
  JobRecord written = owned("w1", "a", 30s);
  written.progress = 4;
  CHECK(texts(ledger.commit(by("w1", "claim", 0, 1), jobs({{"1", written}}))) ==
        "changed 1 by w1 owned → owned\n");
}

/// "granted 1 #1 by w2 …" with ", given by x" behind it.
std::string with_givers(const std::vector<Event>& events) {
  std::string text;
  for (const Event& event : events)
    if (!event.giver.empty()) text += event.worker.text + ", given by " + event.giver.text + "\n";
  return texts(events) + text;
}

TEST_CASE("ledger: what names another worker as owner is given to that one", "[model]") {
  const Observation given = jobs({{"1", owned("blue", "a", 30s)}});
  const auto gives = [&](const std::string& who, LeaseKind kind = LeaseKind::row) {
    Ledger ledger = ledger_of(jobs({{"1", ready()}}), AbsentMeans::lost, kind);
    ledger.name({"w1"}, {"blue", "host-1"});
    ledger.name({"w2"}, {"green"});
    return with_givers(ledger.commit(by(who, "assign"), given));
  };
  CHECK(gives("x") ==
        "changed 1 #1 by x ready → owned\ngranted 1 #1 by w1 ready → owned\nw1, given by x\n");
  CHECK(gives("w2").ends_with("w1, given by w2\n"));
  CHECK(gives("w1").ends_with("granted 1 #1 by w1 ready → owned\n"));
  // A lock is its session's.
  CHECK(gives("x", LeaseKind::session).ends_with("granted 1 #1 by x ready → owned\n"));
}

TEST_CASE("ledger: what was given is its worker's in later rounds too, while it has it",
          "[model]") {
  Ledger ledger = ledger_of(jobs({{"1", ready()}}));
  ledger.name({"w1"}, {"blue"});
  ledger.commit(by("x", "assign"), jobs({{"1", owned("blue", "a", 30s)}}));
  CHECK(ledger.is_given({1}));
  CHECK(texts(ledger.commit(by("w1", "claim", 0, 1), jobs({{"1", owned("blue", "a", 60s)}}))) ==
        "changed 1 #1 by w1 owned → owned\nrenewed 1 #1 by w1 owned → owned\n");
  ledger.commit(by("x", "assign"), jobs({{"1", owned("red", "b", 60s)}}));
  CHECK(texts(ledger.commit(by("w1", "claim", 0, 1), jobs({{"1", owned("red", "b", 50s)}}))) ==
        "changed 1 #3 by w1 owned → owned\n"
        "revoked 1 #2 by w1 owned → owned\n"
        "granted 1 #3 by w1 owned → owned\n");
  CHECK_FALSE(ledger.is_given({2}));
}

TEST_CASE("ledger: who comes back under a name has what that name holds", "[model]") {
  Ledger ledger = ledger_of(jobs({{"1", ready()}, {"2", ready()}}));
  ledger.name({"w1"}, {"blue"});
  ledger.name({"w2"}, {"green"});
  const JobRecord other = owned("green", "b", 30s);
  ledger.commit(by("w1", "claim"), jobs({{"1", owned("blue", "a", 30s)}, {"2", other}}));
  ledger.name({"w1.2"}, {"blue"});
  CHECK(ledger.newest_attempt({"w1.2"}, {"1"}) == AttemptId{1});
  CHECK(ledger.newest_attempt({"w1"}, {"1"}) == AttemptId{});
  CHECK(ledger.newest_attempt({"w2"}, {"2"}) == AttemptId{2});
  CHECK(ledger.is_given({1}));
  // A late commit of the first life is still its own.
  CHECK(with_givers(
            ledger.commit(by("w1", "claim"), jobs({{"1", owned("blue", "c", 60s)}, {"2", other}})))
            .ends_with("granted 1 #3 by w1 owned → owned\n"));
  // A new one is given to the last.
  CHECK(with_givers(
            ledger.commit(by("x", "assign"), jobs({{"1", owned("blue", "d", 60s)}, {"2", other}})))
            .ends_with("w1.2, given by x\n"));
}

TEST_CASE("ledger: a grant comes after its own job's change, and jobs come in their order",
          "[model]") {
  Ledger ledger = ledger_of(jobs({{"1", ready()}, {"2", ready()}, {"3", ready()}}));
  Observation next =
      jobs({{"3", owned("w1", "c", 30s)}, {"1", owned("w1", "a", 30s)}, {"2", ready()}});
  next.applied = {{{JobId{"1"}, ItemId{"i"}}, 1}, {{JobId{"3"}, ItemId{"i"}}, 2}};
  CHECK(texts(ledger.commit(by("w1", "claim"), next)) ==
        "changed 1 #1 by w1 ready → owned\n"
        "granted 1 #1 by w1 ready → owned\n"
        "changed 3 #2 by w1 ready → owned\n"
        "granted 3 #2 by w1 ready → owned\n"
        "applied 1 #1 by w1 i - → 1\n"
        "applied 3 #2 by w1 i - → 2\n");
}

TEST_CASE("ledger: an item's count is told when it changes, with what it was", "[model]") {
  Ledger ledger = held();
  Observation state = jobs({{"1", owned("w1", "a", 30s)}});
  state.applied[{{"1"}, {"i"}}] = 1;
  state.applied[{{"1"}, {"k"}}] = 1;
  ledger.commit(by("w1", "apply", 1), state);
  state.applied[{{"1"}, {"k"}}] = 2;
  CHECK(texts(ledger.commit(by("w2", "apply"), state)) == "applied 1 by w2 k 1 → 2\n");
}

TEST_CASE("ledger: a job that is no longer observed is lost where nothing else is declared",
          "[model]") {
  Ledger ledger = held();
  CHECK(texts(ledger.commit(by("w1", "succeed", 1), {})) ==
        "changed 1 #1 by w1 owned → gone\nreleased 1 #1 by w1 owned → gone\n");
  CHECK(ledger.observed().jobs.empty());
}

TEST_CASE("ledger: where absent means ready, an unlock releases and a closed session revokes",
          "[model]") {
  Ledger own = held(AbsentMeans::ready);
  CHECK(texts(own.commit(by("w1", "unlock", 1), {})) ==
        "changed 1 #1 by w1 owned → ready\nreleased 1 #1 by w1 owned → ready\n");
  Ledger other = held(AbsentMeans::ready);
  CHECK(texts(other.commit(by("", "", 0), {})) ==
        "changed 1 owned → ready\nrevoked 1 #1 owned → ready\n");
  CHECK(other.observed().jobs.at({"1"}).token == std::nullopt);
  CHECK(texts(other.commit(by("", "", 0), {})).empty());
  CHECK(texts(other.commit(by("w2", "claim"), jobs({{"1", kTakenOver}}))) ==
        "changed 1 #2 by w2 ready → owned\ngranted 1 #2 by w2 ready → owned\n");
}

TEST_CASE("ledger: where absent means succeeded, only succeed and claim may make it so",
          "[model]") {
  const auto [operation, becomes] = GENERATE(table<std::string, std::string>(
      {{"succeed", "succeeded"}, {"claim", "succeeded"}, {"purge", "gone"}}));
  Ledger ledger = held(AbsentMeans::succeeded);
  CHECK(texts(ledger.commit(by("w1", operation, 1), {})) ==
        "changed 1 #1 by w1 owned → " + becomes + "\nreleased 1 #1 by w1 owned → " + becomes +
            "\n");
  CHECK(ledger.observed().jobs.contains({"1"}) == (becomes == "succeeded"));
}

TEST_CASE("ledger: where nothing is held behind a commit, what is deleted succeeds under any name",
          "[model]") {
  Ledger ledger = held(AbsentMeans::succeeded, LeaseKind::transaction);
  CHECK(texts(ledger.commit(by("w1", "work", 1), {})) ==
        "changed 1 #1 by w1 owned → succeeded\nreleased 1 #1 by w1 owned → succeeded\n");
  Ledger relay = ledger_of(jobs({{"1", ready()}}), AbsentMeans::succeeded, LeaseKind::none);
  CHECK(texts(relay.commit(by("relay", "program"), {})) ==
        "changed 1 by relay ready → succeeded\n");
}

TEST_CASE("ledger: an item that is no longer listed, nor is its job, says so", "[model]") {
  Observation state = jobs({{"1", ready()}});
  state.applied[{JobId{"1"}, ItemId{"k"}}] = 0;
  Ledger ledger = ledger_of(state, AbsentMeans::succeeded);
  const std::vector<Event> events = ledger.commit(by("w1", "succeed"), {});
  REQUIRE(events.size() == 2);
  CHECK(events[1].kind == EventKind::applied);
  CHECK(events[1].note == kWithItsJob);
  CHECK(ledger.commit(by("w1", "succeed"), {}).empty());
}

TEST_CASE("ledger: a succeeded job may be cleared away by anybody", "[model]") {
  Ledger ledger = held(AbsentMeans::succeeded);
  ledger.commit(by("w1", "succeed", 1), jobs({{"1", in_state(JobState::succeeded)}}));
  CHECK(ledger.commit(by("janitor", "purge"), {}).empty());
  CHECK(ledger.observed().jobs.at({"1"}).state == JobState::succeeded);
}

TEST_CASE("ledger: a job that nobody had inserted before is new", "[model]") {
  Ledger ledger = ledger_of({});
  CHECK(texts(ledger.commit(by("producer", "enqueue"), jobs({{"1", ready()}}))) ==
        "changed 1 by producer - → ready\n");
}

TEST_CASE("ledger: the newest attempt is the worker's own, on that job", "[model]") {
  Ledger ledger = held();
  ledger.commit(by("w2", "claim"), jobs({{"1", kTakenOver}}));
  CHECK(ledger.newest_attempt({"w1"}, {"1"}) == AttemptId{1});
  CHECK(ledger.newest_attempt({"w2"}, {"1"}) == AttemptId{2});
  CHECK(ledger.newest_attempt({"w2"}, {"2"}) == AttemptId{});
  CHECK(ledger.newest_attempt({"w3"}, {"1"}) == AttemptId{});
}

}  // namespace fencepost
