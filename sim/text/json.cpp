#include "sim/text/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <nlohmann/json.hpp>

#include "sim/text/error.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

constexpr std::size_t kDeepestJson = 16;
constexpr std::int64_t kMost = 1'000'000'000;

int hex(char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  const std::size_t at = digits.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

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
  bool operator==(const CountingIterator& other) const { return at_ == other.at_; }

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
    if (open_.size() == kDeepestJson)
      node.fail(fmt::format(
          "nested more than {} deep; no file of fencepost is: restore it, or save the run again",
          kDeepestJson));
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

void wrong(const JsonNode& node, const std::string& what, const std::string& expected) {
  node.fail(fmt::format("{} is {}, but must be {}: {}", what, node.shown(), expected, kRestore));
}

JsonTable::JsonTable(const JsonNode& node, std::string what,
                     const std::vector<std::string>& required,
                     const std::vector<std::string>& optional)
    : node_(node), what_(std::move(what)) {
  if (node.kind != JsonNode::Kind::object) wrong(node, what_, "a table: {…}");
  for (const JsonEntry& entry : node.entries) {
    if (std::ranges::count(required, entry.key) > 0 || std::ranges::count(optional, entry.key) > 0)
      continue;
    std::vector<std::string> known = required;
    known.insert(known.end(), optional.begin(), optional.end());
    entry.value.fail(fmt::format("unknown key {} in {}; known are {}{}; take it out, or correct it",
                                 in_quotes(entry.key), what_, listed(known),
                                 did_you_mean(entry.key, known)));
  }
  for (const std::string& key : required)
    if (node.find(key) == nullptr)
      node.fail(fmt::format("\"{}\" is missing in {}: {}", key, what_, kRestore));
}

std::string JsonTable::named(std::string_view key) const {
  return fmt::format("\"{}\" in {}", key, what_);
}

std::string JsonTable::text(std::string_view key) const {
  return text_in((*this)[key], named(key));
}

int JsonTable::number(std::string_view key, int least) const {
  return static_cast<int>(whole((*this)[key], named(key), least, kMost));
}

const std::vector<JsonNode>& JsonTable::list(std::string_view key) const {
  const JsonNode& node = (*this)[key];
  if (node.kind != JsonNode::Kind::array) wrong(node, named(key), "a list: […]");
  return node.items;
}

std::vector<std::string> JsonTable::texts(std::string_view key) const {
  std::vector<std::string> texts;
  for (const JsonNode& item : list(key)) texts.push_back(text_in(item, "a text in " + named(key)));
  return texts;
}

bool JsonTable::truth(std::string_view key) const {
  const JsonNode& node = (*this)[key];
  const bool yes = node.kind == JsonNode::Kind::other && node.text == "true";
  if (!yes && (node.kind != JsonNode::Kind::other || node.text != "false"))
    wrong(node, named(key), "true or false");
  return yes;
}

const std::vector<JsonEntry>& JsonTable::entries(std::string_view key) const {
  const JsonNode& node = (*this)[key];
  if (node.kind != JsonNode::Kind::object) wrong(node, named(key), "a table: {…}");
  return node.entries;
}

std::int64_t JsonTable::whole(const JsonNode& node, const std::string& what, std::int64_t least,
                              std::int64_t most) {
  if (node.kind != JsonNode::Kind::integer || !node.integer || *node.integer < least ||
      *node.integer > most)
    wrong(node, what, fmt::format("a whole number from {} to {}", least, most));
  return *node.integer;
}

std::string JsonTable::text_in(const JsonNode& node, const std::string& what) {
  if (node.kind == JsonNode::Kind::text) return node.text;
  const std::string expected = "a text, or {\"bytes\": \"6aff\"}";
  const JsonNode* const bytes = node.kind == JsonNode::Kind::object ? node.find("bytes") : nullptr;
  if (bytes == nullptr || bytes->kind != JsonNode::Kind::text || node.entries.size() != 1 ||
      bytes->text.size() % 2 != 0)
    wrong(node, what, expected);
  std::string out;
  for (std::size_t i = 0; i < bytes->text.size(); i += 2) {
    const int high = hex(bytes->text[i]), low = hex(bytes->text[i + 1]);
    if (high < 0 || low < 0) wrong(*bytes, what, "bytes as hexadecimal digits");
    out += static_cast<char>(high * 16 + low);
  }
  return out;
}

std::string length_json(Duration duration) {
  constexpr std::int64_t longest = 1'000LL * 365 * 86'400 * 1'000'000;
  if (duration.count() > longest || duration.count() < -longest)
    return std::to_string(duration.count());
  return "\"" + to_text(duration) + "\"";
}

Duration duration_in(const JsonNode& node, const std::string& what) {
  if (node.kind == JsonNode::Kind::integer && node.integer) return Duration{*node.integer};
  const bool negative = node.text.starts_with('-');
  const auto duration = duration_from_text(std::string_view(node.text).substr(negative ? 1 : 0));
  if (node.kind != JsonNode::Kind::text || !duration)
    wrong(node, what, "a length of time such as \"330.000001 s\"");
  return negative ? -*duration : *duration;
}

std::string instant_json(Instant instant) {
  return instant == Instant::max() ? "\"for ever\"" : length_json(instant.time_since_epoch());
}

Instant instant_in(const JsonNode& node, const std::string& what) {
  if (node.kind == JsonNode::Kind::text && node.text == "for ever") return Instant::max();
  return Instant{duration_in(node, what)};
}

std::string json_lines(std::string_view brackets, std::string_view indent,
                       const std::vector<std::string>& entries) {
  if (entries.empty()) return std::string(brackets);
  std::string text(1, brackets.front());
  for (const std::string& entry : entries)
    text += fmt::format("{}\n{}  {}", text.size() == 1 ? "" : ",", indent, entry);
  return fmt::format("{}\n{}{}", text, indent, brackets.back());
}

std::string json_entry(std::string_view key, std::string_view json) {
  return fmt::format("\"{}\": {}", key, json);
}

}  // namespace fencepost
