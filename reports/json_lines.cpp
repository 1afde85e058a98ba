// A check for other programs: one JSON object on each line.
#include <fmt/format.h>

#include "reports/culprit.hpp"
#include "reports/escaped.hpp"
#include "reports/forms.hpp"

namespace fencepost {
namespace {

class Line {
 public:
  explicit Line(std::string_view kind) {
    add("schema", 1);
    add("kind", kind);
  }
  void add(std::string_view key, std::string_view text) { put(key, json_quoted(text)); }
  template <typename Number>
  requires std::is_integral_v<Number>
  void add(std::string_view key, Number number) {
    if constexpr (std::is_same_v<Number, bool>)
      put(key, number ? "true" : "false");
    else
      put(key, std::to_string(number));
  }
  void add(std::string_view key, const std::vector<std::string>& texts) {
    std::string list;
    for (const std::string& text : texts) list += (list.empty() ? "" : ", ") + json_quoted(text);
    put(key, "[" + list + "]");
  }
  std::string finish() const { return "{" + text_ + "}\n"; }

 private:
  void put(std::string_view key, const std::string& json) {
    text_ += fmt::format("{}\"{}\": {}", text_.empty() ? "" : ", ", key, json);
  }
  std::string text_;
};

/// What was found there, as far as it is known: what was promised is not shrunk or saved.
void add_violation(Line& line, const VerdictRow& row, const std::string& folder) {
  line.add("violates", row.names);
  line.add("histories_violated", row.violated);
  line.add("seed", row.seed);
  line.add("digest", row.failure == nullptr ? "" : std::string_view(row.failure->digest));
  line.add("step", row.step);
  line.add("story", row.failure == nullptr ? row.sentence : row.failure->told.story);
  const auto culprit = row.failure == nullptr ? std::nullopt : culprit_of(row.failure->told);
  line.add("sql", culprit ? to_text(*culprit) : "");
  const FailureReport* nearest = row.nearest();
  const bool has_page = nearest != nullptr && !nearest->page.empty();
  line.add("report", !has_page        ? ""
                     : folder.empty() ? nearest->page
                                      : folder + "/" + nearest->page);
  line.add("replay", row.replay);
}

}  // namespace

std::string json_lines(const CheckReport& report, const std::string& folder) {
  std::string text;
  for (const VerdictRow& row : verdict_rows(report)) {
    Line line("verdict");
    line.add("protocol", row.protocol->name);
    line.add("scenario", row.scenario);
    line.add("property", row.property);
    line.add("verdict", to_text(row.verdict));
    if (row.protocol->promise.as_expected) {
      const bool promised = row.scenario == "*";
      const bool violated = row.verdict == RowVerdict::violated;
      line.add("expected", promised || (violated && !row.surprise) ? "violated" : "holds");
    }
    line.add("histories", row.histories);
    line.add("judged", row.judged);
    line.add("planned", row.planned);
    if (!row.excused_by.empty()) line.add("excused_by", row.excused_by);
    if (!row.why.empty()) line.add("why", row.why);
    if (row.verdict == RowVerdict::violated) add_violation(line, row, folder);
    text += line.finish();
  }
  for (const ProtocolReport& protocol : report.protocols)
    for (const SavedNote& saved : protocol.saved) {
      Line line("saved");
      line.add("protocol", protocol.name);
      line.add("scenario", saved.scenario);
      line.add("property", saved.property);
      line.add("file", saved.file);
      line.add("outcome", to_text(saved.came));
      line.add("expected", !saved.surprise);
      line.add("why", saved.says);
      text += line.finish();
    }
  for (const ProtocolReport& protocol : report.protocols)
    for (const TrapNote& trap : protocol.traps) {
      Line line("trap");
      line.add("protocol", protocol.name);
      line.add("trap", trap.rule);
      line.add("sql", trap.where);
      line.add("why", trap.says);
      line.add("property", trap.violates);
      text += line.finish();
    }
  if (!report.trouble.empty()) {
    Line line("trouble");
    line.add("why", report.trouble);
    text += line.finish();
  }
  return text;
}

}  // namespace fencepost
