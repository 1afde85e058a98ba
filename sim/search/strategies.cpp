#include "sim/search/strategies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

namespace fencepost {
namespace {

// Everything but a schedule is a pure function of (seed, kind, who, ordinal), so that one answer
// does not depend on which others were asked for.

/// SplitMix64 (Steele, Lea, Flood 2014): one step, used as a mixing function.
std::uint64_t mix(std::uint64_t z) {
  z += 0x9e3779b97f4a7c15ULL;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

std::uint64_t mix(std::uint64_t seed, std::string_view text) {
  for (const char c : text) seed = mix(seed ^ static_cast<unsigned char>(c));
  return mix(seed ^ text.size());
}

bool is_fault(const std::string& kind) { return fault_from_text(kind).has_value(); }

/// What all strategies share: independent draws for everything that is not a schedule.
class Drawn : public Choices {
 public:
  explicit Drawn(std::uint64_t seed) : seed_(mix(seed)) {}

  std::int64_t choose(const ChoicePoint& point, const Alternatives& alternatives) override {
    if (point.kind == "start" && alternatives.open) return start(point, alternatives);
    if (alternatives.values.size() == 1) return alternatives.values.front();
    if (point.kind == "next") return next(point, alternatives);
    // Where work is slow, it mostly stays as slow: a livelock needs every chunk to outlast the
    // lease.
    if (point.kind == "slow.lasts" && mix(seed_, "steadily slow") % 2 == 0)
      return alternatives.values.front();
    return draw(point, alternatives, odds(point, alternatives.odds));
  }

 protected:
  virtual std::int64_t next(const ChoicePoint& point, const Alternatives& alternatives) = 0;
  virtual std::int64_t start(const ChoicePoint&, const Alternatives& alternatives) {
    return alternatives.values.front();
  }
  /// The scenario's odds; but histories differ in kind (swarm testing: Groce, Zhang, Eide, Chen,
  /// Regehr 2012). In every fourth each fault is off or on; and where faults are likely, those that
  /// a history may have are used up at its beginning, so each fault is drawn to be as likely as the
  /// scenario says, a third, or a ninth of that.
  virtual std::optional<Chance> odds(const ChoicePoint& point, std::optional<Chance> given) {
    if (!given || !is_fault(point.kind)) return given;
    if (mix(seed_, "some are off") % 4 == 0 && mix(seed_, "on " + point.kind) % 2 == 0)
      return Chance{0, 1};
    constexpr std::array<std::uint32_t, 4> rarer = {1, 1, 3, 9};
    return Chance{given->hits, given->of * rarer[mix(seed_, "rarer " + point.kind) % 4]};
  }
  /// Mostly whoever ran last: a switch at one of so many choices.
  std::int64_t seldom(const ChoicePoint& point, const Alternatives& alternatives,
                      std::uint64_t one_in) const {
    const std::uint64_t h = hash(point);
    if (h % one_in != 0) return alternatives.values.front();
    return alternatives.values[1 + mix(h) % (alternatives.values.size() - 1)];
  }
  std::uint64_t hash(const ChoicePoint& point) const {
    return mix(mix(mix(seed_, point.kind), point.who) ^ static_cast<std::uint64_t>(point.ordinal));
  }
  std::int64_t draw(const ChoicePoint& point, const Alternatives& alternatives,
                    std::optional<Chance> chance) const {
    const std::uint64_t h = hash(point);
    const auto& values = alternatives.values;
    if (!chance) return values[mix(h) % values.size()];
    if (h % chance->of >= chance->hits) return values.front();
    return values[1 + mix(h) % (values.size() - 1)];
  }
  std::uint64_t seed_;
};

std::uint64_t drawn_persistence(std::uint64_t seed) {
  constexpr std::array<std::uint64_t, 3> persistence = {2, 4, 16};
  return persistence[mix(seed, "persistence") % persistence.size()];
}

class RandomWalk : public Drawn {
 public:
  explicit RandomWalk(std::uint64_t seed) : Drawn(seed), one_in_(drawn_persistence(seed_)) {}

 private:
  std::int64_t next(const ChoicePoint& point, const Alternatives& alternatives) override {
    return seldom(point, alternatives, one_in_);
  }
  std::uint64_t one_in_;
};

class LateStart : public RandomWalk {
 public:
  using RandomWalk::RandomWalk;

 private:
  // Workers that start together also poll together for ever. Whole seconds, because people read
  // them.
  std::int64_t start(const ChoicePoint& point, const Alternatives& alternatives) override {
    const std::uint64_t h = hash(point);
    constexpr std::array<std::uint64_t, 4> at_most = {0, 5, 30, 120};
    const std::uint64_t most = at_most[h % at_most.size()];
    if (most == 0) return alternatives.values.front();
    return Duration{std::chrono::seconds(1 + mix(h) % most)}.count();
  }
};

class Priorities : public Drawn {
 public:
  explicit Priorities(std::uint64_t seed) : Drawn(seed) {
    // How many choices a history has is not known when it begins: 32 to 512 are assumed in turn.
    const std::uint64_t length = 32ULL << (mix(seed_, "length") % 5);
    const std::uint64_t depth = 3 + mix(seed_, "depth") % 4;
    for (std::uint64_t i = 1; i < depth; ++i)
      change_points_.push_back(mix(mix(seed_, "change point") ^ i) % length);
  }

 private:
  std::int64_t next(const ChoicePoint&, const Alternatives& alternatives) override {
    const auto highest = [&] {
      return *std::max_element(
          alternatives.values.begin(), alternatives.values.end(),
          [&](std::int64_t a, std::int64_t b) { return priority(a) < priority(b); });
    };
    std::int64_t chosen = highest();
    const bool change =
        std::find(change_points_.begin(), change_points_.end(), asked_++) != change_points_.end();
    if (!change) return chosen;
    lowered_[chosen] = --lowest_;
    return highest();
  }
  std::int64_t priority(std::int64_t task) const {
    const auto lowered = lowered_.find(task);
    if (lowered != lowered_.end()) return lowered->second;
    return static_cast<std::int64_t>(
        mix(mix(seed_, "priority") ^ static_cast<std::uint64_t>(task)) >> 1);
  }
  std::vector<std::uint64_t> change_points_;
  std::map<std::int64_t, std::int64_t> lowered_;
  std::int64_t lowest_ = 0;
  std::uint64_t asked_ = 0;
};

/// A place in a history whose length is not known: the first 8, 16, … 256 places are aimed at
/// alike, and within each of these ranges consecutive ranks are spread as evenly as can be (the
/// additive recurrence with the golden ratio: Weyl 1916), so that few seeds leave no gap.
std::uint64_t spread_place(std::uint64_t rank) {
  constexpr std::uint64_t ranges = 6, shortest = 3;
  constexpr std::uint64_t golden_ratio = 0x9e3779b97f4a7c15ULL;
  const std::uint64_t range = rank % ranges;
  const std::uint64_t point = (rank / ranges + 1) * golden_ratio + range * (UINT64_MAX / ranges);
  return point >> (64 - shortest - range);
}

/// Little happens, but one fault strikes at one place, and mostly lasts.
class Targeted : public Drawn {
 public:
  /// Of so many seeds in a row the portfolio gives it one, so that these have consecutive ranks.
  Targeted(std::uint64_t seed, std::uint64_t one_of)
      : Drawn(seed), place_(spread_place(seed / one_of)) {}

  std::int64_t choose(const ChoicePoint& point, const Alternatives& alternatives) override {
    if (alternatives.open && point.kind.ends_with(".lasts") && is_fault(fault_of(point.kind)))
      return length(point, alternatives);
    return Drawn::choose(point, alternatives);
  }

 protected:
  std::int64_t next(const ChoicePoint& point, const Alternatives& alternatives) override {
    return seldom(point, alternatives, 16);
  }
  /// Certain at the first point that counts at or after the drawn place.
  bool strikes_here() {
    if (struck_ || seen_++ < place_) return false;
    struck_ = true;
    return true;
  }

 private:
  static std::string fault_of(const std::string& kind) { return kind.substr(0, kind.find('.')); }
  // Half of the time the longest that is known, which outlasts the lease where the scenario means
  // that, and every second of these some seconds longer: so it ends while others are at work.
  std::int64_t length(const ChoicePoint& point, const Alternatives& alternatives) const {
    const std::uint64_t h = mix(hash(point));
    if (h % 2 == 0) return draw(point, alternatives, std::nullopt);
    const auto longest = *std::max_element(alternatives.values.begin(), alternatives.values.end());
    const std::int64_t seconds = static_cast<std::int64_t>(mix(h) % 20);
    return h % 4 == 1 ? longest : longest + Duration{std::chrono::seconds(seconds)}.count();
  }
  std::uint64_t place_;
  std::uint64_t seen_ = 0;
  bool struck_ = false;
};

class TargetedStall : public Targeted {
 public:
  explicit TargetedStall(std::uint64_t seed) : Targeted(seed, 4) {}

 private:
  std::optional<Chance> odds(const ChoicePoint& point, std::optional<Chance> given) override {
    if (!given || !is_fault(point.kind)) return given;
    if (point.kind == "stall") return Chance{strikes_here() ? 1U : 0U, 1};
    return Chance{given->hits, given->of * 4};
  }
};

class OneFault : public Targeted {
 public:
  explicit OneFault(std::uint64_t seed) : Targeted(seed, 8) {}

 private:
  std::optional<Chance> odds(const ChoicePoint& point, std::optional<Chance> given) override {
    if (!given || !is_fault(point.kind)) return given;
    return Chance{strikes_here() ? 1U : 0U, 1};
  }
};

std::string key_of(const ChoicePoint& point) {
  return fmt::format("{} {} #{}", point.who, point.kind, point.ordinal);
}

/// The answer that a deviation means, among these; nullopt: it is none of them. The only place
/// where a name becomes a value.
std::optional<std::int64_t> answer_of(const Deviation& deviation,
                                      const Alternatives& alternatives) {
  const auto& [values, odds, open, names] = alternatives;
  if (deviation.name.empty() != names.empty()) return std::nullopt;
  if (!names.empty()) {
    const auto named = std::find(names.begin(), names.end(), deviation.name);
    if (named == names.end()) return std::nullopt;
    return values[static_cast<std::size_t>(named - names.begin())];
  }
  const bool offered = std::find(values.begin(), values.end(), deviation.value) != values.end();
  return open || offered ? std::optional(deviation.value) : std::nullopt;
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

std::string_view to_text(Strategy strategy) {
  constexpr std::array<std::string_view, 5> names = {"random_walk", "priorities", "targeted_stall",
                                                     "one_fault", "late_start"};
  return names[static_cast<std::size_t>(strategy)];
}

const std::vector<Strategy>& strategies() {
  static const std::vector<Strategy> all = {Strategy::random_walk, Strategy::priorities,
                                            Strategy::targeted_stall, Strategy::one_fault,
                                            Strategy::late_start};
  return all;
}

// Most seeds walk, because that finds most; an aimed stall reaches takeovers, and what needs few
// faults; priorities reach deep orders, one fault the places that likely faults leave out.
Strategy portfolio(std::uint64_t seed) {
  constexpr std::array<Strategy, 8> turns = {
      Strategy::random_walk, Strategy::one_fault,  Strategy::targeted_stall, Strategy::priorities,
      Strategy::random_walk, Strategy::late_start, Strategy::targeted_stall, Strategy::random_walk};
  return turns[seed % turns.size()];
}

std::unique_ptr<Choices> random_choices(std::uint64_t seed, Strategy strategy) {
  switch (strategy) {
    case Strategy::priorities:
      return std::make_unique<Priorities>(seed);
    case Strategy::targeted_stall:
      return std::make_unique<TargetedStall>(seed);
    case Strategy::one_fault:
      return std::make_unique<OneFault>(seed);
    case Strategy::late_start:
      return std::make_unique<LateStart>(seed);
    case Strategy::random_walk:
      break;
  }
  return std::make_unique<RandomWalk>(seed);
}

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

}  // namespace fencepost
