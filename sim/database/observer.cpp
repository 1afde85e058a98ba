#include "sim/database/observer.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <set>

#include "sim/database/raw_query.hpp"
#include "sim/database/timestamp.hpp"
#include "sim/input/protocol_program.hpp"
#include "sim/input/query_file.hpp"
#include "sim/text/error.hpp"
#include "sim/text/words.hpp"

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

using Names = std::set<std::string>;

/// Whatever the case of their letters.
bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

std::vector<std::string> sorted(const Names& names) { return {names.begin(), names.end()}; }

/// What the workload and fencepost itself bind and read, with names of their own.
bool is_ours(const std::string& name, const Protocol& protocol) {
  static const Names kOurs{"insert_job", "insert_item", "observe", "applied"};
  return kOurs.contains(name) || protocol.declared.never.contains(name);
}

Names returned_by(PGconn* session, const Protocol& protocol) {
  Names columns;
  for (const auto& [name, statement] : protocol.statements) {
    if (is_ours(name, protocol)) continue;
    const RawResult shape(PQdescribePrepared(session, statement.name.c_str()));
    for (int column = 0; column < PQnfields(shape.get()); ++column)
      columns.insert(PQfname(shape.get(), column));
  }
  for (const Role& role : protocol.roles)
    if (!role.makes.empty()) columns.insert(role.makes);
  for (const auto& [name, value] : protocol.constants) columns.insert(name);
  return columns;
}

void check_lease(const Protocol& protocol, Names known) {
  for (const auto& [name, source] : protocol.names) known.insert(name);
  const auto check = [&](const std::string& key, const std::string& column) {
    if (column.empty() || known.contains(column)) return;
    throw InputError(fmt::format(
        "{}: {} in [lease] names {}, but no statement returns a column of that name, and "
        "neither [constants] nor [names] has it; known are {}{}",
        (protocol.folder / "protocol.toml").string(), key, in_quotes(column), listed(sorted(known)),
        did_you_mean(column, sorted(known))));
  };
  check("job", protocol.lease_job);
  for (const std::string& column : protocol.lease_token) check("token", column);
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
      const auto with = run.with.find(parameter);
      const auto alias = protocol_.names.find(parameter);
      const Source named{Source::Kind::name, parameter, {}};
      const Source& source = with != run.with.end()           ? with->second
                             : alias != protocol_.names.end() ? alias->second
                                                              : named;
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
    if (type == kTimestamp) check_zone(column);
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

}  // namespace fencepost
