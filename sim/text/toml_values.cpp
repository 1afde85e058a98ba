#include "sim/text/toml_values.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/text/sql_text.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

// Far beyond any lease, and far from where adding instants could overflow.
constexpr Duration kLongest = std::chrono::hours{24 * 3650};

}  // namespace

std::string described(const TomlNode& node) {
  switch (node.kind) {
    case TomlNode::Kind::text:
      return "the text " + in_quotes(node.text);
    case TomlNode::Kind::integer:
      return fmt::format("the whole number {}", node.integer);
    case TomlNode::Kind::boolean:
      return node.boolean ? "true" : "false";
    case TomlNode::Kind::array:
      return "an array";
    case TomlNode::Kind::table:
      return "a table";
    case TomlNode::Kind::other:
      break;
  }
  return node.text;
}

void wrong(const TomlNode& node, const std::string& what, const std::string& expected) {
  node.fail(fmt::format("{} is {}, but must be {}", what, described(node), expected));
}

std::string text_in(const TomlNode& node, const std::string& what) {
  if (node.kind != TomlNode::Kind::text) wrong(node, what, "a text in quotes");
  return node.text;
}

std::string name_in(const TomlNode& node, const std::string& what) {
  if (node.kind != TomlNode::Kind::text || !is_plain_name(node.text))
    wrong(node, what, "a name of letters, digits and _");
  return node.text;
}

std::vector<std::string> texts_in(const TomlNode& node, const std::string& what) {
  if (node.kind == TomlNode::Kind::text) return {node.text};
  if (node.kind != TomlNode::Kind::array) wrong(node, what, "a text in quotes or an array of them");
  std::vector<std::string> texts;
  for (const TomlNode& item : node.items) texts.push_back(text_in(item, "an entry of " + what));
  return texts;
}

bool boolean_in(const TomlNode& node, const std::string& what) {
  if (node.kind != TomlNode::Kind::boolean) wrong(node, what, "true or false");
  return node.boolean;
}

int integer_in(const TomlNode& node, const std::string& what, Range range) {
  if (node.kind != TomlNode::Kind::integer || node.integer < range.least ||
      node.integer > range.most)
    wrong(node, what, fmt::format("a whole number from {} to {}", range.least, range.most));
  return static_cast<int>(node.integer);
}

Duration duration_in(const TomlNode& node, const std::string& what) {
  const auto duration =
      node.kind == TomlNode::Kind::text ? duration_from_text(node.text) : std::nullopt;
  if (!duration || *duration > kLongest)
    wrong(node, what, "a duration such as \"1.5s\", \"80ms\" or \"5min\", ten years at the most");
  return *duration;
}

Duration positive_duration_in(const TomlNode& node, const std::string& what) {
  const Duration duration = duration_in(node, what);
  if (duration == 0us) wrong(node, what, "longer than nothing, such as \"1s\"");
  return duration;
}

std::string value_in(const TomlNode& node, const std::string& what) {
  if (node.kind == TomlNode::Kind::integer) return std::to_string(node.integer);
  if (node.kind != TomlNode::Kind::text) wrong(node, what, "a text in quotes or a whole number");
  return node.text;
}

const TomlNode& table_in(const TomlNode& node, const std::string& what) {
  if (node.kind != TomlNode::Kind::table) wrong(node, what, "a table");
  return node;
}

const TomlNode& array_in(const TomlNode& node, const std::string& what) {
  if (node.kind != TomlNode::Kind::array) wrong(node, what, "an array");
  return node;
}

std::size_t word_in(const TomlNode& node, const std::string& what,
                    const std::vector<std::string>& known) {
  const auto found = std::find(known.begin(), known.end(), node.text);
  if (node.kind == TomlNode::Kind::text && found != known.end())
    return static_cast<std::size_t>(found - known.begin());
  const std::string hint = node.kind == TomlNode::Kind::text ? did_you_mean(node.text, known) : "";
  wrong(node, what, "one of " + listed(known) + hint);
}

const TomlNode& needed(const TomlNode& table, const std::string& title, std::string_view key,
                       std::string_view example) {
  if (const TomlNode* value = table.find(key)) return *value;
  table.fail(fmt::format("{} has no {}; write {}", title, key, example));
}

void check_file_name(const TomlNode& at, const std::string& what, const std::string& name) {
  const auto plain = [](char c) {
    return is_plain_name(std::string("_") + c) || c == '-' || c == '.';
  };
  if (!name.empty() && name.front() != '-' && name.front() != '.' &&
      std::all_of(name.begin(), name.end(), plain))
    return;
  at.fail(fmt::format(
      "{} is {}, but must be of letters, digits, - and _, because files are named after it", what,
      in_quotes(name)));
}

void only_keys(const TomlNode& table, const std::string& title, std::vector<std::string> known) {
  std::sort(known.begin(), known.end());
  for (const TomlEntry& entry : table.entries) {
    if (std::binary_search(known.begin(), known.end(), entry.key)) continue;
    entry.fail(fmt::format("unknown key {} in {}; known are {}{}", in_quotes(entry.key), title,
                           listed(known), did_you_mean(entry.key, known)));
  }
}

}  // namespace fencepost
