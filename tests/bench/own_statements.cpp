// What a history costs beside its own statements: the price of all that a lane adds to them, and
// how much of it no lane could save.
#include <algorithm>
#include <array>
#include <map>

#include "sim/database/pq_port.hpp"
#include "sim/database/raw_query.hpp"
#include "sim/search/tape.hpp"
#include "sim/server/server_clock.hpp"
#include "tests/bench/cpu.hpp"
#include "tests/bench/measured_lane.hpp"

namespace fencepost {
namespace {

/// In which way the statements are sent again.
enum class Way {
  bare,   ///< each waits for its answer in libpq
  sent,   ///< each is sent, and the server waited for until it is still
  asked,  ///< the same, and after every commit an observer asks what the tables hold
};

/// A statement of a history, when and on which session it was sent.
struct Sent {
  Instant at{};
  SessionId session;
  Request request;
};

/// What its workers sent, in the order in which it was done: in a quiet history, that of sending.
std::vector<Sent> sent_in(const History& history) {
  std::vector<Sent> all;
  for (const Event& event : history.events) {
    if (event.kind != EventKind::statement || event.operation == kConnect ||
        event.operation == kSession)
      continue;
    Sent& sent = all.emplace_back();
    sent.at = event.at - event.took;
    sent.session = event.session;
    sent.request.text = event.statement;
    sent.request.prepared = !is_transaction_control(event);
    for (const Bound& bound : event.bound) sent.request.values.push_back(bound.value);
  }
  return all;
}

/// These statements again, in their order, at their times, on sessions of the same kind.
class Replay {
 public:
  Replay(Simulation& simulation, ServerClock& clock, const Protocol& protocol,
         const std::vector<Sent>& sent)
      : clock_(clock), sent_(sent) {
    for (const Sent& statement : sent)
      if (!sessions_.contains(statement.session))
        sessions_.emplace(statement.session, session(simulation, protocol));
    observer_ = session(simulation, protocol).connection;
    for (const char* name : {"observe", "applied"})
      if (protocol.find(name) != nullptr) queries_.push_back(name);
  }

  /// Returns how many transactions committed. The database must be as the history found it.
  std::uint64_t run(Way way) {
    std::uint64_t commits = 0;
    for (const Sent& statement : sent_) {
      Session& session = sessions_.at(statement.session);
      clock_.set(statement.at);
      const std::uint64_t before = clock_.commits(session.slot);
      one(session, statement.request, way);
      const std::uint64_t committed = clock_.commits(session.slot) - before;
      commits += committed;
      if (way != Way::asked || committed == 0) continue;
      for (const std::string& query : queries_)
        SIM_CHECK(!error_of(observer_.get(), raw_execute(observer_.get(), query, {}).get()), "{}",
                  PQerrorMessage(observer_.get()));
    }
    return commits;
  }

 private:
  struct Session {
    RawConnection connection;
    Slot slot;
  };

  Session session(const Simulation& simulation, const Protocol& protocol) const {
    Session made{raw_connect(simulation.conninfo()), {}};
    made.slot = clock_.slot_of(PQbackendPID(made.connection.get()));
    for (const auto& [name, statement] : protocol.statements)
      SIM_CHECK(!error_of(made.connection.get(),
                          raw_prepare(made.connection.get(), name, statement.sql).get()),
                "{}", PQerrorMessage(made.connection.get()));
    return made;
  }
  void one(Session& session, const Request& request, Way way) {
    PGconn* const connection = session.connection.get();
    clock_.about_to_send(session.slot);
    SIM_CHECK(send(connection, request), "{}", PQerrorMessage(connection));
    if (way != Way::bare) clock_.settle(&session.slot, 1);
    while (PGresult* result = PQgetResult(connection)) {
      const RawResult owned(result);
      SIM_CHECK(!error_of(connection, result), "{}", PQerrorMessage(connection));
    }
  }

  ServerClock& clock_;
  const std::vector<Sent>& sent_;
  std::map<SessionId, Session> sessions_;
  RawConnection observer_;
  std::vector<std::string> queries_;
};

double used(const CpuMeter& meter) { return static_cast<double>(meter.used().count()); }

}  // namespace

Figures own_statements(Cluster& cluster, Simulation& simulation, const Protocol& protocol,
                       const Scenario& scenario, int repeats) {
  const pid_t postmaster = cluster.postmaster();
  TapeChoices first{Tape{}};
  const History history = simulation.run(scenario, first);
  const std::vector<Sent> sent = sent_in(history);
  const auto commits = std::count_if(history.events.begin(), history.events.end(),
                                     [](const Event& event) { return event.committed; });
  Replay replay(simulation, cluster.clock(), protocol, sent);
  const std::array<std::string, 3> names = {"bare", "sent", "asked"};
  std::map<std::string, std::vector<double>> all;
  for (int repeat = 0; repeat < repeats; ++repeat) {
    TapeChoices quiet{Tape{}};
    const CpuMeter whole(postmaster);
    simulation.run(scenario, quiet);
    const double with_reset = used(whole);
    const CpuMeter putting_back(postmaster);
    simulation.reset(scenario.load);
    all["history"].push_back(with_reset - used(putting_back));
    for (const Way way : {Way::bare, Way::sent, Way::asked}) {
      const CpuMeter meter(postmaster);
      const auto committed = replay.run(way);
      all[names[static_cast<std::size_t>(way)]].push_back(used(meter));
      SIM_CHECK(static_cast<long>(committed) == commits, "{} commits, not {}", committed, commits);
      simulation.reset(scenario.load);
    }
  }
  Figures figures;
  figures.digest = digest(history);
  figures.numbers = {{"statements", static_cast<double>(sent.size())},
                     {"commits", static_cast<double>(commits)}};
  for (const auto& [name, values] : all) figures.numbers[name] = median(values);
  return figures;
}

}  // namespace fencepost
