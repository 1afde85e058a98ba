#include "reports/plain_times.hpp"

#include <map>
#include <set>
#include <vector>

#include "model/token.hpp"
#include "sql/sql_text.hpp"

namespace fencepost {
namespace {

/// A time of a sentence with digits behind its third decimal.
struct SaidTime {
  std::size_t begin = 0, end = 0;  ///< with its unit
  std::string plain;
};

bool is_number_at(std::string_view text, std::size_t at) {
  return at < text.size() && is_digit(text[at]);
}

/// "302" of "302.000016".
std::string cut(std::string_view whole, std::string_view decimals) {
  std::string_view kept = decimals.substr(0, 3);
  while (kept.ends_with('0')) kept.remove_suffix(1);
  return std::string(whole) + (kept.empty() ? "" : "." + std::string(kept));
}

std::vector<SaidTime> times_in(std::string_view text) {
  std::vector<SaidTime> found;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!is_number_at(text, at)) continue;
    const std::size_t begin = at;
    while (is_number_at(text, at)) ++at;
    const std::size_t point = at;
    if (at >= text.size() || text[at] != '.') continue;
    ++at;
    while (is_number_at(text, at)) ++at;
    const std::string_view decimals = text.substr(point + 1, at - point - 1);
    const bool alone = begin == 0 || !(in_sql_word(text[begin - 1]) || text[begin - 1] == '.' ||
                                       text[begin - 1] == ':' || text[begin - 1] == '-');
    if (!alone || decimals.size() < 4 || text.substr(at, 2) != " s") continue;
    if (at + 2 < text.size() && in_sql_word(text[at + 2])) continue;
    const std::string seconds = cut(text.substr(begin, point - begin), decimals);
    const bool start = seconds == "0" && text.substr(0, begin).ends_with("at ");
    if (seconds == "0" && !start) continue;
    found.push_back({begin, at + 2, start ? "the start" : seconds + " s"});
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
