#include "model/time.hpp"

#include <array>
#include <cstdint>
#include <utility>

#include "model/token.hpp"

namespace fencepost {
namespace {

constexpr std::int64_t kMicros = 1'000'000;
/// Longer than any history: a thousand years.
constexpr std::int64_t kMost = 1'000LL * 366 * 86'400 * kMicros;

constexpr std::array<std::pair<std::string_view, std::int64_t>, 9> kUnits = {
    {{"us", 1},
     {"ms", 1'000},
     {"s", kMicros},
     {"min", 60 * kMicros},
     {"m", 60 * kMicros},
     {"h", 3'600 * kMicros},
     {"d", 86'400 * kMicros},
     {"seconds", kMicros},
     {"minutes", 60 * kMicros}}};

}  // namespace

std::string to_text(Duration duration) {
  std::int64_t micros = duration.count();
  std::string text;
  if (micros < 0) text = "-";
  if (micros < 0) micros = -micros;
  text += std::to_string(micros / kMicros);
  std::string fraction = std::to_string(kMicros + micros % kMicros).substr(1);
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  if (!fraction.empty()) text += "." + fraction;
  return text + " s";
}

std::string to_text(Instant instant) {
  if (instant == Instant::max()) return "for ever";
  if (instant == Instant::min()) return "-infinity";
  return to_text(instant.time_since_epoch());
}

std::optional<Duration> duration_from_text(std::string_view text) {
  std::int64_t whole = 0;
  std::int64_t fraction = 0;
  std::int64_t scale = kMicros;
  std::size_t at = 0;
  const auto digit = [&] { return at < text.size() && is_digit(text[at]); };
  if (!digit()) return std::nullopt;
  for (; digit(); ++at) {
    whole = whole * 10 + (text[at] - '0');
    if (whole > kMost) return std::nullopt;
  }
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (!digit()) return std::nullopt;
    for (; digit(); ++at) {
      if (scale == 1) return std::nullopt;
      scale /= 10;
      fraction += (text[at] - '0') * scale;
    }
  }
  if (at < text.size() && text[at] == ' ') ++at;
  for (const auto& [name, micros] : kUnits) {
    if (text.substr(at) != name) continue;
    if (whole > kMost / micros || fraction * micros % kMicros != 0) return std::nullopt;
    return Duration{whole * micros + fraction * micros / kMicros};
  }
  return std::nullopt;
}

}  // namespace fencepost
