#include "sim/database/observer.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "sim/database/raw_query.hpp"
#include "sim/database/refusal.hpp"
#include "sim/database/timestamp.hpp"
#include "sim/text/error.hpp"

namespace fencepost {
namespace {

const std::array<const char*, 11> kObserveColumns = {
    "job",      "state",  "token",    "owner", "lease_until", "ready_at",
    "progress", "cursor", "attempts", "group", "cap"};

constexpr Oid kTimestamp = 1114;
constexpr Oid kTimestamptz = 1184;

std::int64_t whole_number(const std::string& text, const Statement& statement,
                          const std::string& column) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && end == text.data() + text.size()) return number;
  throw InputError(
      fmt::format("{}: {} returned {} = \"{}\", which is not a whole number; cast it to bigint",
                  to_text(statement.where), statement.name, column, text));
}

}  // namespace

Observer::Observer(PGconn* session, const Protocol& protocol)
    : session_(session), protocol_(protocol) {
  check_observe();
  check_applied();
}

Observation Observer::observe() const {
  Observation out;
  const RawResult jobs = raw_execute(session_, "observe", {});
  if (const auto error = error_of(session_, jobs.get()))
    throw refused(*protocol_.find("observe"), *error);
  for (int row = 0; row < PQntuples(jobs.get()); ++row) {
    const JobId job{get(jobs.get(), row, "job").value_or("null")};
    if (!out.jobs.emplace(job, record(jobs.get(), row)).second)
      throw InputError(
          fmt::format("{}: observe returned job {} twice; it must return one row for each job",
                      observe_at(), job.text));
  }
  const Statement* applied = protocol_.find("applied");
  if (applied == nullptr) return out;
  const RawResult items = raw_execute(session_, "applied", {});
  if (const auto error = error_of(session_, items.get())) throw refused(*applied, *error);
  for (int row = 0; row < PQntuples(items.get()); ++row) {
    const JobId job{value_at(items.get(), row, 0).value_or("null")};
    const ItemId item{value_at(items.get(), row, 1).value_or("null")};
    out.applied[{job, item}] +=
        whole_number(value_at(items.get(), row, 2).value_or("0"), *applied, "count");
  }
  return out;
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
    column_at_.emplace(column, c);
    if (column != "job" && column != "state") columns_.insert(column);
  }
  for (const char* needed : {"job", "state"}) {
    if (!column_at_.contains(needed))
      throw InputError(
          fmt::format("{}: observe has no column \"{}\"; it must return at least job and state "
                      "(ready, owned, succeeded or failed)",
                      observe_at(), needed));
  }
}

void Observer::check_applied() const {
  const Statement* applied = protocol_.find("applied");
  if (applied == nullptr) return;
  const RawResult shape(PQdescribePrepared(session_, "applied"));
  const std::array<std::string, 3> expected = {"job", "item", "count"};
  bool fits = PQnfields(shape.get()) == 3;
  for (int c = 0; fits && c < 3; ++c)
    fits = PQfname(shape.get(), c) == expected[static_cast<std::size_t>(c)];
  if (!fits)
    throw InputError(
        fmt::format("{}: applied must return exactly the columns job, item, count, in this order",
                    to_text(applied->where)));
}

std::optional<std::string> Observer::get(const PGresult* rows, int row, const char* column) const {
  const auto at = column_at_.find(column);
  if (at == column_at_.end()) return std::nullopt;
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
  const auto at = instant_from_timestamp(*text);
  if (!at)
    throw InputError(
        fmt::format("{}: observe returned {} = \"{}\", which is not a point in time that fencepost "
                    "can read (ISO, years 0001 to 9999)",
                    observe_at(), column, *text));
  return at;
}

JobRecord Observer::record(const PGresult* rows, int row) const {
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

}  // namespace fencepost
