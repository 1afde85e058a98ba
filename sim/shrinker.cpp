#include "sim/shrinker.hpp"
namespace fencepost { Shrunk shrink(const Candidate& start, const TryCandidate& attempt, int) { return {start, attempt(start).steps, 1}; } }
