#include "sim/database/statement_shapes.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <set>

#include "sim/database/raw_query.hpp"
#include "sim/input/protocol_program.hpp"
#include "sim/input/query_file.hpp"
#include "sim/input/sql_words.hpp"
#include "sim/text/error.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

/// "timestamp with time zone", "numeric(10,2)".
std::string type_name(PGconn* connection, Oid type, int modifier) {
  const RawResult result =
      raw_must(connection, fmt::format("SELECT pg_catalog.format_type({}, {})", type, modifier));
  return value_at(result.get(), 0, 0).value_or("text");
}

StatementShape shape_of(PGconn* connection, const Statement& statement) {
  const RawResult prepared = raw_prepare(connection, statement.name, statement.sql);
  const auto error = error_of(connection, prepared.get());
  SIM_CHECK(!error, "{}: {}", statement.name, error ? error->message : "");
  const RawResult described(PQdescribePrepared(connection, statement.name.c_str()));
  StatementShape shape;
  for (int i = 0; i < PQnparams(described.get()); ++i)
    shape.parameters.push_back(type_name(connection, PQparamtype(described.get(), i), -1));
  for (int i = 0; i < PQnfields(described.get()); ++i)
    shape.columns.push_back(
        {PQfname(described.get(), i),
         type_name(connection, PQftype(described.get(), i), PQfmod(described.get(), i))});
  return shape;
}

using Names = std::set<std::string>;

std::vector<std::string> sorted(const Names& names) { return {names.begin(), names.end()}; }

/// What the workload and fencepost itself bind and read, with names of their own.
bool is_ours(const std::string& name, const Protocol& protocol) {
  static const Names kOurs{"insert_job", "insert_item", "observe", "applied"};
  return kOurs.contains(name) || protocol.declared.never.contains(name);
}

Names returned_by(PGconn* session, const Protocol& protocol) {
  Names columns;
  for (const auto& [statement, returned] : returned_columns(session, protocol))
    columns.insert(returned.begin(), returned.end());
  for (const Role& role : protocol.roles)
    if (!role.makes.empty()) columns.insert(role.makes);
  for (const auto& [name, value] : protocol.constants) columns.insert(name);
  return columns;
}

void check_lease(const Protocol& protocol, Names known) {
  for (const auto& [name, source] : protocol.names) known.insert(name);
  const auto check = [&](const std::string& key, int line, const std::string& column) {
    if (column.empty() || known.contains(column)) return;
    throw InputError(fmt::format(
        "{}:{}: {} in [lease] names {}, but no statement returns a column of that name, and "
        "neither [constants] nor [names] has it; known are {}{}",
        (protocol.folder / "protocol.toml").string(), line, key, in_quotes(column),
        listed(sorted(known)), did_you_mean(column, sorted(known))));
  };
  for (const std::string& column : protocol.lease_job)
    check("job", protocol.lease_job_line, column);
  for (const std::string& column : protocol.lease_token)
    check("token", protocol.lease_token_line, column);
}

class Parameters {
 public:
  Parameters(const Protocol& protocol, Names known)
      : protocol_(protocol), known_(std::move(known)) {
    for (const char* own : {"worker", "host", "clock", "now", "tick", "error"}) known_.insert(own);
  }

  void check(const RunStep& run) const {
    const Statement* statement = protocol_.find(run.name);
    if (run.is_operation || statement == nullptr) return;
    for (const std::string& parameter : statement->parameters) {
      const Source source = source_of(protocol_, run, parameter);
      if (source.kind != Source::Kind::name || known_.contains(source.name) ||
          statement->nullable.contains(parameter))
        continue;
      throw InputError(fmt::format(
          "{}: statement \"{}\" binds {}, and no statement returns a column {}, nor is there a "
          "constant or one of [names] for it; known are {}{}{}",
          to_text(statement->where), run.name, parameter_text(parameter), in_quotes(source.name),
          listed(sorted(known_)), did_you_mean(source.name, sorted(known_)),
          remedy(*statement, parameter)));
    }
  }

 private:
  /// A number got its column's name from us, so the user has to be told where to say another.
  static std::string remedy(const Statement& statement, const std::string& parameter) {
    if (!statement.columns.contains(parameter) || !parameter.starts_with('$')) return "";
    return fmt::format(
        "; {} is called like the column it belongs to: write {{ run = \"{}\", with = {{ \"{}\" = "
        "\"some_name\" }} }} to give it another value",
        parameter, statement.name, parameter);
  }

