// What many histories of one protocol come to: one tally for each scenario, and their verdict.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "model/properties/excuses.hpp"

namespace fencepost {

/// One violated part of a property, over many histories.
struct Find {
  int histories = 0;     ///< in how many of them
  std::string scenario;  ///< of several, the one in which most histories show it
  std::uint64_t seed =
      0;  ///< of the history whose violated step is the lowest, and of those the lowest seed
  Violation violation;
  bool operator==(const Find&) const = default;

  template <typename Self, typename Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("histories", self.histories, Written::always);
    visit("seed", self.seed, Written::always);
    visit("violation", self.violation, Written::always);
  }
};

/// How often a property came to each outcome.
using Outcomes = std::map<Outcome, int>;
/// How often it was judged: it held, or was violated.
int judged_in(const Outcomes& outcomes);

/// How often a statement of a protocol came to a good end, and how often not.
struct Endings {
  int succeeded = 0;
  int failed = 0;
  std::string with;  ///< SQLSTATE and message of the first failure

  void add(const Endings& later);
  bool operator==(const Endings&) const = default;

  template <typename Self, typename Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("succeeded", self.succeeded, Written::always);
    visit("failed", self.failed, Written::always);
    visit("with", self.with, Written::always);
  }
};

/// What the histories of one scenario came to. Adding and merging in any grouping gives the same
/// tally, as long as the order of seeds is kept.
struct Tally {
  std::string scenario;
  int histories = 0;
  int cut = 0;        ///< how many ended before their end
  int with_jobs = 0;  ///< in how many there was any job
  std::int64_t steps = 0;
  std::map<std::string, int>
      reached;  ///< situation → how often it came about, in all histories together
  std::map<std::string, Outcomes> judged;     ///< by property
  std::map<std::string, std::string> open;    ///< by property: why it was left open the first time
  std::map<std::string, Endings> statements;  ///< by "operation.statement"
  std::map<Excuse, int> excused;              ///< in how many histories something held by it alone
  std::set<std::string> ruled_out;            ///< situations that what is declared rules out
  std::map<std::string, Find> found;          ///< by full name of the violated part

  void add(std::uint64_t seed, const History& history);
  void merge(const Tally& later);

  template <typename Self, typename Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("scenario", self.scenario, Written::always);
    visit("histories", self.histories, Written::always);
    visit("cut", self.cut, Written::always);
    visit("with_jobs", self.with_jobs, Written::unless_usual);
    visit("steps", self.steps, Written::always);
    visit("reached", self.reached, Written::always);
    visit("ruled_out", self.ruled_out, Written::always);
    visit("judged", self.judged, Written::always);
    visit("open", self.open, Written::always);
    visit("tried", self.statements, Written::always);
    visit("excused", self.excused, Written::beside);
    visit("found", self.found, Written::always);
  }
};

/// All finds of several tallies, by full name.
std::map<std::string, Find> all_found(const std::vector<Tally>& tallies);

/// In how many histories of all tallies each declaration kept which properties from being violated.
std::map<std::string, std::map<std::string, int>> all_excused(const std::vector<Tally>& tallies);

/// Statements that failed each time that they were tried, by name.
std::map<std::string, Endings> never_succeeded(const std::vector<Tally>& tallies);

/// How rare a bug may be and still be found by that many judged histories, in thousandths: the
/// smallest share of histories showing it with which all of them miss it in at most 5 % of cases
/// (about 3 / n, the rule of three: Hanley and Lippman-Hand 1983). 1000 for none.
int missed_below(int judged);

/// What the protocol says about its own verdict.
struct Promise {
  bool as_expected = false;              ///< exactly these must be violated, instead of nothing
  std::vector<std::string> violates;     ///< full names; the first are what matters most
  std::vector<std::string> unreachable;  ///< situations that it can't reach
  std::vector<std::string> known{};  ///< full names that may be violated: findings of a baseline
  std::string unconfirmed{};         ///< a sentence: what of it is guessed, and confirmed by nobody
};
/// scenario → situation → how often it must come about.
using Demands = std::map<std::string, std::map<std::string, int>>;

/// A situation that came about less often than its scenario demands.
struct Missed {
  std::string scenario;
  std::string situation;
  int reached = 0;
  int demanded = 0;
};

/// A property that a scenario was to judge, and that no history of it could.
struct Unproved {
  std::string scenario;  ///< empty: of no property, and `why` is the whole sentence
  std::string property;
  std::string why;  ///< of its first history
};

/// What all of it comes to, before anybody is asked how to say it.
struct ProtocolVerdict {
  std::vector<std::string> violated;       ///< full names, most important first
  std::vector<std::string> unexpected;     ///< of these, what the promise does not list
  std::vector<std::string> not_found;      ///< promised to be violated, but it was not
  std::vector<Missed> missed;              ///< a check with one of these is vacuous
  std::vector<Unproved> unproved;          ///< neither is one with these green
  std::vector<Missed> not_reached_yet;     ///< missed where not all planned histories were run
  std::vector<std::string> not_found_yet;  ///< likewise
  std::map<std::string, int> waived;  ///< situations that the promise calls unreachable, and in
                                      ///< how many scenarios each would have been missed
  bool failed = false;                ///< violated, or with a promise: not exactly as promised
};
/// Violated outranks vacuous; both may be so. Scenarios without demands are never vacuous.
ProtocolVerdict judge_protocol(const std::vector<Tally>& tallies, const Demands& demands,
                               const Promise& promise);
/// The verdict of a check that was ended before each scenario had `planned` histories: what did not
/// come about may still have done so, and is no fault.
void excuse_unfinished(ProtocolVerdict& verdict, const std::vector<Tally>& tallies, int planned);

}  // namespace fencepost
