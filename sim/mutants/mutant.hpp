// A protocol's mutants: it, with one thing broken in its SQL, in a function of its schema, or in
// its program.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "sim/input/protocol.hpp"
#include "sim/mutants/operators.hpp"

namespace fencepost {

/// The texts of schema files, by number.
using SchemaTexts = std::map<std::size_t, std::string>;

/// One change of a protocol, and what is in place of what.
struct Mutant {
  std::string_view change;  ///< the operator's name
  std::string of;           ///< a statement's name, "function NAME", "worker.advance", "constants"
  Span where;               ///< of what is changed
  std::string clause;       ///< as the user wrote it, blanks as one
  std::string instead;      ///< the same changed; empty: it is gone
  Promised promise = Promised::always;
  std::string proof;  ///< why it does the same as before; empty: nothing proves that
  std::variant<Statement, SchemaTexts, Role, std::map<std::string, std::string>> now;
};

/// All of them, in the order of files and lines: statements that a role runs, functions that those
/// or triggers may call, programs, constants. What fencepost itself asks and what a person's role
/// does is not changed.
std::vector<Mutant> mutants_of(const Protocol& protocol);

/// Which entry of [mutants] equivalent says that a mutant does the same; nullptr: none.
const EquivalentMutant* declared_equivalent(const Protocol& protocol, const Mutant& mutant);
/// Throws InputError for an entry that says so of none of these, which are all.
void check_equivalents(const Protocol& protocol, const std::vector<Mutant>& mutants);

/// The protocol with that change. Throws InputError where a program would not be read as it is
/// then.
Protocol mutated(const Protocol& protocol, const Mutant& mutant);

/// "queries.sql:28 claim_job, no-lock: FOR UPDATE SKIP LOCKED → (gone)".
std::string to_text(const Mutant& mutant);

/// A text with its blanks, line ends and comments as one blank each.
std::string in_one_line(std::string_view sql);

}  // namespace fencepost
