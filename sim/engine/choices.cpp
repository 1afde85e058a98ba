#include "sim/engine/choices.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fencepost {
namespace {

std::string key_of(const ChoicePoint& point) {
  return fmt::format("{} {} #{}", point.who, point.kind, point.ordinal);
}

std::string joined(const std::vector<std::int64_t>& values) {
  std::string text;
  for (const std::int64_t value : values)
    text += (text.empty() ? "" : ", ") + std::to_string(value);
  return text;
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
  const std::int64_t value = entry->second.deviation.value;
  ++entry->second.used;
  entry->second.found_where = point.where;
  const auto& offered = alternatives.values;
  if (alternatives.open || std::find(offered.begin(), offered.end(), value) != offered.end())
    return value;
  entry->second.offered = joined(offered);
  return offered.front();
}

std::string TapeChoices::misfit() const {
  for (const std::string& key : order_) {
    const Entry& entry = entries_.at(key);
    const std::string& where = entry.deviation.point.where;
    if (entry.used == 0)
      return fmt::format("its choice \"{}\" at {} was never asked for", key, where);
    if (!entry.offered.empty())
      return fmt::format("its choice \"{}\" at {} wants {}, but only {} can be chosen there", key,
                         where, entry.deviation.value, entry.offered);
    if (!where.empty() && entry.found_where != where)
      return fmt::format("its choice \"{}\" belongs to {}, but came up at {}", key, where,
                         entry.found_where);
  }
  return {};
}

std::int64_t RecordingChoices::choose(const ChoicePoint& point, const Alternatives& alternatives) {
  const std::int64_t value = inner_.choose(point, alternatives);
  if (value != alternatives.values.front()) tape_.push_back({point, value});
  if (alternatives.open) lengths_.push_back({point, value});
  return value;
}

}  // namespace fencepost
