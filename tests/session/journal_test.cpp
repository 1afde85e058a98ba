// The pen of a history, with a committed state that the test tells.
#include "sim/session/journal.hpp"

#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/world_example.hpp"

namespace fencepost {
namespace {

/// One worker and its session, on a backend that is not there.
struct Desk {
  WorldExample example;
  Journal journal;
  Process process{
      {Instant{}, 1, 1, &example.protocol, &example.protocol.roles.front(), "w1", false}};
  Backend backend{nullptr, Slot{0, 0}, 0, {}, {}, false};
  Session session{{"w1/main"}, 1, process, backend, example.clock};

  explicit Desk(const std::string& scenario = "[load]\nworkers = 1\n")
      : example(scenario), journal(example.world) {
    journal.begin();
  }
  void commit(const std::string& operation, const JobRecord& record) {
    example.database.committed.jobs[{"1"}] = record;
    journal.begin_step();
    journal.observe(session, {operation, "any", {}, {}}, {});
  }
  std::string lines() {
    journal.finish("settled");
    return lines_of(journal.take());
  }
};

TEST_CASE("journal: what was there at first is step 0", "[sim]") {
  Desk desk;
  CHECK(desk.journal.step() == 0);
  CHECK(desk.lines() == "0 changed \n1 finished : settled\n");
}

TEST_CASE("journal: what a commit meant is written in its step, with the newest grant", "[sim]") {
  Desk desk;
  CHECK(desk.journal.granted() == 0);
  desk.commit("claim", job_of(JobState::owned, "1", 60s));
  CHECK(desk.journal.granted() == 1);
  CHECK(desk.journal.ledger().holder({"1"}) == AttemptId{1});
  CHECK(desk.journal.lease_ends() == std::vector<Instant>{Instant{60s}});
  CHECK(desk.lines() ==
        "0 changed \n1 changed w1 job 1 attempt 1\n1 granted w1 job 1 attempt 1\n2 finished : "
        "settled\n");
}

TEST_CASE("journal: statements and waits for locks are no activity, everything else is", "[sim]") {
  Desk desk;
  desk.example.clock.set(Instant{5s});
  desk.journal.note(EventKind::statement);
  desk.journal.note(EventKind::blocked);
  CHECK(desk.journal.last_activity() == Instant{});
  desk.journal.note(EventKind::resumed);
  CHECK(desk.journal.last_activity() == Instant{5s});
}

TEST_CASE("journal: an event about a worker says what it acts for", "[sim]") {
  Desk desk;
  desk.process.take_up({{{"7"}, {3}}, {{"8"}, {4}}});
  const Event& event = desk.journal.note(EventKind::work, desk.process);
  CHECK(event.job == JobId{"7"});
  CHECK(event.attempt == AttemptId{4});
}

TEST_CASE("journal: forbidden rows are told once, until there are none", "[sim]") {
  Desk desk;
  desk.example.declared.never = {"twice"};
  const JobRecord record = job_of(JobState::ready, "", 0s);
  desk.example.database.forbidden_rows = {{"twice", "1 row"}};
  desk.commit("a", record);
  desk.commit("b", record);
  desk.example.database.forbidden_rows.clear();
  desk.commit("c", record);
  desk.example.database.forbidden_rows = {{"twice", "1 row"}};
  desk.commit("d", record);
  CHECK(desk.lines() == "0 changed \n1 forbidden w1\n4 forbidden w1\n5 finished : settled\n");
}

TEST_CASE("journal: the end of a session says why, and the server does where nobody else can",
          "[sim]") {
  Desk desk;
  desk.journal.note_end(desk.session, "its connection broke");
  for (const char* state : {"25P03", "57P05", "57P01", "57P02"}) {
    desk.backend.fatal_state = state;
    desk.journal.note_end(desk.session, "");
  }
  CHECK(desk.lines() ==
        "0 changed \n0 session_ended w1: its connection broke\n"
        "0 session_ended w1: idle_in_transaction_session_timeout\n"
        "0 session_ended w1: idle_session_timeout\n0 session_ended w1: terminated\n"
        "0 session_ended w1: ended by the server\n1 finished : settled\n");
}

TEST_CASE("journal: a statement that will never be done has the server's last word", "[sim]") {
  Desk desk;
  desk.session.note_gone();
  // Of the step in which it is known, and not of that in which it was sent.
  for (int i = 1; i <= 5; ++i) desk.journal.begin_step();
  desk.journal.note_statement(desk.session, {3, {"claim", "take", {}, {}}, {2}, {"1"}, false});
  desk.backend.fatal_state = "57P01";
  desk.journal.note_statement(desk.session, {4, {"claim", "take", {}, {}}, {2}, {"1"}, false});
  desk.journal.finish("settled");
  const History history = desk.journal.take();
  CHECK(history.events[1].result == "error 08006");
  CHECK(history.events[1].step == 5);
  CHECK(history.events[2].sqlstate == "57P01");
}

TEST_CASE("journal: what comes after a cut was never written", "[sim]") {
  Desk desk;
  desk.journal.begin_step();
  desk.journal.note(EventKind::resumed);
  desk.journal.begin_step();
  desk.journal.note(EventKind::resumed);
  desk.journal.cut(1);
  CHECK(desk.lines() == "0 changed \n1 resumed \n2 finished : settled\n");
}

TEST_CASE("journal: nothing happens after the end, and nothing is taken before", "[sim]") {
  Desk desk;
  CHECK_THROWS_AS(desk.journal.take(), HarnessError);
  desk.journal.finish("cut");
  CHECK_THROWS_AS(desk.journal.note(EventKind::resumed), HarnessError);
  CHECK_THROWS_AS(desk.journal.forget_commits(1), HarnessError);
}

}  // namespace
}  // namespace fencepost
