// Each declaration that can excuse something, in a history that is violated without it.
#include "model/properties/excuses.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/telling.hpp"

namespace fencepost {
namespace {

std::vector<Excuse> excuses_of(const History& history) {
  return excuses_in(history, judge_all(history));
}

struct Demonstration {
  Excuse excuse;
  Telling telling;
  Duration ends = 100s;
};

/// w1 holds job 1 from 1 s to 31 s, and knows it.
Telling held() {
  return Telling().job("1").worker("w1").granted("w1", 1, 1s, 31s).believed("w1", 1, 1s);
}
/// One job waits from 10 s on, and nobody ever takes it.
Telling waiting() {
  return Telling().job("1").worker("w1").then(EventKind::heal_started, "", 0, 10s);
}
/// The same, though somebody looks for it again and again; its lease would last for long.
Telling looked_for() {
  Telling telling = waiting().sql("w1", "claim", "take", "", 11s);
  telling.declared().lease = 1h;
  return telling.sql("w1", "claim", "take", "", 16s);
}
/// One job waits, where nothing is granted and each is only to end.
Telling unended() {
  Telling telling = waiting();
  telling.declared().lease_kind = LeaseKind::none;
  return telling;
}
/// A dead one's job, whose lease is written to end then.
Telling orphaned(Duration until) {
  return Telling()
      .job("1")
      .worker("w1")
      .worker("w2")
      .granted("w2", 1, 1s, until)
      .believed("w2", 1, 1s)
      .fault(FaultKind::crash, "w2", 2s)
      .then(EventKind::heal_started, "", 0, 10s);
}
Telling claimed_often() {
  Telling telling = Telling().job("1");
  for (int i = 1; i <= 30; ++i)
    telling.granted("w1", i, i * 10s, i * 10s + 1s)
        .released("w1", i, i * 10s + 1s, JobState::ready);
  return telling;
}
Telling job_failed_by(const std::string& who) {
  return held().change(who, 0, 2s, "1", [](JobRecord& job) { job.state = JobState::failed; });
}
Telling taken_by(const std::string& who) { return held().then(EventKind::revoked, who, 1, 2s); }
Telling done() {
  return held()
      .applied("", 0, 0s, "a", 0, 1)
      .released("w1", 1, 2s, JobState::succeeded)
      .let_go("w1", 1, 2s, "1", "succeed");
}
Telling undone_by(const std::string& who) {
  return done().change(who, 0, 3s, "1", [](JobRecord& job) { job.state = JobState::ready; });
}
Telling unapplied_by(const std::string& who) {
  return done()
      .change(who, 0, 3s, "1", [](JobRecord& job) { job.owner = "nobody"; })
      .applied(who, 0, 3s, "a", 1, 0);
}
Telling rests(Duration until) {
  return Telling().job("1").change("w9", 0, 1s, "1",
                                   [&](JobRecord& job) { job.ready_at = Instant{until}; });
}
template <typename Declare>
Telling with(Telling telling, Declare declare) {
  declare(telling.declared());
  return telling;
}
auto operator_is_boss() {
  return [](Declared& declared) { declared.operators = {"admin"}; };
}

/// A lease of 30 s whose end no column shows, and another's from then on.
Telling unseen_until(Duration then) {
  Telling telling;
  telling.declared().columns = {"token"};
  telling.declared().lease = 30s;
  return telling.job("1").also_granted("w1", 1, 1s, "1").also_granted("w2", 2, then, "1");
}
std::vector<Demonstration> of_leases() {
  const std::string within = "[lease] within", clock = "[lease] clock",
                    freed = "[lease] freed_within", attempts = "[lease] attempts",
                    backoff = "[lease] backoff, the longest";
  const auto seldom = [](Declared& declared) {
    declared.backoff = 5s;
    declared.backoff_most = 10min;
  };
  return {
      {{"[lease] lasts, the shorter ones", "lease_as_declared"},
       with(Telling().job("1").granted("w1", 1, 1s, 11s),
            [](Declared& declared) {
              declared.leases = {10s, 30s};
            })},
      {{within, "lease_as_declared"},
       with(Telling().job("1").granted("w1", 1, 1s, 36s),
            [](Declared& declared) { declared.within = 5s; })},
      {{within, "backoff_respected"},
       with(Telling()
                .job("1")
                .granted("w1", 1, 1s, 31s)
                .released("w1", 1, 2s, JobState::ready)
                .let_go("w1", 1, 2s, "1", "fail")
                .granted("w2", 2, 8s, 38s),
            [](Declared& declared) {
              declared.backoff = 10s;
              declared.within = 5s;
            })},
      {{within, "job_not_stuck"},
       with(orphaned(10h), [](Declared& declared) { declared.within = 1min; })},
      {{clock, "lease_as_declared"},
       with(Telling().job("1").granted("w1", 1, 1s, 100s),
            [](Declared& declared) { declared.workers_clock = true; })},
      {{clock, "job_not_stuck"},
       with(orphaned(200s), [](Declared& declared) { declared.workers_clock = true; })},
      {{freed, "job_not_stuck"},
       with(waiting(), [](Declared& declared) { declared.freed_within = 5min; })},
      {{"[lease] claimed_within", "job_not_stuck"},
       with(waiting(), [](Declared& declared) { declared.claimed_within = 5min; })},
      {{freed, "job_ends"},
       with(unended(), [](Declared& declared) { declared.freed_within = 5min; })},
      {{attempts, "attempts_bounded"},
       with(claimed_often(), [](Declared& declared) { declared.max_attempts = 100; }),
       1h},
      {{attempts, "no_false_failure"},
       with(job_failed_by("w2"), [](Declared& declared) { declared.max_attempts = 1; })},
      {{attempts, "job_ends"},
       with(unended(), [](Declared& declared) { declared.max_attempts = 10; })},
      {{backoff, "job_not_stuck"},
       with(waiting().change("w1", 0, 11s, "1",
                             [](JobRecord& job) { job.ready_at = Instant{5min}; }),
            seldom),
       3min},
      {{backoff, "job_ends"}, with(unended(), seldom)},
      {{"[lease] backoff", "job_ends"},
       with(unended(), [](Declared& declared) { declared.backoff = 10min; })},
      {{"[lease] notices_within", "single_owner"},
       with(held()
                .granted("w2", 2, 31s, 61s)
                .believed("w2", 2, 31s)
                .then(EventKind::let_go, "w1", 1, 36s, "lost"),
            [](Declared& declared) {
              declared.strict = true;
              declared.notices_within = 10s;
            })},
  };
}
std::vector<Demonstration> of_unseen_leases() {
  return {
      {{"[lease] clock", "single_owner"},
       with(unseen_until(5s), [](Declared& declared) { declared.workers_clock = true; })},
      {{"[lease] within", "single_owner"},
       with(unseen_until(26s), [](Declared& declared) { declared.within = 5s; })},
      {{"[lease] lasts, the shorter ones", "single_owner"},
       with(unseen_until(12s),
            [](Declared& declared) {
              declared.leases = {10s, 30s};
            })},
  };
}
std::vector<Demonstration> of_jobs() {
  const auto fixed = [](Declared& declared) { declared.fixed = {"1"}; };
  return {
      {{"[lease] may_run_out", "healthy_keeps_lease"},
       with(Telling()
                .job("1")
                .worker("w1")
                .worker("w2")
                .granted("w1", 1, 1s, 31s)
                .believed("w1", 1, 1s)
                .granted("w2", 2, 31s, 61s),
            [](Declared& declared) { declared.may_run_out = true; })},
      {{"[jobs] fixed 1", "ack_is_durable"}, with(undone_by("x"), fixed)},
      {{"[jobs] fixed 1", "attempts_bounded"}, with(claimed_often(), fixed), 1h},
      {{"[jobs] fixed 1", "job_ends"}, with(unended(), fixed)},
      {{"[jobs] fixed 1", "job_not_stuck"}, with(looked_for(), fixed), 10min},
      {{"[jobs] final op", "no_false_failure"},
       with(job_failed_by("w2"), [](Declared& declared) { declared.final = {"op"}; })},
      {{"[jobs] ends_within", "job_ends"},
       with(unended(), [](Declared& declared) { declared.ends_within = 1h; })},
      {{"[jobs] order = \"strict\"", "job_ends"},
       with(unended(), [](Declared& declared) { declared.in_order = true; })},
  };
}
std::vector<Demonstration> of_roles() {
  const std::string admin = "[role.admin] operator", thief = "[role.thief] preempts";
  const auto boss = operator_is_boss();
  const auto preempts = [](Declared& declared) { declared.preempts = {"thief"}; };
  return {
      {{admin, "single_owner"}, with(taken_by("boss").role("boss", "admin"), boss)},
      {{admin, "healthy_keeps_lease"}, with(taken_by("boss").role("boss", "admin"), boss)},
      {{admin, "terminal_sticks"}, with(undone_by("boss").role("boss", "admin"), boss)},
      {{admin, "ack_is_durable"}, with(undone_by("boss").role("boss", "admin"), boss)},
      {{admin, "no_false_failure"}, with(job_failed_by("boss").role("boss", "admin"), boss)},
      {{admin, "backoff_respected"},
       with(rests(9s).granted("boss", 1, 3s, 33s).role("boss", "admin"), boss)},
      {{admin, "work_applied"}, with(unapplied_by("boss").role("boss", "admin"), boss)},
      {{admin, "job_ends"},
       with(unended()
                .role("boss", "admin")
                .change("boss", 0, 11s, "1", [](JobRecord& job) { job.owner = "nobody"; }),
            boss)},
      {{thief, "single_owner"}, with(taken_by("x").role("x", "thief"), preempts)},
      {{thief, "healthy_keeps_lease"}, with(taken_by("x").role("x", "thief"), preempts)},
      {{"[role.janitor] retention", "work_applied"},
       with(unapplied_by("x").role("x", "janitor"),
            [](Declared& declared) { declared.retention = {"janitor"}; })},
      {{"[role.worker] expects 23505", "no_unhandled_error"},
       with(Telling().job("1").role("w1", "worker").sql("w1", "claim", "take", "23505", 1s),
            [](Declared& declared) { declared.expects = {"worker/* 23505"}; })},
      {{"[role.worker] sqlstate or retry 23505 at claim.take", "no_unhandled_error"},
       with(Telling().job("1").role("w1", "worker").sql("w1", "claim", "take", "23505", 1s),
            [](Declared& declared) { declared.expects = {"worker/claim.take 23505"}; })},
  };
}

std::vector<Demonstration> demonstrations() {
  std::vector<Demonstration> all = of_leases();
  for (const auto& some : {of_unseen_leases(), of_jobs(), of_roles()})
    all.insert(all.end(), some.begin(), some.end());
  return all;
}

/// Everything that can be declared.
Declared everything() {
  Declared declared;
  declared.leases = {10s, 30s};
  declared.within = declared.freed_within = declared.claimed_within = declared.backoff = 5s;
  declared.backoff_most = declared.ends_within = declared.notices_within = 10min;
  declared.workers_clock = declared.strict = declared.in_order = declared.may_run_out = true;
  declared.max_attempts = 3;
  declared.fixed = {"1"};
  declared.final = {"op"};
  declared.operators = {"admin"};
  declared.preempts = {"thief"};
  declared.retention = {"janitor"};
  declared.expects = {"worker/* 23505", "worker/claim.take 23505"};
  return declared;
}

/// A rest that has no longest length is its own.
Declared with_shortest_backoff(Declared declared) {
  declared.backoff_most.reset();
  return declared;
}
std::set<Excuse> excuses_by_everything() {
  std::set<Excuse> all;
  for (const Declared& declared : {everything(), with_shortest_backoff(everything())})
    for (const Excuse& each : possible_excuses(declared)) all.insert(each);
  return all;
}
std::vector<std::string> fields_of_declared() {
  std::vector<std::string> names;
  const Declared all;
  Declared::fields(all,
                   [&](std::string_view name, const auto&, Written) { names.emplace_back(name); });
  return names;
}

TEST_CASE("excuses: each declaration that can excuse a property does so in some history",
          "[model]") {
  std::set<Excuse> shown;
  for (const Demonstration& each : demonstrations()) {
    const std::vector<Excuse> found = excuses_of(Telling(each.telling).finished(each.ends));
    INFO(each.excuse.declaration << ", " << each.excuse.property);
    CHECK(std::count(found.begin(), found.end(), each.excuse) == 1);
    shown.insert(each.excuse);
  }
  CHECK(shown == excuses_by_everything());
}
// Whoever adds a declaration says here, or in excuses.cpp, what it may keep from being told.
TEST_CASE("excuses: every declaration can excuse something, or only asks for more", "[model]") {
  const std::map<std::string_view, std::string_view> excuse_nothing = {
      {"protocol", "a name"},
      {"lease_kind", "which properties there are; those that are not are listed"},
      {"token_order", "increasing asks for more"},
      {"absent", "told by the lease machine: decision 62"},
      {"lease", "the promise itself, to which lease_as_declared holds every end"},
      {"poll", "what workers do"},
      {"longest_poll", "what workers do"},
      {"columns", "properties without them are listed"},
      {"observes_applied", "properties without it are listed"},
      {"applied_once", "asks for more"},
      {"claim_limit", "asks for more"},
      {"claims_like", "what roles do"},
      {"never", "asks for more"},
      {"anyway", "asks for more"},
  };
  for (const std::string& name : fields_of_declared()) {
    INFO(name);
    std::set<Excuse> without;
    for (Declared declared : {everything(), with_shortest_backoff(everything())}) {
      Declared::fields(declared, [&](std::string_view field, auto& value, Written) {
        if (field == name) value = {};
      });
      for (const Excuse& each : possible_excuses(declared)) without.insert(each);
    }
    CHECK((without == excuses_by_everything()) == excuse_nothing.contains(name));
  }
}
TEST_CASE("excuses: what is not declared excuses nothing", "[model]") {
  CHECK(possible_excuses({}).empty());
  Declared strict, noticing;
  strict.strict = true;
  noticing.notices_within = 5s;
  CHECK(possible_excuses(strict).empty());
  CHECK(possible_excuses(noticing).empty());
}
TEST_CASE("excuses: what is violated all the same is excused by nothing", "[model]") {
  Telling telling = job_failed_by("w2");
  telling.declared().operators = {"admin"};
  telling.declared().final = {"cancel"};
  CHECK(excuses_of(telling.finished(3s)).empty());
}
TEST_CASE("excuses: of two declarations that excuse the same, one is told", "[model]") {
  Telling telling = job_failed_by("boss").role("boss", "admin");
  telling.declared().operators = {"admin"};
  telling.declared().final = {"op"};
  const std::vector<Excuse> found = excuses_of(telling.finished(3s));
  REQUIRE(found.size() == 1);
  CHECK(found[0] == Excuse{"[role.admin] operator", "no_false_failure"});
}

}  // namespace
}  // namespace fencepost