  const Protocol& protocol_;
  Names known_;
};

/// Nodes of a query whose answer depends on more than rows: the time and the user, rows that are
/// locked or sampled, a row's transactions, domains' conditions, texts that may say "tomorrow", and
/// operators and types that stand where we don't look.
constexpr const char* kElsewhere =
    "\\{(SQLVALUEFUNCTION|ROWMARKCLAUSE|TABLESAMPLECLAUSE|COERCETODOMAIN|ROWCOMPARE|JSONEXPR)"
    "|:commandType\\s+[02-9]|:varattno\\s+-"
    "|\\{COERCEVIAIO.*:resulttype\\s+(1082|1083|1114|1184|1266|\\d{5,})\\M";

/// Of the functions that depend on settings, those that depend on no other: a session's settings
/// stay as they are.
constexpr const char* kSettled =
    "^((timestamp|timestamptz|date|interval)_(cmp|eq|ge|gt|le|lt|ne|mi|pl)_[a-z]+|timestamp"
    "|timestamptz|date|time|timetz|timezone|date_part|date_trunc|extract|overlaps|make_timestamptz"
    "|generate_series|to_char|to_date|to_number|to_timestamp|concat|concat_ws|format|textanycat"
    "|anytextcat|quote_literal|quote_nullable|array_to_string|array_to_json|to_json|to_jsonb"
    "|row_to_json|jsonb?_agg|jsonb?_object_agg|jsonb?_build_array|jsonb?_build_object)$";

/// Of the functions that answer differently each time, those that draw random bytes for it, and do
/// nothing else.
constexpr const char* kDrawing = "^(gen_random_uuid|uuidv4)$";
constexpr const char* kNoneDrawing = "^$";

/// As many answers are kept at once.
constexpr std::size_t kAnswers = 1000;

/// The tables of a query that was rewritten to $1, comma by comma; null where its answer depends on
/// more. Functions of the server's own have numbers below 16384, as its catalogues have.
constexpr const char* kTablesRead =
    "WITH RECURSIVE operators AS ("
    "  SELECT DISTINCT m[1]::oid AS oid FROM regexp_matches($1, ':opno\\s+(\\d+)', 'g') m),"
    " functions AS ("
    "  SELECT oprcode::oid AS oid FROM pg_operator JOIN operators USING (oid)"
    "  UNION SELECT m[1]::oid"
    "    FROM regexp_matches($1, ':(?:func|aggfn|winfn)o?id\\s+(\\d+)', 'g') m),"
    " named AS ("
    "  SELECT DISTINCT m[1]::oid AS oid FROM regexp_matches($1, ':relid\\s+([1-9]\\d*)', 'g') m),"
    " tables AS (SELECT oid FROM named"
    "            UNION SELECT inhrelid FROM pg_inherits JOIN tables ON inhparent = tables.oid)"
    " SELECT CASE WHEN $1 <> '' AND $1 !~ $2"
    "   AND NOT EXISTS (SELECT FROM functions f LEFT JOIN pg_proc p USING (oid)"
    "                    WHERE f.oid >= 16384 OR p.oid IS NULL"
    "                       OR NOT (provolatile = 'i' OR provolatile = 's' AND proname ~ $3"
    "                               OR provolatile = 'v' AND proname ~ $4))"
    "   AND NOT EXISTS (SELECT FROM tables t LEFT JOIN pg_class c USING (oid)"
    "                    WHERE t.oid < 16384 OR c.oid IS NULL OR relkind NOT IN ('r', 'p', 'm', "
    "'v'))"
    "  THEN coalesce((SELECT string_agg(oid::text, ',' ORDER BY oid)"
    "                   FROM tables JOIN pg_class USING (oid) WHERE relkind <> 'v'), '') END";

