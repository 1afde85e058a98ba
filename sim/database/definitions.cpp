#include "sim/database/definitions.hpp"

#include "sim/database/raw_query.hpp"
#include "sim/database/schema_run.hpp"
#include "sim/input/sql_words.hpp"

namespace fencepost {
namespace {

/// A query of how many rows each of the catalogues has, and which transaction made the latest:
/// nothing can be added, changed or taken away without changing either.
constexpr const char* kLatestRows =
    "SELECT format('SELECT md5(string_agg(concat_ws('','', c, n, x), '';'' ORDER BY c)) FROM (%s) "
    "all_of_them', string_agg(format('SELECT %L AS c, count(*) AS n, max(xmin::text::bigint) AS x"
    "                                   FROM pg_catalog.%I', relname, relname), ' UNION ALL '))"
    "  FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r'";

/// Those that say more than that are looked into: TRUNCATE gives a table another file, and a
/// temporary table leaves its schema.
constexpr const char* kLookedInto =
    "SELECT md5((SELECT coalesce(string_agg((to_jsonb(c) - '{relfilenode,relpages,reltuples,"
    "relallvisible,relallfrozen,relfrozenxid,relminmxid,relhasindex}'::text[])::text, ','"
    "                            ORDER BY c.oid), '')"
    "              FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    "             WHERE nspname !~ '^pg_')"
    "        || (SELECT string_agg(n::text, ',' ORDER BY oid) FROM pg_namespace n"
    "             WHERE nspname !~ '^pg_'))";

constexpr const char* kSizes =
    "SELECT md5(string_agg(concat_ws(',', c.oid, relpages, reltuples, relallvisible), ';'"
    "                      ORDER BY c.oid))"
    "  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE relkind IN ('r', 'p', 'i') AND nspname NOT LIKE 'pg\\_%'"
    "   AND nspname NOT IN ('information_schema', 'fencepost')";

/// Who reads one of these sees how many transactions, objects and sessions a server had before, or
/// what it has in its memory; the detail of a deadlock's error names transactions.
constexpr std::string_view kNumbers[] = {"xmin",
                                         "xmax",
                                         "cmin",
                                         "cmax",
                                         "xid8",
                                         "oid",
                                         "tableoid",
                                         "pg_snapshot",
                                         "backend_xid",
                                         "backend_xmin",
                                         "transactionid",
                                         "relfrozenxid",
                                         "datfrozenxid",
                                         "relfilenode",
                                         "pg_lsn",
                                         "virtualxid",
                                         "virtualtransaction",
                                         "pg_exception_detail",
                                         "buffers"};
constexpr std::string_view kNumberFunctions[] = {"txid_",
                                                 "pg_current_xact_id",
                                                 "pg_xact_",
                                                 "pg_snapshot_",
                                                 "pg_current_snapshot",
                                                 "pg_visible_in_snapshot",
                                                 "pg_last_committed_xact",
                                                 "pg_current_wal_",
                                                 "pg_relation_file",
                                                 "pg_my_temp_schema",
                                                 "pg_export_snapshot",
                                                 "pg_postmaster_start_time",
                                                 "pg_conf_load_time",
                                                 "pg_stat_database",
                                                 "pg_stat_get_db_",
                                                 "pg_stat_wal",
                                                 "pg_stat_bgwriter",
                                                 "pg_stat_checkpointer",
                                                 "pg_stat_slru",
                                                 "pg_stat_io",
                                                 "pg_statio_"};
/// No two runs of the program have the same.
constexpr std::string_view kOfThisMachine[] = {
    "data_directory", "unix_socket_directories",    "config_file",          "hba_file",
    "ident_file",     "pg_backend_memory_contexts", "pg_shmem_allocations", "pg_stat_file",
    "pg_ls_dir"};
/// What they leave is in no table, and in no catalogue that a schema fills.
constexpr std::string_view kLeaving[] = {"lo_",           "pg_create_",    "pg_replication_",
                                         "pg_logical_",   "pg_stat_reset", "pg_drop_replication",
                                         "pg_reload_conf"};

template <typename Words>
bool begins_with(std::string_view word, const Words& words) {
  return std::any_of(std::begin(words), std::end(words),
                     [&](std::string_view each) { return word.starts_with(each); });
}

// An upsert that asks whether it inserted, and the name of a row's table, are no numbers.
bool reads_numbers(const SqlWord& word) {
  if (word.is == "xmax" && word.next == "=" && word.later == "0") return false;
  if (word.is == "tableoid" && word.next == "::" && word.later == "regclass") return false;
  return is_one_of(word.is, kNumbers) || begins_with(word.is, kNumberFunctions);
}

std::string ask(PGconn* connection, const std::string& sql) {
  return value_at(raw_must(connection, sql).get(), 0, 0).value_or("");
}

std::string latest_rows(PGconn* connection, const std::string& which) {
  return ask(connection, ask(connection, kLatestRows + which));
}

}  // namespace

