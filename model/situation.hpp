// Situations: interesting things that a run may reach. A scenario names those it exists for; a
// check in which one of them never came about proves nothing, and is called vacuous.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/history.hpp"

namespace fencepost {

/// What a protocol must have before a situation can come about in it.
enum class Needs {
  nothing,
  grant,      ///< that a job is held is committed: the kind of lease is "row" or "session"
  lease_end,  ///< and observe returns a lease_until
  end,        ///< jobs end: none is there for ever
};

/// One row of the table of situations.
struct Situation {
  std::string_view name;
  std::string_view meaning;      ///< one sentence
  int (*count)(const History&);  ///< nullptr: the row of a fault says it
  Needs needs = Needs::nothing;
  const Fault* fault = nullptr;
};

/// Those of the table, and then those that faults bring about by striking, in their order.
const std::vector<Situation>& situations();
const Situation* find_situation(std::string_view name);
/// How often it came about in this history.
int count_of(const Situation& situation, const History& history);
/// Whether a protocol that declares this can get into it.
bool can_come_about(const Situation& situation, const Declared& declared);
/// How often each situation came about in this history, by name, also those at zero.
std::map<std::string, int> reached(const History& history);

}  // namespace fencepost
