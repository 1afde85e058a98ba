// A file of `-- name: X :command` statements, read as values: each with the user's own bytes, and
// the same with $1, $2, … for its parameters.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "sim/input/protocol.hpp"

namespace fencepost {

/// All statements of one query file, in order. A statement reaches from its first word to its last,
/// without comments around it and without the final semicolon. A file without any name line may
/// hold one statement, called as the file. What is wrong with a single statement (two under one
/// name, $1 beside :name, an unknown command) is its `why_not_run`. Throws InputError with file and
/// line for what is wrong with the file: text before the first name line, a string without end.
std::vector<Statement> statements_of(std::string_view text, const std::filesystem::path& file);

/// ":job_id" or "$1": how messages write a parameter.
std::string parameter_text(std::string_view parameter);

/// What a statement does that has no value for that parameter when it is to run.
std::string unbound_parameter(std::string_view parameter, const std::vector<std::string>& known);

}  // namespace fencepost
