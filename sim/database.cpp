#include "sim/database.hpp"

#include <algorithm>
#include <array>

#include "sim/error.hpp"
#include "sim/raw_query.hpp"
#include "sim/server_clock.hpp"
#include "sim/timestamp.hpp"

namespace fencepost {
namespace {

struct CloseConnection {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
using Connection = std::unique_ptr<PGconn, CloseConnection>;

Connection connect(const std::string& conninfo) {
  Connection connection(PQconnectdb(conninfo.c_str()));
  SIM_CHECK(PQstatus(connection.get()) == CONNECTION_OK, "{}", PQerrorMessage(connection.get()));
  PQsetNoticeProcessor(
      connection.get(), [](void*, const char*) {}, nullptr);
  return connection;
}

/// Runs SQL of ours, which must work.
RawResult must(PGconn* connection, const std::string& sql) {
  RawResult result = raw_query(connection, sql);
  const auto error = error_of(connection, result.get());
  SIM_CHECK(!error, "{} in: {}", error ? error->message : "", sql);
  return result;
}

/// The line of a 1-based character position in a text that begins at `first_line`.
int line_at(const std::string& text, int position, int first_line) {
  const auto end = std::min(text.size(), static_cast<std::size_t>(std::max(position - 1, 0)));
  return first_line +
         static_cast<int>(std::count(text.begin(), text.begin() + static_cast<long>(end), '\n'));
}

InputError refused(const Statement& statement, const RawError& error) {
  const int line = line_at(statement.sql, error.position, statement.where.line);
  return InputError(fmt::format(
      "{}:{}: PostgreSQL does not accept statement \"{}\": {} (SQLSTATE {}); mend the statement, "
      "or the schema it needs",
      statement.where.file.string(), line, statement.name, error.message, error.sqlstate));
}

const std::array<const char*, 11> kObserveColumns = {
    "job",      "state",  "token",    "owner", "lease_until", "ready_at",
    "progress", "cursor", "attempts", "group", "cap"};

constexpr Oid kTimestamp = 1114;
constexpr Oid kTimestamptz = 1184;

}  // namespace

struct Database::State {
  Cluster& cluster;
  const Protocol& protocol;
  std::string name;
  std::string conninfo;
  Connection session;
  Columns columns;
  std::map<std::string, int> column_at;
  std::string reset_sql;

  State(Cluster& the_cluster, const Protocol& the_protocol, std::string the_name)
      : cluster(the_cluster), protocol(the_protocol), name(std::move(the_name)) {}

