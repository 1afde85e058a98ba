// A whole check as one page.
#include <fmt/format.h>

#include <map>
#include <set>

#include "reports/check_report.hpp"
#include "reports/culprit.hpp"
#include "reports/escaped.hpp"
#include "reports/plain_times.hpp"

namespace fencepost {
namespace {

constexpr std::string_view kStyle = R"(
:root { color-scheme: light dark; --line: #d0d4da; --dim: #59616c; --red: #b3261e; --green: #1a7f37;
  --amber: #8a5a00; --paper: #fff; --ink: #1b1f24; --soft: #f4f5f7; }
@media (prefers-color-scheme: dark) { :root { --line: #3a4048; --dim: #a0a8b3; --red: #ff8a80;
  --green: #6fdd8b; --amber: #f0b95a; --paper: #14171a; --ink: #e8eaed; --soft: #1f2429; } }
body { margin: 0 auto; max-width: 90rem; padding: 1.5rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
h1, h2, h3 { line-height: 1.25; overflow-wrap: anywhere; }
p { max-width: 70rem; overflow-wrap: anywhere; }
a { color: inherit; }
a:focus-visible, .wide:focus-visible, summary:focus-visible { outline: 2px solid; outline-offset: 2px; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.9rem; }
th, td { border: 1px solid var(--line); padding: 0.3rem 0.55rem; text-align: left; vertical-align: bottom; }
thead th span { writing-mode: vertical-rl; transform: rotate(180deg); white-space: nowrap; }
td.verdict { text-align: center; }
td.count { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
svg.icon { width: 1.1em; height: 1.1em; vertical-align: -0.15em; fill: none; stroke: currentColor;
  stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
.violated { color: var(--red); } .holds { color: var(--green); } .vacuous { color: var(--amber); }
.quiet { color: var(--dim); }
.failure { border-left: 4px solid var(--red); background: var(--soft); padding: 0.1rem 1rem; margin: 1rem 0; }
pre { overflow-x: auto; background: var(--soft); padding: 0.6rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
ul.legend { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: 0.3rem 1.5rem; }
)";

/// How a cell looks: each verdict has its own shape and word, so that colour is only a help.
struct Look {
  std::string_view id;
  std::string_view style;
  std::string_view word;
  std::string_view path;
};
constexpr Look kHolds = {"i-holds", "holds", "holds", "M3 9l4 4 7-9"};
constexpr Look kViolated = {"i-violated", "violated", "violated", "M3 3l11 11M14 3L3 14"};
constexpr Look kExpected = {"i-expected", "quiet", "violated, as expected",
                            "M1 1h15v15H1zM5 5l7 7M12 5l-7 7"};
constexpr Look kVacuous = {"i-vacuous", "vacuous", "vacuous",
                           "M5 5.5a3.5 3.5 0 1 1 5 3.2c-1 .6-1.5 1.1-1.5 2.3M8.500 15v.1"};
constexpr Look kNotJudged = {"i-not-judged", "quiet", "not judged", "M3 8.500h11"};
constexpr Look kNotProved = {"i-not-proved", "vacuous", "not proved", "M2 8.500h4m2 0h1m2 0h4"};
constexpr Look kNotReached = {"i-not-reached", "quiet", "no occasion", "M4 8.500h3m3 0h3"};
constexpr Look kNotApplicable = {"i-not-applicable", "quiet", "not applicable", "M8.500 8.500h.1"};
constexpr const Look* kAllLooks[] = {&kHolds,     &kViolated,  &kExpected,   &kVacuous,
                                     &kNotProved, &kNotJudged, &kNotReached, &kNotApplicable};

const Look& look_of(const VerdictRow& row) {
  switch (row.verdict) {
    case RowVerdict::holds:
      return kHolds;
    case RowVerdict::violated:
      return row.surprise ? kViolated : kExpected;
    case RowVerdict::vacuous:
      return kVacuous;
    case RowVerdict::not_judged:
      return kNotJudged;
    case RowVerdict::not_applicable:
      return kNotApplicable;
    case RowVerdict::not_reached:
      return kNotReached;
    case RowVerdict::not_proved:
      return row.surprise ? kNotProved : kNotJudged;
  }
  return kNotApplicable;
}

const Look& look_of(const SavedNote& saved) {
  if (saved.came == Came::not_judged) return saved.surprise ? kNotProved : kNotJudged;
  if (saved.came == Came::holds_now && !saved.surprise) return kHolds;
  return saved.surprise ? kViolated : kExpected;
}

std::string icon(const Look& look) {
  return fmt::format(
      R"(<svg class="icon {}" aria-hidden="true" viewBox="0 0 17 17"><use href="#{}"/></svg>)",
      look.style, look.id);
}

std::string symbols() {
  std::string text = "<svg aria-hidden=\"true\" width=\"0\" height=\"0\" class=\"hidden\">\n";
  for (const Look* look : kAllLooks)
    text += fmt::format("<symbol id=\"{}\" viewBox=\"0 0 17 17\"><path d=\"{}\"/></symbol>\n",
                        look->id, look->path);
  return text + "</svg>\n";
}

std::string legend() {
  std::string text = "<ul class=\"legend\">\n";
  for (const Look* look : kAllLooks)
    text += fmt::format("<li>{} {}</li>\n", icon(*look), look->word);
  return text + "</ul>\n";
}

std::string cell(const VerdictRow& row) {
  const Look& look = look_of(row);
  std::string says = fmt::format("{} under {}: {}", row.property, row.scenario, look.word);
  if (row.judged > 0) says += fmt::format("; judged in {} of {}", row.judged, row.histories);
  if (!row.why.empty()) says += "; " + row.why;
  std::string inside = icon(look) + fmt::format("<span class=\"hidden\">{}</span>", xml_text(says));
  const FailureReport* nearest = row.nearest();
  if (nearest != nullptr && !nearest->page.empty())
    inside = fmt::format("<a href=\"{}\">{}</a>", xml_attribute(nearest->page), inside);
  return fmt::format("<td class=\"verdict\" title=\"{}\">{}</td>", xml_attribute(says), inside);
}

std::string count_cell(int histories, int planned) {
  return fmt::format("<td class=\"count\">{}</td>",
                     histories < planned ? fmt::format("{} of {}", histories, planned)
                                         : std::to_string(histories));
}

std::string head_cell(std::string_view text) {
  return fmt::format("<th scope=\"col\"><span>{}</span></th>", xml_text(text));
}

std::string verdict_table(const std::vector<VerdictRow>& rows, const ProtocolReport& protocol) {
  std::set<std::string> judged;
  std::map<std::pair<std::string, std::string>, const VerdictRow*> cells;
  std::vector<std::string> scenarios;
  for (const VerdictRow& row : rows) {
    if (row.protocol != &protocol || row.scenario == "*") continue;
    judged.insert(row.property);
    cells[{row.scenario, row.property}] = &row;
    if (scenarios.empty() || scenarios.back() != row.scenario) scenarios.push_back(row.scenario);
  }
  std::string text =
      "<table>\n<thead><tr><th scope=\"col\">scenario</th><th scope=\"col\">histories</th>";
  for (const Property& property : properties())
    if (judged.contains(std::string(property.name))) text += head_cell(property.name);
  text += "</tr></thead>\n<tbody>\n";
  for (const std::string& scenario : scenarios) {
    text += fmt::format("<tr><th scope=\"row\">{}</th>", xml_text(scenario));
    bool counted = false;
    for (const Property& property : properties()) {
      const auto found = cells.find({scenario, std::string(property.name)});
      if (!judged.contains(std::string(property.name))) continue;
      if (!counted && found != cells.end()) {
        text += count_cell(found->second->histories, found->second->planned);
        counted = true;
      }
      text += found == cells.end() ? "<td></td>" : cell(*found->second);
    }
    text += "</tr>\n";
  }
  return text + "</tbody>\n</table>\n";
}

/// How often each situation came about, and how often it must.
std::string reached_table(const ProtocolReport& protocol) {
  std::set<std::string> situations;
  for (const Tally& tally : protocol.tallies)
    for (const auto& [situation, count] : tally.reached) situations.insert(situation);
  if (situations.empty()) return "";
  std::string text = "<table>\n<thead><tr><th scope=\"col\">scenario</th>";
  for (const std::string& situation : situations) text += head_cell(situation);
  text += "</tr></thead>\n<tbody>\n";
  for (const Tally& tally : protocol.tallies) {
    text += fmt::format("<tr><th scope=\"row\">{}</th>", xml_text(tally.scenario));
    const auto demands = protocol.demands.find(tally.scenario);
    for (const std::string& situation : situations) {
      const auto reached = tally.reached.find(situation);
      std::string count = std::to_string(reached == tally.reached.end() ? 0 : reached->second);
      if (demands != protocol.demands.end() && demands->second.contains(situation))
        count += fmt::format(" (at least {})", demands->second.at(situation));
      text += fmt::format("<td class=\"count\">{}</td>", count);
    }
    text += "</tr>\n";
  }
  return text + "</tbody>\n</table>\n";
}

std::string missed_list(const ProtocolReport& protocol) {
  std::string items;
  const ProtocolVerdict& verdict = protocol.verdict;
  for (const std::string& line : vacuous_lines(protocol))
    items += fmt::format("<li>{} {}</li>\n", icon(kVacuous), xml_text(line));
  for (const Unproved& unproved : verdict.unproved)
    items += fmt::format("<li>{} {}</li>\n", icon(kNotProved), xml_text(sentence_of(unproved)));
  for (const SavedNote& saved : protocol.saved)
    items += fmt::format("<li>{} {}</li>\n", icon(look_of(saved)), xml_text(saved.says));
  for (const std::string& line : excuses_of(protocol.tallies))
    items += fmt::format("<li>excused {}</li>\n", xml_text(line));
  for (const Missed& missed : verdict.not_reached_yet)
    items += fmt::format("<li>not finished: {}</li>\n", xml_text(sentence_of(missed)));
  for (const std::string& name : verdict.not_found)
    items += fmt::format("<li>{} [expect] says that {} is violated, but no history did so</li>\n",
                         icon(kViolated), xml_text(name));
  for (const std::string& name : verdict.not_found_yet)
    items += fmt::format("<li>not finished: {} was not found yet, which [expect] declares</li>\n",
                         xml_text(name));
  return items.empty() ? "" : "<ul>\n" + items + "</ul>\n";
}

std::string scrolling(std::string_view label, const std::string& table) {
  return fmt::format("<section class=\"wide\" tabindex=\"0\" aria-label=\"{}\">\n{}</section>\n",
                     xml_attribute(label), table);
}

std::string protocol_section(const std::vector<VerdictRow>& rows, const ProtocolReport& protocol) {
  const std::string& name = protocol.name;
  std::string text =
      fmt::format("<section>\n<h3>{}: {}</h3>\n", xml_text(name), to_text(share_of(protocol)));
  if (!protocol.about.empty()) text += fmt::format("<p>{}</p>\n", xml_text(protocol.about));
  text += missed_list(protocol);
  text += scrolling("verdicts of " + name, verdict_table(rows, protocol));
  std::string traps;
  for (const TrapNote& trap : protocol.traps)
    traps += fmt::format("<li><code>{}</code> {}: {} (violates {})</li>\n", xml_text(trap.where),
                         xml_text(trap.rule), xml_text(trap.says), xml_text(trap.violates));
  if (!traps.empty())
    text +=
        "<details open=\"open\">\n<summary>Known traps in its files, which are no "
        "verdict</summary>\n<ul>\n" +
        traps + "</ul>\n</details>\n";
  const std::string reached = reached_table(protocol);
  if (!reached.empty())
    text += "<details>\n<summary>What was reached, and how often</summary>\n" +
            scrolling("situations of " + name, reached) + "</details>\n";
  return text + "</section>\n";
}

std::string failure_section(const FailureReport& failure) {
  std::string links;
  const auto add = [&](const std::string& where, std::string_view what) {
    if (!where.empty())
      links += fmt::format("{}<a href=\"{}\">{}</a>", links.empty() ? "" : " · ",
                           xml_attribute(where), what);
  };
  add(failure.page, "the whole story with diagram and SQL");
  add(failure.file, "saved run");
  std::string text =
      fmt::format("<div class=\"failure\">\n<h3>{} {} in {} under {}</h3>\n<p>{}</p>\n",
                  icon(kViolated), xml_text(failure.property), xml_text(failure.protocol),
                  xml_text(failure.scenario), xml_text(plain_times(failure.told.story)));
  if (const auto culprit = culprit_of(failure.told))
    text += fmt::format("<p>SQL: {}</p>\n", xml_text(to_text(*culprit)));
  if (!links.empty()) text += fmt::format("<p>{}</p>\n", links);
  return text + fmt::format("<pre>{}</pre>\n</div>\n", xml_text(failure.replay));
}

/// In the order of CheckVerdict.
constexpr const Look* kLookOfCheck[] = {&kViolated, &kVacuous, &kNotJudged, &kHolds};

}  // namespace

std::string summary_page(const CheckReport& report) {
  const std::vector<VerdictRow> rows = verdict_rows(report);
  std::string text = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
      "<title>fencepost: {0}</title>\n<style>{1}</style>\n</head>\n<body>\n{2}<main>\n"
      "<h1>{3} fencepost: {0}</h1>\n<p>{4}, under {5}.</p>\n",
      xml_text(verdict_line(report)), kStyle, symbols(),
      icon(*kLookOfCheck[static_cast<std::size_t>(verdict_of(report))]), to_text(share_of(report)),
      counted(static_cast<std::int64_t>(report.protocols.size()), "protocol"));
  std::string failures;
  for (const ProtocolReport& protocol : report.protocols)
    for (const FailureReport& failure : protocol.failures) failures += failure_section(failure);
  if (!failures.empty()) text += "<h2>Failures</h2>\n" + failures;
  text += "<h2>Verdicts</h2>\n" + legend();
  for (const ProtocolReport& protocol : report.protocols) text += protocol_section(rows, protocol);
  return text + "</main>\n</body>\n</html>\n";
}

}  // namespace fencepost
