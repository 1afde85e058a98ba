#include "sim/search/history_json.hpp"

#include <fmt/format.h>

#include "sim/text/json.hpp"

namespace fencepost {
namespace {

/// A JSON object on one line; what is not there, or as it usually is, is left out.
class Row {
 public:
  void add(std::string_view key, const std::string& json) {
    text_ += fmt::format("{}\"{}\": {}", text_.empty() ? "" : ", ", key, json);
  }
  void add_text(std::string_view key, const std::string& text) {
    if (!text.empty()) add(key, json_exact(text));
  }
  void add_number(std::string_view key, std::int64_t number) {
    if (number != 0) add(key, std::to_string(number));
  }
  void add_true(std::string_view key, bool truth) {
    if (truth) add(key, "true");
  }
  void add_length(std::string_view key, Duration length) {
    if (length != 0us) add(key, length_json(length));
  }
  /// Here an empty text, a 0 and the start are values too.
  template <typename T>
  void add_known(std::string_view key, const std::optional<T>& value) {
    if (!value) return;
    if constexpr (std::is_same_v<T, std::string>)
      add(key, json_exact(*value));
    else if constexpr (std::is_same_v<T, std::int64_t>)
      add(key, std::to_string(*value));
    else
      add(key, instant_json(*value));
  }
  std::string object() const { return "{" + text_ + "}"; }

