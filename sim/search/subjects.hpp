// Which scenarios a protocol is judged under.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "sim/input/gallery.hpp"

namespace fencepost {

/// What a check is about: one protocol under its scenarios.
struct Subject {
  NamedProtocol protocol;
  std::vector<NamedScenario> scenarios{};
  /// Scenarios that need a previous version, work that can fail or a limit of attempts, and the
  /// protocol has none.
  std::vector<std::string> skipped{};
  std::vector<std::string> left_open{};  ///< scenarios that [check.open] keeps from being run
  /// Violations that a saved failure tells already, so that none is shrunk for them.
  std::set<std::string> already_saved{};
  /// Violations of all saved failures that fail again, expected or not.
  std::set<std::string> fail_again{};
  /// Violations of a baseline: they make nothing red, and are not told again.
  std::vector<std::string> known{};
  std::string apart{};  ///< " in ./old/queue" where another subject has its name, too

  /// By which reports call it.
  std::string name() const { return protocol.protocol.name + apart; }
};

/// Whose scenarios: the bundled ones that [check] names and the protocol's own, or all that are
/// bundled and no other, as for a protocol whose author wrote none.
enum class Stock { and_own, alone };

/// A protocol with the scenarios that it is judged under: all, or `only` those.
Subject subject_of(const Gallery& gallery, const std::string& name,
                   const std::vector<std::string>& only, Stock stock = Stock::and_own);
/// The same of each of these protocols, in their order; a name with * stands for several. One that
/// is named again, in whatever way, is there once.
std::vector<Subject> subjects_of(const Gallery& gallery, const std::vector<std::string>& names,
                                 const std::vector<std::string>& only,
                                 Stock stock = Stock::and_own);
/// Throws InputError for a subject that has no scenario, with the reason.
void demand_scenarios(const std::vector<Subject>& subjects);

}  // namespace fencepost
