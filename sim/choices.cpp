#include "sim/choices.hpp"
#include <algorithm>
#include <fmt/format.h>
namespace fencepost {
TapeChoices::TapeChoices(const Tape& tape) {
  for (const Deviation& d : tape) entries_[fmt::format("{}|{}|{}", d.point.who, d.point.kind, d.point.ordinal)].deviation = d;
}
std::int64_t TapeChoices::choose(const ChoicePoint& p, const Alternatives& a) {
  const auto e = entries_.find(fmt::format("{}|{}|{}", p.who, p.kind, p.ordinal));
  if (e == entries_.end()) return a.values.front();
  const auto v = e->second.deviation.value;
  if (a.open || std::find(a.values.begin(), a.values.end(), v) != a.values.end()) return v;
  return a.values.front();
}
std::string TapeChoices::misfit() const { return {}; }
std::int64_t RecordingChoices::choose(const ChoicePoint& p, const Alternatives& a) {
  const auto v = inner_.choose(p, a);
  if (v != a.values.front()) tape_.push_back({p, v});
  return v;
}
}
