// More clauses of the judges of work, of what was told, of beliefs and of failures; and of what all
// judges ask a history.
#include "model/ledger.hpp"
#include "model/properties/judge.hpp"
#include "tests/fixtures/judged_case.hpp"

namespace fencepost::told_clauses {
namespace {

constexpr Outcome kNotReached = Outcome::not_reached;

auto becomes(JobState state) {
  return [state](JobRecord& job) { job.state = state; };
}
auto counts(std::optional<std::int64_t> progress, std::optional<std::int64_t> cursor) {
  return [=](JobRecord& job) { job.progress = progress, job.cursor = cursor; };
}
void is_owners(JobRecord& job) { job.owner = "w1"; }
/// What follows from a change says so, too: from this state to that one.
auto between(const JobRecord& before, const JobRecord& after) {
  return [=](Event& event) { event.before = before, event.after = after; };
}
JobRecord in(JobState state, std::int64_t progress = 0) {
  JobRecord record;
  record.state = state;
  record.progress = record.cursor = progress;
  return record;
}
Telling job() { return Telling().job("1"); }
Telling operated() {
  Telling telling = job();
  telling.declared().operators = {"admin"};
  return telling.role("boss", "admin");
}
Telling observing(const Columns& columns) {
  Telling telling;
  telling.declared().columns = columns;
  return telling.job("1");
}
History cut(Telling telling) { return telling.finished(9s, "cut"); }

TEST_CASE("clauses: of progress", "[model]") {
  const auto seen = [](Telling telling) {
    return telling.then(EventKind::renewed, "w1", 1, 3s)
        .with(between(in(JobState::owned, 5), in(JobState::owned, 4)))
        .finished(9s);
  };
  check_judged({
      {"nothing of it changed", "progress_monotone", kNotReached,
       job().change("w1", 1, 2s, "1", is_owners).finished(9s)},
      {"it disappeared", "progress_monotone", kNotReached, job().gone("w1", 2s).finished(9s)},
      {"only the cursor grew", "progress_monotone", kHolds,
       job().change("w1", 1, 2s, "1", counts(0, 1)).finished(9s)},
      {"only a change counts", "progress_monotone", kNotReached, seen(job())},
      {"and only it can make it fall", "progress_monotone", kHolds,
       seen(job().change("w1", 1, 2s, "1", counts(1, 1)))},
      {"it was not known before", "progress_monotone", kHolds,
       job()
           .change("w1", 1, 2s, "1", counts({}, {}))
           .change("w1", 1, 3s, "1", counts(1, 1))
           .finished(9s)},
      {"the cursor alone is observed", "progress_monotone", kViolated,
       observing({"cursor"})
           .change("w1", 1, 2s, "1", counts({}, 2))
           .change("w1", 1, 3s, "1", counts({}, 1))
           .finished(9s)},
      {"progress alone proves nothing", "progress_accounts", kNotApplicable,
       observing({"progress"}).finished(9s)},
      {"nor does a cursor", "progress_accounts", kNotApplicable,
       observing({"cursor"}).finished(9s)},
      {"it ended without a grant", "progress_accounts", kHolds,
       job().change("x", 0, 2s, "1", becomes(JobState::succeeded)).finished(9s)},
      {"what disappeared need not add up", "progress_accounts", kNotReached,
       job().change("x", 0, 2s, "1", counts(1, 0)).gone("x", 3s).finished(9s)},
      {"what was claimed and removed in one, neither", "progress_accounts", kHolds,
       job().gone("x", 3s).then(EventKind::granted, "w1", 1, 3s).finished(9s)},
      {"it came as it was, done", "progress_accounts", kViolated,
       cut(Telling().change("x", 0, 2s, "1",
                            [](JobRecord& record) {
                              record = in(JobState::succeeded);
                              record.progress = 1;
                            }))},
      {"when it ended it added up", "progress_accounts", kHolds,
       cut(job()
               .change("x", 0, 2s, "1", becomes(JobState::succeeded))
               .change("x", 0, 3s, "1", counts(1, 0)))},
  });
}

TEST_CASE("clauses: of what is applied", "[model]") {
  const auto applied = [](Telling telling, int before, int after) {
    return telling.applied("w1", 1, 2s, "a", before, after);
  };
  const auto done = [&] {
    return applied(job().change("w1", 1, 2s, "1", becomes(JobState::succeeded)), 0, 2);
  };
  const auto lost = [](Telling telling, int left) {
    return telling.change("x", 0, 5s, "2", is_owners).applied("x", 0, 5s, "a", 2, left);
  };
  const auto once = [](Telling telling) {
    telling.declared().applied_once = true;
    return telling.finished(9s);
  };
  const auto unobserved = [](Telling telling) {
    telling.declared().observes_applied = false;
    return telling;
  };
  check_judged({
      {"some of it is left", "work_applied", kHolds, lost(done(), 1).finished(9s)},
      {"nothing of it is left", "work_applied", kViolated, lost(done(), 0).finished(9s)},
      {"a crash took it back", "work_applied", kHolds,
       lost(done(), 0).with(by_fault(FaultKind::commits_lost)).finished(9s)},
      {"its job had begun anew", "work_applied", kHolds,
       lost(done().change("x", 0, 4s, "1", becomes(JobState::ready)), 0).finished(9s)},
      {"its job had disappeared", "work_applied", kHolds,
       lost(done().gone("x", 4s), 0).finished(9s)},
      {"it came done", "work_applied", kHolds,
       applied(Telling().change("w1", 1, 2s, "1", becomes(JobState::succeeded)), 0, 1)
           .finished(9s)},
      {"nothing says what was applied", "work_applied", kNotApplicable,
       unobserved(done()).finished(9s)},
      {"nor what was applied once", "applied_once", kNotApplicable, once(unobserved(done()))},
      {"it was only taken back", "applied_once", kNotReached, once(applied(job(), 1, 0))},
      {"nothing else is applied", "applied_once", kNotReached,
       once(job().sql("w1", "apply", "look", "", 2s).with([](Event& event) {
         event.count_after = 2;
       }))},
      {"nothing else is applied twice", "applied_once", kHolds,
       once(applied(job(), 0, 1).sql("w1", "apply", "look", "", 3s).with([](Event& event) {
         event.count_after = 2;
       }))},
  });
}

TEST_CASE("clauses: of what an operator undoes before its worker is told", "[model]") {
  const auto says = [](Telling telling) { return telling.let_go("w1", 1, 3s, "1", "succeed"); };
  const auto done = [](const std::string& done_by) {
    Telling telling = owned();
    telling.declared().operators = {"admin"};
    return telling.role("boss", "admin").change(done_by, 1, 2s, "1", becomes(JobState::succeeded));
  };
  const auto undone = [&](const std::string& by, const std::string& done_by = "w1") {
    return done(done_by).change(by, 0, 2s, "1", becomes(JobState::ready));
  };
  check_judged({
      {"an operator undid it before its answer was heard", "ack_is_durable", kHolds,
       says(undone("boss")).finished(9s)},
      {"and another one has it now", "ack_is_durable", kHolds,
       says(undone("boss").change("w2", 2, 2s, "1", becomes(JobState::owned))).finished(9s)},
      {"it believed in it meanwhile", "ack_is_durable", kHolds,
       says(undone("boss").believed("w1", 1, 2s)).finished(9s)},
      {"another one wrote to what was done", "ack_is_durable", kHolds,
       says(done("w1")
                .change("w2", 0, 2s, "1", is_owners)
                .change("boss", 0, 2s, "1", becomes(JobState::ready)))
           .finished(9s)},
      {"no operator undid it", "ack_is_durable", kViolated, says(undone("w2")).finished(9s)},
      {"no operator undid it at last", "ack_is_durable", kViolated,
       says(undone("boss")
                .change("w2", 2, 2s, "1", becomes(JobState::succeeded))
                .change("w2", 2, 2s, "1", becomes(JobState::ready)))
           .finished(9s)},
      {"another one had done it", "ack_is_durable", kViolated,
       says(undone("boss", "w2")).finished(9s)},
      {"it has it again, and is told of that", "ack_is_durable", kViolated,
       says(undone("boss").granted("w1", 2, 2s, 32s)).finished(9s)},
      {"it has another one since", "ack_is_durable", kHolds,
       says(undone("boss").also_granted("w1", 2, 2s, "2")).finished(9s)},
      {"another one has it since", "ack_is_durable", kHolds,
       says(undone("boss").granted("w2", 2, 2s, 32s)).finished(9s)},
  });
}

TEST_CASE("clauses: of what was told", "[model]") {
  const auto succeeds = [](const std::string& statement, const std::string& sqlstate,
                           Telling telling) {
    return telling.sql("w1", "succeed", statement, sqlstate, 2s).with([&](Event& event) {
      event.session = {"w1/main"};
      if (statement == "finish" && sqlstate.empty()) event.result = "UPDATE 0";
    });
  };
  const auto says = [](Telling telling, const std::string& note = "succeed") {
    return telling.let_go("w1", 1, 3s, "1", note);
  };
  const auto nothing = [&] { return succeeds("finish", "", owned()); };
  const auto told = [&] {
    return says(owned().change("w1", 1, 2s, "1", becomes(JobState::succeeded)));
  };
  const auto ended_in = [](const std::string& operation, JobState state) {
    return owned().change("w1", 1, 2s, "1", becomes(state)).with([=](Event& event) {
      event.operation = operation;
    });
  };
  check_judged({
      {"its answer was that there is none, whatever else it wrote", "ack_is_durable", kHolds,
       says(nothing().change("w1", 0, 2s, "2", is_owners).with([](Event& event) {
         event.operation = "succeed";
       })).finished(9s)},
      {"that it began and committed is no answer", "ack_is_durable", kHolds,
       says(succeeds("commit", "", succeeds("finish", "", succeeds("begin", "", owned()))))
           .finished(9s)},
      {"its statement failed", "ack_is_durable", kHolds,
       says(succeeds("finish", "40001", owned())).finished(9s)},
      {"it is done by the commit that told it", "ack_is_durable", kHolds,
       says(owned().sql("w1", "succeed", "begin", "", 2s).with([](Event& event) {
         event.session = {"w1/main"};
       }))
           .sql("w1", "succeed", "commit", "", 4s)
           .with([](Event& event) { event.session = {"w1/main"}; })
           .change("", 0, 4s, "1", becomes(JobState::succeeded))
           .finished(9s)},
      {"it let go for another reason", "ack_is_durable", kNotReached,
       says(owned(), "lost").finished(9s)},
      {"nothing else tells it", "ack_is_durable", kNotReached,
       owned().then(EventKind::work, "w1", 1, 3s, "succeed").finished(9s)},
      {"nor does it beside one that was told", "ack_is_durable", kHolds,
       told()
           .then(EventKind::work, "w2", 7, 4s, "succeed")
           .with([](Event& event) { event.job = {"2"}; })
           .finished(9s)},
      {"another one was let go for another reason", "ack_is_durable", kHolds,
       told().let_go("w2", 7, 4s, "2", "lost").finished(9s)},
      {"it changed and stayed so", "ack_is_durable", kHolds,
       told().change("x", 0, 4s, "1", is_owners).finished(9s)},
      {"it disappeared since", "ack_is_durable", kViolated, told().gone("x", 4s).finished(9s)},
      {"it had disappeared", "ack_is_durable", kViolated, says(owned().gone("x", 2s)).finished(9s)},
      {"its own commit asks for it again", "ack_is_durable", kHolds,
       says(ended_in("succeed", JobState::ready)).finished(9s)},
      {"its own commit left it owned", "ack_is_durable", kViolated,
       says(ended_in("succeed", JobState::owned)).finished(9s)},
      {"its own commit removed it", "ack_is_durable", kViolated,
       says(owned().gone("w1", 2s).with([](Event& event) {
         event.operation = "succeed";
       })).finished(9s)},
      {"another operation made it ready", "ack_is_durable", kViolated,
       says(ended_in("reap", JobState::ready)).finished(9s)},
      {"it was asked for again, and then failed", "ack_is_durable", kViolated,
       says(ended_in("succeed", JobState::ready).change("x", 0, 2s, "1", becomes(JobState::failed)))
           .finished(9s)},
  });
}

TEST_CASE("clauses: of what stays done", "[model]") {
  check_judged({
      {"what follows from a change is none", "terminal_sticks", kHolds,
       job()
           .change("x", 0, 2s, "1", becomes(JobState::succeeded))
           .then(EventKind::renewed, "x", 0, 3s)
           .with(between(in(JobState::succeeded), in(JobState::ready)))
           .finished(9s)},
      {"what is done may disappear", "terminal_sticks", kHolds,
       job().change("x", 0, 2s, "1", becomes(JobState::succeeded)).gone("x", 3s).finished(9s)},
      {"a crash that loses no commit undoes none", "terminal_sticks", kViolated,
       job()
           .change("x", 0, 2s, "1", becomes(JobState::succeeded))
           .change("", 0, 3s, "1", becomes(JobState::ready))
           .with(by_fault(FaultKind::server_crash))
           .finished(9s)},
      {"only a change ends a job", "terminal_sticks", kNotReached,
       job()
           .then(EventKind::released, "x", 0, 3s)
           .with(between(in(JobState::ready), in(JobState::succeeded)))
           .finished(9s)},
      {"it had ended before the history", "terminal_sticks", kNotReached,
       Telling()
           .change("", 0, 0s, "1", becomes(JobState::succeeded))
           .change("x", 0, 2s, "1", is_owners)
           .finished(9s)},
      {"it came, done, within the history", "terminal_sticks", kHolds,
       Telling().change("x", 0, 2s, "1", becomes(JobState::succeeded)).finished(9s)},
  });
}

TEST_CASE("clauses: of beliefs and sleep", "[model]") {
  const auto noticing = [](Telling telling) {
    telling.declared().notices_within = 10s;
    return telling;
  };
  const auto lost = [&](Telling before) {
    return noticing(before.granted("w2", 2, 31s, 61s).believed("w2", 2, 31s));
  };
  const auto until = [](Telling telling, Duration at) {
    return telling.let_go("w1", 1, at, "1", "lost").finished(1h);
  };
  const auto granted = [](Telling telling) {
    return violation_in(telling.finished(9s), "belief_granted");
  };
  const std::string unknown =
      "w1 believes since 4 s that it holds job 1, but no claim of it was "
      "committed: observe ";
  CHECK(granted(job().gone("x", 2s).believed("w1", 0, 4s)) ==
        "at 2: " + unknown + "does not show it");
  CHECK(granted(job().believed("w1", 0, 4s)) == "at 1: " + unknown + "shows it as ready");
  check_judged({
      {"it was asleep before it lost it", "belief_ends", kHolds,
       until(lost(owned().fault(FaultKind::stall, "w1", 4s).then(EventKind::resumed, "w1", 0, 5s)),
             42s)},
      {"who is poisoned is awake", "belief_ends", kViolated,
       until(lost(owned()).fault(FaultKind::poison, "w1", 32s), 50s)},
      {"a fault that does not say which is none", "belief_ends", kViolated,
       until(lost(owned()).then(EventKind::fault, "w1", 0, 32s), 50s)},
      {"another one sleeps", "belief_ends", kViolated,
       until(lost(owned()).fault(FaultKind::stall, "w2", 32s), 50s)},
      {"it had let go before", "belief_ends", kNotReached,
       noticing(owned().let_go("w1", 1, 2s, "1", "lost").then(EventKind::revoked, "x", 1, 3s))
           .finished(1h)},
      {"it was taken from it", "belief_granted", kViolated,
       owned().then(EventKind::revoked, "x", 1, 2s).believed("w1", 0, 3s).finished(1h)},
      {"it was taken from it by who does not show", "belief_granted", kViolated,
       owned()
           .then(EventKind::revoked, "x", 1, 2s)
           .with([](Event& event) { event.after = in(JobState::owned); })
           .believed("w1", 0, 3s)
           .finished(1h)},
      {"it has it again", "belief_granted", kHolds,
       owned()
           .then(EventKind::released, "w1", 1, 2s)
           .then(EventKind::restored, "w1", 1, 3s)
           .believed("w1", 0, 4s)
           .finished(1h)},
      {"it was granted", "belief_granted", kHolds, job().believed("w1", 7, 2s).finished(1h)},
  });
}

TEST_CASE("clauses: of failures and attempts", "[model]") {
  const auto tries = [](std::int64_t most, Telling telling) {
    telling.declared().max_attempts = most;
    return telling;
  };
  const auto fails = [](const std::string& who, Telling telling, int attempt = 0) {
    return telling.change(who, attempt, 5s, "1", becomes(JobState::failed)).finished(9s);
  };
  const auto again = [&](Telling telling) {
    return tries(1, telling.granted("w2", 2, 6s, 36s)).finished(9s);
  };
  check_judged({
      {"who is granted it again by a crash has not tried twice", "no_false_failure", kViolated,
       fails("x", tries(2, owned().then(EventKind::restored, "w1", 1, 2s)))},
      {"its grant brought it, and counts", "no_false_failure", kHolds,
       fails("x", tries(1, Telling()
                               .change("w1", 1, 1s, "1", becomes(JobState::owned))
                               .then(EventKind::granted, "w1", 1, 1s)
                               .with([](Event& event) { event.after = in(JobState::owned); })))},
      {"what follows from a change fails nothing", "no_false_failure", kNotReached,
       tries(3, owned())
           .then(EventKind::renewed, "x", 0, 3s)
           .with(between(in(JobState::owned), in(JobState::failed)))
           .finished(9s)},
      {"an operator may, whatever its attempts", "no_false_failure", kHolds,
       fails("boss", tries(3, operated()))},
      {"nobody's is failed by nobody", "no_false_failure", kViolated, fails("x", job())},
      {"it came as it was, failed", "no_false_failure", kHolds,
       Telling().change("x", 0, 2s, "1", becomes(JobState::failed)).finished(9s)},
      {"what disappeared has not failed", "no_false_failure", kNotReached,
       owned().gone("x", 3s).finished(9s)},
      {"it was taken from it", "attempts_bounded", kViolated,
       again(owned().then(EventKind::revoked, "x", 1, 5s))},
      {"a crash took back what it wrote", "attempts_bounded", kViolated,
       again(owned().change("w1", 1, 5s, "1", is_owners).with(by_fault(FaultKind::commits_lost)))},
      {"a crash took back its grant", "attempts_bounded", kHolds,
       again(owned().then(EventKind::revoked, "", 1, 5s).with(by_fault(FaultKind::commits_lost)))},
      {"nothing else lets go", "attempts_bounded", kViolated,
       again(owned().then(EventKind::work, "w1", 1, 5s, "release"))},
      {"only a statement fails", "no_unhandled_error", kHolds,
       job()
           .sql("w1", "claim", "take", "", 1s)
           .then(EventKind::blocked, "w1", 0, 2s)
           .with([](Event& event) { event.sqlstate = "23505"; })
           .finished(9s)},
      {"nothing ran", "no_unhandled_error", kNotReached, job().finished(9s)},
  });
}

TEST_CASE("properties: one is found by its name, and named with the part that was violated",
          "[model]") {
  const Property* const ends = find_property("job_ends");
  REQUIRE(ends != nullptr);
  CHECK(ends->name == "job_ends");
  CHECK(full_name(*ends, Violation{}) == "job_ends");
  Violation part;
  part.part = "cursor";
  CHECK(full_name(*find_property("fenced_writes"), part) == "fenced_writes.cursor");
}

}  // namespace
}  // namespace fencepost::told_clauses
