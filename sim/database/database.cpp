#include "sim/database/database.hpp"

#include <optional>

#include "sim/database/observer.hpp"
#include "sim/database/raw_query.hpp"
#include "sim/server/server_clock.hpp"
#include "sim/text/error.hpp"

namespace fencepost {
namespace {

/// A statement's name that no protocol can use. Prepared, because planning it takes longer than it
/// does.
constexpr const char* kHeldLocks = "fencepost held locks";
constexpr const char* kHeldLocksSql =
    "SELECT pid, CASE locktype WHEN 'advisory' THEN format('advisory lock %s',"
    "                                  (classid::bigint << 32) | objid::bigint)"
    "                          ELSE 'row locks of an open transaction' END"
    "  FROM pg_locks"
    " WHERE granted AND pid = ANY ($1::int[]) AND locktype IN ('advisory', 'transactionid')"
    " ORDER BY array_position($1, pid), 2";

}  // namespace

struct Database::State {
  Cluster& cluster;
  const Protocol& protocol;
  std::string name;
  std::string conninfo;
  RawConnection session;
  std::optional<Observer> observer;
  std::optional<TableStore> store;

  State(Cluster& the_cluster, const Protocol& the_protocol, std::string the_name)
      : cluster(the_cluster), protocol(the_protocol), name(std::move(the_name)) {}