/// Whether the statement that was rewritten to $1 runs nothing that could change rows which are not
/// counted: one command that writes, on plain tables, and functions of the server's own.
constexpr const char* kChangesCounted =
    "WITH operators AS ("
    "  SELECT DISTINCT m[1]::oid AS oid FROM regexp_matches($1, ':opno\\s+(\\d+)', 'g') m),"
    " functions AS ("
    "  SELECT oprcode::oid AS oid FROM pg_operator JOIN operators USING (oid)"
    "  UNION SELECT m[1]::oid"
    "    FROM regexp_matches($1, ':(?:func|aggfn|winfn)o?id\\s+(\\d+)', 'g') m),"
    " tables AS ("
    "  SELECT DISTINCT m[1]::oid AS oid FROM regexp_matches($1, ':relid\\s+([1-9]\\d*)', 'g') m)"
    " SELECT ARRAY(SELECT m[1] FROM regexp_matches($1, ':commandType\\s+([02-9])', 'g') m)"
    "        IN ('{2}', '{3}', '{4}')"
    "   AND NOT EXISTS (SELECT FROM functions f LEFT JOIN pg_proc p USING (oid)"
    "                    WHERE f.oid >= 16384 OR p.oid IS NULL OR provolatile = 'v' AND proname"
    "                          NOT IN ('clock_timestamp', 'gen_random_uuid', 'uuidv4', 'nextval'))"
    "   AND NOT EXISTS (SELECT FROM tables t LEFT JOIN pg_class c USING (oid)"
    "                    WHERE c.oid IS NULL OR relkind <> 'r' OR relhastriggers OR relhasrules"
    "                       OR relhassubclass)"
    "   AND NOT EXISTS (SELECT FROM pg_proc p JOIN pg_language l ON l.oid = prolang"
    "                    WHERE p.oid >= 16384 AND lanname NOT IN ('c', 'internal'))";

/// Types whose texts mean the same at any time, and that no schema defines: bool, bytea, bigint,
/// smallint, int, text, real, double precision, varchar, interval, numeric, uuid, jsonb.
constexpr Oid kTimeless[] = {16, 17, 20, 21, 23, 25, 700, 701, 1043, 1186, 1700, 2950, 3802};

/// Keeps the first query that the server tells that it has rewritten.
void keep_tree(void* tree, const PGresult* notice) {
  const char* const detail = PQresultErrorField(notice, PG_DIAG_MESSAGE_DETAIL);
  auto& text = *static_cast<std::string*>(tree);
  if (text.empty() && detail != nullptr) text = detail;
}

/// A query as the server understands it, all views taken apart; empty where it does not say.
std::string rewritten(PGconn* session, const Statement& query) {
  std::string tree;
  const OwnRights own(session);
  raw_must(session,
           "BEGIN; SET LOCAL client_min_messages = log; SET LOCAL log_min_messages = panic;"
           "SET LOCAL debug_pretty_print = off; SET LOCAL debug_print_rewritten = on");
  const PQnoticeReceiver before = PQsetNoticeReceiver(session, keep_tree, &tree);
  raw_prepare(session, "", query.sql);
  PQsetNoticeReceiver(session, before, nullptr);
  raw_must(session, "ROLLBACK");
  return tree;
}

/// What the tree of a query reads, where its functions are immutable, settled or such as these.
std::optional<std::vector<Oid>> tables_in(const std::string& tree, PGconn* session,
                                          const Statement& query, const char* drawing) {
  raw_prepare(session, "", kTablesRead);
  const RawResult rows = raw_execute(session, "", {tree, kElsewhere, kSettled, drawing});
  SIM_CHECK(PQntuples(rows.get()) == 1, "{}: {}", query.name, PQerrorMessage(session));
  const std::optional<std::string> list = value_at(rows.get(), 0, 0);
  if (!list) return std::nullopt;
  std::vector<Oid> tables;
  for (const char *at = list->data(), *end = at + list->size(); at < end; ++at)
    at = std::from_chars(at, end, tables.emplace_back()).ptr;
  return tables;
}

}  // namespace

StatementShapes statement_shapes(const std::string& conninfo, const Protocol& protocol) {
  const RawConnection connection = raw_connect(conninfo);
  StatementShapes shapes;
  for (const auto& [name, statement] : protocol.statements)
    if (statement.command != Command::let)
      shapes.emplace(name, shape_of(connection.get(), statement));
  return shapes;
}

