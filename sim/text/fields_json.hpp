// Structs as JSON, written and read by their field lists: a new field needs nothing here, unless it
// is of a new type. A type that needs more has a json_of and a read_json of its own beside it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "model/history.hpp"
#include "model/verdict.hpp"
#include "sim/text/json.hpp"

namespace fencepost {

/// A value as JSON, on one line.
std::string json_of(const std::string& text);
std::string json_of(int number);
std::string json_of(std::int64_t number);
std::string json_of(std::uint64_t number);
std::string json_of(bool truth);
std::string json_of(Duration duration);
std::string json_of(Instant instant);
std::string json_of(AttemptId attempt);
std::string json_of(FaultKind kind);
std::string json_of(const std::vector<Bound>& bound);
std::string json_of(const std::vector<std::string>& texts);
std::string json_of(const std::set<std::string>& texts);
std::string json_of(const std::set<Duration>& lengths);
/// Keys may be anything, so these are lists of pairs; of texts, with a line for each.
std::string json_of(const std::map<std::string, int>& counts);
std::string json_of(const std::map<std::string, std::string>& texts);
/// A list of its lines.
std::string json_in_lines(const std::string& text);

/// A visitor that does nothing.
struct IgnoreFields {
  template <typename... Field>
  void operator()(Field&&...) const {}
};
/// A struct that lists its fields.
template <typename T>
concept HasFields = requires(const T& value) {
  T::fields(value, IgnoreFields{});
};
template <typename T>
std::string json_of(const std::optional<T>& value) {
  return json_of(*value);
}
template <typename Tag>
std::string json_of(const Name<Tag>& name) {
  return json_of(name.text);
}
template <typename Word>
requires std::is_enum_v<Word> std::string json_of(Word word) {
  return json_of(std::string(names_of(word)[static_cast<std::size_t>(word)]));
}
template <HasFields T>
std::string json_of(const T& value);

/// Writes the fields that it visits as entries of an object, without those that are as usual.
class FieldWriter {
 public:
  /// What stands before each key but the first.
  explicit FieldWriter(std::string between = ", ") : between_(std::move(between)) {}

  template <typename T>
  void operator()(std::string_view key, const T& value, Written written) {
    const bool left_out = written == Written::unless_usual || written == Written::in_digest ||
                          written == Written::in_files;
    if (left_out && value == T{}) return;
    if constexpr (std::is_same_v<T, std::string>)
      add(key, written == Written::in_lines ? json_in_lines(value) : json_of(value));
    else
      add(key, json_of(value));
  }
  /// What is between the brackets.
  const std::string& text() const { return text_; }

 private:
  void add(std::string_view key, const std::string& json) {
    text_ += (text_.empty() ? "" : between_) + json_entry(key, json);
  }
  std::string between_;
  std::string text_;
};

/// A struct as an object.
template <HasFields T>
std::string json_of(const T& value) {
  FieldWriter writer;
  T::fields(value, writer);
  return "{" + writer.text() + "}";
}

/// The keys that a struct's table must have, and those that it may have.
struct Keys {
  std::vector<std::string> required;
  std::vector<std::string> optional;
};
template <typename T>
Keys keys_of() {
  Keys keys;
  const T fresh;
  T::fields(fresh, [&](std::string_view key, const auto&, Written written) {
    (may_be_missing(written) ? keys.optional : keys.required).emplace_back(key);
  });
  return keys;
}

/// A key that is there, and its table.
struct JsonField {
  const JsonTable& table;
  std::string_view key;
  const JsonNode& node() const { return table[key]; }
  std::string named() const { return table.named(key); }
};

/// Reads what json_of wrote. Throws InputError with file and line.
void read_json(const JsonField& field, std::string& into);
void read_json(const JsonField& field, int& into);
void read_json(const JsonField& field, std::int64_t& into);
void read_json(const JsonField& field, std::uint64_t& into);
void read_json(const JsonField& field, bool& into);
void read_json(const JsonField& field, Duration& into);
void read_json(const JsonField& field, Instant& into);
void read_json(const JsonField& field, AttemptId& into);
void read_json(const JsonField& field, FaultKind& into);
void read_json(const JsonField& field, std::vector<Bound>& into);
void read_json(const JsonField& field, std::vector<std::string>& into);
void read_json(const JsonField& field, std::set<std::string>& into);
void read_json(const JsonField& field, std::set<Duration>& into);
void read_json(const JsonField& field, std::map<std::string, int>& into);
void read_json(const JsonField& field, std::map<std::string, std::string>& into);
void read_json(const JsonField& field, JobRecord& into);
void read_json(const JsonField& field, Violation& into);
/// What json_in_lines wrote.
void read_json_lines(const JsonField& field, std::string& into);
/// Which of the words it is.
std::size_t read_json_word(const JsonField& field, const std::vector<std::string>& words);
template <typename T>
void read_json(const JsonField& field, std::optional<T>& into) {
  read_json(field, into.emplace());
}
template <typename Tag>
void read_json(const JsonField& field, Name<Tag>& into) {
  read_json(field, into.text);
}
template <typename Word>
requires std::is_enum_v<Word>
void read_json(const JsonField& field, Word& into) {
  const auto names = names_of(Word{});
  into = static_cast<Word>(
      read_json_word(field, std::vector<std::string>(names.begin(), names.end())));
}

/// Reads the fields that it visits from a table; those that are not there keep their defaults.
class FieldReader {
 public:
  /// `what` is what messages call the table.
  FieldReader(const JsonNode& node, std::string what, const Keys& keys)
      : table_(node, std::move(what), keys.required, keys.optional) {}

  template <typename T>
  void operator()(std::string_view key, T& into, Written written) const {
    if (table_.find(key) == nullptr) return;
    if constexpr (std::is_same_v<T, std::string>)
      if (written == Written::in_lines) return read_json_lines({table_, key}, into);
    read_json(JsonField{table_, key}, into);
  }
  const JsonTable& table() const { return table_; }

 private:
  JsonTable table_;
};

/// The same of a struct whose ints count something: none is negative.
class CountReader : public FieldReader {
 public:
  using FieldReader::FieldReader;

  template <typename T>
  void operator()(std::string_view key, T& into, Written written) const {
    if constexpr (std::is_same_v<T, int>)
      into = table().find(key) != nullptr ? table().number(key, 0) : into;
    else
      FieldReader::operator()(key, into, written);
  }
};

/// A struct from its table.
template <typename T>
T read_from(const JsonNode& node, const std::string& what) {
  T value;
  T::fields(value, FieldReader(node, what, keys_of<T>()));
  return value;
}

}  // namespace fencepost
