// How a seed becomes answers. Everything but a schedule is a pure function of (seed, kind, who,
// ordinal), so that one answer does not depend on which others were asked for.
#include <algorithm>
#include <array>
#include <map>

#include "sim/choices.hpp"

namespace fencepost {
namespace {

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
  /// The scenario's odds; each history first draws which faults are on at all (three in four), so
  /// that histories differ in kind (swarm testing: Groce, Zhang, Eide, Chen, Regehr 2012).
  virtual std::optional<Chance> odds(const ChoicePoint& point, std::optional<Chance> given) {
    if (is_fault(point.kind) && mix(seed_, "on " + point.kind) % 4 == 0) return Chance{0, 1};
    return given;
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

class RandomWalk : public Drawn {
 public:
  explicit RandomWalk(std::uint64_t seed) : Drawn(seed) {
    constexpr std::array<std::uint64_t, 3> persistence = {2, 4, 16};
    one_in_ = persistence[mix(seed_, "persistence") % persistence.size()];
  }

 private:
  std::int64_t next(const ChoicePoint& point, const Alternatives& alternatives) override {
    const std::uint64_t h = hash(point);
    if (h % one_in_ != 0) return alternatives.values.front();
    return alternatives.values[1 + mix(h) % (alternatives.values.size() - 1)];
  }
  std::uint64_t one_in_ = 4;
};

class Priorities : public Drawn {
 public:
  explicit Priorities(std::uint64_t seed) : Drawn(seed) {
    constexpr std::uint64_t expected_length = 400;
    const std::uint64_t depth = 3 + mix(seed_, "depth") % 4;
    for (std::uint64_t i = 1; i < depth; ++i)
      change_points_.push_back(mix(mix(seed_, "change point") ^ i) % expected_length);
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

class TargetedStall : public Drawn {
 public:
  explicit TargetedStall(std::uint64_t seed) : Drawn(seed) {
    constexpr std::uint64_t workers = 3, boundaries = 60;
    who_ = "w" + std::to_string(1 + mix(seed_, "who") % workers);
    ordinal_ = static_cast<std::int64_t>(mix(seed_, "where") % boundaries);
  }

 private:
  std::int64_t next(const ChoicePoint& point, const Alternatives& alternatives) override {
    const std::uint64_t h = hash(point);
    if (h % 16 != 0) return alternatives.values.front();
    return alternatives.values[1 + mix(h) % (alternatives.values.size() - 1)];
  }
  // The first boundary at or after the drawn one at which a stall may happen; everything else is
  // rarer than usual.
  std::optional<Chance> odds(const ChoicePoint& point, std::optional<Chance> given) override {
    if (point.kind == "stall") {
      if (struck_ || point.who != who_ || point.ordinal < ordinal_) return Chance{0, 1};
      struck_ = true;
      return Chance{1, 1};
    }
    if (given && is_fault(point.kind)) return Chance{given->hits, given->of * 4};
    return given;
  }
  std::string who_;
  std::int64_t ordinal_ = 0;
  bool struck_ = false;
};

}  // namespace

std::string_view to_text(Strategy strategy) {
  constexpr std::array<std::string_view, 3> names = {"random_walk", "priorities", "targeted_stall"};
  return names[static_cast<std::size_t>(strategy)];
}

const std::vector<Strategy>& strategies() {
  static const std::vector<Strategy> all = {Strategy::random_walk, Strategy::priorities,
                                            Strategy::targeted_stall};
  return all;
}

// Half of the seeds walk, because that finds most; priorities reach deep orders, a targeted stall
// reaches takeovers.
Strategy portfolio(std::uint64_t seed) {
  constexpr std::array<Strategy, 4> turns = {Strategy::random_walk, Strategy::priorities,
                                             Strategy::random_walk, Strategy::targeted_stall};
  return turns[seed % turns.size()];
}

std::unique_ptr<Choices> random_choices(std::uint64_t seed, Strategy strategy) {
  switch (strategy) {
    case Strategy::priorities:
      return std::make_unique<Priorities>(seed);
    case Strategy::targeted_stall:
      return std::make_unique<TargetedStall>(seed);
    case Strategy::random_walk:
      break;
  }
  return std::make_unique<RandomWalk>(seed);
}

}  // namespace fencepost
