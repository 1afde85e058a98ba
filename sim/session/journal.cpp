#include "sim/session/journal.hpp"

#include <algorithm>
#include <utility>

#include "sim/text/error.hpp"

namespace fencepost {
namespace {

/// The commits that a crash may lose, and the one before them.
constexpr std::size_t kFallBacks = 4;

/// What came of a statement, for people: its result, or "error 40001".
std::string outcome(const PGresult* result, const std::string& sqlstate) {
  return sqlstate.empty() ? summary(result, PQntuples(result) - 1) : "error " + sqlstate;
}

/// Why a server ended a session on its own.
std::string why_gone(const std::string& sqlstate) {
  if (sqlstate == "25P03") return "idle_in_transaction_session_timeout";
  if (sqlstate == "25P04") return "transaction_timeout";
  if (sqlstate == "57P05") return "idle_session_timeout";
  if (sqlstate == "57P01") return "terminated";
  return "ended by the server";
}

}  // namespace

Journal::Journal(const World& world) : world_(world), ledger_(world.declared) {
  history_.declared = world.declared;
  history_.declared.anyway = world.scenario.anyway;
  for (const FaultRule& rule : world.scenario.faults)
    keeps_commits_ = keeps_commits_ || rule.kind == FaultKind::commits_lost;
}

const Observation& Journal::begin() {
  SIM_CHECK(history_.events.empty() && step_ == 0, "a history begins again after {} events",
            history_.events.size());
  for (Event& event : ledger_.start(world_.database.observe().now))
    history_.events.push_back(std::move(event));
  keep_commit();
  return ledger_.observed();
}

Event& Journal::note(EventKind kind) {
  SIM_CHECK(history_.events.empty() || history_.events.back().kind != EventKind::finished,
            "{} happened in step {}, after the end", to_text(kind), step_);
  Event& event = history_.events.emplace_back();
  event.kind = kind;
  event.step = step_;
  event.at = world_.clock.now();
  event.server_ahead = world_.clock.ahead();
  if (kind != EventKind::statement && kind != EventKind::blocked && kind != EventKind::queued)
    last_activity_ = event.at;
  if (kind == EventKind::heal_started) come_round_.clear();
  return event;
}

Event& Journal::note(EventKind kind, const Process& process) {
  Event& event = note(kind);
  event.worker = process.id;
  event.attempt = process.attempt();
  if (!process.held().empty()) event.job = process.held().front().job;
  if (kind == EventKind::worker_started) ledger_.name(process.id, process.names());
  return event;
}

Event& Journal::note(EventKind kind, const Session& session, const InFlight& about) {
  Event& event = note(kind);
  event.worker = session.process.id;
  event.session = session.id;
  event.backend = session.on();
  event.operation = about.call.operation;
  event.statement = about.call.statement;
  event.attempt = about.attempt;
  event.job = about.job;
  return event;
}

std::string Journal::note_statement(Session& session, const InFlight& done) {
  Event& event = note(EventKind::statement, session, done);
  event.bound = done.call.bound;
  event.took = event.at - done.sent;
  event.committed = session.committed() && !session.ended();
  if (event.committed && session.committed_at_end()) event.commit = commit_ + 1;
  if (session.ended()) {
    event.sqlstate = session.ended_with().empty() ? "08006" : session.ended_with();
    event.result = "error " + event.sqlstate;
    return event.result;
  }
  const PGresult* result = session.result().get();
  if (const auto error = error_of(session.backend().connection, result)) {
    event.sqlstate = error->sqlstate;
    event.message = error->message;
  }
  event.result = outcome(result, event.sqlstate);
  return event.result;
}

void Journal::note_waiting(EventKind kind, const Session& session) {
  SIM_CHECK(session.in_flight(), "{} has nothing that could be {}", session.id.text, to_text(kind));
  Event& event = note(kind, session, *session.in_flight());
  if (kind == EventKind::committed_inside) event.commit = commit_ + 1;
}

void Journal::note_end(const Session& session, const std::string& why) {
  Event& event = note(EventKind::session_ended, session.process);
  event.session = session.id;
  event.backend = session.on();
  event.sqlstate = session.ended_with();
  event.note = why.empty() ? why_gone(event.sqlstate) : why;
}

void Journal::note_queued(const Session& session) {
  SIM_CHECK(session.queued(), "{} has nothing that waits for a backend, and has {}",
            session.id.text, session.on());
  note(EventKind::queued, session, session.queued()->sent);
}

void Journal::note_idle_end(int backend, const std::string& sqlstate, const std::string& why) {
  Event& event = note(EventKind::session_ended);
  event.session = {fmt::format("backend {}", backend)};
  event.backend = backend;
  event.sqlstate = sqlstate;
  event.note = (why.empty() ? why_gone(sqlstate) : why) + ", while no client had it";
}

void Journal::note_turned_away(const Task& task, const std::string& sqlstate) {
  Event& event = note(EventKind::statement, task.process);
  event.session = {task.process.id.text + "/" + task.opening()};
  event.operation = kConnect;
  event.statement = task.opening();
  event.sqlstate = sqlstate;
  event.result = "error " + sqlstate;
}

Commit Journal::next_commit() {
  Commit commit;
  commit.step = step_;
  commit.number = ++commit_;
  commit.at = world_.clock.now();
  commit.server_ahead = world_.clock.ahead();
  return commit;
}

bool Journal::observe(const Session& session, const Call& call, AttemptId attempt) {
  Commit commit = next_commit();
  commit.worker = session.process.id;
  commit.session = session.id;
  commit.operation = call.operation;
  commit.statement = call.statement;
  commit.attempt = attempt;
  commit.since = AttemptId{session.process.round_floor()};
  std::vector<Event> events = ledger_.commit(commit, world_.database.observe());
  for (const Event& event : events)
    if (event.kind == EventKind::granted) granted_ = std::max(granted_, event.attempt.number);
  const bool changed = !events.empty();
  write(std::move(events));
  find_forbidden(session, call.operation, attempt);
  return changed;
}

// Told once, until the statement returns no row again.
void Journal::find_forbidden(const Session& session, const std::string& operation,
                             AttemptId attempt) {
  if (world_.declared.never.empty()) return;
  const std::map<std::string, std::string>& now = world_.database.forbidden();
  for (const auto& [name, rows] : now) {
    if (forbidden_.contains(name)) continue;
    Event& event = note(EventKind::forbidden, session.process);
    event.commit = commit_;
    event.session = session.id;
    event.operation = operation;
    event.statement = name;
    event.result = rows;
    event.attempt = attempt;
  }
  forbidden_ = now;
}

void Journal::note_unanswered(const std::string& statement, const std::string& why) {
  Event& event = note(EventKind::forbidden);
  event.commit = commit_;
  event.statement = statement;
  event.message = why;
  event.note = kUnanswered;
  finish("cut");
}

void Journal::keep_commit() {
  if (!keeps_commits_) return;
  fall_backs_.push_back({world_.database.tables().take(), ledger_.point()});
  if (fall_backs_.size() > kFallBacks) fall_backs_.pop_front();
}

void Journal::recover() {
  world_.database.tables().recover();
  write(ledger_.commit(of_server(FaultKind::server_crash), world_.database.observe()));
}

void Journal::forget_commits(int count) {
  SIM_CHECK(!fall_backs_.empty(), "{} commits are to be forgotten, but none was kept", count);
  for (int i = 0; i < count && fall_backs_.size() > 1; ++i) fall_backs_.pop_back();
  world_.database.tables().put_back(fall_backs_.back().tables);
  write(ledger_.forget(of_server(FaultKind::commits_lost), world_.database.observe().now,
                       fall_backs_.back().point));
}

Commit Journal::of_server(FaultKind fault) {
  Commit commit = next_commit();
  commit.operation = "server";
  commit.statement = "recovery";
  commit.fault = fault;
  return commit;
}

void Journal::write(std::vector<Event> events) {
  for (Event& event : events) {
    last_activity_ = event.at;
    if (comes_round(event)) come_round_.insert(event.job);
    history_.events.push_back(std::move(event));
  }
}

std::vector<Instant> Journal::lease_ends() const {
  std::vector<Instant> ends;
  for (const auto& [job, record] : ledger_.observed().jobs)
    if (record.lease_until && record.state == JobState::owned &&
        *record.lease_until < Instant::max())
      ends.push_back(*record.lease_until);
  return ends;
}

std::optional<Instant> Journal::lease_end(const JobId& job) const {
  const auto& jobs = ledger_.observed().jobs;
  const auto found = jobs.find(job);
  return found == jobs.end() ? std::nullopt : found->second.lease_until;
}

std::vector<Instant> Journal::free_again() const {
  std::vector<Instant> all = lease_ends();
  for (const auto& [job, record] : ledger_.observed().jobs)
    if (record.ready_at && record.state == JobState::ready && *record.ready_at < Instant::max())
      all.push_back(*record.ready_at);
  return all;
}

void Journal::cut(int step) {
  std::erase_if(history_.events, [&](const Event& event) { return event.step > step; });
  step_ = std::min(step_, step);
}

void Journal::finish(const std::string& how) {
  begin_step();
  note(EventKind::finished).note = how;
}

History Journal::take() {
  SIM_CHECK(!history_.events.empty() && history_.events.back().kind == EventKind::finished,
            "a history of {} events is not finished", history_.events.size());
  return std::move(history_);
}

}  // namespace fencepost
