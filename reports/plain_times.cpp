#include "reports/plain_times.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "model/token.hpp"
#include "sql/sql_text.hpp"

namespace fencepost {
namespace {

/// A time of a sentence with digits behind its third decimal, or of an hour and more.
struct SaidTime {
  std::size_t begin = 0, end = 0;  ///< with its unit
  std::string plain;
};

bool is_number_at(std::string_view text, std::size_t at) {
  return at < text.size() && is_digit(text[at]);
}

/// "302 s" of "302.000016", "4 h 10 s" of "14410.5".
std::string in_units(std::string_view whole, std::string_view decimals) {
  const bool hours = whole.size() > 4 || (whole.size() == 4 && whole >= "3600");
  std::int64_t seconds = 0;
  if (hours && whole.size() < 12)
    std::from_chars(whole.data(), whole.data() + whole.size(), seconds);
  if (seconds > 0) {
    std::string text = fmt::format("{} h", seconds / 3600);
    if (seconds / 60 % 60 > 0) text += fmt::format(" {} min", seconds / 60 % 60);
    if (seconds % 60 > 0) text += fmt::format(" {} s", seconds % 60);
    return text;
  }
  std::string_view kept = decimals.substr(0, 3);
  while (kept.ends_with('0')) kept.remove_suffix(1);
  return std::string(whole) + (kept.empty() ? "" : "." + std::string(kept)) + " s";
}

std::vector<SaidTime> times_in(std::string_view text) {
  std::vector<SaidTime> found;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!is_number_at(text, at)) continue;
    const std::size_t begin = at;
    while (is_number_at(text, at)) ++at;
    const std::size_t point = at;
    if (is_number_at(text, at + 1) && text[at] == '.')
      for (++at; is_number_at(text, at);) ++at;
    const std::string_view decimals = at > point ? text.substr(point + 1, at - point - 1) : "";
    const bool alone = begin == 0 || !(in_sql_word(text[begin - 1]) || text[begin - 1] == '.' ||
                                       text[begin - 1] == ':' || text[begin - 1] == '-');
    if (!alone || text.substr(at, 2) != " s") continue;
    if (at + 2 < text.size() && in_sql_word(text[at + 2])) continue;
    const std::string plain = in_units(text.substr(begin, point - begin), decimals);
    if (decimals.size() < 4 && plain.find('h') == std::string::npos) continue;
    const bool start = plain == "0 s" && text.substr(0, begin).ends_with("at ");
    if (plain == "0 s" && !start) continue;
    found.push_back({begin, at + 2, start ? "the start" : plain});
  }
  return found;
}

}  // namespace

std::string plain_times(std::string_view sentence) {
  const std::vector<SaidTime> times = times_in(sentence);
  std::map<std::string, std::set<std::string_view>> meant;
  for (const SaidTime& each : times)
    meant[each.plain].insert(sentence.substr(each.begin, each.end - each.begin));
  std::string text;
  std::size_t copied = 0;
  for (const SaidTime& each : times) {
    if (meant[each.plain].size() > 1) continue;
    text += std::string(sentence.substr(copied, each.begin - copied)) + each.plain;
    copied = each.end;
  }
  return text + std::string(sentence.substr(copied));
}

}  // namespace fencepost
