// Each situation: a history in which it comes about once, and one that only looks like it.
#include "model/situation.hpp"

#include <functional>

#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/telling.hpp"

namespace fencepost {
namespace {

using Happens = std::function<void(Telling&)>;

History told(const Happens& happens) {
  Telling telling;
  telling.job("1").worker("w1").worker("w2");
  happens(telling);
  return telling.finished(100s);
}

/// The same with its last event but the end's edited.
History edited(const Happens& happens, const std::function<void(Event&)>& edit) {
  History history = told(happens);
  edit(history.events[history.events.size() - 2]);
  return history;
}

Happens fault(FaultKind kind) {
  return [kind](Telling& t) { t.fault(kind, "w1", 1s); };
}
History fault_of_owner(FaultKind kind) {
  return edited(fault(kind), [](Event& e) { e.attempt = {1}; });
}
History statement(const std::string& sqlstate) {
  return edited([](Telling& t) { t.then(EventKind::statement, "w1", 0, 1s); },
                [&](Event& e) { e.sqlstate = sqlstate; });
}
History claimed_until(Duration until) {
  return told([&](Telling& t) { t.granted("w1", 1, 10s, until); });
}
History while_held(FaultKind kind) {
  return told([kind](Telling& t) { t.granted("w1", 1, 0s, 30s).fault(kind, "", 1s); });
}
History connects(const std::string& sqlstate) {
  History history = statement(sqlstate);
  history.events[history.events.size() - 2].operation = "connect";
  return history;
}
/// What a crash of the server took back.
History forgotten(EventKind kind) {
  return edited([kind](Telling& t) { t.then(kind, "", 1, 1s); },
                [](Event& e) { e.fault = FaultKind::commits_lost; });
}
/// A statement of a worker that died while it was on its way.
History late(const std::string& sqlstate) {
  return edited(
      [](Telling& t) {
        t.fault(FaultKind::late_statement, "w1", 1s).then(EventKind::statement, "w1", 0, 5s);
      },
      [&](Event& e) { e.sqlstate = sqlstate; });
}
/// At 10 s, when a lease runs until 30 s.
History jumped(Duration by) {
  return edited(
      [](Telling& t) { t.granted("w1", 1, 0s, 30s).fault(FaultKind::clock_step, "", 10s); },
      [by](Event& e) { e.lasts = by; });
}
/// The server's clock stands still from then on; what it shows when a statement runs at 2 s.
History frozen(Duration from, Duration shown) {
  return edited(
      [from](Telling& t) {
        t.fault(FaultKind::clock_freeze, "", from).then(EventKind::statement, "w1", 0, 2s);
      },
      [shown](Event& e) { e.server_ahead = shown - 2s; });
}
Happens ends_as(JobState state) {
  return [state](Telling& t) { t.granted("w1", 1, 0s, 30s).released("w1", 1, 1s, state); };
}
History stalled_owner_goes_on(bool taken_over) {
  History history = told([&](Telling& t) {
    t.granted("w1", 1, 0s, 30s).fault(FaultKind::stall, "w1", 1s);
    if (taken_over) t.granted("w2", 2, 31s, 60s);
    t.then(EventKind::resumed, "w1", 0, 40s);
  });
  for (Event& event : history.events)
    if (event.kind == EventKind::fault) {
      event.attempt = {1};
      event.job = {"1"};
    }
  return history;
}

struct Example {
  std::string situation;
  History once;
  History not_quite;
};

std::vector<Example> examples() {
  const auto takes_over = [](Telling& t) {
    t.granted("w1", 1, 0s, 30s).granted("w2", 2, 40s, 70s);
  };
  const auto claims_again = [](Telling& t) {
    t.granted("w1", 1, 0s, 30s).released("w1", 1, 1s, JobState::ready).granted("w2", 2, 2s, 32s);
  };
  const auto stalls_before_it_knows = [](Telling& t) {
    t.granted("w1", 1, 0s, 30s).fault(FaultKind::stall, "w1", 1s);
  };
  const auto stalls_when_it_lost = [](Telling& t) {
    t.granted("w1", 1, 0s, 30s).granted("w2", 2, 40s, 70s).fault(FaultKind::stall, "w1", 41s);
  };
  const auto fenced = [](Telling& t) { t.then(EventKind::refused, "w1", 1, 1s); };
  const auto lost = [](Telling& t) { t.then(EventKind::let_go, "w1", 1, 1s, "lost"); };
  const auto waits = [](Telling& t) { t.then(EventKind::blocked, "w1", 0, 1s); };
  const auto goes = [](Telling& t) { t.then(EventKind::statement, "w1", 0, 1s); };
  const auto closed = [](Telling& t) { t.then(EventKind::session_ended, "w1", 0, 1s, "closed"); };
  return {
      {"takeover", told(takes_over), told(claims_again)},
      {"fenced_write_refused", told(fenced), told(lost)},
      {"ack_lost_applied", edited(fault(FaultKind::ack_lost), [](Event& e) { e.committed = true; }),
       told(fault(FaultKind::ack_lost))},
      {"answer_unheard", told(fault(FaultKind::answer_unheard)), told(fault(FaultKind::ack_lost))},
      {"connection_broken", told(fault(FaultKind::connection_lost)),
       told(fault(FaultKind::ack_lost))},
      {"backend_terminated", told(fault(FaultKind::terminate)), told(fault(FaultKind::crash))},
      {"blocked", told(waits), told(goes)},
      {"deadlock", statement("40P01"), statement("40001")},
      {"lock_timeout", statement("55P03"), statement("57014")},
      {"session_ended_by_timeout", edited(closed, [](Event& e) { e.sqlstate = "25P03"; }),
       told(closed)},
      {"born_expired", claimed_until(10s), claimed_until(10s + 1us)},
      {"owner_crashed", fault_of_owner(FaultKind::crash), told(fault(FaultKind::crash))},
      {"owner_crashed", fault_of_owner(FaultKind::crash_half_open),
       fault_of_owner(FaultKind::stall)},
      {"owner_stalled", fault_of_owner(FaultKind::stall), told(fault(FaultKind::stall))},
      {"owner_stalled", told(stalls_before_it_knows), told(stalls_when_it_lost)},
      {"stale_owner_resumed", stalled_owner_goes_on(true), stalled_owner_goes_on(false)},
      {"poisoned", told(fault(FaultKind::poison)), told(fault(FaultKind::crash))},
      {"succeeded", told(ends_as(JobState::succeeded)), told(ends_as(JobState::failed))},
      {"failed_for_good", told(ends_as(JobState::failed)), told(ends_as(JobState::ready))},
      {"restarted", told(fault(FaultKind::restart)), told(fault(FaultKind::crash))},
      {"restarted_as_itself",
       edited(fault(FaultKind::restart), [](Event& e) { e.note = "the same name"; }),
       told(fault(FaultKind::restart))},
      {"stopped_while_working", fault_of_owner(FaultKind::graceful_stop),
       told(fault(FaultKind::graceful_stop))},
      {"rolled_back", told(fault(FaultKind::roll_back)), told(fault(FaultKind::restart))},
      {"forbidden_rows", told([](Telling& t) { t.then(EventKind::forbidden, "w1", 0, 1s); }),
       told(goes)},
      {"late_statement_ran", late(""), late("08006")},
      {"fleet_paused", while_held(FaultKind::fleet_pause), told(fault(FaultKind::fleet_pause))},
      {"server_restarted", while_held(FaultKind::server_restart),
       told(fault(FaultKind::server_restart))},
      {"server_crashed", while_held(FaultKind::server_crash), told(fault(FaultKind::server_crash))},
      {"server_crashed", while_held(FaultKind::commits_lost),
       while_held(FaultKind::server_restart)},
      {"connection_refused", connects("08006"), connects("53300")},
      {"connections_ran_out", connects("53300"), connects("08006")},
      {"commits_forgotten", forgotten(EventKind::changed), forgotten(EventKind::revoked)},
      {"grant_forgotten", forgotten(EventKind::revoked), forgotten(EventKind::changed)},
      {"write_refused", statement("25006"), statement("25001")},
      {"serialization_failed", statement("40001"), statement("40P01")},
      {"lease_ended_by_jump", jumped(20s), jumped(20s - 1us)},
      {"lease_prolonged_by_jump", jumped(-1us), jumped(20s)},
      {"ran_while_frozen", frozen(1s, 1s), frozen(1s, 1s + 1us)},
  };
}

}  // namespace

TEST_CASE("situation: each is counted where it comes about, and not where it nearly does",
          "[model]") {
  for (const Example& example : examples()) {
    INFO(example.situation);
    const Situation* situation = find_situation(example.situation);
    REQUIRE(situation != nullptr);
    CHECK(count_of(*situation, example.once) == 1);
    CHECK(count_of(*situation, example.not_quite) == 0);
    CHECK(reached(example.once).at(example.situation) == 1);
  }
}

TEST_CASE("situation: a takeover counts each time", "[model]") {
  const History history = told([](Telling& t) {
    t.granted("w1", 1, 0s, 30s).granted("w2", 2, 40s, 70s).granted("w1", 3, 80s, 90s);
  });
  CHECK(reached(history).at("takeover") == 2);
}

TEST_CASE("situation: what a protocol declares rules some of them out", "[model]") {
  const auto can = [](const char* name, const Declared& declared) {
    return can_come_about(*find_situation(name), declared);
  };
  Declared row, session, transaction, none, fixed;
  row.columns = {"lease_until"};
  session.lease_kind = LeaseKind::session;
  transaction.lease_kind = LeaseKind::transaction;
  none.lease_kind = LeaseKind::none;
  fixed.fixed = {"leader"};
  // Nothing tells who holds what before its transaction is over.
  for (const char* held :
       {"takeover", "owner_crashed", "fenced_write_refused", "server_crashed", "owner_stalled"}) {
    INFO(held);
    CHECK(can(held, row));
    CHECK(can(held, session));
    CHECK_FALSE(can(held, transaction));
    CHECK_FALSE(can(held, none));
  }
  CHECK(can("born_expired", row));
  CHECK_FALSE(can("born_expired", session));
  CHECK(can("succeeded", none));
  CHECK_FALSE(can("succeeded", fixed));
  CHECK(can("blocked", none));
}

TEST_CASE("situation: reached tells all of them, also those at zero", "[model]") {
  const auto counts = reached(told([](Telling&) {}));
  CHECK(counts.size() == situations().size());
  for (const auto& [name, count] : counts) {
    INFO(name);
    CHECK(count == 0);
  }
}

TEST_CASE("situation: each one of the table has an example here and a meaning in one sentence",
          "[model]") {
  std::set<std::string> shown;
  for (const Example& example : examples()) shown.insert(example.situation);
  for (const Situation& situation : situations()) {
    INFO(situation.name);
    CHECK(shown.contains(std::string(situation.name)));
    CHECK(situation.meaning.ends_with('.'));
    CHECK(find_situation(situation.name) == &situation);
  }
  CHECK(find_situation("no such thing") == nullptr);
}

}  // namespace fencepost