  void create();
  void run_schema();
  void prepare_all();
  void insert(const std::string& statement, const Load& load, int count);
};

void Database::State::create() {
  const RawConnection admin = raw_connect(cluster.conninfo("postgres"));
  raw_must(admin.get(), fmt::format("CREATE DATABASE \"{}\"", name));
  // The role has the name of our own schema, which must not come before the user's in "$user",
  // public.
  raw_must(admin.get(), fmt::format("ALTER DATABASE \"{}\" SET search_path = public", name));
  conninfo = cluster.conninfo(name);
  session = raw_connect(conninfo);
  raw_must(session.get(),
           "CREATE SCHEMA fencepost;"
           "CREATE TABLE fencepost.sessions (pid int PRIMARY KEY, worker text, session text)");
}

void Database::State::run_schema() {
  for (std::size_t i = 0; i < protocol.schema.size(); ++i) {
    const RawResult result = raw_query(session.get(), protocol.schema[i]);
    const auto error = error_of(session.get(), result.get());
    if (!error) continue;
    throw InputError(fmt::format(
        "{}:{}: the schema fails on PostgreSQL {}: {} (SQLSTATE {}); mend the file, or leave out "
        "what a private server does not have",
        protocol.schema_files[i].string(), line_at(protocol.schema[i], error->position, 1),
        cluster.version(), error->message, error->sqlstate));
  }
  raw_must(session.get(), "RESET ALL; SET TimeZone = 'UTC'; SET DateStyle = 'ISO'");
}

void Database::State::prepare_all() {
  const RawResult held = raw_prepare(session.get(), kHeldLocks, kHeldLocksSql);
  SIM_CHECK(PQresultStatus(held.get()) == PGRES_COMMAND_OK, "{}", PQerrorMessage(session.get()));
  for (const Protocol* version : {&protocol, protocol.previous.get()}) {
    if (version == nullptr) continue;
    for (const auto& [plain, statement] : version->statements) {
      const RawResult result = raw_prepare(session.get(), statement.name, statement.sql);
      if (const auto error = error_of(session.get(), result.get()))
        throw refused(statement, *error);
    }
    check_columns(session.get(), *version);
  }
}

std::vector<Value> load_arguments(const Protocol& protocol, const Statement& statement,
                                  const Load& load, int number) {
  std::vector<Value> arguments;
  for (const std::string& parameter : statement.parameters) {
    const auto constant = load.constants.find(parameter);
    if (parameter == "job" || parameter == "item" || parameter == "$1")
      arguments.push_back(std::to_string(number));
    else if (constant != load.constants.end())
      arguments.push_back(constant->second);
    else if (protocol.constants.contains(parameter))
      arguments.push_back(protocol.constants.at(parameter));
    else
      throw InputError(
          fmt::format("{}: statement \"{}\" binds :{}, which the workload does not know; known "
                      "here: job, item and the [constants]",
                      to_text(statement.where), statement.name, parameter));
  }
  return arguments;
}

void Database::State::insert(const std::string& statement_name, const Load& load, int count) {
  const Statement* statement = protocol.find(statement_name);
  if (statement == nullptr) return;
  for (int number = 1; number <= count; ++number) {
    cluster.clock().set(cluster.clock().now() + 1us);
    const RawResult result = raw_execute(session.get(), statement_name,
                                         load_arguments(protocol, *statement, load, number));
    if (const auto error = error_of(session.get(), result.get())) throw refused(*statement, *error);
  }
}

Database::Database(Cluster& cluster, const Protocol& protocol, const std::string& name)
    : state_(std::make_unique<State>(cluster, protocol, name)) {
  state_->create();
  state_->run_schema();
  if (protocol.find("observe") == nullptr)
    throw InputError(fmt::format(
        "{}: no statement is named observe; add one that maps your tables to job and state",
        (protocol.folder / "protocol.toml").string()));
  state_->prepare_all();
  state_->observer.emplace(state_->session.get(), protocol);
  state_->store.emplace(state_->session.get());
  state_->store->keep_start();
}

Database::~Database() = default;

void Database::drop() {
  state_->session.reset();
  const RawConnection admin(PQconnectdb(state_->cluster.conninfo("postgres").c_str()));
  raw_query(admin.get(), fmt::format("DROP DATABASE IF EXISTS \"{}\" WITH (FORCE)", state_->name));
}

const std::string& Database::conninfo() const { return state_->conninfo; }
const Columns& Database::columns() const { return state_->observer->columns(); }
Observation Database::observe() { return state_->observer->observe(); }

// The load arrives one second before the history starts, so that its timestamps differ and lie in
// the past.
void Database::reset(const Load& load) {
  state_->cluster.clock().follow();
  state_->cluster.clock().set(Instant{} - 1s);
  raw_must(state_->session.get(), state_->store->start() + "DELETE FROM fencepost.sessions");
  // What the harness draws for a worker (a :let with gen_random_uuid()) belongs to the history,
  // too.
  ServerClock& clock = state_->cluster.clock();
  const Slot slot = clock.slot_of(PQbackendPID(state_->session.get()));
  clock.settle(&slot, 1);
  clock.seed(slot, 1);
  state_->insert("insert_job", load, load.jobs);
  state_->insert("insert_item", load, load.items);
  state_->cluster.clock().set(Instant{});
}

std::map<std::string, std::string> Database::forbidden() {
  std::map<std::string, std::string> found;
  for (const std::string& name : state_->protocol.declared.never) {
    const RawResult rows = raw_execute(state_->session.get(), name, {});
    if (const auto error = error_of(state_->session.get(), rows.get()))
      throw refused(*state_->protocol.find(name), *error);
    if (PQntuples(rows.get()) > 0) found.emplace(name, summary(rows.get(), 0));
  }
  return found;
}

SqlResult Database::let(const Statement& statement, const std::vector<Value>& arguments) {
  PGconn* session = state_->session.get();
  const RawResult result = raw_execute(session, statement.name, arguments);
  if (const auto error = error_of(session, result.get()))
    throw SqlFailure(error->sqlstate, error->message, SqlFailure::Connection::lives);
  SqlResult out;
  for (int c = 0; c < PQnfields(result.get()); ++c)
    out.columns.emplace_back(PQfname(result.get(), c));
  for (int row = 0; row < PQntuples(result.get()); ++row) {
    Row values;
    for (int c = 0; c < PQnfields(result.get()); ++c)
      values.insert_or_assign(PQfname(result.get(), c), value_at(result.get(), row, c));
    out.rows.push_back(std::move(values));
  }
  return out;
}

std::vector<HeldLock> Database::locks_of(const std::vector<int>& backend_pids) {
  std::string list;
  for (const int pid : backend_pids) list += (list.empty() ? "" : ",") + std::to_string(pid);
  if (list.empty()) return {};
  const RawResult rows = raw_execute(state_->session.get(), kHeldLocks, {"{" + list + "}"});
  SIM_CHECK(PQresultStatus(rows.get()) == PGRES_TUPLES_OK, "{}",
            PQerrorMessage(state_->session.get()));
  std::vector<HeldLock> out;
  for (int row = 0; row < PQntuples(rows.get()); ++row)
    out.push_back({std::atoi(PQgetvalue(rows.get(), row, 0)), PQgetvalue(rows.get(), row, 1)});
  return out;
}

TableStore& Database::tables() { return *state_->store; }

void Database::name_session(int backend_pid, const std::string& worker,
                            const std::string& session) {
  raw_must(state_->session.get(),
           fmt::format("INSERT INTO fencepost.sessions VALUES ({}, '{}', '{}') ON CONFLICT (pid)"
                       " DO UPDATE SET worker = EXCLUDED.worker, session = EXCLUDED.session",
                       backend_pid, worker, session));
}

}  // namespace fencepost
