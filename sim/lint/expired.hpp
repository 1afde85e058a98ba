// Where an expression looks for leases that are over.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "sql/tree/schema_view.hpp"

namespace fencepost {

/// The comparisons in it that are asked to say of one of the columns that its time lies behind,
/// also as NOT (until > now()), NOT EXISTS (…), or in an outer join. What is compared with is a
/// time, a parameter, or a name that is no column of the schema: a variable, an output.
std::vector<TreeNode> expired_looks(const TreeNode& in, const std::set<std::string>& lease_times,
                                    const SchemaView& schema);

/// Whether a view of this name, or one in it, has such a comparison.
bool view_looks_for_expired(const std::string& view, const std::set<std::string>& lease_times,
                            const SchemaView& schema);

}  // namespace fencepost
