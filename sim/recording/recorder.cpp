#include "sim/recording/recorder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "sql/sql_statements.hpp"
#include "sql/sql_text.hpp"

namespace fencepost {
namespace {

constexpr std::size_t kMostValues = 4;

/// What says nothing of a queue: it is told in its place, and is none of the statements.
bool is_of_the_session(const SqlStatement& statement) {
  for (const char* word :
       {"begin", "start", "commit", "end", "rollback", "abort", "savepoint", "release", "set",
        "reset", "show", "discard", "deallocate", "listen", "unlisten", "close", "prepare"})
    if (statement.begins({word})) return true;
  return false;
}

bool is_definition(const SqlStatement& statement) {
  for (const char* word : {"create", "alter", "drop", "comment", "grant", "revoke", "truncate"})
    if (statement.begins({word})) return true;
  return false;
}

/// What a value holds: itself, or the elements of an array, {a,"b c"}.
std::vector<std::string> elements_of(const std::string& value) {
  if (value.size() < 3 || value.front() != '{' || value.back() != '}') return {value};
  std::vector<std::string> elements(1);
  bool quoted = false;
  for (const char c : value.substr(1, value.size() - 2))
    if (c == '"')
      quoted = !quoted;
    else if (c == ',' && !quoted)
      elements.emplace_back();
    else
      elements.back() += c;
  return elements;
}

/// "update_jobs" for UPDATE public.jobs SET …: what it does first, and to what.
std::string name_for(std::string_view sql) {
  const SqlParts parts = sql_parts(sql);
  std::string verb, before;
  for (std::size_t i = next_that_counts(parts, 0); i < parts.size();
       i = next_that_counts(parts, i + 1)) {
    const std::string word = folded(parts[i].text);
    const bool does = word == "select" || word == "insert" || word == "update" || word == "delete";
    const bool names = before == "from" || before == "into" || before == "update" || before == ".";
    if (names && parts[i].kind == SqlKind::word && word != "only" && word != "select") {
      const std::size_t next = next_that_counts(parts, i + 1);
      std::string name = verb + "_" + word;
      std::erase(name, '"');
      if (next >= parts.size() || parts[next].text != ".") return name;
    }
    // insert_job is what fencepost itself calls how a job comes in.
    if (does && verb.empty()) verb = word == "insert" ? "insert_into" : word;
    before = word;
  }
  return verb.empty() ? "statement" : verb;
}

/// As it is told in a round.
std::string first_words(const SqlStatement& statement) {
  std::string text(statement.text);
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c == '\n' || c == '\t' ? ' ' : c; });
  std::size_t end = std::min<std::size_t>(text.size(), 40);
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

}  // namespace

RecordedStatement& Recorder::recorded(const std::string& sql) {
  const auto found = std::find_if(statements_.begin(), statements_.end(),
                                  [&](const RecordedStatement& each) { return each.sql == sql; });
  if (found != statements_.end()) return *found;
  std::string name = name_for(sql);
  if (const int before = names_[name]++; before > 0) name += fmt::format("_{}", before + 1);
  return statements_.emplace_back(RecordedStatement{name, sql, 0, false, {}, {}});
}

void Recorder::look_for_sources(RecordedStatement& statement,
                                const std::vector<std::string>& values) {
  const bool first = statement.times == 0;
  statement.parameters.resize(std::max(statement.parameters.size(), values.size()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    RecordedParameter& parameter = statement.parameters[i];
    std::set<std::string> now;
    const std::vector<std::string> elements = elements_of(values[i]);
    for (const auto& [source, answered] : answers_)
      if (std::all_of(elements.begin(), elements.end(),
                      [&](const std::string& each) { return answered.contains(each); }))
        now.insert(source);
    std::set<std::string> always;
    std::set_intersection(parameter.sources.begin(), parameter.sources.end(), now.begin(),
                          now.end(), std::inserter(always, always.end()));
    parameter.sources = first ? now : always;
    if (parameter.values.size() < kMostValues) parameter.values.insert(values[i]);
  }
}

void Recorder::sent(int session, const std::vector<SentStatement>& statements) {
  running_[session].clear();
  for (const SentStatement& each : statements)
    for (const SqlStatement& part : sql_statements(each.sql)) {
      std::string told = first_words(part);
      if (is_definition(part)) {
        definitions_.emplace_back(part.text);
      } else if (!is_of_the_session(part)) {
        RecordedStatement& statement = recorded(std::string(part.text));
        look_for_sources(statement, each.values);
        ++statement.times;
        told = running_[session] = statement.name;
      }
      round_ += (round_.empty() ? "" : ", ") + told;
    }
}

void Recorder::answered(int session, const ServerAnswer& answer) {
  const std::string name = running_[session];
  for (RecordedStatement& each : statements_) {
    if (each.name != name) continue;
    each.returns_rows = each.returns_rows || !answer.values.empty();
    if (!answer.error.empty()) each.errors.insert(answer.error);
  }
  if (name.empty()) return;
  std::set<std::string> replaced;
  for (const auto& [column, value] : answer.values) {
    const std::string source = fmt::format("{} of {}", column, name);
    if (replaced.insert(source).second) answers_[source].clear();
    if (value != "null") answers_[source].insert(value);
  }
}

bool Recorder::end_round(bool wrote) {
  if (round_.empty()) return equal_ >= 2;
  const bool same = !rounds_.empty() && rounds_.back().first == round_;
  equal_ = same && !wrote ? equal_ + 1 : 0;
  if (same)
    ++rounds_.back().second;
  else
    rounds_.emplace_back(round_, 1);
  round_.clear();
  return equal_ >= 2;
}

}  // namespace fencepost
