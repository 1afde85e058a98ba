// Whether this machine can hold as many sessions as somebody wants, and what memory is kept for the
// next history.
#pragma once

namespace fencepost {

/// Makes room for the connections of that many sessions among this process's open files. Throws
/// EnvironmentError, with what is wanted and what there is, when memory or files don't suffice.
void demand_sessions(int count);

/// From here on memory that was used stays this process's: each history needs as much as the one
/// before it, and to give it back and take it again costs a page fault for every page.
void keep_memory();

}  // namespace fencepost
