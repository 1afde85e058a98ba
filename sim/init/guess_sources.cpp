// Where the value of each parameter comes from.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sim/init/guess_parts.hpp"
#include "sim/init/guess_words.hpp"
#include "sim/text/error.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

/// A length as a constant that its parameter takes.
std::string length_text(Duration length, Duration unit) {
  if (unit <= 0us) return to_text(length);
  return std::to_string(std::max<std::int64_t>(1, length / unit));
}

/// Some value of a type; no statement looks at it.
std::string any_value(const std::string& type) {
  if (type.starts_with("json")) return "{}";
  if (type == "uuid") return "00000000-0000-0000-0000-000000000001";
  if (type == "bool") return "true";
  if (is_number(type)) return "1";
  if (type == "interval") return "1 s";
  if (type == "date" || type.starts_with("timestamp")) return "2027-01-15 08:00:00+00";
  return "default";
}

/// The sources of one statement.
class Sources {
 public:
  Sources(const Guessing& all, const InitStatement& statement)
      : all_(all), guess_(all.guess), statement_(statement) {}

  void find() {
    const auto& parameters = statement_.statement.parameters;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      number_ = "$" + std::to_string(i + 1);
      own_ = parameters[i];
      const std::string called = statement_.called(number_);
      called_ = called.starts_with('$') ? called : as_plain_name(called);
      const auto known = statement_.parameters.find(number_);
      place_ = known == statement_.parameters.end() ? ParameterPlace{} : known->second;
      std::string source = in_list(found());
      if (!source.empty() && (source != called || called.starts_with('$')))
        guess_.with[statement_.name()][own_] = source;
    }
  }

 private:
  bool of_table() const { return place_.table == guess_.table || place_.table.empty(); }
  const ColumnDefinition* column() const {
    return all_.files.schema.column(place_.table, place_.column);
  }

  /// What the worker knows by another name, or a constant.
  std::string found() {
    static constexpr std::array<std::string_view, 6> built_in = {"clock", "error", "host",
                                                                 "now",   "tick",  "worker"};
    const std::string& column = place_.column;
    const bool json = place_.cast.starts_with("json") ||
                      (this->column() != nullptr && this->column()->type.starts_with("json"));
    if (json) return other_value();
    const bool number = this->column() != nullptr && guess_.units.contains(column);
    if (std::find(built_in.begin(), built_in.end(), called_) != built_in.end() && !number)
      return called_;
    if (guess_.made.contains(called_)) return called_;
    const ColumnDefinition* labelled = this->column();
    if (labelled != nullptr && !labelled->labels.empty() && of_table() && column == guess_.state)
      return constant(label(labelled->labels), called_.starts_with('$') ? "state" : called_,
                      Value::named);
    if (guess_.constants.contains(called_)) return called_;
    if (statement_.calls.contains("pg_advisory_unlock") && column.empty()) return job();
    if (place_.is_length) return length();
    if (place_.limits || called_ == "limit") return constant("1", "batch");
    if (this->column() != nullptr && this->column()->is_array) return other_value();
    if (of_table() && !column.empty() && column == guess_.owner) return worker();
    if (of_table() && !column.empty() && column == guess_.key) return job();
    const TableDefinition* jobs = all_.files.schema.table(guess_.jobs);
    if (jobs != nullptr && place_.table == guess_.jobs && jobs->primary_key.size() == 1 &&
        jobs->primary_key[0] == column)
      return job();
    for (const Match match : {Match::name, Match::column})
      for (auto name = guess_.claim.rbegin(); name != guess_.claim.rend(); ++name)
        if (const InitStatement* claim = all_.files.find(*name))
          if (const std::string known = returned(*claim, match); !known.empty()) return known;
    if ((place_.column.empty() || !of_table()) && guess_.job == called_) return job();
    if (!of_table() && sounds_like_token(called_) && !guess_.token.empty())
      return guess_.token.back();
    if (sounds_like_owner(called_) && !place_.is_list) return "worker";
    if (this->column() != nullptr && holds_time(*this->column())) return time();
    if (sounds_like_error(called_)) return "error";
    if (this->column() != nullptr && !this->column()->references.empty()) return related();
    return other();
  }
  /// The worker's name, as a number or a uuid where its column is one.
  std::string worker() {
    const ColumnDefinition* known = column();
    const std::string type = known == nullptr ? "" : known->type;
    if (!type.starts_with("int") && type != "uuid") return "worker";
    const std::string name = type == "uuid" ? "worker_uuid" : "worker_number";
    guess_.made[name] = type == "uuid"   ? "md5(@worker::text)::uuid"
                        : type == "int2" ? "abs(hashtext(@worker::text)) % 32768"
                                         : "abs(hashtext(@worker::text))";
    return name;
  }
  std::string job() const { return guess_.job; }
  /// Behind ANY, what is no list yet as the only one of its list.
  std::string in_list(const std::string& source) {
    const auto constant = guess_.constants.find(source);
    const bool is_list = constant != guess_.constants.end() && constant->second.starts_with('{');
    if (!place_.is_list || is_list || source.starts_with('=')) return source;
    if (!is_plain_name(source)) return this->constant("{1}", "list");
    return made_before(source + "_list", fmt::format("ARRAY[@{}::text]", source));
  }
  /// What the worker makes before this statement.
  std::string made_before(std::string name, const std::string& sql) {
    if (const auto known = guess_.lets.find(name);
        known != guess_.lets.end() && known->second != sql)
      name += "_of_" + as_plain_name(statement_.name());
    guess_.lets[name] = sql;
    std::vector<std::string>& before = guess_.before[statement_.name()];
    if (std::find(before.begin(), before.end(), name) == before.end()) before.push_back(name);
    return name;
  }
  enum class Match { name, column };
  /// A column that the claim returned before, by its name or as the table's own.
  std::string returned(const InitStatement& claim, Match match) const {
    if (&claim == &statement_ && guess_.claim.front() == claim.name()) return "";
    for (const std::string& name : claim.returned) {
      const auto from = claim.returned_from.find(name);
      const bool own = from != claim.returned_from.end() && from->second == place_.column &&
                       of_table() && !place_.column.empty();
      // What is written anew is not what was read.
      if (place_.assigned && !guess_.made.contains(name)) continue;
      if (match == Match::name ? name == called_ : own) return name;
    }
    return "";
  }
  /// What a claim, a heartbeat or a reaper adds is how long a lease lasts, of which is asked.
  std::string length() {
    const std::string& name = statement_.name();
    const auto& reapers = guess_.reapers;
    const bool own = all_.claims(statement_) || name == guess_.heartbeat ||
                     std::find(reapers.begin(), reapers.end(), name) != reapers.end();
    return own ? constant(length_text(guess_.lease > 0us ? guess_.lease : 30s, place_.unit),
                          "lease", Value::named)
               : constant(length_text(30s, place_.unit), "wait");
  }
  /// By the worker's clock: the time, or when its lease will be over.
  std::string time() {
    const std::string& column = place_.column;
    const auto unit = guess_.units.find(column);
    const bool grants = all_.claims(statement_) || statement_.name() == guess_.heartbeat;
    const bool ends = place_.assigned && column == guess_.lease_until && grants;
    const bool rests = place_.assigned && column == guess_.ready_at && !all_.claims(statement_);
    // Since when it must have been somebody's, to be anybody's again.
    const bool since =
        !place_.assigned && !place_.is_now && guess_.lease_until.empty() && column == guess_.since;
    const bool now = place_.is_now && column == guess_.lease_until;
    const bool begins = place_.assigned && column == guess_.since && grants;
    guess_.ends_by_client = guess_.ends_by_client || ends || now || begins;
    if (!ends && !rests && !since && unit == guess_.units.end()) return "now";
    std::string when = "@now::timestamptz";
    if (ends) when += fmt::format(" + interval '{}'", to_text(guess_.lease));
    if (since) when += fmt::format(" - interval '{}'", to_text(guess_.lease));
    if (rests) when += fmt::format(" + @{}::interval", constant_called("wait", "30 s"));
    const std::string sql = time_as_number(when, unit == guess_.units.end() ? 0us : unit->second);
    return made_before(called_.starts_with('$') || called_ == "now" ? "client_time" : called_, sql);
  }
  /// A foreign key's value: the job, where it is the job's table.
  std::string related() const {
    return this->column()->references == guess_.table ? guess_.job : other_value();
  }
  std::string other() {
    const bool plain = !called_.starts_with('$');
    return constant(other_value().substr(1), plain ? called_ : "value",
                    is_only_written() ? Value::named : Value::invented);
  }
  /// Into a column that no statement looks at: any value will do.
  bool is_only_written() const {
    return place_.assigned &&
           std::none_of(all_.files.statements.begin(), all_.files.statements.end(),
                        [&](const InitStatement& each) {
                          const TableUse* use = each.use(place_.table);
                          return use != nullptr && !use->tests_of(place_.column).empty();
                        });
  }
  std::string other_value() const {
    const ColumnDefinition* known = column();
    std::string type = !place_.cast.empty() ? place_.cast : known == nullptr ? "" : known->type;
    if (known != nullptr && !known->labels.empty()) return "=" + label(known->labels);
    if (place_.is_number && type.empty()) return "=1";
    if (place_.is_list || (known != nullptr && known->is_array))
      return "={" + any_value(type) + "}";
    return "=" + any_value(type);
  }
  /// Which of a column's labels a statement means, by the part that it has.
  std::string label(const std::vector<std::string>& labels) const {
    const std::string& name = statement_.name();
    JobState state = place_.assigned ? JobState::ready : JobState::owned;
    if (all_.claims(statement_)) state = place_.assigned ? JobState::owned : JobState::ready;
    // A claim asks for what is free, and then for what somebody has had for too long.
    if (all_.claims(statement_) && !place_.assigned && !is_first_test()) state = JobState::owned;
    if (place_.assigned && name == guess_.succeed) state = JobState::succeeded;
    if (place_.assigned && name == guess_.fail) state = JobState::failed;
    for (const std::string& each : labels)
      if (state_by_name(each) == state) return each;
    return labels.front();
  }
  bool is_first_test() const {
    const TableUse* use = statement_.use(place_.table);
    const auto tests =
        use == nullptr ? std::vector<const ColumnTest*>() : use->tests_of(place_.column);
    return tests.empty() || tests.front()->parameter == number_;
  }
  /// A constant of that value, under its own name where it has one.
  enum class Value {
    named,  ///< it is right, or it is asked for elsewhere
    invented
  };
  std::string constant(const std::string& value, const std::string& name,
                       Value from = Value::invented) {
    return constant_called(called_.starts_with('$') ? name : called_, value, from);
  }
  std::string constant_called(const std::string& called, std::string value,
                              Value from = Value::invented) {
    for (const auto& [constant, said] : all_.pairs_answered("constants"))
      if (constant == called) value = said;
    const auto [place, is_new] = guess_.constants.emplace(called, value);
    if (is_new && from == Value::invented) guess_.invented.push_back(called);
    return is_new || place->second == value ? called : "=" + value;
  }

  const Guessing& all_;
  QueueGuess& guess_;
  const InitStatement& statement_;
  std::string number_, own_, called_;
  ParameterPlace place_;
};

