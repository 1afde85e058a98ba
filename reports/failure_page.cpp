#include "reports/failure_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <optional>
#include <string_view>

#include "reports/escaped.hpp"
#include "reports/page_parts.hpp"
#include "reports/svg.hpp"

namespace fencepost {
namespace {

/// Hex digits as Base64 (RFC 4648), which a content security policy wants.
std::string base64_of_hex(std::string_view hex) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  unsigned bits = 0;
  int held = 0;
  for (const char c : hex) {
    bits = bits << 4 | static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
    held += 4;
    if (held < 6) continue;
    held -= 6;
    text += digits[bits >> held & 63U];
    bits &= (1U << held) - 1;
  }
  if (held > 0) text += digits[bits << (6 - held) & 63U];
  while (text.size() % 4 != 0) text += '=';
  return text;
}

std::string head(const FailureReport& report) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n<meta "
      "charset=\"utf-8\"/>\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
      "'none'; style-src 'unsafe-inline'; script-src 'sha256-{}'; base-uri 'none'; form-action "
      "'none'\"/>\n<meta name=\"viewport\" content=\"width=device-width, "
      "initial-scale=1\"/>\n<title>✗ {} · {}</title>\n<style>{}{}</style>\n</head>\n<body>\n<a "
      "class=\"skip\" href=\"#happened\">To what happened</a>\n",
      base64_of_hex(page_script_sha256()), escaped(report.property), escaped(report.protocol),
      page_style(), graph_style());
}

constexpr std::size_t kLongestValue = 400;
constexpr std::size_t kLeaseField = 3;
constexpr std::array<std::string_view, 10> kFields = {
    "state",    "token",  "owner",    "lease until", "ready at",
    "progress", "cursor", "attempts", "group",       "cap"};

std::string joined(const std::vector<std::string>& values) {
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
  return joined(values);
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
    return joined(all);
  }

 private:
  std::map<std::string, std::size_t> numbers_;
  std::vector<std::string> names_;
};

/// What the page's script needs to know of the history beyond what its rows say, as one JSON object
/// that can stand inside a script element: the violated row (v), workers (w), jobs (j), the
/// violated job (job), the names of a record's fields (f) and which is the lease's end (lease),
/// statements (q: name n, where w, parameters p, which are the token's t), and for each row that is
/// no pause what changed (r): statement q and bound values b, jobs c, owners o, beliefs h, ended
/// leases l. 0 where nothing did.
class Data {
 public:
  Data(const FailureReport& report, const Diagram& diagram,
       const std::vector<UsedStatement>& statements)
      : report_(report), statements_(statements) {
    for (const Row& row : diagram.rows) {
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
        jobs_.json(), joined(fields), kLeaseField, joined(used), joined(rows_));
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
                       joined(parameters), joined(tokens));
  }
  std::string row_json(const Row& row) {
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
    if (!jobs.empty()) add("c", joined(jobs));
    if (!owners.empty()) add("o", joined(owners));
    if (!beliefs.empty()) add("h", joined(beliefs));
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
    if (!values.empty()) add("b", joined(values));
  }

  const FailureReport& report_;
  const std::vector<UsedStatement>& statements_;
  Numbers workers_, jobs_;
  std::vector<std::string> rows_;
  std::size_t violated_ = 0;
};

}  // namespace

std::string failure_page(const FailureReport& report) {
  const Diagram diagram = diagram_of(report.told.history, report.told.violation);
  const std::vector<UsedStatement> statements = statements_used(report.told);
  std::string page = head(report);
  page += page_header(report, culprit_of(report.told));
  page += "<main class=\"alone\">\n" + page_timeline(report, diagram) + page_panel() + "</main>\n";
  page += page_sources(statements) + page_footer(report);
  page +=
      fmt::format("<script type=\"application/json\" id=\"run\">{}</script>\n<script>{}</script>\n",
                  Data(report, diagram, statements).json(), page_script());
  return page + "</body>\n</html>\n";
}

}  // namespace fencepost
