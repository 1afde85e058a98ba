#include "sim/input/length.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "sim/text/error.hpp"
#include "sim/text/toml.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

constexpr std::int64_t kMillion = 1'000'000;
constexpr std::int64_t kMostUnits = 1000;
constexpr std::uint32_t kMostOf = 1'000'000;
constexpr Duration kLongest = std::chrono::hours{24 * 3650};

std::optional<std::int64_t> digits(std::string_view text) {
  std::int64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool plain = !text.empty() && text.front() != '-';
  if (!plain || read.ec != std::errc{} || read.ptr != text.data() + text.size())
    return std::nullopt;
  return value;
}

/// "1.1" is 1,100,000 millionths; at most six decimals.
std::optional<std::int64_t> millionths(std::string_view text) {
  const std::size_t dot = text.find('.');
  const auto whole = digits(text.substr(0, dot));
  if (!whole || *whole > kMostUnits) return std::nullopt;
  if (dot == std::string_view::npos) return *whole * kMillion;
  std::string decimals(text.substr(dot + 1));
  if (decimals.empty() || decimals.size() > 6) return std::nullopt;
  decimals.resize(6, '0');
  const auto fraction = digits(decimals);
  if (!fraction) return std::nullopt;
  return *whole * kMillion + *fraction;
}

/// "+301s", "-1h", "1.1 lease", "-1.1 lease".
std::optional<Length> signed_length(std::string_view text) {
  const bool back = text.starts_with('-');
  auto length = length_from_text(text.substr(back || text.starts_with('+') ? 1 : 0));
  if (!length || !back) return length;
  length->absolute = -length->absolute;
  length->millionths = -length->millionths;
  return length;
}

std::vector<Length> read_lengths(const TomlNode& node, const std::string& what,
                                 std::optional<Length> (*read)(std::string_view),
                                 const std::string& examples) {
  std::vector<Length> out;
  for (const std::string& text : texts_in(node, what)) {
    const auto length = read(text);
    if (!length)
      node.fail(fmt::format("{} holds {}, but must hold lengths such as {}", what, in_quotes(text),
                            examples));
    out.push_back(*length);
  }
  if (out.empty())
    node.fail(fmt::format("{} is empty; name at least one length, or leave it out", what));
  return out;
}

}  // namespace

std::optional<Length> length_from_text(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, Length::Unit>, 4> units = {
      {{"lease", Length::Unit::lease},
       {"leases", Length::Unit::lease},
       {"poll", Length::Unit::poll},
       {"polls", Length::Unit::poll}}};
  Length out;
  for (const auto& [word, unit] : units) {
    if (!text.ends_with(word)) continue;
    const std::string_view number = text.substr(0, text.size() - word.size());
    const auto value =
        millionths(number.ends_with(' ') ? number.substr(0, number.size() - 1) : number);
    if (!value || *value > kMostUnits * kMillion) return std::nullopt;
    out.unit = unit;
    out.millionths = *value;
    return out;
  }
  const auto absolute = duration_from_text(text);
  if (!absolute || *absolute > kLongest) return std::nullopt;
  out.absolute = *absolute;
  return out;
}

/// What a scenario's lease is where the protocol declares none: long beside a poll.
constexpr int kPollsOfLease = 10;

// base * millionths / 10^6 in two parts, because the product alone would not fit.
Duration Length::resolve(const Declared& declared) const {
  if (unit == Unit::absolute) return absolute;
  const Duration lease = declared.lease > 0us
                             ? declared.lease
                             : declared.freed_within.value_or(kPollsOfLease * declared.poll);
  const std::int64_t base = (unit == Unit::lease ? lease : declared.poll).count();
  return Duration{base / kMillion * millionths + base % kMillion * millionths / kMillion};
}

std::optional<Chance> chance_from_text(std::string_view text) {
  if (text == "0") return Chance{0, 1};
  if (text == "1") return Chance{1, 1};
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto hits = digits(text.substr(0, slash));
  const auto of = digits(text.substr(slash + 1));
  if (!hits || !of || *of < 1 || *of > kMostOf || *hits > *of) return std::nullopt;
  return Chance{static_cast<std::uint32_t>(*hits), static_cast<std::uint32_t>(*of)};
}

std::optional<Drift> drift_from_text(std::string_view text) {
  const bool slow = text.starts_with('-');
  const auto fraction = chance_from_text(text.substr(slow ? 1 : 0));
  if (!fraction || fraction->hits * 2 > fraction->of) return std::nullopt;
  const std::int64_t millionths = kMillion * fraction->hits / fraction->of;
  return Drift{slow ? -millionths : millionths};
}

std::string to_text(Chance chance) {
  if (chance == Chance{0, 1}) return "0";
  if (chance == Chance{1, 1}) return "1";
  return fmt::format("{}/{}", chance.hits, chance.of);
}

// "1.1 lease": millionths without trailing zeros.
std::string to_text(const Length& length) {
  if (length.unit == Length::Unit::absolute) return to_text(length.absolute);
  std::string number = to_text(Duration{length.millionths});
  number.resize(number.size() - 2);
  return fmt::format("{} {}", number, length.unit == Length::Unit::lease ? "lease" : "poll");
}

Chance chance_in(const TomlNode& node, const std::string& what) {
  std::optional<Chance> found;
  if (node.kind == TomlNode::Kind::text) found = chance_from_text(node.text);
  if (node.kind == TomlNode::Kind::integer) found = chance_from_text(std::to_string(node.integer));
  if (!found) wrong(node, what, "\"0\", \"1\" or a fraction between them such as \"1/5\"");
  return *found;
}

std::vector<Length> lengths_in(const TomlNode& node, const std::string& what) {
  return read_lengths(node, what, length_from_text, "\"10s\", \"1.1 lease\" or \"2 poll\"");
}

std::vector<Length> jumps_in(const TomlNode& node, const std::string& what) {
  return read_lengths(node, what, signed_length, "\"+301s\", \"-1h\" or \"-1.1 lease\"");
}

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
    return c == '*' || c == '?' || c == '.' || c == ':' || c == '-' ||
           is_plain_name(std::string("_") + c);
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
