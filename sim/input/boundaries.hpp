// Where a fault can strike: the boundaries of what a protocol's workers send, and what is wrong
// with an aim that meets none of them.
#pragma once

#include <set>
#include <string>

#include "sim/input/protocol.hpp"
#include "sim/input/scenario.hpp"

namespace fencepost {

/// The places at which workers of a protocol, or of the version before it, can be struck.
class Boundaries {
 public:
  explicit Boundaries(const Protocol& protocol);

  bool empty() const { return places_.empty(); }
  /// Whether a rule can strike at one of them.
  bool strikes(const FaultRule& rule) const;
  /// Why an aim of a rule meets nothing, as the end of a sentence that begins with it, and what to
  /// write instead; empty where it meets something.
  std::string why_never(const FaultRule& rule, const std::string& aim) const;

 private:
  enum class Commits { by_itself, with_its_transaction, never };
  class Walk;

  void add(const std::string& statement, Commits commits);

  std::set<std::string> places_;      ///< "advance.commit:after_commit"
  std::set<std::string> statements_;  ///< "advance.commit", of those places
  std::set<std::string> unrun_;       ///< the same of operations that no program comes to
  std::string protocol_;
};

}  // namespace fencepost
