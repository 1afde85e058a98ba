#include "sim/worker/waits.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/database/timestamp.hpp"
#include "sim/input/length.hpp"
#include "sim/text/words.hpp"

namespace fencepost {

std::optional<Duration> wait_in(const std::string& text, Instant now) {
  constexpr Duration for_ever = std::chrono::days(36'500);
  if (const auto until = instant_from_timestamp(text))
    return std::clamp(*until - now, Duration{0us}, for_ever);
  if (text.starts_with('-') && duration_from_text(text.substr(1) + "s")) return 0us;
  if (const auto seconds = duration_from_text(text + "s")) return std::min(*seconds, for_ever);
  return std::nullopt;
}

std::string no_wait(const std::string& who, const Source& source,
                    const std::optional<Value>& said) {
  return fmt::format(
      "{} waits for {}, which {}; it must be a number of seconds or a time with a date: let a :let "
      "statement compute one",
      who, source.statement.empty() ? source.name : source.statement + "." + source.name,
      said ? "is " + in_quotes(said->value_or("null")) : "nothing gave a value");
}

}  // namespace fencepost
