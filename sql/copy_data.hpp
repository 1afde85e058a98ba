// The data that pg_dump puts behind COPY … FROM stdin, as statements that need no client to feed
// it.
#pragma once

#include <optional>
#include <string>

namespace fencepost {

struct LineNote;

/// Puts an INSERT in the place of each COPY … FROM stdin; every row stays on its line, and a table
/// without rows leaves blank lines. What can't be read is returned.
std::optional<LineNote> insert_copied(std::string& text);

}  // namespace fencepost
