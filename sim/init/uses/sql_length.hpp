// Lengths of time as SQL writes them: interval '30 s', make_interval(mins => 5), $1 * interval '1
// second'; and times as whole numbers.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/time.hpp"
#include "sql/tree/schema_view.hpp"

namespace fencepost {

/// A length, or the parameter that says it.
struct SqlLength {
  std::optional<Duration> value;
  std::string parameter;  ///< "$2"; empty: none
  Duration unit{};        ///< of the parameter as a number; 0: it is an interval itself
  bool behind = false;    ///< it is taken away from the time beside it

  bool known() const { return value || !parameter.empty(); }
};

/// A PostgreSQL interval: "30 s", "1 hour 30 minutes", "00:05:00", "PT30S"; nullopt where it says
/// months or years, or is no interval.
std::optional<Duration> interval_from_text(std::string_view text);
/// An expression as a length; not known where it says neither a value nor a parameter. `unit`: what
/// a mere number counts; 0: it is an interval.
SqlLength length_of(const TreeNode& expression, Duration unit = {});
/// What is added to the time in an expression, or taken away from it: 30 s in
/// greatest(until, now() + interval '30 s'); not known where nothing is.
SqlLength beside_time(const TreeNode& expression);

/// What the whole number counts that an expression makes of a time: 1 ms of
/// extract(epoch FROM now()) * 1000; 0 where it makes none.
Duration counted_in(const TreeNode& expression);
/// The same of a column, where its name says it: "locked_until_ms".
Duration counted_by_name(std::string_view column);

}  // namespace fencepost
