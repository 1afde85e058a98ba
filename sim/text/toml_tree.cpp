#include "sim/text/toml_tree.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <utility>

#include "sim/text/error.hpp"

namespace fencepost {
namespace {

using FileName = std::shared_ptr<const std::string>;

/// A place in the file; tables that only stand in a dotted key have none of their own.
struct Place {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  friend auto operator<=>(const Place&, const Place&) = default;
};
Place place_of(const toml::source_region& region) {
  return {region.begin.line, region.begin.column};
}

TomlNode node_from(const toml::node& node, const FileName& file, int line);

TomlNode table_from(const toml::table& table, TomlNode out) {
  std::vector<std::pair<Place, TomlEntry>> placed;
  for (const auto& [key, value] : table) {
    Place place = place_of(key.source());
    if (place.line == 0) place = place_of(value.source());
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

}  // namespace fencepost
