#include "sim/database/observer.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <utility>

#include "sim/database/statement_shapes.hpp"
#include "sim/database/timestamp.hpp"
#include "sim/input/sql_words.hpp"
#include "sim/text/error.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

const std::array<const char*, 11> kObserveColumns = {
    "job",      "state",  "token",    "owner", "lease_until", "ready_at",
    "progress", "cursor", "attempts", "group", "cap"};

/// Tables with a bit each.
constexpr std::size_t kMostWatched = 64;

constexpr Oid kTimestamp = 1114;
constexpr Oid kTimestamptz = 1184;

std::int64_t whole_number(const std::string& text, const Statement& statement,
                          const std::string& column) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && end == text.data() + text.size()) return number;
  throw Unanswered(
      statement, fmt::format("returned {} = \"{}\", which is not a whole number; cast it to bigint",
                             column, text));
}

/// Whatever the case of their letters.
bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

constexpr std::string_view kDiffering[] = {"random", "gen_random_uuid", "uuid_generate_v4",
                                           "uuidv4", "uuidv7",          "nextval"};

/// Why a statement with this word does more than look at what is committed; empty: it does not.
std::string more_than_looks(const SqlWord& word) {
  const bool called = word.next == "(";
  const bool waits = word.is.starts_with("pg_sleep") || word.is.starts_with("pg_advisory_lock") ||
                     word.is.starts_with("pg_advisory_xact_lock");
  if (called && waits) return fmt::format("calls {}, and would wait for ever", word.is);
  if (called && is_one_of(word.is, kDiffering))
    return fmt::format("calls {}, and answers differently though nothing has changed", word.is);
  const bool locks = word.is == "for" && (word.next == "update" || word.next == "share" ||
                                          word.next == "no" || word.next == "key");
  if (locks) return "locks rows, and would wait for those who hold them";
  const bool writes = ((word.is == "insert" || word.is == "merge") && word.next == "into") ||
                      (word.is == "delete" && word.next == "from") ||
                      (word.is == "update" && word.later == "set");
  return writes ? "writes" : "";
}

void check_only_looks(const Protocol& protocol, const std::string& name) {
  const Statement* statement = protocol.find(name);
  if (statement == nullptr) return;
  for_each_word(statement->sql, [&](const SqlWord& word) {
    if (const std::string why = more_than_looks(word); !why.empty())
      throw InputError(fmt::format("{}: {} {}; it is only to look, at any moment: leave that out",
                                   to_text(statement->where), name, why));
  });
}

/// A name that must be there.
std::string named(const std::optional<std::string>& name, const Statement& statement,
                  const std::string& column) {
  if (name) return *name;
  throw Unanswered(
      statement,
      fmt::format("returned a row without a {} (null); name it, or leave the row out", column));
}

void demand_success(PGconn* asked, const Statement& statement, const PGresult* result) {
  if (const auto error = error_of(asked, result))
    throw Unanswered(statement,
                     fmt::format("failed on what a history had in its tables: {} (SQLSTATE {}); it "
                                 "must answer in every committed state",
                                 error->message, error->sqlstate));
}

}  // namespace

Unanswered::Unanswered(const Statement& of, const std::string& why)
    : InputError(fmt::format("{}: {} {}", to_text(of.where), of.name, why)), statement(of.name) {}

Observer::Observer(PGconn* session, const Protocol& protocol, ServerClock& clock)
    : session_(session),
      asked_(session),
      protocol_(protocol),
      clock_(clock),
      definitions_(clock.definitions()) {
  check_observe();
  check_applied();
  for (const char* name : {"observe", "applied"}) check_only_looks(protocol, name);
  for (const std::string& name : protocol.declared.never) check_only_looks(protocol, name);
  const RawResult own =
      raw_must(session_, "SELECT oid FROM pg_database WHERE datname = current_database()");
  watched_.database = static_cast<Oid>(std::strtoul(PQgetvalue(own.get(), 0, 0), nullptr, 10));
  observe_ = query(*protocol_.find("observe"));
  if (const Statement* applied = protocol_.find("applied")) applied_ = query(*applied);
  for (const std::string& name : protocol_.declared.never)
    never_.push_back(query(*protocol_.find(name)));
}

// What can't be watched any more is asked for always.
Observer::Query Observer::query(const Statement& statement) {
  Query out;
  out.statement = &statement;
  const auto tables = tables_read(session_, statement);
  if (!tables) return out;
  std::uint64_t bits = 0;
  for (const Oid table : *tables) {
    auto& all = watched_.tables;
    auto at = std::find(all.begin(), all.end(), table);
    if (at == all.end()) {
      if (all.size() == kMostWatched) return out;
      at = all.insert(all.end(), table);
    }
    bits |= std::uint64_t{1} << (at - all.begin());
  }
  out.tables = bits;
  return out;
}

