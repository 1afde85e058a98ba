// Which globs make sense for boundaries ("operation.statement:point"); glob_matches itself is in
// scenario.hpp.
#pragma once

#include <string_view>

namespace fencepost {

/// Whether any boundary at all could be meant: plain characters, and an end that fits before, after
/// or after_commit.
bool may_match_a_boundary(std::string_view pattern);

}  // namespace fencepost