std::string definitions(PGconn* connection) {
  const OwnRights own(connection);
  return latest_rows(connection, " AND relname NOT IN ('pg_class', 'pg_namespace')") +
         ask(connection, kLookedInto);
}

std::string sizes(PGconn* connection) { return ask(connection, kSizes); }

// Whoever loads a protocol takes superuser's rights for a while, so of roles it counts what they
// are; and what is set for a database goes with it.
std::string shared_definitions(PGconn* connection) {
  const OwnRights own(connection);
  return latest_rows(connection,
                     " AND relisshared AND relname NOT IN ('pg_database', 'pg_shdepend',"
                     " 'pg_authid', 'pg_db_role_setting')") +
         ask(connection,
             "SELECT md5(concat((SELECT string_agg(a::text, ',' ORDER BY oid) FROM pg_authid a),"
             "  (SELECT string_agg(s::text, ',' ORDER BY setdatabase, setrole)"
             "     FROM pg_db_role_setting s WHERE setdatabase NOT IN"
             "          (SELECT oid FROM pg_database WHERE datname = current_database()))))");
}

bool prepares_transactions(const Protocol& protocol) {
  bool found = protocol.previous && prepares_transactions(*protocol.previous);
  for_each_word(protocol, [&](const SqlWord& word) {
    found = found || (word.before == "prepare" && word.is == "transaction");
  });
  return found;
}

void roll_back_prepared(PGconn* connection) {
  const OwnRights own(connection);
  const RawResult rows = raw_must(
      connection, "SELECT format('ROLLBACK PREPARED %L', gid) FROM pg_prepared_xacts ORDER BY gid");
  for (int row = 0; row < PQntuples(rows.get()); ++row)
    raw_must(connection, PQgetvalue(rows.get(), row, 0));
}

std::string needs_copies(const Protocol& protocol) {
  std::string numbers, leaves;
  for_each_word(protocol, [&](const SqlWord& word) {
    if (reads_numbers(word)) numbers = word.is;
    if (begins_with(word.is, kLeaving)) leaves = word.is;
    if (word.before == "alter" && word.is == "system") leaves = "alter system";
  });
  if (!leaves.empty()) return "its SQL may leave something outside of tables (" + leaves + ")";
  if (!numbers.empty())
    return "its SQL may read numbers of transactions or objects (" + numbers + ")";
  return protocol.previous ? needs_copies(*protocol.previous) : "";
}

std::vector<std::string> remarks_on(const Protocol& protocol) {
  std::vector<std::string> remarks;
  if (has_superusers(protocol))
    remarks.push_back(
        fmt::format("{}: workers are superusers, because protocol.toml says so", protocol.name));
  std::string read;
  for_each_word(protocol, [&](const SqlWord& word) {
    if (is_one_of(word.is, kOfThisMachine)) read = word.is;
  });
  if (!read.empty())
    remarks.push_back(
        fmt::format("{}: its SQL may read what is this machine's own ({}), so the "
                    "digest of a history may be another in each run",
                    protocol.name, read));
  return remarks;
}

}  // namespace fencepost