void Observer::start_again() {
  unchanged_ = false;
  definitions_ = clock_.definitions();
  observe_.stale = true;
  if (applied_) applied_->stale = true;
  for (Query& each : never_) each.stale = true;
}

// Whoever changes a definition may change what a query reads.
void Observer::find_stale() {
  const auto [tables, writers] = clock_.take_written(watched_);
  const std::uint64_t written =
      std::exchange(unchanged_, false) && writers == 1 ? std::uint64_t{0} : tables;
  const bool redefined = clock_.definitions() != definitions_;
  const auto look = [&](Query& each) {
    each.stale = each.stale || redefined || !each.tables || (*each.tables & written) != 0;
  };
  look(observe_);
  if (applied_) look(*applied_);
  for (Query& each : never_) look(each);
}

void Observer::take(Query& query, RawResult rows) {
  demand_success(asked_, *query.statement, rows.get());
  query.stale = false;
  query.before = std::exchange(query.rows, std::move(rows));
}

// What is committed in a table can be read while somebody has it for himself alone: by a session
// that is for locks a part of his. Where several have one each, it is of no use.
RawConnection Observer::beside_locks(const std::vector<Query*>& queries) {
  if (!clock_.excludes_readers()) return nullptr;
  const RawResult whose = raw_must(
      session_, fmt::format("SELECT CASE WHEN granted THEN pid ELSE (pg_blocking_pids(pid))[1] END"
                            "  FROM pg_locks WHERE locktype = 'relation' AND database = {}"
                            "   AND mode = 'AccessExclusiveLock' AND relation >= 16384"
                            "   AND pid <> pg_backend_pid()"
                            " ORDER BY relation = ANY ('{{{}}}') DESC, granted DESC, pid LIMIT 1",
                            watched_.database, fmt::join(watched_.tables, ",")));
  const auto process = PQntuples(whose.get()) == 0 ? std::nullopt : value_at(whose.get(), 0, 0);
  if (!process) return nullptr;
  clock_.place_next_beside(std::stoi(*process));
  RawConnection beside = raw_connect_like(session_);
  // It takes his part when it first waits.
  const Slot slot = clock_.slot_of(PQbackendPID(beside.get()));
  clock_.settle(&slot, 1);
  for (const Query* each : queries) {
    const Statement& asked = *each->statement;
    demand_success(beside.get(), asked, raw_prepare(beside.get(), asked.name, asked.sql).get());
  }
  return beside;
}

void Observer::ask_all(const std::vector<Query*>& queries) {
  const RawConnection beside = queries.empty() ? nullptr : beside_locks(queries);
  asked_ = beside ? beside.get() : session_;
  for (Query* each : queries) take(*each, raw_execute(asked_, each->statement->name, {}));
  asked_ = session_;
}

// What was read of an answer by half is read anew.
void Observer::forget() {
  asked_ = session_;
  observed_ = {};
  sums_.clear();
  observe_.rows.reset();
  if (applied_) applied_->rows.reset();
  start_again();
}

template <typename Look>
auto Observer::answered(Look look) {
  try {
    return look();
  } catch (const Unanswered&) {
    forget();
    throw;
  }
}

Observed Observer::observe() {
  return answered([&] { return look(); });
}

// Whoever looks at locks would see those that the other takes in their one transaction.
Observed Observer::look() {
  find_stale();
  const bool jobs = observe_.stale, items = applied_ && applied_->stale;
  if (jobs && items && observe_.tables && applied_->tables && !clock_.excludes_readers()) {
    std::vector<RawResult> rows =
        raw_execute_all(session_, {observe_.statement->name, applied_->statement->name});
    take(observe_, std::move(rows[0]));
    take(*applied_, std::move(rows[1]));
  } else {
    std::vector<Query*> asked;
    if (jobs) asked.push_back(&observe_);
    if (items) asked.push_back(&*applied_);
    ask_all(asked);
  }
  touched_ = {};
  if (jobs) read_jobs();
  if (items) read_applied();
  return {observed_, touched_};
}

void Observer::read_jobs() {
  const ChangedRows changed = changed_rows(observe_.before.get(), observe_.rows.get());
  const auto touch = [&](const PGresult* rows, int row) {
    return touched_.jobs.emplace_back(
        JobId{named(get(rows, row, "job"), *observe_.statement, "job")});
  };
  for (const int row : changed.gone) observed_.jobs.erase(touch(observe_.before.get(), row));
  for (const int row : changed.come) {
    const JobId job = touch(observe_.rows.get(), row);
    if (!observed_.jobs.emplace(job, record(observe_.rows.get(), row)).second)
      throw Unanswered(
          *observe_.statement,
          fmt::format("returned job {} twice; it must return one row for each job", job.text));
  }
}

