#include "sim/database/timestamp.hpp"

#include <fmt/format.h>

#include <cstdint>

#include "model/token.hpp"

namespace fencepost {
namespace {

/// Takes digits off the front of a text.
struct Reader {
  std::string_view rest;
  bool ok = true;

  std::int64_t number(std::size_t digits) {
    std::int64_t value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (rest.empty() || rest.front() < '0' || rest.front() > '9') {
        ok = false;
        return 0;
      }
      value = value * 10 + (rest.front() - '0');
      rest.remove_prefix(1);
    }
    return value;
  }
  bool next_is(char c) const { return !rest.empty() && rest.front() == c; }
  void expect(char c) {
    ok = ok && next_is(c);
    if (ok) rest.remove_prefix(1);
  }
  std::int64_t micros() {
    std::int64_t value = 0;
    std::int64_t scale = 100'000;
    while (!rest.empty() && is_digit(rest.front())) {
      value += (rest.front() - '0') * scale;
      scale /= 10;
      rest.remove_prefix(1);
    }
    return value;
  }
  std::int64_t zone_seconds() {
    if (rest.empty()) return 0;
    const std::int64_t sign = next_is('-') ? -1 : 1;
    if (!next_is('-') && !next_is('+')) ok = false;
    if (!ok) return 0;
    rest.remove_prefix(1);
    std::int64_t seconds = number(2) * 3600;
    for (const std::int64_t unit : {60, 1}) {
      if (!next_is(':')) break;
      rest.remove_prefix(1);
      seconds += number(2) * unit;
    }
    return sign * seconds;
  }
};

}  // namespace

std::optional<Instant> instant_from_timestamp(std::string_view text) {
  if (text == "infinity") return Instant::max();
  if (text == "-infinity") return Instant::min();
  Reader in{text};
  const int year = static_cast<int>(in.number(4));
  in.expect('-');
  const auto month = static_cast<unsigned>(in.number(2));
  in.expect('-');
  const auto day = static_cast<unsigned>(in.number(2));
  in.expect(' ');
  std::int64_t seconds = in.number(2) * 3600;
  in.expect(':');
  seconds += in.number(2) * 60;
  in.expect(':');
  seconds += in.number(2);
  std::int64_t micros = 0;
  if (in.next_is('.')) {
    in.rest.remove_prefix(1);
    micros = in.micros();
  }
  seconds -= in.zone_seconds();
  if (!in.ok || !in.rest.empty()) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month},
                                         std::chrono::day{day}};
  if (!date.ok()) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
  return Instant{Duration{(days * 86'400 + seconds - kEpochSeconds) * 1'000'000 + micros}};
}

std::string timestamp_of(Instant instant) {
  const std::chrono::sys_time<Duration> point{instant.time_since_epoch() +
                                              std::chrono::seconds{kEpochSeconds}};
  const auto day = std::chrono::floor<std::chrono::days>(point);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{point - day};
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:06}+00", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count(),
                     time.subseconds().count());
}

}  // namespace fencepost
