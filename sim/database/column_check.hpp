// What only a server can tell of a protocol's names: whether anything returns what a lease or a
// parameter is called.
#pragma once

#include <libpq-fe.h>

#include "sim/input/protocol.hpp"

namespace fencepost {

/// Every statement of the protocol must be prepared on the session. Throws InputError for a column
/// of [lease] that no statement returns, and for a parameter that nothing can ever give a value.
void check_columns(PGconn* session, const Protocol& protocol);

}  // namespace fencepost
