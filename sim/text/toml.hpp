// A TOML file as plain values that know their line, so that every mistake in one can be named by
// place; and each value read as what it must be. Only toml.cpp sees the TOML library.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/time.hpp"

namespace fencepost {

struct TomlEntry;

/// A place in the file, both from 1: a line, and in it a character (UTF-8's, not a byte). Line 0:
/// none, as for tables that only stand in a dotted key.
struct TomlPlace {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  auto operator<=>(const TomlPlace&) const = default;
};

/// A value of the file.
struct TomlNode {
  enum class Kind { text, integer, boolean, array, table, other };
  Kind kind = Kind::other;
  std::string text;  ///< text: the value · other: what it is ("a date")
  std::int64_t integer = 0;
  bool boolean = false;
  std::vector<TomlNode> items;     ///< array
  std::vector<TomlEntry> entries;  ///< table, in the order of the file
  int line = 1;
  TomlPlace begin, end;  ///< the value's first character, and what is behind its last; of a table
                         ///< under a heading only that heading's
  std::shared_ptr<const std::string> file;

  /// The value under that key of a table; nullptr if there is none.
  const TomlNode* find(std::string_view key) const;
  /// Throws InputError "FILE:LINE: MESSAGE".
  [[noreturn]] void fail(std::string_view message) const;
};

/// A key of a table, and its value.
struct TomlEntry {
  std::string key;
  TomlNode value;
  /// Throws InputError at the line of the key.
  [[noreturn]] void fail(std::string_view message) const { value.fail(message); }
};

/// Throws InputError with file and line when the text is not TOML.
TomlNode toml_tree(const std::string& text, const std::string& file);

/// The same text for the same values, whatever the order of keys, comments and spaces.
std::string canonical(const TomlNode& node);

// Reading a value as what it must be. Each says, when it is something else, what was found and what
// is expected. `what` names the value in messages: "lasts in [lease]".

/// Whole numbers that make sense, both ends included.
struct Range {
  std::int64_t least = 0;
  std::int64_t most = 0;
};

/// How often anything may be said to happen.
constexpr Range kTimes{0, 1'000'000};

/// "the text \"abc\"", "the whole number 3", "an array": what was found.
std::string described(const TomlNode& node);
/// Throws InputError: WHAT is FOUND, but must be EXPECTED.
[[noreturn]] void wrong(const TomlNode& node, const std::string& what, const std::string& expected);

/// Each of these returns what the node holds, or throws InputError that calls it WHAT.
std::string text_in(const TomlNode& node, const std::string& what);
/// A text that is no blank, as one line.
std::string reason_in(const TomlNode& node, const std::string& what);
/// A plain name: letters, digits and _.
std::string name_in(const TomlNode& node, const std::string& what);
/// One text, or an array of them.
std::vector<std::string> texts_in(const TomlNode& node, const std::string& what);
/// The names of at least one column, whatever is in them.
std::vector<std::string> columns_in(const TomlNode& node, const std::string& what);
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
