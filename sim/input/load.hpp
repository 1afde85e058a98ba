// How much there is to do in a run and how it is done; and the one list that says of each knob what
// it is called, how saved runs hold it and how shrinking makes it less. A new knob is a field here,
// a row below it, and its use.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "model/history.hpp"
#include "sim/input/length.hpp"

namespace fencepost {

struct JsonNode;
struct TomlNode;

/// How likely a piece of work is slow, and how long it takes then.
struct Slow {
  Chance chance;
  std::vector<Length> lasts;
  bool operator==(const Slow&) const = default;
};
/// A pooler between workers and server: how long a client has one of its backends, how many of them
/// there are, and how old one gets.
struct Pooling {
  enum class Mode { none, session, transaction } mode = Mode::none;
  int size = 0;
  Duration lifetime{};  ///< what is older is replaced when nobody has it; 0: never
  bool operator==(const Pooling&) const = default;
};
/// How many workers a role has, instead of its own count.
using RoleCounts = std::map<std::string, int>;
/// Values for the protocol's constants.
using Constants = std::map<std::string, std::string>;

/// How many of what there are, and how they work.
struct Load {
  int workers = 2;
  int previous = 0;  ///< workers of the previous version, beside the others
  RoleCounts roles;
  int jobs = 1;
  int items = 4;
  Constants constants;  ///< override the protocol's, where it has one of that name ("chunk")
  Slow slow;
  int poison = 0;                       ///< how many items can't be processed
  std::vector<Duration> clock_offsets;  ///< a worker's clock is off by one of these
  std::vector<Drift> clock_drifts;      ///< a worker's clock is fast or slow by one of these
  Duration clock_tick{};  ///< the server's clock shows whole multiples of this; 0: microseconds
  Pooling pooler;         ///< in place of the protocol's own
  bool operator==(const Load&) const = default;
};

/// How shrinking makes a knob less, in the order of its tries.
enum class Less {
  at_once,      ///< all of it is taken away
  to_one,       ///< 1, then one less, down to none
  one_fewer,    ///< one less, of each that it counts, down to none
  in_half,      ///< 1, half of it, one less; one is left
  to_few,       ///< 1 to 4, half of it, one less; one is left
  one_by_one,   ///< each entry is taken away
  with_worker,  ///< only with all that happened to a worker, which the tape knows
};

/// One row of the list: its key in [load] and in saved runs, and which whole numbers [load] takes.
template <typename Value>
struct Knob {
  std::string_view key;
  Value Load::*field;
  Written written;
  Less less;
  int least = 0;
  int most = 0;
};

/// Every knob, in the order of saved runs. What a Value looks like in both kinds of file stands in
/// load.cpp.
inline constexpr auto kKnobs = std::make_tuple(
    Knob<int>{"workers", &Load::workers, Written::always, Less::with_worker, 1, 1000},
    Knob<int>{"previous", &Load::previous, Written::beside, Less::one_fewer, 0, 1000},
    Knob<RoleCounts>{"roles", &Load::roles, Written::beside, Less::one_fewer, 0, 1000},
    Knob<int>{"jobs", &Load::jobs, Written::always, Less::in_half, 1, 10'000},
    Knob<int>{"items", &Load::items, Written::always, Less::to_few, 0, 100'000},
    Knob<Constants>{"constants", &Load::constants, Written::always, Less::one_by_one},
    Knob<Slow>{"slow", &Load::slow, Written::always, Less::at_once},
    Knob<int>{"poison", &Load::poison, Written::always, Less::to_one, 0, 100'000},
    Knob<std::vector<Duration>>{"clock_offsets", &Load::clock_offsets, Written::always,
                                Less::at_once},
    Knob<std::vector<Drift>>{"clock_drifts", &Load::clock_drifts, Written::unless_usual,
                             Less::at_once},
    Knob<Duration>{"clock_tick", &Load::clock_tick, Written::unless_usual, Less::at_once},
    Knob<Pooling>{"pooler", &Load::pooler, Written::unless_usual, Less::at_once});

/// Reads [load]; what is no knob overrides the protocol's constant of that name. Throws InputError
/// with file and line.
Load load_in(const TomlNode& table);
/// Reads the table of a pooler, which `title` names in messages. Throws InputError.
Pooling pooling_in(const TomlNode& table, const std::string& title);
/// The value of "load" in a saved run, in several lines.
std::string to_json(const Load& load);
/// What to_json wrote. Throws InputError with file and line.
Load load_in(const JsonNode& node);

/// How much each knob holds, in the order of the list.
std::vector<std::int64_t> amounts_of(const Load& load);
/// Everything but workers: one thing less of each, the boldest first.
std::vector<Load> smaller_loads(const Load& load);

}  // namespace fencepost
