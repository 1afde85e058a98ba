// The part of a run that is about faults of the server, of its clock, and of everybody at once.
#include <algorithm>
#include <csignal>

#include "sim/engine/run.hpp"
#include "sim/text/error.hpp"

namespace fencepost {
namespace {

/// How long a refused attempt to connect takes: a worker that tries again and again must not stop
/// time.
constexpr Duration kRefusal = 100ms;
/// The commits that a crash may lose, and the one before them.
constexpr std::size_t kKept = 4;

}  // namespace

void Run::FinishConnection::operator()(PGconn* connection) const {
  const PortScope outside(nullptr);
  PQfinish(connection);
}

// No worker's, because it is nobody's own misfortune; the boundary says when it was.
void Run::strike_everybody(const FaultRule& rule, Task& task, Session& session,
                           const std::string& where, Duration lasts) {
  const auto until_then = [&](std::optional<Instant>& end) {
    end = std::max(end.value_or(Instant::min()), parts_.clock.now() + lasts);
  };
  Event& event = note(EventKind::fault);
  event.fault = rule.kind;
  event.boundary = where;
  event.lasts = lasts;
  const bool answered = !where.ends_with(":before");
  switch (rule.kind) {
    case FaultKind::fleet_pause:
      for (const auto& process : processes_)
        if (!process->dead) until_then(process->stalled_until);
      task.state = TaskState::ready;
      task.fiber->suspend();
      break;
    case FaultKind::server_restart:
      end_every_session("57P01", "the server was shut down");
      until_then(windows_.down);
      break;
    case FaultKind::server_crash:
    case FaultKind::commits_lost:
      end_every_session("", "the server crashed");
      until_then(windows_.down);
      // The server was not done with it: the answer never left.
      session.broken = session.broken || answered;
      if (rule.kind == FaultKind::commits_lost)
        lose_commits(*task.process, where);
      else
        recover();
      break;
    case FaultKind::read_only:
      until_then(windows_.read_only);
      break;
    case FaultKind::too_many_connections:
      until_then(windows_.full);
      break;
    case FaultKind::clock_step:
      event.lasts = parts_.clock.step(lasts);
      break;
    case FaultKind::clock_freeze:
      parts_.clock.freeze();
      until_then(windows_.frozen);
      break;
    case FaultKind::roll_back:
      roll_back(lasts);
      break;
    default:
      break;
  }
}

// All workers of either version end, and those of the other one take their place: a deployment of
// the version before this one, or of this one again.
void Run::roll_back(Duration lasts) {
  const Protocol* const present = &parts_.protocol;
  const Protocol* const previous = present->previous.get();
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    Process& process = *processes_[i];
    if (process.dead || !process.role->claims() || previous == nullptr) continue;
    const Protocol* const next = process.protocol == present ? previous : present;
    const auto role = std::find_if(next->roles.begin(), next->roles.end(), [&](const Role& each) {
      return each.name == process.role->name;
    });
    if (role == next->roles.end()) continue;
    const int life = process.incarnation + 1;
    births_.push_back(
        {parts_.clock.now() + lasts, process.number, life, next, &*role,
         process.identity.substr(0, process.identity.find('.')) + "." + std::to_string(life),
         true});
    kill(process, false);
  }
}

// Statements first, all of them, because a rollback lets others go on; then what the end of a
// backend does.
void Run::end_every_session(const std::string& sqlstate, const std::string& why) {
  cancel_every_statement();
  for (std::size_t i = 0; i < sessions_.size(); ++i) {
    Session& session = *sessions_[i];
    if (session.ended) continue;
    session.survives_until.reset();
    session.late.reset();
    const std::optional<InFlight> lost = std::exchange(session.in_flight, std::nullopt);
    session.backend->fatal_state = sqlstate;
    close(session, why);
    if (!lost) continue;
    session.result.reset();
    session.committed = false;
    session.broken = true;
    record_statement(session, *lost);
  }
}

void Run::cancel_every_statement() {
  std::vector<Slot> slots;
  for (const auto& session : sessions_)
    if (!session->ended) slots.push_back(session->backend->slot);
  const auto settle = [&] { parts_.clock.settle(slots.data(), static_cast<int>(slots.size())); };
  for (const auto& session : sessions_) {
    if (session->ended || !session->in_flight) continue;
    const Slot slot = session->backend->slot;
    for (int round = 0; parts_.clock.activity(slot) != Activity::idle; ++round) {
      SIM_CHECK(round < 100, "{} can't be cancelled", session->id.text);
      if (parts_.clock.activity(slot) == Activity::gone) break;
      parts_.clock.signal(slot, SIGINT);
      parts_.clock.release(slot);
      settle();
      PQconsumeInput(session->backend->connection);
    }
    const PortScope outside(nullptr);
    while (PGresult* left = PQgetResult(session->backend->connection)) PQclear(left);
    // It may have been done already.
    const std::uint64_t commits = parts_.clock.commits(slot);
    if (commits == session->commits) continue;
    session->commits = commits;
    observe(*session, *session->in_flight);
    keep_commit();
  }
}

