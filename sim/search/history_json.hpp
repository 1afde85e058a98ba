// What is told of a failure, as a part of its file: one line for each event, declaration, statement
// and line of SQL, in a fixed order, so that a review can read what changed.
#pragma once

#include <string>

#include "model/told.hpp"
#include "sim/text/json.hpp"

namespace fencepost {

/// A JSON object, indented as the value of a key of the file's own table. Fields with their default
/// value are left out: {"step": 3, "at": "1.000009 s", "kind": "statement", "worker": "w1", …}.
std::string to_json(const Told& told);
/// The object {"part": …, "step": …, "at": …} on one line.
std::string to_json(const Violation& violation);

/// Throws InputError with file and line for what is wrong, and when the events are not those of
/// that digest.
Told told_from_json(const JsonNode& node, const std::string& digest);
Violation violation_from_json(const JsonNode& node);

}  // namespace fencepost