 private:
  std::string text_;
};

std::string quoted(std::string_view word) { return "\"" + std::string(word) + "\""; }

template <typename Values, typename Show>
std::string list_of(const Values& values, Show show) {
  std::string text;
  for (const auto& value : values) text += (text.empty() ? "" : ", ") + show(value);
  return "[" + text + "]";
}

/// As list_of, with each value on a line of its own.
template <typename Values, typename Show>
std::string lines_of(const Values& values, std::string_view indent, Show show) {
  std::string text;
  for (const auto& value : values)
    text += fmt::format("{}\n{}  {}", text.empty() ? "" : ",", indent, show(value));
  return text.empty() ? "[]" : fmt::format("[{}\n{}]", text, indent);
}

// The bindings below name every field, so that a new one does not compile until it is written here.
std::string json_of(const JobRecord& record) {
  const auto& [state, token, owner, lease_until, ready_at, progress, cursor, attempts, group, cap] =
      record;
  Row row;
  row.add("state", quoted(to_text(state)));
  row.add_known("token", token);
  row.add_known("owner", owner);
  row.add_known("lease_until", lease_until);
  row.add_known("ready_at", ready_at);
  row.add_known("progress", progress);
  row.add_known("cursor", cursor);
  row.add_known("attempts", attempts);
  row.add_known("group", group);
  row.add_known("cap", cap);
  return row.object();
}

std::string json_of(const Bound& bound) {
  return fmt::format("[{}, {}]", json_exact(bound.parameter),
                     bound.value ? json_exact(*bound.value) : "null");
}

std::string json_of(const Event& event) {
  const auto& [kind, step, at, server_ahead, worker, session, operation, statement, bound, job,
               attempt, before, after, fault, lasts, item, count_before, count_after, claims,
               committed, result, sqlstate, boundary, note] = event;
  Row row;
  row.add("step", std::to_string(step));
  row.add("at", instant_json(at));
  row.add("kind", quoted(to_text(kind)));
  row.add_length("server_ahead", server_ahead);
  row.add_text("worker", worker.text);
  row.add_text("session", session.text);
  row.add_text("operation", operation);
  row.add_text("statement", statement);
  if (!bound.empty())
    row.add("bound", list_of(bound, [](const Bound& each) { return json_of(each); }));
  row.add_text("job", job.text);
  row.add_number("attempt", attempt.number);
  if (before) row.add("before", json_of(*before));
  if (after) row.add("after", json_of(*after));
  if (fault) row.add("fault", quoted(to_text(*fault)));
  row.add_length("lasts", lasts);
  row.add_text("item", item.text);
  row.add_known("count_before", count_before);
  row.add_number("count_after", count_after);
  row.add_true("claims", claims);
  row.add_true("committed", committed);
  row.add_text("result", result);
  row.add_text("sqlstate", sqlstate);
  row.add_text("boundary", boundary);
  row.add_text("note", note);
  return row.object();
}

template <typename Names>
std::string texts(const Names& names) {
  return list_of(names, [](const std::string& name) { return json_exact(name); });
}

/// All of it, one line each: it is short, and says what the verdict depends on.
std::string json_of(const Declared& declared) {
  const auto& [protocol, lease_kind, token_order, absent, lease, poll, freed_within, max_attempts,
               columns, observes_applied, applied_once, strict, notices_within, claim_limit,
               operators, never, anyway] = declared;
  static constexpr std::string_view kinds[] = {"row", "session", "transaction", "none"};
  static constexpr std::string_view orders[] = {"unique", "increasing"};
  static constexpr std::string_view absents[] = {"lost", "ready", "succeeded"};
  std::string text;
  const auto add = [&](std::string_view key, const std::string& json) {
    text += fmt::format("{}\n      \"{}\": {}", text.empty() ? "" : ",", key, json);
  };
  add("protocol", json_exact(protocol));
  add("lease_kind", quoted(kinds[static_cast<std::size_t>(lease_kind)]));
  add("token_order", quoted(orders[static_cast<std::size_t>(token_order)]));
  add("absent", quoted(absents[static_cast<std::size_t>(absent)]));
  add("lease", length_json(lease));
  add("poll", length_json(poll));
  if (freed_within) add("freed_within", length_json(*freed_within));
  if (max_attempts) add("max_attempts", std::to_string(*max_attempts));
  add("columns", texts(columns));
  add("observes_applied", observes_applied ? "true" : "false");
  if (applied_once) add("applied_once", "true");
  if (strict) add("strict", "true");
  if (notices_within) add("notices_within", length_json(*notices_within));
  if (claim_limit) add("claim_limit", std::to_string(*claim_limit));
  if (!operators.empty()) add("operators", texts(operators));
  if (!never.empty()) add("never", texts(never));
  if (!anyway.empty()) add("anyway", texts(anyway));
  return "{" + text + "\n    }";
}

std::vector<std::string> lines_in(const std::string& text) {
  std::vector<std::string> lines(1);
  for (const char c : text) {
    if (c == '\n')
      lines.emplace_back();
    else
      lines.back() += c;
  }
  return lines;
}

std::string json_of(const SqlSource& source) {
  return fmt::format("{{\"statement\": {}, \"where\": {}, \"text\": {}}}",
                     json_exact(source.statement), json_exact(source.where),
                     lines_of(lines_in(source.text), "      ",
                              [](const std::string& line) { return json_exact(line); }));
}

}  // namespace

std::string to_json(const Violation& violation) {
  const auto& [part, step, at, job, attempt, sentence] = violation;
  Row row;
  row.add_text("part", part);
  row.add("step", std::to_string(step));
  row.add("at", instant_json(at));
  row.add_text("job", job.text);
  row.add_number("attempt", attempt.number);
  row.add("sentence", json_exact(sentence));
  return row.object();
}

std::string to_json(const Told& told) {
  std::string text = "{\n";
  text += fmt::format("    \"violation\": {},\n", to_json(told.violation));
  text += fmt::format("    \"story\": {},\n", json_exact(told.story));
  text += fmt::format("    \"declared\": {},\n", json_of(told.history.declared));
  text += fmt::format("    \"token\": {{\"columns\": {}, \"parameters\": {}}},\n",
                      texts(told.token.columns), texts(told.token.parameters));
  text += fmt::format(
      "    \"sources\": {},\n",
      lines_of(told.sources, "    ", [](const SqlSource& source) { return json_of(source); }));
  text += fmt::format(
      "    \"events\": {}\n  }}",
      lines_of(told.history.events, "    ", [](const Event& event) { return json_of(event); }));
  return text;
}

}  // namespace fencepost
