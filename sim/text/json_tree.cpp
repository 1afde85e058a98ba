#include "sim/text/json_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <nlohmann/json.hpp>

#include "sim/text/error.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

constexpr std::size_t kDeepest = 16;

/// Counts the lines that the parser has read. The character read last does not count yet: behind a
/// number it is one that the parser only looked at.
struct Place {
  int line = 1;
  bool after_newline = false;
};

class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, Place& place) : at_(at), place_(&place) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    place_->line += place_->after_newline ? 1 : 0;
    place_->after_newline = *at_ == '\n';
    ++at_;
    return *this;
  }
  CountingIterator operator++(int) {
    const CountingIterator before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const CountingIterator& a, const CountingIterator& b) {
    return a.at_ == b.at_;
  }
  friend bool operator!=(const CountingIterator& a, const CountingIterator& b) {
    return a.at_ != b.at_;
  }

 private:
  const char* at_;
  Place* place_;
};

/// The parser shows a token with the blanks before it, and control characters as <U+000A>.
std::string_view without_blanks(std::string_view token) {
  constexpr std::array<std::string_view, 4> blanks = {" ", "<U+0009>", "<U+000A>", "<U+000D>"};
  for (std::size_t i = 0; i < blanks.size();) {
    const bool leads = token.starts_with(blanks[i]);
    if (leads) token.remove_prefix(blanks[i].size());
    i = leads ? 0 : i + 1;
  }
  return token;
}

/// Builds the tree from what the parser reports, and throws at the first mistake.
class Builder : public nlohmann::json_sax<nlohmann::json> {
 public:
  Builder(const Place& place, const std::string& file)
      : place_(place), file_(std::make_shared<const std::string>(file)) {}

  JsonNode root;

  bool null() override { return other("null"); }
  bool boolean(bool value) override { return other(value ? "true" : "false"); }
  bool number_float(double, const std::string&) override {
    return other("a number with a fraction, or too large a one");
  }
  bool binary(binary_t&) override { return other("bytes"); }
  bool number_integer(std::int64_t value) override {
    JsonNode& node = add(JsonNode::Kind::integer);
    node.integer = value;
    if (value >= 0) node.natural = static_cast<std::uint64_t>(value);
    return true;
  }
  bool number_unsigned(std::uint64_t value) override {
    JsonNode& node = add(JsonNode::Kind::integer);
    node.natural = value;
    if (value <= static_cast<std::uint64_t>(INT64_MAX))
      node.integer = static_cast<std::int64_t>(value);
    return true;
  }
  bool string(string_t& value) override {
    add(JsonNode::Kind::text).text = std::move(value);
    return true;
  }
  bool start_object(std::size_t) override { return open(JsonNode::Kind::object); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(JsonNode::Kind::array); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    JsonNode& object = *open_.back();
    const JsonNode here = empty(JsonNode::Kind::other);
    if (object.find(name) != nullptr)
      here.fail(fmt::format("key {} is there twice; leave one of them", in_quotes(name)));
    object.entries.push_back({std::move(name), here});
    return true;
  }
  bool parse_error(std::size_t, const std::string& token,
                   const nlohmann::json::exception& error) override {
    const JsonNode here = empty(JsonNode::Kind::other);
    const std::string_view why = error.what();
    if (why.find("unexpected end of input") != why.npos ||
        why.find("missing closing quote") != why.npos)
      here.fail(
          "the file is cut off: its JSON ends too early; restore the whole file, or save the run "
          "again");
    here.fail(fmt::format(
        "not JSON from {} on; expected a file as fencepost writes it: restore it, or save the run "
        "again",
        in_quotes(without_blanks(token))));
  }

 private:
  JsonNode empty(JsonNode::Kind kind) const {
    JsonNode node;
    node.kind = kind;
    node.line = place_.line;
    node.file = file_;
    return node;
  }
  JsonNode& add(JsonNode::Kind kind) {
    if (open_.empty()) return root = empty(kind);
    JsonNode& into = *open_.back();
    if (into.kind == JsonNode::Kind::array) return into.items.emplace_back(empty(kind));
    return into.entries.back().value = empty(kind);
  }
  bool other(std::string_view what) {
    add(JsonNode::Kind::other).text = what;
    return true;
  }
  // A container grows only while it is the innermost open one, so the pointers to those around it
  // stay valid.
  bool open(JsonNode::Kind kind) {
    JsonNode& node = add(kind);
    if (open_.size() == kDeepest)
      node.fail(fmt::format(
          "nested more than {} deep; no file of fencepost is: restore it, or save the run again",
          kDeepest));
    open_.push_back(&node);
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  const Place& place_;
  std::shared_ptr<const std::string> file_;
  std::vector<JsonNode*> open_;
};

}  // namespace

const JsonNode* JsonNode::find(std::string_view key) const {
  const auto entry = std::find_if(entries.begin(), entries.end(),
                                  [&](const JsonEntry& e) { return e.key == key; });
  return entry == entries.end() ? nullptr : &entry->value;
}

std::string JsonNode::shown() const {
  switch (kind) {
    case Kind::text:
      return in_quotes(text);
    case Kind::integer:
      return integer ? std::to_string(*integer) : std::to_string(*natural);
    case Kind::array:
      return "a list";
    case Kind::object:
      return "a table";
    case Kind::other:
      break;
  }
  return text;
}

void JsonNode::fail(std::string_view message) const {
  throw InputError(fmt::format("{}:{}: {}", *file, line, message));
}

JsonNode json_tree(const std::string& text, const std::string& file) {
  if (text.find_first_not_of(" \t\r\n") == std::string::npos)
    throw InputError(
        fmt::format("{}:1: the file is empty; expected JSON as fencepost writes it: restore it, or "
                    "save the run again",
                    file));
  Place place;
  Builder builder(place, file);
  const char* const first = text.data();
  nlohmann::json::sax_parse(CountingIterator(first, place),
                            CountingIterator(first + text.size(), place), &builder);
  return std::move(builder.root);
}

std::optional<std::string> json_text(const std::string& text) {
  try {
    return nlohmann::json(text).dump();
  } catch (const nlohmann::json::type_error&) {
    return std::nullopt;
  }
}

std::string json_exact(const std::string& text) {
  if (const auto json = json_text(text)) return *json;
  std::string hex;
  for (const char c : text) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return "{\"bytes\": \"" + hex + "\"}";
}

}  // namespace fencepost
