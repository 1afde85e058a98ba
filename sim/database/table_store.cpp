#include "sim/database/table_store.hpp"

#include "sim/database/raw_query.hpp"
#include "sim/text/error.hpp"
#include "sql/sql_text.hpp"

namespace fencepost {
namespace {

constexpr const char* kOurs =
    " n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN ('information_schema', 'fencepost')"
    " ORDER BY n.nspname, c.relname";

/// The value behind everything that the sequence has logged ahead, as recovery leaves it
/// (SEQ_LOG_VALS in sequence.c); an unlogged sequence starts again.
std::string sequence_query(const std::string& name) {
  return fmt::format(
      "SELECT format('SELECT setval(%L, %s, %L);', {1},"
      "  CASE WHEN c.relpersistence = 'u' THEN q.seqstart::numeric"
      "       WHEN NOT s.is_called OR s.log_cnt = 0 THEN s.last_value::numeric"
      "       WHEN q.seqincrement > 0"
      "       THEN least(s.last_value::numeric + s.log_cnt * q.seqincrement, q.seqmax)"
      "       ELSE greatest(s.last_value::numeric + s.log_cnt * q.seqincrement, q.seqmin) END,"
      "  s.is_called AND c.relpersistence <> 'u')"
      " FROM {0} s, pg_sequence q, pg_class c"
      " WHERE q.seqrelid = {1}::regclass AND c.oid = q.seqrelid",
      name, as_literal(name));
}

}  // namespace

TableStore::TableStore(PGconn* connection) : connection_(connection) {
  const RawResult tables =
      raw_must(connection,
               fmt::format("SELECT c.oid::regclass::text, c.relkind, c.relpersistence,"
                           "       (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum)"
                           "          FROM pg_attribute"
                           "         WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped"
                           "           AND attgenerated = '')"
                           "  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                           " WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND {}",
                           kOurs));
  for (int row = 0; row < PQntuples(tables.get()); ++row) {
    const std::string name = PQgetvalue(tables.get(), row, 0);
    const bool unlogged = *PQgetvalue(tables.get(), row, 2) == 'u';
    const std::string columns = PQgetvalue(tables.get(), row, 3);
    const std::string list = columns.empty() ? "" : " (" + columns + ")";
    const std::string only = *PQgetvalue(tables.get(), row, 1) == 'p' ? "" : "ONLY ";
    const std::string rows = fmt::format("SELECT {} FROM {}{}", columns, only, name);
    tables_.push_back({name, rows, name + list});
    truncate_ += (truncate_.empty() ? "TRUNCATE " : ", ") + name;
    if (unlogged) truncate_unlogged_ += (truncate_unlogged_.empty() ? "TRUNCATE " : ", ") + name;
    if (!unlogged)
      logged_.push_back({fmt::format("COPY ({} ORDER BY tableoid, ctid) TO STDOUT", rows),
                         fmt::format("COPY {}{} FROM STDIN", name, list)});
  }
  if (!truncate_.empty()) truncate_ += " CASCADE;";
  if (!truncate_unlogged_.empty()) truncate_unlogged_ += " CASCADE;";
  const RawResult sequences = raw_must(
      connection, fmt::format("SELECT c.oid::regclass::text"
                              "  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                              " WHERE c.relkind = 'S' AND {}",
                              kOurs));
  for (int row = 0; row < PQntuples(sequences.get()); ++row) {
    sequence_names_.emplace_back(PQgetvalue(sequences.get(), row, 0));
    sequences_ +=
        (sequences_.empty() ? "" : " UNION ALL ") + sequence_query(sequence_names_.back());
  }
}

// Rows that the schema itself inserted are kept in tables of ours and put back after the TRUNCATE.
void TableStore::keep_start() {
  const OwnRights own(connection_);
  std::string all, inserts;
  for (std::size_t i = 0; i < tables_.size(); ++i) {
    const auto& [table, rows, writable] = tables_[i];
    all += (all.empty() ? "" : ", ") + table;
    const RawResult any = raw_must(connection_, rows + " LIMIT 1");
    if (PQntuples(any.get()) == 0) continue;
    raw_must(connection_, fmt::format("CREATE TABLE fencepost.seed_{} AS {}", i, rows));
    inserts +=
        fmt::format("INSERT INTO {} OVERRIDING SYSTEM VALUE TABLE fencepost.seed_{};", writable, i);
  }
  if (!all.empty()) start_ = "TRUNCATE " + all + " RESTART IDENTITY CASCADE;";
  if (!inserts.empty()) start_ += "SET LOCAL session_replication_role = replica;" + inserts;
  for (const std::string& sequence : sequence_names_) {
    const RawResult value =
        raw_must(connection_, fmt::format("SELECT last_value, is_called FROM {}", sequence));
    start_ += fmt::format("SELECT setval({}, {}, {});", as_literal(sequence),
                          PQgetvalue(value.get(), 0, 0),
                          PQgetvalue(value.get(), 0, 1)[0] == 't' ? "true" : "false");
  }
}

std::string TableStore::sequences_after_recovery() {
  if (sequences_.empty()) return {};
  const RawResult rows = raw_must(connection_, sequences_);
  std::string sql;
  for (int row = 0; row < PQntuples(rows.get()); ++row) sql += PQgetvalue(rows.get(), row, 0);
  return sql;
}

TableStore::Snapshot TableStore::take() {
  const OwnRights own(connection_);
  Snapshot out;
  for (const Logged& table : logged_) {
    raw_must(connection_, table.copy_out);
    std::string& rows = out.rows.emplace_back();
    char* line = nullptr;
    int length = 0;
    while ((length = PQgetCopyData(connection_, &line, 0)) > 0) {
      rows.append(line, static_cast<std::size_t>(length));
      PQfreemem(line);
    }
    SIM_CHECK(length == -1, "{} in: {}", PQerrorMessage(connection_), table.copy_out);
    while (PGresult* left = PQgetResult(connection_)) PQclear(left);
  }
  out.sequences = sequences_after_recovery();
  return out;
}

// One transaction, in which no trigger and no foreign key looks at what is written.
void TableStore::put_back(const Snapshot& snapshot) {
  SIM_CHECK(snapshot.rows.size() == logged_.size(), "rows of {} tables, but {} are kept",
            snapshot.rows.size(), logged_.size());
  const OwnRights own(connection_);
  raw_must(connection_, "BEGIN; SET LOCAL session_replication_role = replica;" + truncate_);
  for (std::size_t i = 0; i < logged_.size(); ++i) copy_in(logged_[i].copy_in, snapshot.rows[i]);
  raw_must(connection_, snapshot.sequences + "COMMIT");
}

void TableStore::copy_in(const std::string& sql, const std::string& rows) {
  raw_must(connection_, sql);
  const bool sent = (rows.empty() ||
                     PQputCopyData(connection_, rows.data(), static_cast<int>(rows.size())) == 1) &&
                    PQputCopyEnd(connection_, nullptr) == 1;
  const RawResult result(PQgetResult(connection_));
  SIM_CHECK(sent && PQresultStatus(result.get()) == PGRES_COMMAND_OK, "{} in: {}",
            PQerrorMessage(connection_), sql);
  while (PGresult* left = PQgetResult(connection_)) PQclear(left);
}

void TableStore::recover() {
  const OwnRights own(connection_);
  raw_must(connection_, truncate_unlogged_ + sequences_after_recovery());
}

void TableStore::checkpoint() {
  if (sequences_.empty()) return;
  const OwnRights own(connection_);
  raw_must(connection_, "CHECKPOINT");
}

}  // namespace fencepost
