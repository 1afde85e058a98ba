#include "model/token.hpp"

#include <algorithm>

namespace fencepost {
namespace {

bool is_number(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

/// "2027-01-15 08:00:00" with a fraction of full length, so that text order is time order; empty
/// for anything else.
std::string as_point_in_time(const std::string& text) {
  constexpr std::size_t seconds_end = 19;
  if (text.size() < seconds_end || text[4] != '-' || text[10] != ' ' || text[13] != ':') return {};
  std::string fraction;
  std::size_t at = seconds_end;
  if (at < text.size() && text[at] == '.')
    for (++at; at < text.size() && is_digit(text[at]); ++at) fraction += text[at];
  const std::string zone = text.substr(at);
  if (!zone.empty() && zone != "+00") return {};
  fraction.resize(6, '0');
  return text.substr(0, seconds_end) + "." + fraction;
}

std::string without_leading_zeros(const std::string& number) {
  const std::size_t first = number.find_first_not_of('0');
  return first == std::string::npos ? "0" : number.substr(first);
}

}  // namespace

bool token_less(const std::string& a, const std::string& b) {
  if (is_number(a) && is_number(b)) {
    const std::string x = without_leading_zeros(a), y = without_leading_zeros(b);
    return x.size() != y.size() ? x.size() < y.size() : x < y;
  }
  const std::string x = as_point_in_time(a), y = as_point_in_time(b);
  if (!x.empty() && !y.empty()) return x < y;
  return a < b;
}

}  // namespace fencepost
