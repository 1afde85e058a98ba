#include "sim/database/backend_pool.hpp"

#include <algorithm>
#include <csignal>

#include "sim/database/pq_port.hpp"
#include "sim/database/raw_query.hpp"
#include "sim/server/shim_shared.h"
#include "sim/text/error.hpp"
#include "sql/sql_text.hpp"

namespace fencepost {
namespace {

/// Notices are not events, but a server that ends a session says why in one.
void keep_fatal_state(void* backend, const PGresult* notice) {
  const char* severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
  const char* state = PQresultErrorField(notice, PG_DIAG_SQLSTATE);
  if (severity != nullptr && state != nullptr && std::string(severity) == "FATAL")
    static_cast<Backend*>(backend)->fatal_state = state;
}

/// A statement's name that no protocol can use. Prepared, because every session begins with it.
constexpr const char* kSeed = "fencepost seed";
constexpr const char* kSeedSql = "SELECT pg_catalog.setseed($1)";

RawResult ask(Backend& backend, ServerClock& clock, const std::string& sql) {
  clock.about_to_send(backend.slot);
  RawResult result = raw_query(backend.connection, sql);
  while (!clock.settle(&backend.slot, 1)) read_on(backend.connection);
  return result;
}

/// libpq has no SQLSTATE for a connection that was refused.
std::string remedy_for(const std::string& refusal) {
  const bool too_many = refusal.find("too many ") != std::string::npos ||
                        refusal.find("connection slots") != std::string::npos;
  return too_many ? "take fewer workers"
                  : "let the schema's own triggers and limits of logins let workers in";
}

/// How many of them the server does not know.
std::ptrdiff_t made_up(const std::map<std::string, std::string>& settings) {
  return std::count_if(settings.begin(), settings.end(), [](const auto& setting) {
    return setting.first.find('.') != std::string::npos;
  });
}

}  // namespace

void end_on_server(Backend& backend, ServerClock& clock) {
  if (backend.leftovers.watched)
    clock.signal(backend.slot, SIGTERM);
  else if (PQtransactionStatus(backend.connection) != PQTRANS_IDLE)
    ask(backend, clock, "ROLLBACK");
  if (!backend.leftovers.watched && backend.leftovers.state)
    ask(backend, clock, "UNLISTEN *; SELECT pg_advisory_unlock_all()");
  while (!clock.settle(&backend.slot, 1)) read_on(backend.connection);
}

BackendPool::BackendPool(ServerClock& clock, std::string conninfo, Leftovers leftovers)
    : clock_(clock), conninfo_(std::move(conninfo)), leftovers_(leftovers) {}

BackendPool::~BackendPool() { finish_all(); }

void BackendPool::finish_all() {
  const PortScope outside(nullptr);
  for (const auto& backend : backends_)
    if (backend->connection != nullptr) PQfinish(backend->connection);
  backends_.clear();
}

void BackendPool::close_all() {
  for (const auto& backend : backends_)
    SIM_CHECK(!backend->borrowed, "backend {} is to be closed, but somebody has it", backend->pid);
  finish_all();
}

void BackendPool::start(Plans plans) {
  for (const auto& backend : backends_) {
    SIM_CHECK(!backend->borrowed, "backend {} is borrowed before the history", backend->pid);
    close_if_gone(*backend);
    const bool recent = backend->prepared.size() != backend->planned;
    if (backend->connection != nullptr && plans != Plans::hold && !backend->prepared.empty() &&
        (recent || plans != Plans::recent_are_made))
      plan(*backend, plans);
    backend->planned = backend->prepared.size();
  }
}

// With the settings that it was borrowed with, which the planner may heed.
void BackendPool::plan(Backend& backend, Plans plans) {
  clock_.open_barrier(backend.slot);
  if (backend.settings != backend.planned_with) set(backend, backend.planned_with);
  ask(backend, "DISCARD PLANS");
  if (plans == Plans::are_dropped) return;
  raw_plan_prepared(backend.connection);
  ask(backend, "SELECT 1");
}

void BackendPool::open(Backend& backend) {
  const PortScope outside(nullptr);
  clock_.number_next(backend.pid);
  backend.connection = PQconnectdb(conninfo_.c_str());
  if (PQstatus(backend.connection) != CONNECTION_OK) {
    const std::string reason = PQerrorMessage(backend.connection);
    PQfinish(std::exchange(backend.connection, nullptr));
    throw EnvironmentError(fmt::format("session {} of a history can't be opened: {}; {}",
                                       backend.pid - FIRST_SESSION + 1,
                                       reason.substr(0, reason.find('\n')), remedy_for(reason)));
  }
  PQsetNoticeReceiver(backend.connection, keep_fatal_state, &backend);
  SIM_CHECK(PQbackendPID(backend.connection) == backend.pid, "backend {} is known as {}",
            backend.pid, PQbackendPID(backend.connection));
  backend.slot = clock_.slot_of(backend.pid);
  backend.prepared.clear();
  backend.forgotten = 0;
  backend.leftovers = leftovers_;
  backend.settings.emplace();
  backend.planned_with.clear();
  backend.planned = 0;
  backend.fatal_state.clear();
}

// The n-th that a history borrows, and gives back only at its end, is the n-th of all: so what SQL
// knows a process as is the same in every run, and never comes twice in a history.
Backend& BackendPool::borrow(int number, const std::map<std::string, std::string>& settings) {
  SIM_CHECK(number >= 0, "connection {} of the history", number);
  Backend* free = nullptr;
  for (const auto& backend : backends_)
    if (!backend->borrowed && free == nullptr) free = backend.get();
  if (free == nullptr) {
    free = backends_.emplace_back(std::make_unique<Backend>()).get();
    free->pid = FIRST_SESSION + static_cast<int>(backends_.size()) - 1;
  }
  close_if_gone(*free);
  if (free->connection == nullptr) open(*free);
  free->borrowed = true;
  make_new(*free, number, settings);
  return *free;
}

void BackendPool::make_new(Backend& backend, int number,
                           const std::map<std::string, std::string>& settings) {
  // RESET leaves settings that nobody but SQL has defined there, empty.
  if (made_up(backend.planned_with) > 0 && backend.planned_with != settings) {
    close(backend);
    open(backend);
  }
  clock_.open_barrier(backend.slot);
  backend.writes_before.clear();
  if (backend.settings != settings) set(backend, settings);
  if (std::exchange(backend.planned_with, settings) != settings) ask(backend, "DISCARD PLANS");
  // A timer of idle sessions that was left running has to begin anew.
  if (leftovers_.random || clock_.due(backend.slot)) set_seed(backend, number);
  clock_.seed(backend.slot, 0x66656e6365706f73ULL + static_cast<std::uint64_t>(number));
  clock_.close_barrier(backend.slot);
  backend.fatal_state.clear();
}

void BackendPool::set_seed(Backend& backend, int number) {
  if (backend.prepared.try_emplace(kSeed, kSeedSql).second) {
    clock_.about_to_send(backend.slot);
    raw_prepare(backend.connection, kSeed, kSeedSql);
  }
  clock_.about_to_send(backend.slot);
  raw_execute(backend.connection, kSeed, {fmt::format("0.{:03}", number % 1000)});
  clock_.settle(&backend.slot, 1);
}

void BackendPool::set(Backend& backend, const std::map<std::string, std::string>& settings) {
  std::string sql = "RESET ALL;";
  for (const auto& [name, value] : settings)
    sql += fmt::format("SELECT set_config({}, {}, false);", as_literal(name), as_literal(value));
  backend.settings.reset();
  if (const auto error = error_of(backend.connection, ask(backend, sql).get()))
    throw InputError(fmt::format(
        "PostgreSQL does not accept them: {} (SQLSTATE {}); {}", error->message, error->sqlstate,
        error->sqlstate == "42501"
            ? "take PostgreSQL 15 or later, or say superuser = true in protocol.toml"
            : "name settings and values as SET takes them"));
  backend.settings = settings;
}

// Made as new at once: what it still held would be seen by the next history before it is borrowed.
void BackendPool::give_back(Backend& backend) {
  SIM_CHECK(backend.borrowed, "backend {} is given back, but nobody has it", backend.pid);
  backend.borrowed = false;
  const PortScope outside(nullptr);
  close_if_gone(backend);
  if (backend.connection == nullptr) return;
  SIM_CHECK(clock_.activity(backend.slot) == Activity::idle &&
                PQtransactionStatus(backend.connection) == PQTRANS_IDLE,
            "backend {} comes back with activity {} in transaction status {}", backend.pid,
            static_cast<int>(clock_.activity(backend.slot)),
            static_cast<int>(PQtransactionStatus(backend.connection)));
  // One that is closed goes in its own time, and must hold nothing until then.
  const bool as_new = !leftovers_.state || clean(backend);
  if (leftovers_.lasting || leftovers_.watched || !as_new) close(backend);
}

void BackendPool::discard_all(Backend& backend) {
  SIM_CHECK(backend.borrowed, "backend {} is to be as new, but nobody has it", backend.pid);
  clock_.open_barrier(backend.slot);
  if (leftovers_.state) clean(backend);
  backend.writes_before.clear();
  if (backend.settings != backend.planned_with) set(backend, backend.planned_with);
  clock_.close_barrier(backend.slot);
}

// Whoever may end sessions may end those that wait for the next history, too.
void BackendPool::close_if_gone(Backend& backend) {
  if (backend.connection != nullptr && clock_.activity(backend.slot) == Activity::gone)
    close(backend);
}

void BackendPool::close(Backend& backend) {
  const PortScope outside(nullptr);
  PQfinish(std::exchange(backend.connection, nullptr));
}

bool BackendPool::clean(Backend& backend) {
  clock_.open_barrier(backend.slot);
  ask(backend,
      "RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; CLOSE ALL; UNLISTEN *; DISCARD TEMP;"
      "DISCARD SEQUENCES; SELECT pg_advisory_unlock_all()");
  backend.settings.emplace();
  if (leftovers_.prepared) {
    ask(backend, "DEALLOCATE ALL");
    backend.prepared.clear();
    backend.forgotten = clock_.forgotten(backend.slot);
  }
  while (PGnotify* left = PQnotifies(backend.connection)) PQfreemem(left);
  return clock_.placeholders(backend.slot) <=
         static_cast<std::uint32_t>(made_up(backend.planned_with));
}

RawResult BackendPool::ask(Backend& backend, const std::string& sql) {
  return fencepost::ask(backend, clock_, sql);
}

}  // namespace fencepost
