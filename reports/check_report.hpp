// A whole check as reports show it: what every protocol, scenario and property came to.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/properties/tally.hpp"
#include "reports/failure.hpp"

namespace fencepost {

/// A known trap in a protocol's files, found before anything ran. No part of a verdict.
struct TrapNote {
  std::string rule;
  std::string where;     ///< "queries.sql:14"
  std::string says;      ///< in a sentence
  std::string violates;  ///< the property that fails by it

  template <typename Self, typename Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("rule", self.rule, Written::always);
    visit("where", self.where, Written::always);
    visit("says", self.says, Written::always);
    visit("violates", self.violates, Written::always);
  }
  bool operator==(const TrapNote&) const = default;
};

/// A scenario under which a protocol promises nothing, and why.
struct OpenNote {
  std::string scenario, why;

  template <typename Self, typename Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("scenario", self.scenario, Written::always);
    visit("why", self.why, Written::always);
  }
  bool operator==(const OpenNote&) const = default;
};

/// A failure that was saved before, and what came of it.
struct SavedNote {
  std::string file;
  std::string scenario;
  std::string property;  ///< full name
  Came came = Came::not_judged;
  bool surprise = false;  ///< not what is wanted of it, so that the check is not green
  std::string says;       ///< in a line

  /// Whether nothing is proved because of it, or else what was found makes the check red.
  bool leaves_open() const { return surprise && came == Came::not_judged; }
  bool is_red() const { return surprise && came != Came::not_judged; }

  template <typename Self, typename Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("file", self.file, Written::always);
    visit("scenario", self.scenario, Written::always);
    visit("property", self.property, Written::always);
    visit("came", self.came, Written::always);
    visit("surprise", self.surprise, Written::always);
    visit("says", self.says, Written::always);
  }
  bool operator==(const SavedNote&) const = default;
};

/// What a check came to for one protocol.
struct ProtocolReport {
  std::string name;
  std::string called;  ///< how the user names the protocol in commands
  std::string about;
  int planned = 0;  ///< histories of each scenario; 0: as many as were run
  std::vector<Tally> tallies;
  std::string jobless;  ///< why no history had any job, and what helps; empty: they had some
  std::vector<TrapNote> traps;
  std::vector<std::string> skipped;   ///< scenarios none of whose faults can strike this protocol
  std::vector<OpenNote> open;         ///< scenarios that [check.open] keeps from being run
  std::vector<std::string> anywhere;  ///< scenarios that aim at nothing it has, and strike anywhere
  std::vector<SavedNote> saved;
  Demands demands;
  Promise promise;
  ProtocolVerdict verdict;
  std::vector<FailureReport> failures;  ///< one for each unexpected find that was shrunk
  bool alone = false;  ///< these are saved failures: of anything else in it nothing is known

  /// All but what scenarios came to, and the failures.
  template <typename Self, typename Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("protocol", self.name, Written::always);
    visit("called", self.called, Written::always);
    visit("about", self.about, Written::always);
    visit("planned", self.planned, Written::always);
    visit("as_expected", self.promise.as_expected, Written::always);
    visit("violates", self.promise.violates, Written::always);
    visit("unreachable", self.promise.unreachable, Written::always);
    visit("known", self.promise.known, Written::unless_usual);
    visit("jobless", self.jobless, Written::unless_usual);
    visit("traps", self.traps, Written::unless_usual);
    visit("saved", self.saved, Written::unless_usual);
    visit("unconfirmed", self.promise.unconfirmed, Written::unless_usual);
    visit("skipped", self.skipped, Written::always);
    visit("open", self.open, Written::unless_usual);
    visit("anywhere", self.anywhere, Written::always);
  }
};

/// What a whole check came to: the one value that every form of report is a function of.
struct CheckReport {
  std::string program;  ///< how the user calls us, for commands to paste
  std::vector<ProtocolReport> protocols;
  std::string trouble{};  ///< what ended the check before its verdict; empty: nothing
};

/// What a property came to under a scenario, for a row of a report.
enum class RowVerdict {
  holds,
  violated,
  vacuous,
  not_judged,  ///< excused in every history, or not run
  not_applicable,
  not_reached,  ///< what it is about never came about
  not_proved,   ///< it was to be judged, and no history could
};
/// Its name, as above.
std::string_view to_text(RowVerdict verdict);

/// What one property came to in one scenario of one protocol, or (with scenario "*") a promised
/// violation that no scenario showed.
struct VerdictRow {
  const ProtocolReport* protocol = nullptr;
  std::string scenario;
  std::string property;
  RowVerdict verdict = RowVerdict::holds;
  bool surprise = false;  ///< not what is wanted of this protocol: the row makes the check red
  std::string why;        ///< in one sentence; empty where it holds
  int histories = 0;
  int judged = 0;  ///< in how many of them it was judged
  int planned = 0;
  std::vector<std::string> excused_by;  ///< "[lease] within: 12": in so many histories by it alone
  // Where it is violated, or promised to be:
  std::vector<std::string> names;  ///< full names of the violated parts, the first is described
  int violated = 0;                ///< in how many histories
  std::uint64_t seed = 0;
  int step = 0;
  std::string sentence;
  std::string replay;                        ///< the command that shows it
  const FailureReport* failure = nullptr;    ///< told under this scenario
  const FailureReport* elsewhere = nullptr;  ///< told under another one

  /// The one of both that there is; nullptr: neither.
  const FailureReport* nearest() const { return failure != nullptr ? failure : elsewhere; }
};

/// In the order of protocols, scenarios and the table of properties. Refers to the report.
std::vector<VerdictRow> verdict_rows(const CheckReport& report);

/// What a check came to; the first that applies.
enum class CheckVerdict { violated, vacuous, unfinished, holds };
/// Over all protocols. What came to no end is vacuous, unless something was violated.
CheckVerdict verdict_of(const CheckReport& report);
/// The verdict in a line: "held as far as it was run: 430 of 1500 histories".
std::string verdict_line(const CheckReport& report);

/// Histories that were run, and that were planned.
struct Share {
  int run = 0;
  int planned = 0;
};
Share share_of(const ProtocolReport& report);
Share share_of(const CheckReport& report);
/// "430 of 1500 histories", "1500 histories".
std::string to_text(Share share);

/// "stall-past-lease reached takeover only once, but must do so at least 3 times".
std::string sentence_of(const Missed& missed);

/// A line for each situation that was not reached often enough: "takeover: not reached often enough
/// in 8 of 29 scenarios (…)", or the sentence where one scenario alone demands it. Where no job was
/// ever there, that one line instead.
std::vector<std::string> vacuous_lines(const ProtocolReport& report);

/// "quiet-day could not judge job_not_stuck in any history (the run was cut)", and what helps.
std::string sentence_of(const Unproved& unproved);

/// "by [lease] within: lease_as_declared in 12 histories", one for each declaration without which
/// something would have been violated.
std::vector<std::string> excuses_of(const std::vector<Tally>& tallies);

/// How the name of a failure's file begins: protocol, scenario and what is violated.
std::string file_stem(const FailureReport& failure);

}  // namespace fencepost