ReturnedColumns returned_columns(PGconn* session, const Protocol& protocol) {
  ReturnedColumns returned;
  for (const auto& [name, statement] : protocol.statements) {
    if (is_ours(name, protocol)) continue;
    const RawResult shape(PQdescribePrepared(session, statement.name.c_str()));
    for (int column = 0; column < PQnfields(shape.get()); ++column)
      returned[statement.name].insert(PQfname(shape.get(), column));
  }
  return returned;
}

std::vector<Value> load_arguments(const Protocol& protocol, const Statement& statement,
                                  const Load& load, int number) {
  std::vector<Value> arguments;
  for (const std::string& parameter : statement.parameters) {
    const bool is_number = parameter == "job" || parameter == "item" || parameter == "$1";
    const auto& known = load.constants.contains(parameter) ? load.constants : protocol.constants;
    SIM_CHECK(is_number || known.contains(parameter), "{} binds :{}", statement.name, parameter);
    arguments.push_back(is_number ? std::to_string(number) : known.at(parameter));
  }
  return arguments;
}

void check_columns(PGconn* session, const Protocol& protocol) {
  const Names known = returned_by(session, protocol);
  check_lease(protocol, known);
  const Parameters parameters(protocol, known);
  const auto check = [&](const RunStep& run) { parameters.check(run); };
  for (const Role& role : protocol.roles) {
    for_each_run(role.program, check);
    for (const auto& [name, steps] : role.operations) for_each_run(steps, check);
    if (role.heartbeat) for_each_run(role.heartbeat->steps, check);
  }
}

std::optional<std::vector<Oid>> tables_read(PGconn* session, const Statement& query) {
  return tables_in(rewritten(session, query), session, query, kNoneDrawing);
}
bool changes_what_it_counts(PGconn* session, const Statement& statement) {
  bool may_conflict = false;
  for_each_word(statement.sql, [&](const SqlWord& word) { may_conflict |= word.is == "conflict"; });
  if (!may_conflict) return false;
  const std::string tree = rewritten(session, statement);
  raw_prepare(session, "", kChangesCounted);
  const RawResult rows = raw_execute(session, "", {tree});
  SIM_CHECK(PQntuples(rows.get()) == 1, "{}: {}", statement.name, PQerrorMessage(session));
  return value_at(rows.get(), 0, 0) == "t";
}

Depends depends(PGconn* session, const Statement& query) {
  const RawResult described(PQdescribePrepared(session, query.name.c_str()));
  for (int i = 0; i < PQnparams(described.get()); ++i)
    if (std::find(std::begin(kTimeless), std::end(kTimeless), PQparamtype(described.get(), i)) ==
        std::end(kTimeless))
      return Depends::on_more;
  const std::string tree = rewritten(session, query);
  const auto reads_nothing = [&](const char* drawing) {
    const auto tables = tables_in(tree, session, query, drawing);
    return tables && tables->empty();
  };
  if (reads_nothing(kNoneDrawing)) return Depends::on_nothing;
  return reads_nothing(kDrawing) ? Depends::on_drawn_uuids : Depends::on_more;
}

void LetAnswers::learn(PGconn* session, const Statement& statement) {
  depends_.emplace(statement.name, depends(session, statement));
}

SqlResult LetAnswers::to(const Statement& statement, const std::vector<Value>& arguments,
                         PGconn* session, ServerClock& clock) {
  const auto found = depends_.find(statement.name);
  const Depends on = found == depends_.end() ? Depends::on_more : found->second;
  const bool draws = on == Depends::on_drawn_uuids;
  const Slot own = draws ? clock.slot_of(PQbackendPID(session)) : Slot{};
  const std::tuple key(statement.name, arguments, draws ? clock.seed_now(own) : 0);
  if (const auto known = all_.find(key); known != all_.end()) {
    if (draws) clock.seed(own, known->second.drawn);
    return known->second.result;
  }
  const RawResult result = raw_execute(session, statement.name, arguments);
  if (const auto error = error_of(session, result.get()))
    throw SqlFailure(error->sqlstate, error->message, SqlFailure::Connection::lives);
  SqlResult out = rows_of(result.get());
  if (on == Depends::on_more) return out;
  if (all_.size() == kAnswers) all_.clear();
  return (all_[key] = {std::move(out), draws ? clock.seed_now(own) : 0}).result;
}

}  // namespace fencepost
