// A history told: a violation in a few sentences, how many lines that takes with polling drawn
// together, and what makes two of them the same story.
#pragma once

#include <map>
#include <set>
#include <string>

#include "model/history.hpp"
#include "model/verdict.hpp"

namespace fencepost {

/// Who claimed what, what hit whom, who took over, and what then went wrong: one to five plain
/// sentences.
std::string story(const History& history, const Violation& violation);

/// Several rounds of one worker's polling in a row that found and changed nothing.
struct IdlePolls {
  int rounds = 0;
  Instant until{};
};

/// The polling of a whole history.
struct IdleSteps {
  std::map<int, IdlePolls> first;  ///< by the step where they begin
  std::set<int> hidden;            ///< the other steps of such rounds
};

/// Only two rounds and more in a row are polling; a round that led somewhere is not.
IdleSteps idle_polls(const History& history);
/// Whether an event of this kind is a line of a story by itself; all others tell what one meant.
bool is_deed(EventKind kind);
/// How many lines a story has up to that step (0: to its end), polling drawn together.
int story_steps(const History& history, int until_step);

/// The schedule of a (shrunk) history, one deed per line: "A claim.take_job 1",
/// "A ⚡ stall advance.save:before", "A ▶". Workers and jobs are named anew in the order in which
/// they come up (A, B, … and 1, 2, …), and what differs between two seeds without making another
/// story is left out: times, how long a fault lasted, values, sessions, polling that found nothing.
std::string schedule_of(const History& history);
/// 8 hex digits of a property's full name and that schedule: what two failures have in common that
/// are one, the same part of the same property and the same schedule of statements and faults.
std::string signature(const std::string& property, const History& history);

}  // namespace fencepost
