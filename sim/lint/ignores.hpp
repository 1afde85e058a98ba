// What users say to the rules: `-- fencepost: ignore RULE reason`.
#pragma once

#include <string>
#include <vector>

#include "sim/lint/lint_facts.hpp"

namespace fencepost {

/// One rule that is not to be applied to one statement, and why.
struct Ignore {
  std::string rule;
  std::string reason;
  Span where;  ///< of the comment
  Clause of;   ///< the bytes of its file that it is about: a statement with what stands
               ///< before it
};

/// All of the statements that roles run, of the schema, and of protocol.toml (behind #). Throws
/// InputError, with file and line, for a rule that there is not, a missing reason, and for other
/// words behind "fencepost:".
std::vector<Ignore> ignores_of(const LintFacts& facts);

}  // namespace fencepost
