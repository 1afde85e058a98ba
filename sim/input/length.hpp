// Chances, lengths, drifts and globs as people write them in scenarios ("1/5", "1.1 lease", "80ms",
// "-1/100", "advance.*"), both ways, exact: no floating point anywhere.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/history.hpp"

namespace fencepost {

struct TomlNode;

/// A chance of `hits` in `of`: exact, no floating point. "1/5"; "0" and "1" are written as such.
struct Chance {
  std::uint32_t hits = 0;
  std::uint32_t of = 1;
  bool operator==(const Chance&) const = default;
};

/// How fast a worker's clock runs: 10,000 millionths more is a hundredth faster.
struct Drift {
  std::int64_t millionths = 0;
  bool operator==(const Drift&) const = default;
};

/// A duration in a scenario: absolute ("10s"), or in leases or polls of the protocol ("1.1 lease",
/// "2 poll"); where no lease is declared, one is `freed_within`, else ten polls. Negative only
/// where a clock jumps. Kept as an exact fraction of a million, so that 1.1 leases of 300 s are 330
/// s to the microsecond.
struct Length {
  enum class Unit { absolute, lease, poll } unit = Unit::absolute;
  Duration absolute{};
  std::int64_t millionths = 0;
  Duration resolve(const Declared& declared) const;
  bool operator==(const Length&) const = default;
};

/// "0", "1" or "HITS/OF" with HITS <= OF <= 1,000,000; nullopt for anything else.
std::optional<Chance> chance_from_text(std::string_view text);
/// "10s", or at most 1000 leases or polls with at most six decimals: "1.1 lease", "2 poll", "3
/// leases"; nullopt for anything else.
std::optional<Length> length_from_text(std::string_view text);
/// "1/100", a hundredth faster, or "-1/100": at most a half; nullopt for anything else.
std::optional<Drift> drift_from_text(std::string_view text);
/// As chance_from_text reads it.
std::string to_text(Chance chance);
/// As length_from_text reads it.
std::string to_text(const Length& length);

/// "0", "1" or "1/5"; `what` names the value in messages. Throws InputError for anything else.
Chance chance_in(const TomlNode& node, const std::string& what);
/// At least one length, such as "10s", "1.1 lease" or "2 poll". Throws InputError for anything
/// else.
std::vector<Length> lengths_in(const TomlNode& node, const std::string& what);
/// The same where a clock jumps: "+301s", "-1h" or "-1.1 lease".
std::vector<Length> jumps_in(const TomlNode& node, const std::string& what);

/// "*" matches any run of characters, "?" one; nothing else is special.
bool glob_matches(std::string_view pattern, std::string_view text);
/// Whether any boundary at all ("operation.statement:point") could be meant: plain characters, and
/// an end that fits before, after or after_commit.
bool may_match_a_boundary(std::string_view pattern);

}  // namespace fencepost
