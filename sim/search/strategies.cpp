#include "sim/search/strategies.hpp"

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
    return draw(point, alternatives,
                alternatives.as_given ? alternatives.odds : odds(point, alternatives));
  }
  void rewind() override {}

 protected:
  virtual std::int64_t next(const ChoicePoint& point, const Alternatives& alternatives) = 0;
  virtual std::int64_t start(const ChoicePoint&, const Alternatives& alternatives) {
    return alternatives.values.front();
  }
  /// The scenario's odds; but histories differ in kind (swarm testing: Groce, Zhang, Eide, Chen,
  /// Regehr 2012). In every fourth each fault is off or on; and where faults are likely, those that
  /// a history may have are used up at its beginning, so each fault is drawn to be as likely as the
  /// scenario says, a third, or a ninth of that.
  virtual std::optional<Chance> odds(const ChoicePoint& point, const Alternatives& alternatives) {
    const auto& given = alternatives.odds;
    if (!given) return given;
    const Kind& kind = kind_of(point);
    if (!kind.is_fault) return given;
    return kind.off ? Chance{0, 1} : Chance{given->hits, given->of * kind.rarer};
  }
  /// Mostly whoever ran last: a switch at one of so many choices.
  std::int64_t seldom(const ChoicePoint& point, const Alternatives& alternatives,
                      std::uint64_t one_in) const {
    const std::uint64_t h = hash(point);
    if (h % one_in != 0) return alternatives.values.front();
    return alternatives.values[1 + mix(h) % (alternatives.values.size() - 1)];
  }
  /// What a kind of choice is to this history. Worked out once, because every fault is asked for at
  /// every boundary.
  struct Kind {
    std::uint64_t hash = 0;
    bool is_fault = false;
    bool off = false;
    std::uint32_t rarer = 1;
  };
  const Kind& kind_of(const ChoicePoint& point) const {
    const auto [kind, is_new] = kinds_.try_emplace(point.kind);
    if (!is_new) return kind->second;
    constexpr std::array<std::uint32_t, 4> rarer = {1, 1, 3, 9};
    return kind->second = {
               mix(seed_, point.kind), is_fault(point.kind),
               mix(seed_, "some are off") % 4 == 0 && mix(seed_, "on " + point.kind) % 2 == 0,
               rarer[mix(seed_, "rarer " + point.kind) % 4]};
  }
  std::uint64_t hash(const ChoicePoint& point) const {
    return mix(mix(kind_of(point).hash, point.who) ^ static_cast<std::uint64_t>(point.ordinal));
  }
  std::int64_t draw(const ChoicePoint& point, const Alternatives& alternatives,
                    std::optional<Chance> chance) const {
    const std::uint64_t h = hash(point);
    const auto& values = alternatives.values;
    const auto first = alternatives.declared;
    if (!chance && first > 0 && h % 2 == 0) return values[mix(h) % first];
    if (!chance) return values[mix(h) % values.size()];
    if (h % chance->of >= chance->hits) return values.front();
    return values[1 + mix(h) % (values.size() - 1)];
  }
  std::uint64_t seed_;

 private:
  mutable std::map<std::string, Kind> kinds_;
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
  void rewind() override {
    lowered_.clear();
    lowest_ = 0;
    asked_ = 0;
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

/// A place in a history whose length is not known, nor how often a scenario's aim fits in it: the
/// first 1, 2, 4, … 256 places are aimed at alike, the first ranks at the first places, and within
/// each of these ranges consecutive ranks are spread as evenly as can be (the additive recurrence
/// with the golden ratio: Weyl 1916), so that few seeds leave no gap.
std::uint64_t spread_place(std::uint64_t rank) {
  constexpr std::uint64_t ranges = 9;
  constexpr std::uint64_t golden_ratio = 0x9e3779b97f4a7c15ULL;
  const std::uint64_t range = rank % ranges;
  const std::uint64_t point = (rank / ranges + range) * golden_ratio;
  return range == 0 ? 0 : point >> (64 - range);
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
  void rewind() override {
    seen_ = 0;
    struck_ = false;
  }

 protected:
  std::int64_t next(const ChoicePoint& point, const Alternatives& alternatives) override {
    return seldom(point, alternatives, 16);
  }
  /// Certain at the first point that counts at or after the drawn place.
  bool strikes_here(const Alternatives& alternatives) {
    if (struck_ || alternatives.in_vain || seen_++ < place_) return false;
    struck_ = true;
    return true;
  }

  // Half of the time the longest that is known, which outlasts the lease where the scenario means
  // that, and every second of these some seconds longer: so it ends while others are at work.
  virtual std::int64_t length(const ChoicePoint& point, const Alternatives& alternatives) const {
    const std::uint64_t h = mix(mix(hash(point)));  // one mix is what draw takes
    if (h % 2 == 0) return draw(point, alternatives, std::nullopt);
    const auto longest = *std::max_element(alternatives.values.begin(), alternatives.values.end());
    const std::int64_t seconds = static_cast<std::int64_t>(mix(h) % 20);
    return h % 4 == 1 ? longest : longest + Duration{std::chrono::seconds(seconds)}.count();
  }

 private:
  static std::string fault_of(const std::string& kind) { return kind.substr(0, kind.find('.')); }
  std::uint64_t place_;
  std::uint64_t seen_ = 0;
  bool struck_ = false;
};

class TargetedStall : public Targeted {
 public:
  explicit TargetedStall(std::uint64_t seed) : Targeted(seed, 4) {}

 private:
  std::optional<Chance> odds(const ChoicePoint& point, const Alternatives& alternatives) override {
    const auto& given = alternatives.odds;
    if (!given || !kind_of(point).is_fault) return given;
    if (point.kind == "stall") return Chance{strikes_here(alternatives) ? 1U : 0U, 1};
    return Chance{given->hits, given->of * 4};
  }
};

/// What a transaction has checked no longer holds when it writes, if its worker is overtaken in
/// between; but a lease that is renewed in time outlasts what a transaction may wait. So one worker
/// stalls where a transaction begins, until just before what it holds is lost, and once more a few
/// places later, over that end.
class TwoStalls : public Targeted {
 public:
  explicit TwoStalls(std::uint64_t seed)
      : Targeted(seed, 8), places_between_(1 + mix(seed_, "places between") % 8) {}

  void rewind() override {
    Targeted::rewind();
    who_.clear();
    passed_ = 0;
  }

 private:
  std::optional<Chance> odds(const ChoicePoint& point, const Alternatives& alternatives) override {
    const auto& given = alternatives.odds;
    if (!given || !kind_of(point).is_fault) return given;
    if (point.kind != "stall") return Chance{given->hits, given->of * 4};
    return Chance{stalls(point, alternatives) ? 1U : 0U, 1};
  }
  bool stalls(const ChoicePoint& point, const Alternatives& alternatives) {
    if (!who_.empty()) return point.who == who_ && ++passed_ == places_between_;
    if (!alternatives.begins || !strikes_here(alternatives)) return false;
    who_ = point.who;
    return true;
  }
  std::int64_t length(const ChoicePoint& point, const Alternatives& alternatives) const override {
    if (point.kind != "stall.lasts") return Targeted::length(point, alternatives);
    if (passed_ > 0) return Duration{std::chrono::seconds(1 << (mix(hash(point)) % 6))}.count();
    constexpr std::int64_t just_before = Duration{std::chrono::milliseconds(1)}.count();
    const auto left = alternatives.expires_in;
    return left ? std::max<std::int64_t>(*left - just_before, 0)
                : Targeted::length(point, alternatives);
  }
  std::uint64_t places_between_;
  std::string who_;
  std::uint64_t passed_ = 0;
};

class OneFault : public Targeted {
 public:
  explicit OneFault(std::uint64_t seed) : Targeted(seed, 8) {}

 private:
  std::optional<Chance> odds(const ChoicePoint& point, const Alternatives& alternatives) override {
    if (!alternatives.odds || !kind_of(point).is_fault) return alternatives.odds;
    return Chance{strikes_here(alternatives) ? 1U : 0U, 1};
  }
};

template <typename Kind>
std::unique_ptr<Choices> make(std::uint64_t seed) {
  return std::make_unique<Kind>(seed);
}

// Most seeds walk, because that finds most; an aimed stall reaches takeovers, and what needs few
// faults; two that belong together, what happens between a check and what rests on it; priorities
// reach deep orders, one fault the places that likely faults leave out. A new one takes a turn from
// another's row.
constexpr std::array kStrategies = {
    Strategy{"random_walk",
             "Independent draws; the running worker goes on with probability 1/2, 3/4 or 15/16, "
             "drawn for the history",
             "x...x...", make<RandomWalk>},
    Strategy{"priorities",
             "Random priorities, lowered at 2 to 5 drawn points (PCT: Burckhardt, Kothari, "
             "Musuvathi, Nagarakatte 2010)",
             "...x....", make<Priorities>},
    Strategy{"targeted_stall",
             "One worker stalls, mostly beyond its lease, at one place; little else happens",
             "..x...x.", make<TargetedStall>},
    Strategy{"two_stalls",
             "One worker stalls where a transaction begins until just before it loses what it "
             "holds, and again a few places later; little else happens",
             ".......x", make<TwoStalls>},
    Strategy{"one_fault", "One fault of any kind at one place, and nothing else", ".x......",
             make<OneFault>},
    Strategy{"late_start", "A random walk of workers that start one after the other", ".....x..",
             make<LateStart>},
};

constexpr std::size_t kTurns = 8;

/// Whether each turn is exactly one's.
constexpr bool all_turns_are_taken() {
  for (std::size_t turn = 0; turn < kTurns; ++turn) {
    int takers = 0;
    for (const Strategy& each : kStrategies) {
      if (each.turns.size() != kTurns) return false;
      takers += each.turns[turn] == 'x' ? 1 : 0;
    }
    if (takers != 1) return false;
  }
  return true;
}
static_assert(all_turns_are_taken(), "of eight seeds in a row each belongs to one strategy");

}  // namespace

std::span<const Strategy> strategies() { return kStrategies; }

const Strategy* find_strategy(std::string_view name) {
  const auto found = std::find_if(kStrategies.begin(), kStrategies.end(),
                                  [&](const Strategy& each) { return each.name == name; });
  return found == kStrategies.end() ? nullptr : &*found;
}

const Strategy& portfolio(std::uint64_t seed) {
  return *std::find_if(kStrategies.begin(), kStrategies.end(),
                       [&](const Strategy& each) { return each.turns[seed % kTurns] == 'x'; });
}

}  // namespace fencepost
