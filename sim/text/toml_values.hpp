// Reading a TOML value as what it must be. Each says, when it is something else, what was found and
// what is expected. `what` names the value in messages: "lasts in [lease]".
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "sim/text/toml_tree.hpp"

namespace fencepost {

/// Whole numbers that make sense, both ends included.
struct Range {
  std::int64_t least = 0;
  std::int64_t most = 0;
};

/// "the text \"abc\"", "the whole number 3", "an array": what was found.
std::string described(const TomlNode& node);
/// Throws InputError: WHAT is FOUND, but must be EXPECTED.
[[noreturn]] void wrong(const TomlNode& node, const std::string& what, const std::string& expected);

/// Each of these returns what the node holds, or throws InputError that calls it WHAT.
std::string text_in(const TomlNode& node, const std::string& what);
/// A plain name: letters, digits and _.
std::string name_in(const TomlNode& node, const std::string& what);
/// One text, or an array of them.
std::vector<std::string> texts_in(const TomlNode& node, const std::string& what);
bool boolean_in(const TomlNode& node, const std::string& what);
int integer_in(const TomlNode& node, const std::string& what, Range range);
/// "10s", at most ten years.
Duration duration_in(const TomlNode& node, const std::string& what);
/// As duration_in, and not 0.
Duration positive_duration_in(const TomlNode& node, const std::string& what);
/// A text, or a whole number as text.
std::string value_in(const TomlNode& node, const std::string& what);
const TomlNode& table_in(const TomlNode& node, const std::string& what);
const TomlNode& array_in(const TomlNode& node, const std::string& what);
/// One of the known words; its place among them.
std::size_t word_in(const TomlNode& node, const std::string& what,
                    const std::vector<std::string>& known);

/// The value under a key of a table; throws when it is missing: TITLE has no KEY; EXAMPLE.
const TomlNode& needed(const TomlNode& table, const std::string& title, std::string_view key,
                       std::string_view example);
/// Calls `use` with the value under that key of the table, if there is one.
template <typename Use>
void with(const TomlNode& table, std::string_view key, Use use) {
  if (const TomlNode* node = table.find(key)) use(*node);
}
/// Throws, at that node, when a name can't be part of a file's name, as reports are called after
/// protocols and scenarios.
void check_file_name(const TomlNode& at, const std::string& what, const std::string& name);
/// Throws for the first key that is not known; `title` names the table ("[lease]").
void only_keys(const TomlNode& table, const std::string& title, std::vector<std::string> known);

}  // namespace fencepost
