#include "model/token.hpp"

#include <algorithm>

namespace fencepost {
namespace {

bool is_number(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
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
  return a < b;
}

}  // namespace fencepost
