// The maps of a tally as JSON: lists whose entries begin with their key, a line for each. Found by
// their arguments, where the fields of a tally are written and read.
#pragma once

#include <map>
#include <string>

#include "model/properties/tally.hpp"
#include "sim/text/fields_json.hpp"

namespace fencepost {

/// A list with a line for each.
std::string json_of(const std::map<std::string, Endings>& tried);
std::string json_of(const std::map<std::string, Find>& found);
std::string json_of(const std::map<std::string, Outcomes>& judged);
std::string json_of(const std::map<Excuse, int>& excused);
/// Reads it. Throws InputError with file and line, also for a property that this version does not
/// know.
void read_json(const JsonField& field, std::map<std::string, Endings>& into);
void read_json(const JsonField& field, std::map<std::string, Find>& into);
void read_json(const JsonField& field, std::map<std::string, Outcomes>& into);
void read_json(const JsonField& field, std::map<Excuse, int>& into);

/// A tally's fields as entries of an object in a list of a list, each on a line.
FieldWriter tally_writer(const Tally& tally);
/// Reads them by such a reader, which may know more keys.
Tally read_tally(const JsonNode& node, const CountReader& reader);

}  // namespace fencepost
