// A JSON file as plain values that know their line, so that every mistake in one can be named by
// place; an object as the table that a format says it is; and JSON written down. Only json.cpp sees
// the JSON library.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/time.hpp"

namespace fencepost {

struct JsonEntry;

struct JsonNode {
  enum class Kind { text, integer, array, object, other };
  Kind kind = Kind::other;
  std::string text;  ///< text: the value · other: what it is ("true", "a fraction")
  std::optional<std::int64_t> integer;   ///< integer, where it fits
  std::optional<std::uint64_t> natural;  ///< integer, where it is not negative
  std::vector<JsonNode> items;           ///< array
  std::vector<JsonEntry> entries;        ///< object, in the order of the file
  int line = 1;
  std::shared_ptr<const std::string> file;

  /// The value under that key of an object; nullptr if there is none.
  const JsonNode* find(std::string_view key) const;
  /// What was found, for messages: `"abc"`, `7`, `a list`.
  std::string shown() const;
  /// Throws InputError "FILE:LINE: MESSAGE".
  [[noreturn]] void fail(std::string_view message) const;
};

/// A key of an object, and its value.
struct JsonEntry {
  std::string key;
  JsonNode value;
};

/// Throws InputError with file and line when the text is empty, cut off, not JSON, nested deeper
/// than anything that fencepost writes, or has a key twice.
JsonNode json_tree(const std::string& text, const std::string& file);
/// A text as JSON, on one line; nullopt for bytes that are not UTF-8, which JSON can't say.
std::optional<std::string> json_text(const std::string& text);
/// The same for any bytes: those that are not UTF-8 are {"bytes": "6aff"}.
std::string json_exact(const std::string& text);

/// What to do about a file that is not as it was written.
inline constexpr std::string_view kRestore = "restore the file, or save the run again";

/// Throws InputError: WHAT is FOUND, but must be EXPECTED.
[[noreturn]] void wrong(const JsonNode& node, const std::string& what, const std::string& expected);

/// An object with known keys, read as what its values must be.
class JsonTable {
 public:
  /// Throws InputError for a key that is missing or unknown. The node must outlive the table.
  JsonTable(const JsonNode& node, std::string what, const std::vector<std::string>& required,
            const std::vector<std::string>& optional = {});

  /// Precondition: the key is there.
  const JsonNode& operator[](std::string_view key) const { return *node_.find(key); }
  /// nullptr when it is not there.
  const JsonNode* find(std::string_view key) const { return node_.find(key); }
  std::string named(std::string_view key) const;

  std::string text(std::string_view key) const;
  int number(std::string_view key, int least) const;
  const std::vector<JsonNode>& list(std::string_view key) const;
  std::vector<std::string> texts(std::string_view key) const;
  bool truth(std::string_view key) const;
  /// The entries of an object whose keys are anything.
  const std::vector<JsonEntry>& entries(std::string_view key) const;

  /// `what` names the value in messages.
  static std::int64_t whole(const JsonNode& node, const std::string& what, std::int64_t least,
                            std::int64_t most);
  /// As json_exact writes it.
  static std::string text_in(const JsonNode& node, const std::string& what);

 private:
  const JsonNode& node_;
  std::string what_;
};

/// A length of time, which may be negative, as people read it; a whole number of microseconds where
/// it is longer than any that can be read so.
std::string length_json(Duration duration);
Duration duration_in(const JsonNode& node, const std::string& what);
/// The same since the start; "for ever" is the end of time.
std::string instant_json(Instant instant);
Instant instant_in(const JsonNode& node, const std::string& what);

/// A list of the values as `show` writes each, on one line.
template <typename Values, typename Show>
std::string json_list(const Values& values, Show show) {
  std::string text;
  for (const auto& value : values) text += (text.empty() ? "" : ", ") + show(value);
  return "[" + text + "]";
}
/// An object of the entries as `show` writes each, on one line.
template <typename Values, typename Show>
std::string json_object(const Values& values, Show show) {
  std::string text;
  for (const auto& value : values) text += (text.empty() ? "" : ", ") + show(value);
  return "{" + text + "}";
}
/// A list of texts, on one line.
template <typename Texts>
std::string json_texts(const Texts& texts) {
  return json_list(texts, [](const std::string& text) { return json_exact(text); });
}
/// A list or an object, as `brackets` says ("[]" or "{}"), with each entry on a line of its own:
/// two blanks behind `indent`, which the closing bracket's line begins with.
std::string json_lines(std::string_view brackets, std::string_view indent,
                       const std::vector<std::string>& entries);
/// A list of the values as `show` writes each, on a line of its own.
template <typename Values, typename Show>
std::string json_lines_of(std::string_view indent, const Values& values, Show show) {
  std::vector<std::string> entries;
  for (const auto& value : values) entries.push_back(show(value));
  return json_lines("[]", indent, entries);
}
/// An entry of an object: `"key": value`.
std::string json_entry(std::string_view key, std::string_view json);

}  // namespace fencepost
