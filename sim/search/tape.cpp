#include "sim/search/tape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace fencepost {
namespace {

std::string key_of(const ChoicePoint& point) {
  return fmt::format("{} {} #{}", point.who, point.kind, point.ordinal);
}

/// The answer that a deviation means, among these; nullopt: it is none of them. The only place
/// where a name becomes a value.
std::optional<std::int64_t> answer_of(const Deviation& deviation,
                                      const Alternatives& alternatives) {
  const std::vector<std::int64_t>& values = alternatives.values;
  const std::vector<std::string>& names = alternatives.names;
  if (deviation.name.empty() != names.empty()) return std::nullopt;
  if (!names.empty()) {
    const auto named = std::find(names.begin(), names.end(), deviation.name);
    if (named == names.end()) return std::nullopt;
    return values[static_cast<std::size_t>(named - names.begin())];
  }
  const bool offered = std::find(values.begin(), values.end(), deviation.value) != values.end();
  return alternatives.open || offered ? std::optional(deviation.value) : std::nullopt;
}

/// The deviation that says this answer; nullopt for the quiet one.
std::optional<Deviation> deviation_of(const ChoicePoint& point, const Alternatives& alternatives,
                                      std::int64_t value) {
  const auto& values = alternatives.values;
  if (value == values.front()) return std::nullopt;
  if (alternatives.names.empty()) return Deviation{point, value};
  const auto nth = std::find(values.begin(), values.end(), value) - values.begin();
  return Deviation{point, 0, alternatives.names.at(static_cast<std::size_t>(nth))};
}

std::string joined(const Alternatives& alternatives) {
  std::vector<std::string> texts = alternatives.names;
  if (texts.empty())
    for (const std::int64_t value : alternatives.values) texts.push_back(std::to_string(value));
  std::string list;
  for (const std::string& text : texts) list += (list.empty() ? "" : ", ") + text;
  return list;
}

std::string wanted(const Deviation& deviation) {
  return deviation.name.empty() ? std::to_string(deviation.value) : deviation.name;
}

}  // namespace

TapeChoices::TapeChoices(const Tape& tape) {
  for (const Deviation& deviation : tape) {
    const std::string key = key_of(deviation.point);
    if (!entries_.contains(key)) order_.push_back(key);
    entries_[key].deviation = deviation;
  }
}

std::int64_t TapeChoices::choose(const ChoicePoint& point, const Alternatives& alternatives) {
  const auto entry = entries_.find(key_of(point));
  if (entry == entries_.end()) return alternatives.values.front();
  ++entry->second.used;
  entry->second.found_where = point.where;
  if (const auto answer = answer_of(entry->second.deviation, alternatives)) return *answer;
  entry->second.offered = joined(alternatives);
  return alternatives.values.front();
}

void TapeChoices::rewind() {
  for (auto& [key, entry] : entries_) entry = {std::move(entry.deviation), 0, {}, {}};
}

std::string TapeChoices::misfit() const {
  for (const std::string& key : order_) {
    const Entry& entry = entries_.at(key);
    const std::string& where = entry.deviation.point.where;
    if (entry.used == 0)
      return fmt::format("its choice \"{}\" at {} was never asked for", key, where);
    if (!entry.offered.empty())
      return fmt::format("its choice \"{}\" at {} wants {}, but only {} can be chosen there", key,
                         where, wanted(entry.deviation), entry.offered);
    if (!where.empty() && entry.found_where != where)
      return fmt::format("its choice \"{}\" belongs to {}, but came up at {}", key, where,
                         entry.found_where);
  }
  return {};
}

std::int64_t RecordingChoices::choose(const ChoicePoint& point, const Alternatives& alternatives) {
  const std::int64_t value = inner_.choose(point, alternatives);
  if (const auto deviation = deviation_of(point, alternatives, value)) tape_.push_back(*deviation);
  if (alternatives.open) lengths_.push_back({point, value});
  return value;
}

void RecordingChoices::rewind() {
  inner_.rewind();
  tape_.clear();
  lengths_.clear();
}

}  // namespace fencepost
