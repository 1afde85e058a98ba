// What can happen to a file.
#pragma once

#include <iterator>
#include <random>
#include <string>

namespace fencepost {

/// Draws; the same for the same case.
class Draws {
 public:
  explicit Draws(std::uint64_t number) : engine_(number) {}
  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : engine_() % bound; }
  template <typename Values>
  const auto& one_of(const Values& values) {
    return values[below(std::size(values))];
  }

 private:
  std::mt19937_64 engine_;
};

/// One thing happens to the text: a byte, a word or some lines of it go, come twice, move, or
/// become something else, which may be of `other`, another file.
void hurt(std::string& text, const std::string& other, Draws& draws);

}  // namespace fencepost
