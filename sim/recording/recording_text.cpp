// A recording as text.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdlib>
#include <map>

#include "sim/recording/record.hpp"
#include "sql/sql_text.hpp"

namespace fencepost {
namespace {

/// Where a parameter's value seems to come from; empty: nobody knows.
std::string source_of(const RecordedParameter& parameter) {
  if (!parameter.sources.empty()) return fmt::format("{}", fmt::join(parameter.sources, ", or "));
  return "";
}

std::string values_of(const RecordedParameter& parameter) {
  return fmt::format("{}", fmt::join(parameter.values, ", "));
}

std::string statement_text(const RecordedStatement& statement) {
  std::string text =
      fmt::format("  {:<28} {}\n", statement.name,
                  statement.times == 1 ? "once" : fmt::format("{} times", statement.times));
  for (std::size_t i = 0; i < statement.parameters.size(); ++i) {
    const RecordedParameter& parameter = statement.parameters[i];
    const std::string source = source_of(parameter);
    const std::string_view was = parameter.is_constant(statement.times) ? "always" : "? was";
    text += fmt::format("    ${:<3} {}\n", i + 1,
                        source.empty() ? fmt::format("{} {}", was, values_of(parameter)) : source);
  }
  for (const std::string& each : statement.errors) text += fmt::format("    ERROR {}\n", each);
  return text;
}

std::string constant(const std::string& value) {
  return value == "null" ? "NULL" : as_literal(value);
}

/// The statement with its constants in it, and its other parameters numbered anew.
std::string with_constants(const RecordedStatement& statement) {
  std::map<std::size_t, std::string> written;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < statement.parameters.size(); ++i) {
    const RecordedParameter& parameter = statement.parameters[i];
    written[i + 1] = parameter.is_constant(statement.times) ? constant(*parameter.values.begin())
                                                            : fmt::format("${}", ++kept);
  }
  std::string text;
  for (const SqlPart& part : sql_parts(statement.sql)) {
    const bool numbered = part.kind == SqlKind::parameter && part.text.starts_with('$');
    const auto found =
        numbered ? written.find(std::strtoul(std::string(part.text.substr(1)).c_str(), nullptr, 10))
                 : written.end();
    text += found != written.end() ? found->second : std::string(part.text);
  }
  return std::string(trimmed(text));
}

std::string seconds(Duration length) {
  return fmt::format("{}.{:06} s", length.count() / 1'000'000, length.count() % 1'000'000);
}

}  // namespace

std::string recorded_statements(const Recording& recording) {
  std::string text =
      "-- What the worker sent, in the order in which it first did. A parameter that was always "
      "the same is "
      "in the text.\n";
  for (const RecordedStatement& each : recording.recorder.statements()) {
    const std::string sql = with_constants(each);
    text +=
        fmt::format("\n-- name: {} {}\n{}{}\n", each.name,
                    each.returns_rows ? ":many" : ":execrows", sql, sql.ends_with(';') ? "" : ";");
  }
  return text;
}

std::string recorded_schema(const Recording& recording) {
  std::string text;
  for (const std::string& each : recording.recorder.definitions())
    text += std::string(trimmed(each)) + ";\n\n";
  return text;
}

std::string recording_text(const Recording& recording) {
  const auto& statements = recording.recorder.statements();
  std::string text = fmt::format(
      "the worker ran {} statement{} in {} of simulated time, {}\n", statements.size(),
      statements.size() == 1 ? "" : "s", seconds(recording.lasted),
      recording.status    ? fmt::format("and ended with status {}", *recording.status)
      : recording.is_idle ? "and was idle then: three rounds were alike, and changed nothing"
                          : "and was not idle by then");
  for (const RecordedStatement& each : statements) text += statement_text(each);
  text += "in these rounds, between which it waited:\n";
  for (const auto& [round, times] : recording.recorder.rounds())
    text += fmt::format("  {}{}\n", round, times == 1 ? "" : fmt::format("  ({} times)", times));
  for (const std::string& each : recording.strange) text += fmt::format("note: {}\n", each);
  if (recording.status.value_or(0) != 0 && !recording.printed.empty())
    text += fmt::format("it printed this last:\n{}\n", trimmed(recording.printed));
  return text;
}

}  // namespace fencepost
