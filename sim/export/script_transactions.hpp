// Where transactions begin and end in an exported script.
#pragma once

#include <string>

#include "sim/input/protocol.hpp"

namespace fencepost {

/// The BEGIN of that operation, with its isolation level. Throws InputError when its transactions
/// differ in it, because a history does not say which of them began.
std::string begin_of(const Protocol& protocol, const std::string& operation);
bool begins_transaction(const std::string& sql);
/// COMMIT, ROLLBACK and their other names, but not ROLLBACK TO.
bool ends_transaction(const std::string& sql);

}  // namespace fencepost
