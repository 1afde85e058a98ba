// Lengths and chances as people write them, exact: no floating point anywhere.
#include "sim/input/length.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

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

// base * millionths / 10^6 in two parts, because the product alone would not fit.
Duration Length::resolve(const Declared& declared) const {
  if (unit == Unit::absolute) return absolute;
  const std::int64_t base = (unit == Unit::lease ? declared.lease : declared.poll).count();
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

}  // namespace fencepost