// How many is a choice that belongs to the fault.
void Run::lose_commits(Process& process, const std::string& where) {
  const std::string kind(to_text(FaultKind::commits_lost));
  const std::int64_t lost =
      parts_.choices.choose({kind + ".commits", process.id.text, process.ordinals[kind] - 1, where},
                            {{1, 2, 3}, std::nullopt});
  for (std::int64_t i = 0; i < lost && kept_.size() > 1; ++i) kept_.pop_back();
  parts_.database.tables().put_back(kept_.back().tables);
  record(ledger_.forget(of_server(FaultKind::commits_lost), parts_.database.observe(),
                        kept_.back().point));
}

void Run::recover() {
  parts_.database.tables().recover();
  record(ledger_.commit(of_server(FaultKind::server_crash), parts_.database.observe()));
}

Commit Run::of_server(FaultKind fault) const {
  Commit commit;
  commit.step = step_;
  commit.at = parts_.clock.now();
  commit.operation = "server";
  commit.statement = "recovery";
  commit.server_ahead = parts_.clock.ahead();
  commit.fault = fault;
  return commit;
}

void Run::keep_commit() {
  if (!keeps_commits_) return;
  kept_.push_back({parts_.database.tables().take(), ledger_.point()});
  if (kept_.size() > kKept) kept_.pop_front();
}

void Run::record(std::vector<Event> events) {
  for (Event& event : events) {
    last_activity_ = event.at;
    history_.events.push_back(std::move(event));
  }
}

// A real connection that failed, without asking this machine for anything: port 0 is refused by
// libpq itself. What the worker reads is what a server would have said.
PGconn* Run::refuse(const std::string& sqlstate) {
  Task& task = *running_;
  ++step_;
  Event& event = note(EventKind::statement, *task.process);
  event.session = {task.process->id.text + "/" + task.opening};
  event.operation = "connect";
  event.statement = task.opening;
  event.sqlstate = sqlstate;
  event.result = "error " + sqlstate;
  const bool full = sqlstate == "53300";
  Refusal refusal;
  {
    const PortScope outside(nullptr);
    refusal.connection.reset(PQconnectdb("host=localhost port=0"));
    SIM_CHECK(PQstatus(refusal.connection.get()) == CONNECTION_BAD, "port 0 is no port");
  }
  refusal.message = full ? "connection to server failed: FATAL:  sorry, too many clients already\n"
                         : "connection to server failed: Connection refused\n";
  PGconn* connection = refusal.connection.get();
  refusals_.push_back(std::move(refusal));
  task.state = TaskState::sleeping;
  task.wake_at = parts_.clock.now() + kRefusal;
  task.fiber->suspend();
  return connection;
}

// As if the whole server were read-only: a transaction that has begun goes on as it was. Not a
// scheduling point, because no worker asked for it.
void Run::set_read_only(Session& session) {
  PGconn* connection = session.backend->connection;
  const bool wanted = windows_.read_only.has_value(), overridden = !session.writes_before.empty();
  if (wanted == overridden || PQtransactionStatus(connection) != PQTRANS_IDLE) return;
  // One that was ended just now learns of it from the statement itself.
  if (parts_.clock.activity(session.backend->slot) == Activity::gone) return;
  const auto ask = [&](const std::string& sql) {
    parts_.clock.about_to_send(session.backend->slot);
    RawResult result = raw_query(connection, sql);
    parts_.clock.settle(&session.backend->slot, 1);
    return result;
  };
  const std::string setting = "default_transaction_read_only";
  if (wanted) session.writes_before = PQgetvalue(ask("SHOW " + setting).get(), 0, 0);
  ask(fmt::format("SET {} = {}", setting, wanted ? "on" : session.writes_before));
  if (!wanted) session.writes_before.clear();
}

// On its old session, for nobody; then the server notices that its client is gone.
void Run::send_late(Session& session) {
  LateStatement late = std::move(*session.late);
  session.late.reset();
  late.sent.step = ++step_;
  session.in_flight = late.sent;
  session.closing = true;
  set_read_only(session);
  parts_.clock.about_to_send(session.backend->slot);
  {
    const PortScope outside(nullptr);
    SIM_CHECK(send(session.backend->connection, late.request), "{}",
              PQerrorMessage(session.backend->connection));
  }
  deliver();
}

std::optional<Instant> Run::next_end_of_window() const {
  std::optional<Instant> next;
  for (const auto& end : {windows_.down, windows_.full, windows_.read_only, windows_.frozen})
    if (end && (!next || *end < *next)) next = end;
  return next;
}

void Run::end_windows(Instant now) {
  if (windows_.frozen && *windows_.frozen <= now) parts_.clock.thaw();
  for (auto* end : {&windows_.down, &windows_.full, &windows_.read_only, &windows_.frozen})
    if (*end && **end <= now) end->reset();
}

/// Whether something of the harness's own doing is still to come.
bool Run::something_pending() const {
  return next_end_of_window() || std::any_of(sessions_.begin(), sessions_.end(),
                                             [](const auto& each) { return each->late; });
}

Instant Process::clock_at(Instant now) const {
  const std::int64_t since = now.time_since_epoch().count(), million = 1'000'000;
  const std::int64_t drifted =
      since / million * clock_drift.millionths + since % million * clock_drift.millionths / million;
  return now + clock_offset + Duration{drifted};
}

Duration Process::by_its_clock(Duration lasts) const {
  const std::int64_t million = 1'000'000, speed = million + clock_drift.millionths;
  const std::int64_t length = lasts.count();
  return Duration{length / speed * million + length % speed * million / speed};
}

}  // namespace fencepost
