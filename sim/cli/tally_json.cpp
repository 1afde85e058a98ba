#include "sim/cli/tally_json.hpp"

#include <fmt/format.h>

#include "sim/text/words.hpp"

namespace fencepost {
namespace {

constexpr std::string_view kOutcomes[] = {"holds",      "violated",    "not_applicable",
                                          "not_judged", "not_reached", "open"};

// The maps of a tally are lists whose entries begin with their key, under these names.
constexpr std::string_view kProperty = "property", kStatement = "statement", kName = "name",
                           kHistories = "histories";

/// A line for each value.
template <typename Values, typename Show>
std::string in_lines(const Values& values, Show show) {
  return json_lines_of("          ", values, show);
}

template <typename T>
std::string keyed(std::string_view name, const std::map<std::string, T>& values) {
  return in_lines(values, [&](const auto& each) {
    FieldWriter writer;
    writer(name, each.first, Written::always);
    T::fields(each.second, writer);
    return "{" + writer.text() + "}";
  });
}

/// `what` is what messages call an entry.
template <typename T>
void read_keyed(const JsonField& field, std::string_view name, const std::string& what,
                std::map<std::string, T>& into) {
  Keys keys = keys_of<T>();
  keys.required.emplace_back(name);
  for (const JsonNode& node : field.table.list(field.key)) {
    const CountReader reader(node, what, keys);
    T::fields(into[reader.table().text(name)], reader);
  }
}

/// A property that this version knows.
std::string property_in(const JsonNode& node, const std::string& name) {
  if (find_property(name) != nullptr) return name;
  std::vector<std::string> known;
  for (const Property& each : properties()) known.emplace_back(each.name);
  node.fail(fmt::format(
      "this fencepost knows no property {}{}; take the fencepost that wrote the file, or run check "
      "again",
      in_quotes(name), did_you_mean(name, known)));
}

}  // namespace

std::string json_of(const std::map<std::string, Endings>& tried) {
  return keyed(kStatement, tried);
}
void read_json(const JsonField& field, std::map<std::string, Endings>& into) {
  read_keyed(field, kStatement, "a statement", into);
}

std::string json_of(const std::map<std::string, Find>& found) { return keyed(kName, found); }
void read_json(const JsonField& field, std::map<std::string, Find>& into) {
  read_keyed(field, kName, "what was found", into);
  for (const auto& [name, find] : into) property_in(field.node(), name.substr(0, name.find('.')));
}

std::string json_of(const std::map<std::string, Outcomes>& judged) {
  return in_lines(judged, [](const auto& each) {
    FieldWriter writer;
    writer(kProperty, each.first, Written::always);
    for (const auto& [outcome, count] : each.second)
      writer(kOutcomes[static_cast<std::size_t>(outcome)], count, Written::always);
    return "{" + writer.text() + "}";
  });
}
void read_json(const JsonField& field, std::map<std::string, Outcomes>& into) {
  for (const JsonNode& node : field.table.list(field.key)) {
    const JsonTable table(node, "what was judged", {std::string(kProperty)},
                          {std::begin(kOutcomes), std::end(kOutcomes)});
    Outcomes& outcomes = into[property_in(node, table.text(kProperty))];
    for (std::size_t i = 0; i < std::size(kOutcomes); ++i)
      if (table.find(kOutcomes[i]) != nullptr)
        outcomes[static_cast<Outcome>(i)] = table.number(kOutcomes[i], 0);
  }
}

std::string json_of(const std::map<Excuse, int>& excused) {
  return in_lines(excused, [](const auto& each) {
    FieldWriter writer;
    Excuse::fields(each.first, writer);
    writer(kHistories, each.second, Written::always);
    return "{" + writer.text() + "}";
  });
}
void read_json(const JsonField& field, std::map<Excuse, int>& into) {
  Keys keys = keys_of<Excuse>();
  keys.required.emplace_back(kHistories);
  for (const JsonNode& node : field.table.list(field.key)) {
    const CountReader reader(node, "an excuse", keys);
    Excuse excuse;
    Excuse::fields(excuse, reader);
    property_in(node, excuse.property);
    into[excuse] = reader.table().number(kHistories, 1);
  }
}

FieldWriter tally_writer(const Tally& tally) {
  FieldWriter writer(",\n          ");
  Tally::fields(tally, writer);
  return writer;
}

Tally read_tally(const JsonNode& node, const CountReader& reader) {
  Tally tally;
  Tally::fields(tally, reader);
  for (const auto& [property, why] : tally.open) property_in(node, property);
  for (auto& [name, find] : tally.found) find.scenario = tally.scenario;
  return tally;
}

}  // namespace fencepost
