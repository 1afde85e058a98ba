// Whether this machine can hold as many sessions as somebody wants.
#pragma once

namespace fencepost {

/// Makes room for the connections of that many sessions among this process's open files. Throws
/// EnvironmentError, with what is wanted and what there is, when memory or files don't suffice.
void demand_sessions(int count);

}  // namespace fencepost
