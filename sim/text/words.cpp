#include "sim/text/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "model/token.hpp"

namespace fencepost {
namespace {

constexpr std::size_t kLongestLine = 60;

/// How many letters must be typed, taken out, replaced or swapped with their neighbour (optimal
/// string alignment).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t k = 0; k <= b.size(); ++k) {
      if (i == 0 || k == 0) {
        cost[i][k] = i + k;
        continue;
      }
      const std::size_t replaced = cost[i - 1][k - 1] + (a[i - 1] == b[k - 1] ? 0 : 1);
      cost[i][k] = std::min({cost[i - 1][k] + 1, cost[i][k - 1] + 1, replaced});
      if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
        cost[i][k] = std::min(cost[i][k], cost[i - 2][k - 2] + 1);
    }
  }
  return cost[a.size()][b.size()];
}

}  // namespace

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const bool continues = (static_cast<unsigned char>(c) & 0xC0) == 0x80;
    if (out.size() > kLongestLine && !continues) {
      out += "…";
      break;
    }
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
  }
  return out + "\"";
}

bool is_plain_name(std::string_view text) {
  return !text.empty() && !is_digit(text.front()) &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
         });
}

bool is_file_name(std::string_view text) {
  return !text.empty() && text.front() != '-' && text.front() != '.' &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return is_plain_name(std::string("_") + c) || c == '-' || c == '.';
         });
}

std::string listed(const std::vector<std::string>& names) {
  if (names.empty()) return "nothing";
  std::string out = names.front();
  for (std::size_t i = 1; i < names.size(); ++i)
    out += (i + 1 == names.size() ? " and " : ", ") + names[i];
  return out;
}

std::string did_you_mean(std::string_view found, const std::vector<std::string>& known) {
  if (found.size() > kLongestLine) return {};
  const std::string* best = nullptr;
  std::size_t least = std::max<std::size_t>(1, found.size() / 3) + 1;
  for (const std::string& name : known) {
    const std::size_t far = distance(found, name);
    if (far >= least || far == 0) continue;
    least = far;
    best = &name;
  }
  return best == nullptr ? "" : fmt::format("; did you mean \"{}\"?", *best);
}

std::string one_line(std::string message) {
  for (char& c : message)
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  while (!message.empty() && (message.back() == ' ' || message.back() == '.')) message.pop_back();
  return message;
}

bool is_blank(std::string_view text) {
  // In UTF-8.
  static constexpr std::string_view nothing[] = {
      "\u00A0", "\u00AD", "\u034F", "\u115F", "\u1160", "\u1680", "\u180E", "\u2000", "\u2001",
      "\u2002", "\u2003", "\u2004", "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200A",
      "\u200B", "\u200C", "\u200D", "\u200E", "\u200F", "\u2028", "\u2029", "\u202F", "\u205F",
      "\u2060", "\u2800", "\u3000", "\u3164", "\uFE0F", "\uFEFF"};
  while (!text.empty()) {
    const auto* const found =
        std::find_if(std::begin(nothing), std::end(nothing),
                     [&](std::string_view each) { return text.starts_with(each); });
    const auto first = static_cast<unsigned char>(text.front());
    if (found == std::end(nothing) && first > ' ' && first != 0x7F) return false;
    text.remove_prefix(found == std::end(nothing) ? 1 : found->size());
  }
  return true;
}

std::string for_shell(const std::string& word) {
  const bool plain = !word.empty() && std::all_of(word.begin(), word.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.' || c == '/' || c == ':' ||
           c == '=' || c >= 0x80;
  });
  if (plain) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace fencepost
