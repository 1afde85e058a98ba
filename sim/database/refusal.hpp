// What PostgreSQL refuses, as an error that names the user's file and line.
#pragma once

#include <string>

#include "sim/database/raw_query.hpp"
#include "sim/input/protocol.hpp"
#include "sim/text/error.hpp"

namespace fencepost {

/// The line of a 1-based character position in a text that begins at `first_line`; a position of 0
/// is the text's beginning.
int line_at(const std::string& text, int position, int first_line);
/// The server's complaint about a statement.
InputError refused(const Statement& statement, const RawError& error);

}  // namespace fencepost
