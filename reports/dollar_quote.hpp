// SQL inside of SQL.
#pragma once

#include <string>

namespace fencepost {

/// $fencepost$…$fencepost$, or with a longer tag where the text holds that one: no byte of the text
/// is changed.
std::string dollar_quoted(const std::string& text);

}  // namespace fencepost
