#include "sim/text/json_table.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/text/error.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

using Kind = JsonNode::Kind;
constexpr std::int64_t kMost = 1'000'000'000;

int hex(char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  const std::size_t at = digits.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

bool contains(const std::vector<std::string>& keys, const std::string& key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

}  // namespace

void wrong(const JsonNode& node, const std::string& what, const std::string& expected) {
  node.fail(fmt::format("{} is {}, but must be {}: {}", what, node.shown(), expected, kRestore));
}

JsonTable::JsonTable(const JsonNode& node, std::string what,
                     const std::vector<std::string>& required,
                     const std::vector<std::string>& optional)
    : node_(node), what_(std::move(what)) {
  if (node.kind != Kind::object) wrong(node, what_, "a table: {…}");
  for (const JsonEntry& entry : node.entries) {
    if (contains(required, entry.key) || contains(optional, entry.key)) continue;
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
  if (node.kind != Kind::array) wrong(node, named(key), "a list: […]");
  return node.items;
}

std::vector<std::string> JsonTable::texts(std::string_view key) const {
  std::vector<std::string> texts;
  for (const JsonNode& item : list(key)) texts.push_back(text_in(item, "a text in " + named(key)));
  return texts;
}

bool JsonTable::truth(std::string_view key) const {
  const JsonNode& node = (*this)[key];
  const bool yes = node.kind == Kind::other && node.text == "true";
  if (!yes && (node.kind != Kind::other || node.text != "false"))
    wrong(node, named(key), "true or false");
  return yes;
}

const std::vector<JsonEntry>& JsonTable::entries(std::string_view key) const {
  const JsonNode& node = (*this)[key];
  if (node.kind != Kind::object) wrong(node, named(key), "a table: {…}");
  return node.entries;
}

std::int64_t JsonTable::whole(const JsonNode& node, const std::string& what, std::int64_t least,
                              std::int64_t most) {
  if (node.kind != Kind::integer || !node.integer || *node.integer < least || *node.integer > most)
    wrong(node, what, fmt::format("a whole number from {} to {}", least, most));
  return *node.integer;
}

std::string JsonTable::text_in(const JsonNode& node, const std::string& what) {
  if (node.kind == Kind::text) return node.text;
  const std::string expected = "a text, or {\"bytes\": \"6aff\"}";
  const JsonNode* const bytes = node.kind == Kind::object ? node.find("bytes") : nullptr;
  if (bytes == nullptr || bytes->kind != Kind::text || node.entries.size() != 1 ||
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
  if (node.kind == Kind::integer && node.integer) return Duration{*node.integer};
  const bool negative = node.text.starts_with('-');
  const auto duration = duration_from_text(std::string_view(node.text).substr(negative ? 1 : 0));
  if (node.kind != Kind::text || !duration)
    wrong(node, what, "a length of time such as \"330.000001 s\"");
  return negative ? -*duration : *duration;
}

std::string instant_json(Instant instant) {
  return instant == Instant::max() ? "\"for ever\"" : length_json(instant.time_since_epoch());
}

Instant instant_in(const JsonNode& node, const std::string& what) {
  if (node.kind == Kind::text && node.text == "for ever") return Instant::max();
  return Instant{duration_in(node, what)};
}

}  // namespace fencepost
