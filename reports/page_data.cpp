#include "reports/page_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "reports/escaped.hpp"

namespace fencepost {
namespace {

constexpr std::size_t kLongestValue = 400;
constexpr std::size_t kLeaseField = 3;
constexpr std::array<std::string_view, 10> kFields = {
    "state",    "token",  "owner",    "lease until", "ready at",
    "progress", "cursor", "attempts", "group",       "cap"};

std::string array_of(const std::vector<std::string>& values) {
  std::string text = "[";
  for (const std::string& value : values) text += (text.size() > 1 ? "," : "") + value;
  return text + "]";
}

template <typename T>
std::string json_of(const std::optional<T>& value) {
  if (!value) return "null";
  if constexpr (std::is_same_v<T, std::string>)
    return json_string(shortened(*value, kLongestValue));
  else if constexpr (std::is_same_v<T, Instant>)
    return json_string(to_text(*value));
  else
    return json_string(std::to_string(*value));
}

/// In the order of kFields, without the nulls at its end.
std::string record_json(const JobRecord& record) {
  std::vector<std::string> values = {json_string(to_text(record.state)),
                                     json_of(record.token),
                                     json_of(record.owner),
                                     json_of(record.lease_until),
                                     json_of(record.ready_at),
                                     json_of(record.progress),
                                     json_of(record.cursor),
                                     json_of(record.attempts),
                                     json_of(record.group),
                                     json_of(record.cap)};
  while (values.back() == "null") values.pop_back();
  return array_of(values);
}

/// Gives each name a number, in order of appearance.
class Numbers {
 public:
  std::size_t of(const std::string& name) {
    const auto [found, is_new] = numbers_.emplace(name, names_.size());
    if (is_new) names_.push_back(name);
    return found->second;
  }
  std::string json() const {
    std::vector<std::string> all;
    for (const std::string& name : names_)
      all.push_back(json_string(shortened(name, kLongestValue)));
    return array_of(all);
  }

 private:
  std::map<std::string, std::size_t> numbers_;
  std::vector<std::string> names_;
};

class Data {
 public:
  Data(const FailureReport& report, const Diagram& diagram,
       const std::vector<UsedStatement>& statements)
      : report_(report), statements_(statements) {
    for (const DiagramRow& row : diagram.rows) {
      if (row.shape == Shape::pause) continue;
      if (row.violated) violated_ = rows_.size();
      rows_.push_back(row_json(row));
    }
  }

  std::string json() {
    std::vector<std::string> fields;
    for (const std::string_view field : kFields) fields.push_back(json_string(field));
    std::vector<std::string> used;
    for (const UsedStatement& each : statements_) used.push_back(statement_json(each));
    const std::size_t job = jobs_.of(report_.told.violation.job.text);
    return fmt::format(
        "{{\"v\":{},\"job\":{},\"w\":{},\"j\":{},\"f\":{},\"lease\":{},\n\"q\":{},\n\"r\":{}}}",
        violated_, report_.told.violation.job.empty() ? "-1" : std::to_string(job), workers_.json(),
        jobs_.json(), array_of(fields), kLeaseField, array_of(used), array_of(rows_));
  }

 private:
  std::string statement_json(const UsedStatement& used) const {
    std::vector<std::string> parameters, tokens;
    const auto& token = report_.told.token.parameters;
    for (std::size_t i = 0; i < used.parameters.size(); ++i) {
      parameters.push_back(json_string(used.parameters[i]));
      if (std::find(token.begin(), token.end(), used.parameters[i]) != token.end())
        tokens.push_back(std::to_string(i));
    }
    return fmt::format("{{\"n\":{},\"w\":{},\"p\":{},\"t\":{}}}",
                       json_string(used.source->statement), json_string(used.source->where),
                       array_of(parameters), array_of(tokens));
  }
  std::string row_json(const DiagramRow& row) {
    std::vector<std::string> jobs, owners, beliefs;
    std::string text;
    const auto add = [&](std::string_view name, const std::string& value) {
      text += fmt::format("{}\"{}\":{}", text.empty() ? "" : ",", name, value);
    };
    for (const Event* event : row.events) {
      if (event->kind == EventKind::changed)
        jobs.push_back(fmt::format("[{},{}]", jobs_.of(event->job.text),
                                   event->after ? record_json(*event->after) : "null"));
      if (event->kind == EventKind::granted)
        owners.push_back(fmt::format("[{},{},{}]", jobs_.of(event->job.text),
                                     workers_.of(event->worker.text), event->attempt.number));
      if (event->kind == EventKind::released || event->kind == EventKind::revoked)
        owners.push_back(fmt::format("[{},-1,0]", jobs_.of(event->job.text)));
      if (event->kind == EventKind::believed || event->kind == EventKind::let_go)
        beliefs.push_back(
            fmt::format("[{},{},{}]", workers_.of(event->worker.text), jobs_.of(event->job.text),
                        event->kind == EventKind::let_go ? -1 : event->attempt.number));
      if (event->kind == EventKind::statement) add_statement(*event, add);
    }
    if (!jobs.empty()) add("c", array_of(jobs));
    if (!owners.empty()) add("o", array_of(owners));
    if (!beliefs.empty()) add("h", array_of(beliefs));
    if (row.shape == Shape::lease_ends) add("l", fmt::format("[{}]", jobs_.of(row.on)));
    return text.empty() ? "0" : "{" + text + "}";
  }
  void add_statement(const Event& event,
                     const std::function<void(std::string_view, const std::string&)>& add) const {
    const auto used = std::find_if(
        statements_.begin(), statements_.end(),
        [&](const UsedStatement& each) { return each.source->statement == event.statement; });
    if (used == statements_.end()) return;
    std::vector<std::string> values;
    for (const Bound& bound : event.bound) values.push_back(json_of(bound.value));
    values.resize(std::min(values.size(), used->parameters.size()));
    add("q", std::to_string(used - statements_.begin()));
    if (!values.empty()) add("b", array_of(values));
  }

  const FailureReport& report_;
  const std::vector<UsedStatement>& statements_;
  Numbers workers_, jobs_;
  std::vector<std::string> rows_;
  std::size_t violated_ = 0;
};

}  // namespace

std::vector<UsedStatement> statements_used(const Told& told) {
  std::vector<UsedStatement> used;
  std::set<std::string> known;
  for (const Event& event : told.history.events) {
    if (event.kind != EventKind::statement || !known.insert(event.statement).second) continue;
    const SqlSource* source = find_source(told.sources, event.statement);
    if (source == nullptr) continue;
    std::vector<std::string> parameters;
    for (const Bound& bound : event.bound) parameters.push_back(bound.parameter);
    used.push_back({source, std::move(parameters)});
  }
  return used;
}

std::string page_data(const FailureReport& report, const Diagram& diagram,
                      const std::vector<UsedStatement>& statements) {
  return Data(report, diagram, statements).json();
}

}  // namespace fencepost