/// What whole numbers count that are times.
void guess_units(const Guessing& all) {
  QueueGuess& guess = all.guess;
  if (all.table() == nullptr) return;
  const std::string said = all.answer("unit");
  const auto unit = said.empty() ? std::optional<Duration>(1s) : duration_from_text(said);
  if (!unit || (*unit != 1s && *unit != 1ms && *unit != 1us))
    throw InputError(
        fmt::format("a whole number can't count {} here; write 1s, 1ms or 1us", in_quotes(said)));
  std::vector<std::string> unknown;
  for (const ColumnDefinition& column : all.table()->columns) {
    const Duration counts = counted_in(all.files, guess.table, column.name);
    const std::string& name = column.name;
    const bool used = name == guess.lease_until || name == guess.since || name == guess.ready_at;
    if (!column.type.starts_with("int") || (!used && !holds_time(column))) continue;
    guess.units[name] = counts > 0us ? counts : *unit;
    if (used && counts <= 0us) unknown.push_back(name);
  }
  if (!unknown.empty())
    all.suppose("unit", to_text(*unit),
                fmt::format("{} {} no time but a number", listed(unknown),
                            unknown.size() == 1 ? "holds" : "hold"),
                "what does that number count since 1970 (1s, 1ms, 1us)?");
}

/// What was put in for values that only the application's code knows.
void tell_invented(const Guessing& all) {
  const std::vector<std::string>& invented = all.guess.invented;
  std::string value;
  for (const std::string& name : invented)
    value +=
        fmt::format("{}{} = {}", value.empty() ? "" : ", ", name, all.guess.constants.at(name));
  for (const auto& [name, said] : all.pairs_answered("constants"))
    if (std::find(invented.begin(), invented.end(), name) == invented.end())
      throw InputError(fmt::format("{} names no constant that was made up here; write it as {}",
                                   in_quotes(name), in_quotes(value)));
  if (!invented.empty())
    all.suppose("constants", value, "made up: no SQL says what is passed",
                "what does your code pass for each of these?");
}

}  // namespace

void guess_sources(const Guessing& all) {
  guess_units(all);
  std::vector<std::string> run = all.guess.claim;
  for (const std::string& name : {all.guess.heartbeat, all.guess.succeed, all.guess.marks_job,
                                  all.guess.fail, all.guess.release})
    if (!name.empty()) run.push_back(name);
  run.insert(run.end(), all.guess.during.begin(), all.guess.during.end());
  run.insert(run.end(), all.guess.reapers.begin(), all.guess.reapers.end());
  for (const std::string& name : run)
    if (const InitStatement* statement = all.files.find(name)) Sources(all, *statement).find();
  tell_invented(all);
}

}  // namespace fencepost
