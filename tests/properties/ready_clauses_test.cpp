// The clauses of how long a ready job may wait that nothing keeps from being claimed.
#include "tests/fixtures/waiting_case.hpp"

namespace fencepost::waiting_clauses {
namespace {

constexpr Duration kAfterAll = 4h + 16s;
/// Its lease lasts for four hours, and w1 looks for the job at these times.
Telling looked_for(Telling telling, const std::vector<Duration>& times,
                   const std::string& operation = "claim") {
  telling.declared().lease = 4h;
  for (const Duration at : times)
    telling.sql("w1", operation, "take", "", at).with([](Event& event) {
      event.session = {"w1/main"};
    });
  return telling;
}
Telling looked(Telling telling) { return looked_for(std::move(telling), {11s, 16s}); }
/// The same behind what happens at 20 s.
Telling late(Telling telling) { return looked_for(std::move(telling), {21s, 26s}); }

TEST_CASE("clauses: of a ready job that somebody looks for", "[model]") {
  const auto let_go = [](const std::string& note) {
    return looked(heal(waiting().let_go("w1", 0, 1s, "1", note)));
  };
  const auto with_other = [](JobState state) {
    return healing().change("x", 0, 1s, "2", becomes(state));
  };
  const auto of_the_job = [](Event& event) { event.job = {"1"}; };
  const auto stalled = [] { return waiting().worker("w2").fault(FaultKind::stall, "w2", 1s); };
  check_bounds(
      "job_not_stuck",
      {
          {"somebody looks for it again", looked(healing()), 311s},
          {"somebody looks for it again, before heal", looked(waiting()), 301s},
          {"somebody else has it, before heal", looked(killed(held())), std::nullopt},
          {"somebody stands still, before heal", looked(stalled()), std::nullopt},
          {"somebody stands still, in heal", looked(heal(stalled())), 311s},
          {"somebody is dead, before heal", looked(killed(waiting().worker("w2"))), std::nullopt},
          {"two were dead, and one is back, before heal",
           looked(killed(waiting().worker("w2").worker("w3").fault(FaultKind::crash, "w3", 2s))
                      .worker("w2.2", 3s)),
           std::nullopt},
          {"somebody was dead, before heal",
           looked_for(killed(waiting().worker("w2")).worker("w2.2", 3s), {11s, 16s}), 303s},
          {"somebody looks for it once", looked_for(healing(), {11s}), kAfterAll},
          {"somebody looks for it too soon again", looked_for(healing(), {11s, 16s - 1us}),
           kAfterAll},
          {"somebody looked when it had not waited yet", looked_for(healing(), {10s, 15s}),
           kAfterAll},
          {"somebody does something else", looked_for(healing(), {11s, 16s}, "beat"), kAfterAll},
          {"another job changes",
           late(with_other(JobState::succeeded).change("x", 0, 20s, "2", is_touched)), 321s},
          {"another job is let go",
           late(with_other(JobState::succeeded).let_go("w2", 0, 20s, "2", "release")), 321s},
          {"another job is owned", looked(with_other(JobState::owned)), kAfterAll},
          {"somebody believes in another one",
           looked(heal(waiting().worker("w2").believed("w2", 0, 1s, "2"))), kAfterAll},
          {"it failed", let_go("fail"), kAfterAll},
          {"it was released", let_go("release"), 311s},
          {"it succeeded and is back", let_go("succeed"), 311s},
          {"its round was over", let_go("round over"), 311s},
          {"it had ended, and is back",
           late(healing()
                    .granted("w1", 1, 10s, 12s)
                    .released("w1", 1, 10s, JobState::succeeded)
                    .change("x", 0, 20s, "1", becomes(JobState::ready))),
           321s},
          {"it comes round",
           looked(healing().granted("w1", 1, 10s, 12s).released("w1", 1, 10s, JobState::ready)),
           kAfterAll},
          {"it fails every time",
           looked(heal(waiting().fault(FaultKind::poison, "w1", 1s).with(of_the_job))), kAfterAll},
      });
}

TEST_CASE("clauses: of a ready job beside those who stand still or end", "[model]") {
  const auto stopped = [](const std::string& who) {
    return waiting().worker("w2").fault(FaultKind::graceful_stop, who, 2s);
  };
  const auto paused = [] { return waiting().fault(FaultKind::fleet_pause, "", 1s); };
  check_bounds(
      "job_not_stuck",
      {
          {"somebody stopped for good, before heal", looked(stopped("w2")), std::nullopt},
          {"somebody took the place of who stopped", looked(stopped("w2").worker("w2.2", 3s)),
           301s},
          {"the only one stopped",
           looked(heal(waiting().fault(FaultKind::graceful_stop, "w1", 2s))), std::nullopt},
          {"who is to stop finishes what it began",
           heal(held().fault(FaultKind::graceful_stop, "w2", 2s)), std::nullopt},
          {"who has finished takes nothing more",
           heal(Telling()
                    .job("1")
                    .worker("w2")
                    .granted("w2", 1, 1s, 31s)
                    .believed("w2", 1, 1s)
                    .fault(FaultKind::graceful_stop, "w2", 2s)
                    .released("w2", 1, 3s, JobState::ready)
                    .let_go("w2", 1, 3s, "1", "release")),
           std::nullopt},
          {"all stand still, before heal", looked(paused()), std::nullopt},
          {"all stood still, before heal", looked(paused().then(EventKind::resumed, "w1", 0, 2s)),
           303s},
          {"all end while one stands still, before heal",
           looked(waiting()
                      .worker("w2")
                      .fault(FaultKind::stall, "w2", 1s)
                      .fault(FaultKind::roll_back, "", 2s)
                      .worker("w1.2", 3s)
                      .worker("w2.2", 3s)),
           304s},
      });
}

TEST_CASE("clauses: of a ready job that somebody else may keep locked", "[model]") {
  const auto in_session = [](const std::string& session) {
    return [=](Event& event) { event.session = {session}; };
  };
  const auto used = [&](const std::string& who) {
    return waiting().worker("w2").sql(who, "claim", "take", "", 1s).with(in_session(who + "/main"));
  };
  const auto ended = [&](Telling telling) {
    return telling.then(EventKind::session_ended, "w2", 0, 20s).with(in_session("w2/main"));
  };
  const auto unheard = [&](const std::string& session) {
    return used("w2").fault(FaultKind::answer_unheard, "w2", 2s).with(in_session(session));
  };
  check_bounds(
      "job_not_stuck",
      {
          {"a dead worker's session is left", looked(heal(killed(used("w2")))), kAfterAll},
          {"a dead worker's session ends", late(ended(heal(killed(used("w2"))))), 321s},
          {"a living worker's session ends", late(ended(heal(used("w2")))), 321s},
          {"another one is dead", looked(heal(used("w2").fault(FaultKind::crash, "w3", 2s))), 311s},
          {"all are dead, and one is back",
           looked(heal(used("w2").fault(FaultKind::roll_back, "", 2s).worker("w3", 3s))),
           kAfterAll},
          {"what failed says nothing of a session that is left",
           looked(heal(killed(waiting()
                                  .worker("w2")
                                  .sql("w2", "claim", "take", "08006", 1s)
                                  .with(in_session("w2/main"))))),
           311s},
          {"something else was done to it",
           looked(
               heal(used("w1").fault(FaultKind::terminate, "w1", 2s).with(in_session("w1/main")))),
           311s},
          {"an answer was not waited for, and its session is left",
           looked(heal(unheard("w2/main"))), kAfterAll},
          {"an answer was not waited for, and its session ends",
           late(ended(heal(unheard("w2/main")))), 321s},
          {"an answer was not waited for, in a session that never did anything",
           looked(heal(unheard("w2/beat"))), 311s},
          {"a session that had ended is none of a dead worker",
           late(heal(used("w2")
                         .then(EventKind::session_ended, "w2", 0, 1s)
                         .with(in_session("w2/main"))
                         .fault(FaultKind::crash, "w2", 2s))),
           311s},
      });
}

TEST_CASE("clauses: of a ready job that its holder gave up", "[model]") {
  const auto holding = [] { return healing().granted("w1", 1, 10s, 12s); };
  const auto released = [](Telling telling) {
    return telling.released("w1", 1, 10s, JobState::ready).with([](Event& event) {
      event.operation = "release";
    });
  };
  const auto given_up = [&] {
    return released(holding().sql("w1", "apply", "write", "23505", 10s));
  };
  check_bounds(
      "job_not_stuck",
      {
          {"after an error", looked(given_up()), 311s},
          {"after a fault", looked(released(holding().fault(FaultKind::ack_lost, "w1", 10s))),
           311s},
          {"when its session had ended",
           looked(released(holding().then(EventKind::session_ended, "w1", 0, 10s))), 311s},
          {"for nothing", looked(released(holding())), kAfterAll},
          {"after an error of somebody else",
           looked(released(holding().sql("w2", "apply", "write", "23505", 10s))), kAfterAll},
          {"after an error before its claim",
           looked(released(
               healing().sql("w1", "apply", "write", "23505", 10s).granted("w1", 1, 10s, 12s))),
           kAfterAll},
          {"after an error, for its next turn",
           looked(holding()
                      .sql("w1", "apply", "write", "23505", 10s)
                      .released("w1", 1, 10s, JobState::ready)),
           kAfterAll},
          {"and it fails every time",
           looked(released(holding().fault(FaultKind::poison, "w1", 10s).with([](Event& event) {
             event.job = {"1"};
           }))),
           kAfterAll},
          {"and has had its turn since", looked(released(given_up().granted("w1", 1, 10s, 12s))),
           kAfterAll},
          {"by no holder",
           looked(released(holding())
                      .sql("w2", "apply", "write", "23505", 10s)
                      .change("w2", 0, 10s, "1", is_touched)
                      .with([](Event& event) { event.operation = "release"; })),
           kAfterAll},
      });
}

TEST_CASE("clauses: of what rests by another clock", "[model]") {
  const auto ahead = [](Duration by) { return [=](Event& event) { event.server_ahead = by; }; };
  const auto resting = [&](Instant until, Duration by) {
    return heal(waiting().change("x", 0, 1s, "1", rests(until)).with(ahead(by)));
  };
  check_bounds(
      "job_not_stuck",
      {
          {"for ever, as a clock that is behind says", resting(Instant::max(), -60s), std::nullopt},
          {"since ever, as a clock that is ahead says", resting(Instant::min(), 60s), 46s},
      });
}

TEST_CASE("clauses: of a ready job for which something is declared", "[model]") {
  const auto declared = [](const std::function<void(Declared&)>& edit, Duration again = 16s) {
    return declaring(edit, looked_for(healing(), {11s, again}));
  };
  check_bounds(
      "job_not_stuck",
      {
          {"it is there for ever", declared([](Declared& all) { all.fixed = {"1"}; }), kAfterAll},
          {"a bound is declared", declared([](Declared& all) { all.freed_within = 1h; }), 1h + 11s},
          {"a bound is declared for it", declared([](Declared& all) { all.claimed_within = 1h; }),
           1h + 11s},
          {"its polls are far apart", declared([](Declared& all) { all.poll = 40s; }, 51s), 411s},
          {"somebody else's polls are far apart",
           declared([](Declared& all) { all.longest_poll = 40s; }, 51s), 411s},
      });
}

}  // namespace
}  // namespace fencepost::waiting_clauses
