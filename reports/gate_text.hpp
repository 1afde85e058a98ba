// What a gate came to, as text: one block for each protocol, and one for each failure.
#pragma once

#include <string>
#include <vector>

#include "model/gate.hpp"
#include "model/lease_token.hpp"
#include "reports/trace.hpp"

namespace fencepost {

/// One protocol's gate, and what to call it.
struct GateReport {
  std::string protocol;
  std::string about;
  std::vector<Tally> tallies;
  std::vector<std::string> skipped;  ///< scenarios none of whose faults can strike this protocol
  GateVerdict verdict;
  bool as_expected = false;
  int planned = 0;  ///< histories of all scenarios together; 0: as many as were run
};

/// The verdict of each property and scenario: what is violated (how often, where first), what
/// holds, what was not judged and why, and what was not reached.
std::string gate_text(const GateReport& report);

/// One failure, ready to be told.
struct FailureReport {
  std::string protocol;
  std::string scenario;
  std::uint64_t seed = 0;
  std::string name;  ///< full name of the violated part
  Violation violation;
  const History* history = nullptr;  ///< up to the violated step
  int shrunk_from = 0;               ///< steps before shrinking; 0: not shrunk
  std::string replay;                ///< the command that shows it again
  std::string digest;  ///< of the history, and what is to be said about it; may be empty
  std::size_t most_lines =
      0;  ///< of the trace; its middle is left out where it is longer; 0: all of it
  LeaseToken token = {};
  std::string page = {};  ///< where its page is; empty: nowhere
};

/// Verdict, story, trace, and as the last line the command that replays it.
std::string failure_text(const FailureReport& report, const TraceOptions& options);

}  // namespace fencepost
