// Situations: interesting things that a run may reach. A scenario names those it exists for; a gate
// in which one of them never came about proves nothing, and is called vacuous.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "model/history.hpp"

namespace fencepost {

/// One row of the table of situations.
struct Situation {
  std::string_view name;
  std::string_view meaning;      ///< one sentence
  int (*count)(const History&);  ///< how often it came about
};

/// takeover, fenced_write_refused, ack_lost_applied, blocked, deadlock, born_expired,
/// crashed_owner, stalled_owner, terminal, retried, …
std::span<const Situation> situations();
const Situation* find_situation(std::string_view name);
/// How often each situation came about in this history, by name, also those at zero.
std::map<std::string, int> reached(const History& history);

}  // namespace fencepost