  void create();
  void run_schema();
  void plan_reset();
  void prepare_all();
  void check_observe();
  void check_applied();
  void insert(const std::string& statement, const Load& load, int count);
  JobRecord record(const PGresult* rows, int row) const;
  std::optional<std::string> get(const PGresult* rows, int row, const char* column) const;
  std::optional<std::int64_t> integer(const PGresult* rows, int row, const char* column) const;
  std::optional<Instant> instant(const PGresult* rows, int row, const char* column) const;
  std::string observe_at() const;
};

void Database::State::create() {
  const Connection admin = connect(cluster.conninfo("postgres"));
  must(admin.get(), fmt::format("CREATE DATABASE \"{}\"", name));
  // The role has the name of our own schema, which must not come before the user's in "$user",
  // public.
  must(admin.get(), fmt::format("ALTER DATABASE \"{}\" SET search_path = public", name));
  conninfo = cluster.conninfo(name);
  session = connect(conninfo);
  must(session.get(),
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
  must(session.get(), "RESET ALL; SET TimeZone = 'UTC'; SET DateStyle = 'ISO'");
}

// Rows that the schema itself inserted are kept in tables of ours and put back after the TRUNCATE.
void Database::State::plan_reset() {
  const RawResult tables = must(
      session.get(),
      "SELECT c.oid::regclass::text,"
      "       (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute"
      "         WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '')"
      "  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
      " WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname NOT LIKE 'pg\\_%'"
      "   AND n.nspname NOT IN ('information_schema', 'fencepost')"
      " ORDER BY n.nspname, c.relname");
  std::string all;
  std::string inserts;
  for (int row = 0; row < PQntuples(tables.get()); ++row) {
    const std::string table = PQgetvalue(tables.get(), row, 0);
    all += (all.empty() ? "" : ", ") + table;
    const RawResult any = must(session.get(), fmt::format("SELECT 1 FROM {} LIMIT 1", table));
    if (PQntuples(any.get()) == 0) continue;
    const std::string list = PQgetvalue(tables.get(), row, 1);
    must(session.get(),
         fmt::format("CREATE TABLE fencepost.seed_{} AS SELECT {} FROM {}", row, list, table));
    inserts +=
        fmt::format("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM fencepost.seed_{};",
                    table, list, list, row);
  }
  if (!all.empty()) reset_sql = "TRUNCATE " + all + " RESTART IDENTITY CASCADE;";
  if (!inserts.empty()) reset_sql += "SET LOCAL session_replication_role = replica;" + inserts;
  const RawResult sequences = must(
      session.get(),
      "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
      " WHERE c.relkind = 'S' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'fencepost'"
      " ORDER BY n.nspname, c.relname");
  for (int row = 0; row < PQntuples(sequences.get()); ++row) {
    const std::string sequence = PQgetvalue(sequences.get(), row, 0);
    const RawResult value =
        must(session.get(), fmt::format("SELECT last_value, is_called FROM {}", sequence));
    reset_sql +=
        fmt::format("SELECT setval('{}', {}, {});", sequence, PQgetvalue(value.get(), 0, 0),
                    PQgetvalue(value.get(), 0, 1)[0] == 't' ? "true" : "false");
  }
  reset_sql += "DELETE FROM fencepost.sessions";
}

void Database::State::prepare_all() {
  for (const auto& [statement_name, statement] : protocol.statements) {
    const RawResult result = raw_prepare(session.get(), statement_name, statement.sql);
    if (const auto error = error_of(session.get(), result.get())) throw refused(statement, *error);
  }
}

std::string Database::State::observe_at() const { return to_text(protocol.find("observe")->where); }

void Database::State::check_observe() {
  const RawResult shape(PQdescribePrepared(session.get(), "observe"));
  for (int c = 0; c < PQnfields(shape.get()); ++c) {
    const std::string column = PQfname(shape.get(), c);
    if (std::find(kObserveColumns.begin(), kObserveColumns.end(), column) == kObserveColumns.end())
      throw InputError(fmt::format(
          "{}: observe returns a column \"{}\"; known are job, state, token, owner, lease_until, "
          "ready_at, progress, cursor, attempts, group and cap; rename or remove it",
          observe_at(), column));
    const Oid type = PQftype(shape.get(), c);
    if ((column == "lease_until" || column == "ready_at") && type != kTimestamp &&
        type != kTimestamptz)
      throw InputError(
          fmt::format("{}: observe returns {} in a type that is neither timestamptz nor timestamp; "
                      "cast it (for seconds: to_timestamp(…))",
                      observe_at(), column));
    column_at.emplace(column, c);
    if (column != "job" && column != "state") columns.insert(column);
  }
  for (const char* needed : {"job", "state"}) {
    if (!column_at.contains(needed))
      throw InputError(
          fmt::format("{}: observe has no column \"{}\"; it must return at least job and state "
                      "(ready, owned, succeeded or failed)",
                      observe_at(), needed));
  }
}

void Database::State::check_applied() {
  const Statement* applied = protocol.find("applied");
  if (applied == nullptr) return;
  const RawResult shape(PQdescribePrepared(session.get(), "applied"));
  const std::array<std::string, 3> expected = {"job", "item", "count"};
  bool fits = PQnfields(shape.get()) == 3;
  for (int c = 0; fits && c < 3; ++c)
    fits = PQfname(shape.get(), c) == expected[static_cast<std::size_t>(c)];
  if (!fits)
    throw InputError(
        fmt::format("{}: applied must return exactly the columns job, item, count, in this order",
                    to_text(applied->where)));
}

std::optional<std::string> Database::State::get(const PGresult* rows, int row,
                                                const char* column) const {
  const auto at = column_at.find(column);
  if (at == column_at.end()) return std::nullopt;
  return value_at(rows, row, at->second);
}

std::optional<std::int64_t> Database::State::integer(const PGresult* rows, int row,
                                                     const char* column) const {
  const auto text = get(rows, row, column);
  if (!text) return std::nullopt;
  try {
    return std::stoll(*text);
  } catch (const std::logic_error&) {
    throw InputError(fmt::format(
        "{}: observe returned {} = \"{}\", which is not a whole number; cast it to bigint",
        observe_at(), column, *text));
  }
}

std::optional<Instant> Database::State::instant(const PGresult* rows, int row,
                                                const char* column) const {
  const auto text = get(rows, row, column);
  if (!text) return std::nullopt;
  const auto at = instant_from_timestamp(*text);
  if (!at)
    throw InputError(
        fmt::format("{}: observe returned {} = \"{}\", which is not a point in time that fencepost "
                    "can read (ISO, years 0001 to 9999)",
                    observe_at(), column, *text));
  return at;
}

JobRecord Database::State::record(const PGresult* rows, int row) const {
  JobRecord out;
  const std::string state = get(rows, row, "state").value_or("null");
  bool known = false;
  for (const JobState candidate :
       {JobState::ready, JobState::owned, JobState::succeeded, JobState::failed}) {
    if (state != to_text(candidate)) continue;
    out.state = candidate;
    known = true;
  }
  if (!known)
    throw InputError(
        fmt::format("{}: observe returned state = \"{}\"; it must be ready, owned, succeeded or "
                    "failed (null is none of them)",
                    observe_at(), state));
  out.token = get(rows, row, "token");
  out.owner = get(rows, row, "owner");
  out.lease_until = instant(rows, row, "lease_until");
  out.ready_at = instant(rows, row, "ready_at");
  out.progress = integer(rows, row, "progress");
  out.cursor = integer(rows, row, "cursor");
  out.attempts = integer(rows, row, "attempts");
  out.group = get(rows, row, "group");
  out.cap = integer(rows, row, "cap");
  return out;
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
  state_->check_observe();
  state_->check_applied();
  state_->plan_reset();
}

Database::~Database() = default;

void Database::drop() {
  state_->session.reset();
  const Connection admin(PQconnectdb(state_->cluster.conninfo("postgres").c_str()));
  raw_query(admin.get(), fmt::format("DROP DATABASE IF EXISTS \"{}\" WITH (FORCE)", state_->name));
}

const std::string& Database::conninfo() const { return state_->conninfo; }
const Columns& Database::columns() const { return state_->columns; }

// The load arrives one second before the history starts, so that its timestamps differ and lie in
// the past.
void Database::reset(const Load& load) {
  state_->cluster.clock().set(Instant{} - 1s);
  must(state_->session.get(), state_->reset_sql);
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

Observation Database::observe() {
  Observation out;
  PGconn* session = state_->session.get();
  const RawResult jobs = raw_execute(session, "observe", {});
  if (const auto error = error_of(session, jobs.get()))
    throw refused(*state_->protocol.find("observe"), *error);
  for (int row = 0; row < PQntuples(jobs.get()); ++row) {
    const JobId job{state_->get(jobs.get(), row, "job").value_or("null")};
    if (!out.jobs.emplace(job, state_->record(jobs.get(), row)).second)
      throw InputError(
          fmt::format("{}: observe returned job {} twice; it must return one row for each job",
                      state_->observe_at(), job.text));
  }
  const Statement* applied = state_->protocol.find("applied");
  if (applied == nullptr) return out;
  const RawResult items = raw_execute(session, "applied", {});
  if (const auto error = error_of(session, items.get())) throw refused(*applied, *error);
  for (int row = 0; row < PQntuples(items.get()); ++row) {
    const JobId job{value_at(items.get(), row, 0).value_or("null")};
    const ItemId item{value_at(items.get(), row, 1).value_or("null")};
    out.applied[{job, item}] += std::stoll(value_at(items.get(), row, 2).value_or("0"));
  }
  return out;
}

SqlResult Database::let(const Statement& statement, const std::vector<Value>& arguments) {
  PGconn* session = state_->session.get();
  const RawResult result = raw_execute(session, statement.name, arguments);
  if (const auto error = error_of(session, result.get()))
    throw SqlFailure(error->sqlstate, error->message, false);
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
  const RawResult rows =
      must(state_->session.get(),
           fmt::format("SELECT pid, CASE locktype WHEN 'advisory' THEN format('advisory lock %s', "
                       "(classid::bigint << 32) | objid::bigint)"
                       "            ELSE 'row locks of an open transaction' END"
                       "  FROM pg_locks WHERE granted AND pid IN ({})"
                       "   AND (locktype = 'advisory' OR locktype = 'transactionid')"
                       " ORDER BY array_position(ARRAY[{}], pid), 2",
                       list, list));
  std::vector<HeldLock> out;
  for (int row = 0; row < PQntuples(rows.get()); ++row)
    out.push_back({std::atoi(PQgetvalue(rows.get(), row, 0)), PQgetvalue(rows.get(), row, 1)});
  return out;
}

void Database::name_session(int backend_pid, const std::string& worker,
                            const std::string& session) {
  must(state_->session.get(),
       fmt::format("INSERT INTO fencepost.sessions VALUES ({}, '{}', '{}') ON CONFLICT (pid)"
                   " DO UPDATE SET worker = EXCLUDED.worker, session = EXCLUDED.session",
                   backend_pid, worker, session));
}

}  // namespace fencepost
