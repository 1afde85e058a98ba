#include "sim/database/page_store.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <string>

#include "sim/database/raw_query.hpp"
#include "sim/text/error.hpp"
#include "sim/text/log.hpp"

namespace fencepost {
namespace {

constexpr const char* kKeep = "fencepost keep";
constexpr const char* kPutBack = "fencepost put back";
/// What the shim says instead of a number (CANNOT, REDEFINED).
constexpr std::int64_t kCannot = -1;
constexpr std::int64_t kRedefined = -2;

/// Everything with pages of its own, what it is to the shim, and whether it has the server's own
/// kind of pages. Of our schema only what a history writes.
constexpr const char* kRelations =
    "WITH tables AS ("
    "  SELECT c.oid, c.reltoastrelid, c.relkind, c.relam FROM pg_class c"
    "    JOIN pg_namespace n ON n.oid = c.relnamespace"
    "   WHERE c.relkind IN ('r', 'm', 'S') AND n.nspname NOT LIKE 'pg\\_%'"
    "     AND n.nspname <> 'information_schema'"
    "     AND (n.nspname <> 'fencepost' OR c.relname = 'sessions')),"
    " heaps AS (SELECT oid, relkind, relam FROM tables"
    "            UNION ALL SELECT oid, relkind, relam FROM pg_class"
    "                       WHERE oid IN (SELECT reltoastrelid FROM tables)),"
    " indexes AS (SELECT c.oid, a.amname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
    "               JOIN pg_am a ON a.oid = c.relam WHERE i.indrelid IN (SELECT oid FROM heaps)"
    "                AND c.relkind = 'i')"
    " SELECT string_agg(kind || oid, ',' ORDER BY oid), bool_and(known) FROM ("
    "  SELECT oid, CASE relkind WHEN 'S' THEN 's' ELSE 'h' END AS kind,"
    "         relkind = 'S' OR relam = (SELECT oid FROM pg_am WHERE amname = 'heap') AS known"
    "    FROM heaps"
    "  UNION ALL SELECT oid, CASE amname WHEN 'btree' THEN 'b' ELSE 'i' END,"
    "         amname IN ('btree', 'hash', 'gin', 'gist', 'spgist', 'brin') FROM indexes) "
    "all_of_them";

std::string declaration(const std::string& name, const std::string& argument,
                        const std::string& library) {
  return fmt::format(
      "CREATE FUNCTION fencepost.{0}({1}) RETURNS bigint STRICT LANGUAGE C"
      " AS '{2}', 'fencepost_{0}';",
      name, argument, library);
}

}  // namespace

PageStore::PageStore(PGconn* connection, const std::filesystem::path& shim)
    : connection_(connection) {
  const std::string hindrance = prepare(shim.string());
  works_ = hindrance.empty();
  if (!works_) log_debug("tables are not put back by pages: " + hindrance);
}

// Whoever calls the last two in another backend than ours only gets to know that it keeps nothing.
std::string PageStore::prepare(const std::string& library) {
  const OwnRights own(connection_);
  SIM_CHECK(library.find('\'') == std::string::npos, "the shim is {}", library);
  const RawResult made = raw_query(connection_, declaration("know_tables", "cstring", library) +
                                                    declaration("keep_pages", "int", library) +
                                                    declaration("put_pages_back", "int", library) +
                                                    "REVOKE ALL ON FUNCTION fencepost.know_tables"
                                                    " FROM PUBLIC");
  if (const auto error = error_of(connection_, made.get())) return error->message;
  const RawResult relations = raw_must(connection_, kRelations);
  if (*PQgetvalue(relations.get(), 0, 1) != 't') return "some have pages of another kind";
  const RawResult count = raw_must(connection_, fmt::format("SELECT fencepost.know_tables('{}')",
                                                            PQgetvalue(relations.get(), 0, 0)));
  if (std::atoll(PQgetvalue(count.get(), 0, 0)) == kCannot) return "this server exports too little";
  raw_must(connection_, fmt::format("PREPARE \"{}\" AS SELECT fencepost.keep_pages($1);"
                                    "PREPARE \"{}\" AS SELECT fencepost.put_pages_back($1)",
                                    kKeep, kPutBack));
  return {};
}

std::int64_t PageStore::call(const char* prepared, int number) {
  SIM_CHECK(works_ && number >= 0 && number < kNumbers, "{} {}, works: {}", prepared, number,
            works_);
  const RawResult result = raw_execute(connection_, prepared, {std::to_string(number)});
  const auto error = error_of(connection_, result.get());
  SIM_CHECK(!error, "{} in: {} {}", error ? error->message : "", prepared, number);
  return std::atoll(PQgetvalue(result.get(), 0, 0));
}

std::optional<PageStore::Shape> PageStore::keep(int number) {
  const std::int64_t shape = call(kKeep, number);
  if (shape != kCannot) return shape;
  log_debug("tables are not put back by pages: there are too many");
  return std::nullopt;
}

PageStore::Found PageStore::put_back(int number) {
  const std::int64_t answer = call(kPutBack, number);
  SIM_CHECK(answer != kCannot, "the shim keeps nothing under {}", number);
  if (answer == kRedefined) return Found::redefined;
  return answer == 0 ? Found::same_size : Found::other_size;
}

}  // namespace fencepost