void Observer::read_applied() {
  const ChangedRows changed = changed_rows(applied_->before.get(), applied_->rows.get());
  const auto add = [&](const PGresult* rows, int row, int sign) {
    const JobId job{named(value_at(rows, row, 0), *applied_->statement, "job")};
    const ItemId item{named(value_at(rows, row, 1), *applied_->statement, "item")};
    const auto& key = touched_.items.emplace_back(job, item);
    const std::int64_t count =
        whole_number(value_at(rows, row, 2).value_or("0"), *applied_->statement, "count");
    Sum& sum = sums_[key];
    sum.rows += sign;
    sum.count += sign * count;
    if (sum.rows > 0)
      observed_.applied.insert_or_assign(key, sum.count);
    else
      observed_.applied.erase(key);
    if (sum.rows == 0) sums_.erase(key);
  };
  for (const int row : changed.gone) add(applied_->before.get(), row, -1);
  for (const int row : changed.come) add(applied_->rows.get(), row, 1);
}

const std::map<std::string, std::string>& Observer::forbidden() {
  find_stale();
  std::vector<Query*> asked;
  for (Query& each : never_)
    if (each.stale) asked.push_back(&each);
  answered([&] { ask_all(asked); });
  for (const Query* each : asked) {
    forbidden_.erase(each->statement->name);
    if (PQntuples(each->rows.get()) > 0)
      forbidden_.emplace(each->statement->name, summary(each->rows.get(), 0));
  }
  return forbidden_;
}

std::string Observer::observe_at() const { return to_text(protocol_.find("observe")->where); }

void Observer::check_observe() {
  const RawResult shape(PQdescribePrepared(session_, "observe"));
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
    if (type == kTimestamp) check_zone(column);
    column_at_.emplace(column, c);
    if (column != "job" && column != "state") columns_.insert(column);
  }
  for (const char* needed : {"job", "state"})
    if (!column_at_.contains(needed))
      throw InputError(
          fmt::format("{}: observe has no column \"{}\"; it must return at least job and state "
                      "(ready, owned, succeeded or failed)",
                      observe_at(), needed));
}

// A timestamp without time zone is read as UTC; who writes it in another zone means another
// instant.
void Observer::check_zone(const std::string& column) const {
  for (const Role& role : protocol_.roles)
    for (const auto& [name, value] : role.settings)
      if (same_word(name, "timezone") && !same_word(value, "utc"))
        throw InputError(fmt::format(
            "{}: observe returns {} as a timestamp without time zone, and [role.{}.settings] sets "
            "TimeZone to {}, so which instant was meant can't be known; return {} AT TIME ZONE "
            "'{}', or make the column a timestamptz",
            observe_at(), column, role.name, in_quotes(value), column, value));
}

void Observer::check_applied() const {
  const Statement* applied = protocol_.find("applied");
  if (applied == nullptr) return;
  const RawResult shape(PQdescribePrepared(session_, "applied"));
  std::vector<std::string> columns;
  for (int c = 0; c < PQnfields(shape.get()); ++c) columns.emplace_back(PQfname(shape.get(), c));
  if (columns != std::vector<std::string>{"job", "item", "count"})
    throw InputError(
        fmt::format("{}: applied must return exactly the columns job, item, count, in this order",
                    to_text(applied->where)));
}

std::optional<std::string> Observer::get(const PGresult* rows, int row, const char* column) const {
  const auto at = column_at_.find(column);
  if (at == column_at_.end()) return std::nullopt;
  SIM_CHECK(PQfname(rows, at->second) == std::string_view(column),
            "column {} of observe was {} when it was prepared", at->second, column);
  return value_at(rows, row, at->second);
}

std::optional<std::int64_t> Observer::integer(const PGresult* rows, int row,
                                              const char* column) const {
  const auto text = get(rows, row, column);
  if (!text) return std::nullopt;
  return whole_number(*text, *protocol_.find("observe"), column);
}

std::optional<Instant> Observer::instant(const PGresult* rows, int row, const char* column) const {
  const auto text = get(rows, row, column);
  if (!text) return std::nullopt;
  if (const auto at = instant_from_timestamp(*text)) return at;
  throw Unanswered(*observe_.statement,
                   fmt::format("returned {} = \"{}\", which is not a point in time that fencepost "
                               "can read (ISO, years 0001 to 9999)",
                               column, *text));
}

JobRecord Observer::record(const PGresult* rows, int row) const {
  JobRecord out;
  const std::string state = get(rows, row, "state").value_or("null");
  const auto names = names_of(out.state);
  const auto found = std::find(names.begin(), names.end(), state);
  if (found == names.end())
    throw Unanswered(*observe_.statement,
                     fmt::format("returned state = \"{}\"; it must be ready, owned, succeeded or "
                                 "failed (null is none of them)",
                                 state));
  out.state = static_cast<JobState>(found - names.begin());
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

}  // namespace fencepost
