#include "sim/search/subjects.hpp"

#include <algorithm>
#include <map>

#include "sim/session/world.hpp"
#include "sim/text/error.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

bool wanted(const std::vector<std::string>& only, const std::string& name) {
  return only.empty() || std::find(only.begin(), only.end(), name) != only.end();
}

bool needs_previous(const Scenario& scenario) {
  return scenario.load.previous > 0 ||
         std::any_of(scenario.faults.begin(), scenario.faults.end(),
                     [](const FaultRule& rule) { return fault_of(rule.kind).needs_previous; });
}

bool checks(const Protocol& protocol, const std::string& scenario) {
  const auto& names = protocol.checked_under;
  return !names || std::find(names->begin(), names->end(), scenario) != names->end();
}

bool is_own(const Scenario& scenario, const Protocol& protocol) {
  return std::find(protocol.scenarios.begin(), protocol.scenarios.end(), scenario.file) !=
         protocol.scenarios.end();
}

}  // namespace

Subject subject_of(const Gallery& gallery, const std::string& name,
                   const std::vector<std::string>& only, Stock stock) {
  Subject subject{gallery.protocol(name)};
  const Protocol& protocol = subject.protocol.protocol;
  const bool alone = stock == Stock::alone;
  for (NamedScenario& each :
       alone ? gallery.bundled_scenarios(subject.protocol) : gallery.scenarios(subject.protocol)) {
    const bool counts =
        alone || is_own(each.scenario, protocol) || checks(protocol, each.scenario.name);
    if (!wanted(only, each.scenario.name)) continue;
    if (only.empty() && protocol.left_open.contains(each.scenario.name)) {
      subject.left_open.push_back(each.scenario.name);
      continue;
    }
    if (only.empty() && !counts) continue;
    const bool no_version = needs_previous(each.scenario) && !protocol.previous;
    const bool no_work = each.scenario.load.poison > 0 && poisons_of(protocol) == Poisons::nothing;
    // What is about failing for good says nothing where nobody gives up.
    const bool no_limit =
        each.scenario.anyway.contains("no_false_failure") && !protocol.declared.max_attempts;
    if (no_version || no_work || no_limit)
      subject.skipped.push_back(each.scenario.name);
    else
      subject.scenarios.push_back(std::move(each));
  }
  const auto& skipped = subject.skipped;
  for (const std::string& scenario : only)
    if (std::none_of(subject.scenarios.begin(), subject.scenarios.end(),
                     [&](const auto& each) { return each.scenario.name == scenario; }) &&
        std::find(skipped.begin(), skipped.end(), scenario) == skipped.end())
      subject.scenarios.push_back(gallery.scenario(scenario, subject.protocol));
  return subject;
}

std::vector<Subject> subjects_of(const Gallery& gallery, const std::vector<std::string>& names,
                                 const std::vector<std::string>& only, Stock stock) {
  std::vector<Subject> subjects;
  for (const std::string& name : names)
    for (const std::string& each : gallery.matching(name)) {
      Subject subject = subject_of(gallery, each, only, stock);
      const auto is_this = [&](const Subject& other) {
        std::error_code none;
        return std::filesystem::equivalent(other.protocol.protocol.folder,
                                           subject.protocol.protocol.folder, none);
      };
      if (std::none_of(subjects.begin(), subjects.end(), is_this))
        subjects.push_back(std::move(subject));
    }
  std::map<std::string, int> often;
  for (const Subject& subject : subjects) ++often[subject.name()];
  for (Subject& subject : subjects)
    if (often[subject.name()] > 1 && !subject.protocol.folder.empty())
      subject.apart = " in " + subject.protocol.folder;
  return subjects;
}

void demand_scenarios(const std::vector<Subject>& subjects) {
  for (const Subject& subject : subjects)
    if (subject.scenarios.empty())
      throw InputError(fmt::format(
          "{} is run under no scenario: {}; name another one with --scenario",
          subject.protocol.protocol.name,
          !subject.skipped.empty()
              ? fmt::format("{} would strike nothing that it has", listed(subject.skipped))
          : !subject.left_open.empty() ? "[check.open] leaves all of them open"
                                       : "[check] scenarios names none"));
}

}  // namespace fencepost
