// `list` and `explain`: what there is, and what it means.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <sstream>

#include "model/properties/property.hpp"
#include "model/situation.hpp"
#include "reports/escaped.hpp"
#include "sim/cli/command_line.hpp"
#include "sim/cli/glossary.hpp"
#include "sim/input/gallery.hpp"
#include "sim/lint/lint_text.hpp"
#include "sim/mutants/operators.hpp"
#include "sim/search/strategies.hpp"
#include "sim/search/subjects.hpp"
#include "sim/text/error.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

/// What there is, in the order of lists.
constexpr std::array kKinds = {"protocol", "scenario", "property", "situation", "fault",
                               "strategy", "trap",     "change",   "word"};

/// One thing that can be listed and explained.
struct Entry {
  std::string kind;  ///< one of kKinds
  std::string name;
  std::string line;  ///< one line
  std::string more;  ///< the rest, for explain
};

void add_protocols(const Gallery& gallery, std::vector<Entry>& entries) {
  for (const std::string& name : gallery.protocol_names()) {
    const Protocol protocol = gallery.protocol(name).protocol;
    std::string more = fmt::format("In {}.", protocol.folder.string());
    if (!protocol.expect.violates.empty())
      more += fmt::format("\nIt violates {}.", listed(protocol.expect.violates));
    if (!protocol.expect.unreachable.empty())
      more += fmt::format("\nIt can't reach {}.", listed(protocol.expect.unreachable));
    entries.push_back({"protocol", name, protocol.about, more});
  }
}

void add_scenarios(const Gallery& gallery, std::vector<Entry>& entries) {
  for (const NamedScenario& each : gallery.scenarios({})) {
    std::string reach;
    for (const auto& [situation, least] : each.scenario.reach)
      reach += (reach.empty() ? "" : ", ") + situation;
    entries.push_back({"scenario", each.scenario.name, each.scenario.about,
                       fmt::format("In {}.\nMust reach: {}.", each.scenario.file.string(), reach)});
  }
}

/// A broken protocol of the gallery: something that went wrong for real.
struct Bug {
  std::string name;
  std::string about;
  std::vector<std::string> violates;
  std::vector<Scenario> shown_by;  ///< empty where it is judged under everything
};

std::vector<Bug> bugs_of(const Gallery& gallery) {
  std::vector<Bug> bugs;
  for (const std::string& name : gallery.protocol_names()) {
    const Subject subject = subject_of(gallery, name, {});
    const Protocol& protocol = subject.protocol.protocol;
    if (protocol.expect.violates.empty()) continue;
    Bug& bug = bugs.emplace_back(Bug{name, protocol.about, protocol.expect.violates, {}});
    if (!protocol.checked_under) continue;
    for (const NamedScenario& each : subject.scenarios) bug.shown_by.push_back(each.scenario);
  }
  return bugs;
}

bool any_violates(const Bug& bug, const std::string& property) {
  return std::any_of(bug.violates.begin(), bug.violates.end(), [&](const std::string& name) {
    return name.substr(0, name.find('.')) == property;
  });
}

bool any_shows(const Bug& bug, const Entry& entry) {
  return std::any_of(bug.shown_by.begin(), bug.shown_by.end(), [&](const Scenario& scenario) {
    if (entry.kind == "scenario") return scenario.name == entry.name;
    if (entry.kind == "situation") return scenario.reach.contains(entry.name);
    return std::any_of(scenario.faults.begin(), scenario.faults.end(),
                       [&](const FaultRule& rule) { return to_text(rule.kind) == entry.name; });
  });
}

/// The real bugs that an entry stands for, a line each; empty when there are none.
std::string real_bugs(const Entry& entry, const std::vector<Bug>& bugs, std::size_t width) {
  std::string text;
  for (const Bug& bug : bugs) {
    const bool fits = entry.kind == "property" ? any_violates(bug, entry.name)
                                               : entry.kind != "protocol" && any_shows(bug, entry);
    if (fits) text += fmt::format("\n  {:<28} {}", bug.name, wrapped(bug.about, width, 31, 31));
  }
  if (text.empty()) return text;
  return (entry.kind == "property" ? "Real bugs that violate it:"
                                   : "Real bugs that are looked for with it:") +
         text;
}

