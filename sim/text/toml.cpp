#include "sim/text/toml.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <utility>

#include "sim/text/error.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

// Far beyond any lease, and far from where adding instants could overflow.
constexpr Duration kLongestDuration = std::chrono::hours{24 * 3650};

using FileName = std::shared_ptr<const std::string>;

TomlPlace place_of(const toml::source_position& at) { return {at.line, at.column}; }

TomlNode node_from(const toml::node& node, const FileName& file, int line);

TomlNode table_from(const toml::table& table, TomlNode out) {
  std::vector<std::pair<TomlPlace, TomlEntry>> placed;
  for (const auto& [key, value] : table) {
    TomlPlace place = place_of(key.source().begin);
    if (place.line == 0) place = place_of(value.source().begin);
    const int line = place.line == 0 ? out.line : static_cast<int>(place.line);
    placed.push_back({place, {std::string(key.str()), node_from(value, out.file, line)}});
  }
  std::stable_sort(placed.begin(), placed.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (auto& [place, entry] : placed) out.entries.push_back(std::move(entry));
  return out;
}

std::string other_kind(const toml::node& node) {
  if (node.is_floating_point()) return "a number with a fraction";
  if (node.is_date()) return "a date";
  if (node.is_time()) return "a time of day";
  return "a date and time";
}

TomlNode node_from(const toml::node& node, const FileName& file, int line) {
  TomlNode out;
  out.file = file;
  out.line = line;
  out.begin = place_of(node.source().begin);
  out.end = place_of(node.source().end);
  if (const toml::table* table = node.as_table()) {
    out.kind = TomlNode::Kind::table;
    return table_from(*table, std::move(out));
  }
  if (const toml::array* array = node.as_array()) {
    out.kind = TomlNode::Kind::array;
    for (const toml::node& item : *array) {
      const auto at = static_cast<int>(item.source().begin.line);
      out.items.push_back(node_from(item, file, at == 0 ? line : at));
    }
    return out;
  }
  if (const auto* text = node.as_string()) {
    out.kind = TomlNode::Kind::text;
    out.text = text->get();
  } else if (const auto* integer = node.as_integer()) {
    out.kind = TomlNode::Kind::integer;
    out.integer = integer->get();
  } else if (const auto* boolean = node.as_boolean()) {
    out.kind = TomlNode::Kind::boolean;
    out.boolean = boolean->get();
  } else {
    out.text = other_kind(node);
  }
  return out;
}

std::string length_first(const std::string& text) {
  return std::to_string(text.size()) + ":" + text;
}

}  // namespace

const TomlNode* TomlNode::find(std::string_view key) const {
  for (const TomlEntry& entry : entries)
    if (entry.key == key) return &entry.value;
  return nullptr;
}

void TomlNode::fail(std::string_view message) const {
  throw InputError(fmt::format("{}:{}: {}", *file, line, message));
}

TomlNode toml_tree(const std::string& text, const std::string& file) {
  const auto name = std::make_shared<const std::string>(file);
  try {
    const toml::table table = toml::parse(text, file);
    TomlNode root;
    root.kind = TomlNode::Kind::table;
    root.file = name;
    return table_from(table, std::move(root));
  } catch (const toml::parse_error& error) {
    throw InputError(fmt::format("{}:{}: this is not TOML: {}; mend the line", file,
                                 error.source().begin.line, error.description()));
  }
}

std::string canonical(const TomlNode& node) {
  switch (node.kind) {
    case TomlNode::Kind::text:
      return "t" + length_first(node.text);
    case TomlNode::Kind::integer:
      return "i" + std::to_string(node.integer) + ";";
    case TomlNode::Kind::boolean:
      return node.boolean ? "b1" : "b0";
    case TomlNode::Kind::other:
      return "o" + length_first(node.text);
    case TomlNode::Kind::array: {
      std::string out = "[";
      for (const TomlNode& item : node.items) out += canonical(item);
      return out + "]";
    }
    case TomlNode::Kind::table:
      break;
  }
  std::vector<std::string> entries;
  for (const TomlEntry& entry : node.entries)
    entries.push_back(length_first(entry.key) + canonical(entry.value));
  std::sort(entries.begin(), entries.end());
  std::string out = "{";
  for (const std::string& entry : entries) out += entry;
  return out + "}";
}

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

std::string reason_in(const TomlNode& node, const std::string& what) {
  std::string reason = one_line(text_in(node, what));
  if (is_blank(reason)) wrong(node, what, "a reason, in words");
  return reason;
}

std::string name_in(const TomlNode& node, const std::string& what) {
  if (node.kind != TomlNode::Kind::text || !is_plain_name(node.text))
    wrong(node, what, "a name of letters, digits and _");
  return node.text;
}

std::vector<std::string> columns_in(const TomlNode& node, const std::string& what) {
  const std::vector<std::string> columns = texts_in(node, what);
  const bool whole = std::none_of(columns.begin(), columns.end(),
                                  [](const std::string& column) { return column.empty(); });
  if (columns.empty() || !whole)
    node.fail(fmt::format("{} is empty; name at least one column", what));
  return columns;
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
  if (!duration || *duration > kLongestDuration)
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
  if (is_file_name(name)) return;
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
