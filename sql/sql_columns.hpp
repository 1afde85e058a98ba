// Which column a placeholder without a name belongs to, as sqlc names it.
#pragma once

#include <cstddef>
#include <string>

#include "sql/sql_text.hpp"

namespace fencepost {

/// The column that part number `i` is compared with, assigned to, or inserted into; "limit" and
/// "offset" behind those words; empty where the text does not say.
std::string column_of(const SqlParts& parts, std::size_t i);

}  // namespace fencepost
