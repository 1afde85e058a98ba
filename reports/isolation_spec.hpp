// A counterexample as a specification for isolationtester, PostgreSQL's own tool for tests of
// concurrent sessions.
#pragma once

#include <string>

#include "reports/counterexample.hpp"

namespace fencepost {

/// The specification: set-up, one session block each, and one permutation in the history's order.
/// Precondition: no SQL in it holds a closing brace, which would end its block (see Braces).
std::string isolation_spec(const Counterexample& counterexample);

}  // namespace fencepost
