// Traps that a protocol goes into, told before anything runs.
#pragma once

#include <string>
#include <vector>

#include "sim/input/protocol.hpp"
#include "sim/lint/lint_rules.hpp"

namespace fencepost {

/// A trap in a user's file.
struct LintFinding {
  const LintRule* rule = nullptr;
  Span where;
  std::string statement;   ///< its name; empty outside of statements
  std::string source;      ///< the line, as it is in the file
  std::size_t caret = 0;   ///< the first byte that is meant, of the line
  std::size_t carets = 0;  ///< how many bytes of it; 0: the line is not known
  std::string about;
  std::string write;
};

/// What there is to say of a protocol before it runs.
struct LintReport {
  std::vector<LintFinding> findings;  ///< by file and line
  struct Ignored {
    LintFinding finding;
    std::string reason;
  };
  std::vector<Ignored> ignored;
  std::vector<Remark> remarks;  ///< a sentence each: ignores of nothing
  std::vector<Remark> unread;  ///< a sentence each: statements that the parser does not know, which
                               ///< may be wrong, or of a later PostgreSQL; functions
};

/// Looks at what roles run, and at nothing else. Throws InputError for an ignore that names no
/// rule or no reason.
LintReport lint(const Protocol& protocol);

}  // namespace fencepost
