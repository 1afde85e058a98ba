// A JSON object as the table that a format says it is: its keys are known, and every value that is
// not what it must be is named by file and line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/time.hpp"
#include "sim/text/json_tree.hpp"

namespace fencepost {

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

}  // namespace fencepost
