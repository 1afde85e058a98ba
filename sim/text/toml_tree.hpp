// A TOML file as plain values that know their line, so that every mistake in one can be named by
// place. Only toml_tree.cpp sees the TOML library.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/time.hpp"

namespace fencepost {

struct TomlEntry;

struct TomlNode {
  enum class Kind { text, integer, boolean, array, table, other };
  Kind kind = Kind::other;
  std::string text;  ///< text: the value · other: what it is ("a date")
  std::int64_t integer = 0;
  bool boolean = false;
  std::vector<TomlNode> items;     ///< array
  std::vector<TomlEntry> entries;  ///< table, in the order of the file
  int line = 1;
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

}  // namespace fencepost
