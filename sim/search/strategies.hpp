// How a seed becomes answers: the table of strategies, and which seed is whose.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "sim/session/choices.hpp"

namespace fencepost {

/// One row of the table of strategies.
struct Strategy {
  std::string_view name;
  std::string_view meaning;  ///< one sentence
  std::string_view turns;    ///< of eight seeds in a row: an x for each that the portfolio gives it
  /// Answers drawn from a seed: a pure function of it and of the points asked so far.
  std::unique_ptr<Choices> (*make)(std::uint64_t seed);
};

/// All there are. What a name means of a seed never changes, because seeds are written down.
std::span<const Strategy> strategies();
/// nullptr when nothing is called so.
const Strategy* find_strategy(std::string_view name);
/// The strategy that the portfolio gives this seed: they take turns, because none finds everything.
const Strategy& portfolio(std::uint64_t seed);

}  // namespace fencepost
