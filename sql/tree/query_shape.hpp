// How the queries of a statement are found, and each clause's bytes: what query_view.hpp shows.
#pragma once

#include <vector>

#include "sql/tree/deep_parts.hpp"
#include "sql/tree/query_view.hpp"

namespace fencepost {

/// All queries of one statement, the outermost first.
std::vector<Query> queries_in(const TreeNode& statement, const DeepParts& parts);

/// One condition of a WHERE, whose bytes these are.
Condition condition_of(const TreeNode& node, Clause span);

}  // namespace fencepost