std::vector<Entry> all_entries(const Gallery& gallery) {
  std::vector<Entry> entries;
  add_protocols(gallery, entries);
  add_scenarios(gallery, entries);
  for (const Property& property : properties()) {
    std::vector<std::string> excuses, parts(property.parts.begin(), property.parts.end());
    for (const Fault& fault : faults())
      if (fault.breaks != Guarantee::nothing && fault.breaks == property.rests_on)
        excuses.emplace_back(fault.name);
    entries.push_back(
        {"property", std::string(property.name), std::string(property.must_hold),
         fmt::format("{}\nJudged when it can be answered \"yes\": {}?\nExcused by: {}.{}",
                     property.definition, property.judged_when.what,
                     excuses.empty() ? "no fault" : listed(excuses),
                     property.liveness
                         ? "\nLeft open by a run that was cut, or ended while somebody worked."
                         : "")});
  }
  for (const Situation& situation : situations())
    entries.push_back(
        {"situation", std::string(situation.name), std::string(situation.meaning), ""});
  for (const Fault& fault : faults())
    entries.push_back({"fault", std::string(fault.name), std::string(fault.meaning), ""});
  for (const Strategy& strategy : strategies())
    entries.push_back({"strategy", std::string(strategy.name), std::string(strategy.meaning),
                       fmt::format("{} of eight seeds are its.",
                                   std::count(strategy.turns.begin(), strategy.turns.end(), 'x'))});
  for (const LintRule& rule : lint_rules())
    entries.push_back({"trap", std::string(rule.name), std::string(rule.what), rule_text(rule)});
  for (const MutationOperator& each : mutation_operators())
    entries.push_back({"change", std::string(each.name), std::string(each.does), ""});
  for (const Word& word : glossary())
    entries.push_back({"word", std::string(word.word), std::string(word.meaning), ""});
  return entries;
}

std::string several(const std::string& kind) {
  return kind.ends_with('y') ? kind.substr(0, kind.size() - 1) + "ies" : kind + "s";
}

/// "properties" and "property" both name the kind.
std::string kind_of(const std::string& word) {
  std::vector<std::string> known;
  for (const std::string kind : kKinds) {
    if (word == kind || word == several(kind)) return kind;
    known.push_back(several(kind));
  }
  throw InputError(fmt::format("there is nothing called {} to list; there are {}", in_quotes(word),
                               listed(known)));
}

int list(const Context& context, const std::vector<std::string>& words) {
  std::vector<std::string> kinds;
  for (const std::string& word : words) kinds.push_back(kind_of(word));
  std::string last;
  for (const Entry& entry : all_entries(Gallery(context.data))) {
    if (!kinds.empty() && std::find(kinds.begin(), kinds.end(), entry.kind) == kinds.end())
      continue;
    if (entry.kind != last) fmt::print("{}{}\n", last.empty() ? "" : "\n", several(entry.kind));
    last = entry.kind;
    const auto width = static_cast<std::size_t>(context.terminal.width);
    fmt::print("  {:<28} {}\n", entry.name, wrapped(entry.line, width, 31, 31));
  }
  return kHolds;
}

/// A word as the glossary has it, whether it was written with blanks, capitals or in another form.
std::string in_glossary(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == ' ' || c == '-'; }, '_');
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  for (const Word& word : glossary()) {
    std::istringstream forms{std::string(word.word) + " " + std::string(word.also)};
    for (std::string form; forms >> form;)
      if (form == name) return std::string(word.word);
  }
  return "";
}

void print_entry(const Entry& entry, const Gallery& gallery, std::size_t width) {
  fmt::print("{} ({})\n{}\n", entry.name, entry.kind, wrapped(entry.line, width, 0, 0));
  if (!entry.more.empty()) {
    std::istringstream lines(entry.more);
    for (std::string line; std::getline(lines, line);)
      fmt::print("{}\n", wrapped(line, width, 0, 0));
  }
  const std::string bugs = real_bugs(entry, bugs_of(gallery), width);
  if (!bugs.empty()) fmt::print("{}\n", bugs);
}

int explain(const Context& context, const std::string& wanted) {
  const Gallery gallery(context.data);
  const std::vector<Entry> entries = all_entries(gallery);
  const auto width = static_cast<std::size_t>(context.terminal.width);
  std::vector<std::string> names;
  bool found = false;
  for (const std::string& name :
       {wanted, wanted.substr(0, wanted.find('.')), in_glossary(wanted)}) {
    for (const Entry& entry : entries) {
      names.push_back(entry.name);
      if (entry.name != name) continue;
      print_entry(entry, gallery, width);
      found = true;
    }
    if (found) return kHolds;
  }
  throw InputError(fmt::format("there is nothing called {}{}; \"{} list\" shows all there is",
                               in_quotes(wanted), did_you_mean(wanted, names), context.program));
}

}  // namespace

Action list_command(Flags& flags) {
  const auto words = std::make_shared<std::vector<std::string>>();
  flags.add("WHAT", words.get(), "Only these: protocols, scenarios, …").usually("everything");
  return [words](const Context& context) { return list(context, *words); };
}

Action explain_command(Flags& flags) {
  const auto name = std::make_shared<std::string>();
  flags.add("NAME", name.get(), "A property, situation, fault, scenario, word …").required();
  return [name](const Context& context) { return explain(context, *name); };
}

}  // namespace fencepost
