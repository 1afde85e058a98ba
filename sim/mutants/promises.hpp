// What makes a change wrong: most of what a protocol does every protocol promises, some only one
// that declares it.
#pragma once

#include <set>
#include <string>

#include "sim/input/protocol.hpp"
#include "sim/mutants/operators.hpp"
#include "sim/mutants/program_edits.hpp"
#include "sim/mutants/sql_edits.hpp"

namespace fencepost {

/// What a protocol promises, as far as changes of it ask.
class Promises {
 public:
  explicit Promises(const Protocol& protocol);

  /// What must be declared for this change of a statement, or of a function, to be wrong; `always`
  /// where it is declared.
  Promised of(const SqlEdit& edit, const std::string& in) const;
  /// The same for a change of a role's program.
  Promised of(const RoleEdit& edit) const;
  /// The same for a constant.
  Promised of_constant(const std::string& name) const;
  /// Whether something that is run may call that function.
  bool is_called(const std::string& routine) const { return words_.contains(routine); }

 private:
  const Protocol& protocol_;
  std::set<std::string> claiming_;  ///< statements of claims, and words in them
  std::set<std::string> resting_;   ///< columns that say until when a job rests
  std::set<std::string> owning_;    ///< columns that only say whose a job is
  std::set<std::string> resuming_;  ///< statements that run to find out what to go on with
  std::set<std::string> words_;     ///< of all that may call a function
};

}  // namespace fencepost
