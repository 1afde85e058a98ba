// Clauses of the judges of outcomes and of ownership.
#include "model/ledger.hpp"
#include "tests/fixtures/judged_case.hpp"

namespace fencepost {
namespace {

/// Every statement of w1 runs on its session; the last one of `succeed` comes back so.
History on_a_session(Telling telling, const std::string& result) {
  History history = telling.finished(100s);
  for (Event& event : history.events) {
    if (event.kind != EventKind::statement && event.kind != EventKind::session_ended) continue;
    event.session = {"w1/main"};
    if (event.statement == "finish") event.result = result;
  }
  return history;
}
Telling says_done(Telling telling) { return telling.let_go("w1", 1, 3s, "1", "succeed"); }
Telling in_transaction() {
  return says_done(
      owned().sql("w1", "succeed", "begin", "", 2s).sql("w1", "succeed", "finish", "", 2s));
}
Telling and_done(Telling telling) {
  return telling.change("x", 0, 5s, "1", [](JobRecord& job) { job.state = JobState::succeeded; });
}

TEST_CASE("clauses: of what is told", "[model]") {
  const auto finish = [] { return says_done(owned().sql("w1", "succeed", "finish", "", 2s)); };
  const auto other = [] { return says_done(owned().sql("w1", "chunk", "finish", "", 2s)); };
  const auto commit = [](const std::string& sqlstate) {
    return in_transaction().sql("w1", "succeed", "commit", sqlstate, 4s);
  };
  const auto forgotten = [](Telling telling) {
    return edited(telling.finished(9s), EventKind::changed, by_fault(FaultKind::commits_lost));
  };
  const auto undone = [] {
    return and_done(owned()).change("x", 0, 6s, "1",
                                    [](JobRecord& job) { job.state = JobState::ready; });
  };
  check_judged({
      {"no row was returned", "ack_is_durable", kHolds, on_a_session(finish(), "0 rows")},
      {"no row was changed", "ack_is_durable", kHolds, on_a_session(finish(), "UPDATE 0")},
      {"a row was changed", "ack_is_durable", kViolated, on_a_session(finish(), "UPDATE 1")},
      {"that was another operation", "ack_is_durable", kViolated, on_a_session(other(), "0 rows")},
      {"it is not committed", "ack_is_durable", kHolds, on_a_session(in_transaction(), "UPDATE 1")},
      {"it is committed, and not done", "ack_is_durable", kViolated,
       on_a_session(commit(""), "UPDATE 1")},
      {"it is committed, and nothing with it", "ack_is_durable", kViolated,
       on_a_session(commit("").with([](Event& event) { event.commit = 0; }), "UPDATE 1")},
      {"its commit failed", "ack_is_durable", kHolds, on_a_session(commit("40001"), "UPDATE 1")},
      {"it was rolled back", "ack_is_durable", kHolds,
       on_a_session(in_transaction()
                        .sql("w1", "succeed", "rollback", "", 4s)
                        .sql("w1", "claim", "commit", "", 5s),
                    "UPDATE 1")},
      {"its session ended", "ack_is_durable", kHolds,
       on_a_session(in_transaction()
                        .then(EventKind::session_ended, "w1", 0, 4s)
                        .sql("w1", "claim", "commit", "", 5s),
                    "UPDATE 1")},
      {"a fault struck it", "ack_is_durable", kHolds,
       on_a_session(
           in_transaction().fault(FaultKind::stall, "w1", 4s).sql("w1", "claim", "commit", "", 5s),
           "UPDATE 1")},
      {"a commit was lost", "terminal_sticks", kHolds, forgotten(undone())},
      {"no commit was lost", "terminal_sticks", kViolated, undone().finished(9s)},
      {"its insertion was lost", "job_not_lost", kHolds, forgotten(owned().gone("x", 2s))},
  });
}

TEST_CASE("clauses: of owners", "[model]") {
  Telling endless = Telling().job("1");
  endless.also_granted("w1", 1, 1s, "1").granted("w2", 2, 2s, 32s);
  check_judged({
      {"it was renewed", "single_owner", kViolated,
       owned().renewed("w1", 1, 20s, 60s).granted("w2", 2, 40s, 70s).finished(1h)},
      {"it is held again", "single_owner", kViolated,
       edited(Telling()
                  .job("1")
                  .then(EventKind::restored, "w1", 1, 1s)
                  .granted("w2", 2, 5s, 35s)
                  .finished(1h),
              EventKind::restored,
              [](Event& event) {
                event.after = JobRecord{};
                event.after->lease_until = Instant{31s};
              })},
      {"its grant was lost", "single_owner", kHolds,
       [] {
         History history =
             owned().then(EventKind::revoked, "", 1, 2s).granted("w2", 2, 3s, 33s).finished(1h);
         for (Event& event : history.events)
           if (event.at == Instant{2s}) event.fault = FaultKind::commits_lost;
         return history;
       }()},
      {"it has no end", "single_owner", kViolated, endless.finished(1h)},
      {"it claims what it holds", "single_owner", kHolds,
       owned().granted("w1", 2, 2s, 32s).finished(1h)},
      {"its lease is over", "single_owner", kHolds,
       owned().then(EventKind::revoked, "x", 1, 31s).finished(1h)},
      {"who believed without a grant believes no more", "single_owner", kHolds,
       Telling()
           .job("1")
           .believed("w2", 0, 1s)
           .let_go("w2", 0, 2s, "1", "lost")
           .granted("w1", 1, 3s, 33s)
           .finished(1h)},
      {"who believed without a grant still does", "single_owner", kViolated,
       Telling().job("1").believed("w2", 0, 1s).granted("w1", 1, 3s, 33s).finished(1h)},
      {"it holds what it believes in", "single_owner", kHolds,
       owned().believed("w1", 0, 2s).finished(1h)},
  });
}

TEST_CASE("clauses: of writes of those who lost", "[model]") {
  const auto lost_then = [](Telling telling) {
    return telling.change("w1", 1, 40s, "1", [](JobRecord& job) { job.progress = 1; });
  };
  const auto revoked = [] { return owned().then(EventKind::revoked, "x", 1, 31s); };
  check_judged({
      {"it lost it", "fenced_writes", kViolated, lost_then(revoked()).finished(1h)},
      {"it has it again", "fenced_writes", Outcome::not_reached,
       lost_then(revoked().then(EventKind::restored, "w1", 1, 32s)).finished(1h)},
      {"it only asked", "fenced_writes", kHolds,
       revoked().sql_for("w1", 1, "chunk", "look", "", 40s).finished(1h)},
      {"it asked for another attempt", "fenced_writes", Outcome::not_reached,
       revoked().sql_for("w1", 2, "chunk", "look", "", 40s).finished(1h)},
      {"an item went with its job", "fenced_writes", Outcome::not_reached,
       edited(revoked().applied("w1", 1, 40s, "a", 1, 0).finished(1h), EventKind::applied,
              [](Event& event) { event.note = kWithItsJob; })},
      {"an item", "fenced_writes", kViolated,
       revoked().applied("w1", 1, 40s, "a", 1, 0).finished(1h)},
  });
}

TEST_CASE("clauses: of healthy holders", "[model]") {
  const auto over = [](Telling telling) { return telling.granted("w2", 2, 40s, 70s).finished(1h); };
  const auto claim = [](Telling telling) {
    return telling.sql("w1", "claim", "take", "", 1s)
        .granted("w1", 1, 1s, 31s)
        .believed("w1", 1, 1s);
  };
  const auto job = [] { return Telling().job("1"); };
  check_judged({
      {"nothing was done to it", "healthy_keeps_lease", kViolated, over(claim(job()))},
      {"something was done to it in its claim's transaction", "healthy_keeps_lease", kHolds,
       over(claim(job().sql("w1", "claim", "begin", "", 1s).fault(FaultKind::ack_lost, "w1", 1s)))},
      {"something was done to it in a transaction before", "healthy_keeps_lease", kViolated,
       over(claim(job()
                      .sql("w1", "sweep", "begin", "", 1s)
                      .fault(FaultKind::ack_lost, "w1", 1s)
                      .sql("w1", "sweep", "commit", "", 1s)))},
      {"something was done to it in what it rolled back", "healthy_keeps_lease", kViolated,
       over(claim(job()
                      .sql("w1", "sweep", "begin", "", 1s)
                      .fault(FaultKind::ack_lost, "w1", 1s)
                      .sql("w1", "sweep", "rollback", "", 1s)))},
      {"its session ended", "healthy_keeps_lease", kHolds,
       over(claim(job()).then(EventKind::session_ended, "w1", 0, 2s))},
      {"another's session ended", "healthy_keeps_lease", kViolated,
       over(claim(job()).then(EventKind::session_ended, "w3", 0, 2s))},
      {"it believes no more", "healthy_keeps_lease", kHolds,
       over(claim(job()).let_go("w1", 1, 2s, "1", "error"))},
      {"it takes it again itself", "healthy_keeps_lease", kHolds,
       claim(job()).granted("w1", 2, 40s, 70s).finished(1h)},
      {"it let it go", "healthy_keeps_lease", kHolds,
       over(claim(job()).released("w1", 1, 2s, JobState::ready))},
  });
}

TEST_CASE("clauses: of refusals", "[model]") {
  const auto refused = [](Telling telling) {
    return telling.then(EventKind::refused, "w1", 1, 20s).finished(1h);
  };
  const auto shorter = [](Event& event) {
    event.fault = FaultKind::server_crash;
    event.after->lease_until = Instant{10s};
  };
  check_judged({
      {"it owns it", "no_self_fencing", kViolated, refused(owned())},
      {"it let it go", "no_self_fencing", kHolds,
       refused(owned().then(EventKind::released, "w1", 1, 2s))},
      {"it lost it", "no_self_fencing", kHolds,
       refused(owned().then(EventKind::revoked, "x", 1, 2s))},
      {"it lost it, and has it again", "no_self_fencing", kViolated,
       refused(
           owned().then(EventKind::revoked, "x", 1, 2s).then(EventKind::restored, "w1", 1, 3s))},
      {"it is done", "no_self_fencing", kHolds,
       refused(owned().change("x", 0, 2s, "1",
                              [](JobRecord& job) { job.state = JobState::succeeded; }))},
      {"its renewal made it shorter", "no_self_fencing", kHolds,
       refused(owned().renewed("w1", 1, 2s, 10s))},
      {"a crash made it shorter", "no_self_fencing", kHolds,
       edited(refused(owned().change("", 0, 2s, "1", [](JobRecord& job) { job.owner = "x"; })),
              EventKind::changed, shorter)},
      {"a crash took back what it had written", "no_self_fencing", kHolds,
       edited(refused(owned().change("", 0, 2s, "1", [](JobRecord& job) { job.owner = "x"; })),
              EventKind::changed, by_fault(FaultKind::commits_lost))},
      {"another one was refused", "no_self_fencing", kHolds,
       owned().then(EventKind::refused, "w2", 0, 20s).finished(1h)},
  });
}

TEST_CASE("clauses: of who comes back under the name of a dead owner", "[model]") {
  const auto is_owners = [](JobRecord& job) { job.owner = "w1"; };
  const auto named = [&] { return owned().change("w1", 1, 2s, "1", is_owners); };
  const auto back = [](Telling telling) { return telling.granted("w1.2", 2, 4s, 34s); };
  const auto died = [&](const std::string& who, FaultKind how = FaultKind::crash) {
    return back(named().fault(how, who, 3s));
  };
  const auto stops = [&](const std::string& who) {
    return named().fault(FaultKind::graceful_stop, who, 3s);
  };
  const auto let_go = [](Telling telling) {
    return telling.let_go("w1", 1, 3s, "1", "round over");
  };
  const auto ended = [](Telling telling) {
    return telling.then(EventKind::session_ended, "w1", 0, 3s);
  };
  check_judged({
      {"it died", "single_owner", kHolds, died("w1").finished(1h)},
      {"all of them died", "single_owner", kHolds, died("", FaultKind::roll_back).finished(1h)},
      {"it died, and others did afterwards", "single_owner", kHolds,
       back(named().fault(FaultKind::crash, "w1", 3s).fault(FaultKind::crash, "w3", 3s))
           .finished(1h)},
      {"it died, and its claim came late", "single_owner", kHolds,
       back(Telling()
                .job("1")
                .fault(FaultKind::crash, "w1", 1s)
                .granted("w1", 1, 1s, 31s)
                .change("w1", 1, 2s, "1", is_owners))
           .finished(1h)},
      {"it died, and lives again", "single_owner", kViolated,
       back(named().fault(FaultKind::crash, "w1", 3s).worker("w1", 3s)).finished(1h)},
      {"nobody died", "single_owner", kViolated, back(named()).finished(1h)},
      {"another one died", "single_owner", kViolated, died("w3").finished(1h)},
      {"it stands still", "single_owner", kViolated, died("w1", FaultKind::stall).finished(1h)},
      {"it has stopped", "single_owner", kHolds, back(ended(let_go(stops("w1")))).finished(1h)},
      {"it has stopped, lives again and loses a session", "single_owner", kViolated,
       back(ended(let_go(stops("w1").worker("w1", 3s)))).finished(1h)},
      {"it is to stop", "single_owner", kViolated, back(let_go(stops("w1"))).finished(1h)},
      {"it is to stop, but works on", "single_owner", kViolated,
       back(ended(stops("w1"))).finished(1h)},
      {"another one has stopped", "single_owner", kViolated,
       back(ended(let_go(stops("w3")))).finished(1h)},
      {"nobody was asked to stop", "single_owner", kViolated,
       back(ended(let_go(named()))).finished(1h)},
      {"its session was ended", "single_owner", kViolated,
       back(ended(let_go(named().fault(FaultKind::terminate, "w1", 3s)))).finished(1h)},
      {"it has no name", "single_owner", kViolated,
       back(owned().fault(FaultKind::crash, "w1", 3s)).finished(1h)},
      {"it is another name", "single_owner", kViolated,
       died("w1").with([](Event& event) { event.after->owner = "w2"; }).finished(1h)},
      {"nothing was there before", "single_owner", kViolated,
       died("w1").with([](Event& event) { event.before.reset(); }).finished(1h)},
      {"nothing is there now", "single_owner", kViolated,
       died("w1").with([](Event& event) { event.after.reset(); }).finished(1h)},
  });
}

}  // namespace
}  // namespace fencepost
