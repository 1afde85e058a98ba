#include "sim/session/idling.hpp"

#include <chrono>
#include <utility>

#include "model/hash.hpp"

namespace fencepost {
namespace {

/// By how much equal rounds may differ: others have their turns in between, a microsecond each.
constexpr Duration kJitter = 1ms;

}  // namespace

void Idling::see(std::string_view what, Instant now) {
  seen_ = (fnv1a(what, seen_) ^ what.size()) * kFnvPrime;
  ++steps_;
  latest_ = now;
}

void Idling::end_round(Round round, Instant now, const Stood& stood) {
  const Duration lasted = now - ended_;
  const bool alike = at_end() && std::chrono::abs(lasted - period_) <= kJitter;
  if (round == Round::acted)
    rounds_ = 0;
  else
    rounds_ = alike ? rounds_ + 1 : 1;
  if (rounds_ <= 1) since_ = now;
  usual_ = std::exchange(seen_, 0);
  usual_steps_ = std::exchange(steps_, 0);
  period_ = lasted;
  ended_ = latest_ = now;
  stood_in_round_.clear();
  for (const auto& [kind, times] : stood) stood_in_round_[kind] = times - stood_[kind];
  stood_ = stood;
}

void Idling::skip(std::int64_t rounds) {
  ended_ += rounds * period_;
  for (const auto& [kind, times] : stood_in_round_) stood_[kind] += rounds * times;
}

}  // namespace fencepost
