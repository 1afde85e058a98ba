#include "sim/input/glob.hpp"

#include <algorithm>
#include <array>

#include "sim/input/scenario.hpp"
#include "sim/text/sql_text.hpp"

namespace fencepost {

// When the text stops to fit, the last star takes one character more: linear steps back, never a
// tree of them.
bool glob_matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_ends = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_ends = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++star_ends;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool may_match_a_boundary(std::string_view pattern) {
  constexpr std::array<std::string_view, 3> points = {"before", "after", "after_commit"};
  const auto allowed = [](char c) {
    return c == '*' || c == '?' || c == '.' || c == ':' || is_plain_name(std::string("_") + c);
  };
  if (pattern.empty() || !std::all_of(pattern.begin(), pattern.end(), allowed)) return false;
  const std::size_t colon = pattern.rfind(':');
  const std::size_t star = pattern.rfind('*');
  if (colon != std::string_view::npos)
    return std::any_of(points.begin(), points.end(), [&](std::string_view point) {
      return glob_matches(pattern.substr(colon + 1), point);
    });
  // Without a colon a star must cover it, and what is behind that star the end of a point.
  if (star == std::string_view::npos) return false;
  const std::string tail = "*" + std::string(pattern.substr(star + 1));
  return std::any_of(points.begin(), points.end(),
                     [&](std::string_view point) { return glob_matches(tail, point); });
}

}  // namespace fencepost
