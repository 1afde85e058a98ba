// Situations: interesting things that a run may reach. A scenario names those it exists for; a
// check in which one of them never came about proves nothing, and is called vacuous.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "model/history.hpp"

namespace fencepost {

/// What a protocol must have before a situation can come about in it.
enum class Needs {
  nothing,
  holder,     ///< jobs are held: the kind of lease is not "none"
  grant,      ///< and that is committed before the work is done: nor "transaction"
  lease_end,  ///< and observe returns a lease_until
};

/// One row of the table of situations.
struct Situation {
  std::string_view name;
  std::string_view meaning;      ///< one sentence
  int (*count)(const History&);  ///< how often it came about
  Needs needs = Needs::nothing;
};

/// takeover, fenced_write_refused, ack_lost_applied, blocked, deadlock, born_expired,
/// crashed_owner, stalled_owner, terminal, retried, …
std::span<const Situation> situations();
const Situation* find_situation(std::string_view name);
/// Whether a protocol that declares this can get into it.
bool can_come_about(const Situation& situation, const Declared& declared);
/// How often each situation came about in this history, by name, also those at zero.
std::map<std::string, int> reached(const History& history);

}  // namespace fencepost
