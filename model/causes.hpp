// What stands behind a violation beside the grants of its job and the faults that struck: what is
// easy to overlook in a trace.
#pragma once

#include <string>
#include <vector>

#include "model/history.hpp"
#include "model/verdict.hpp"

namespace fencepost {

/// A sentence of a story, and the step that it tells of.
struct Sentence {
  int step = 0;
  std::string text;
};

/// Of what lies between that step and the violated one: who else changed the job, work that
/// outlasted its lease, and sessions that stay open without their worker. Of whoever did what was
/// violated: how long its transaction had been open, where it waited for a lock, where its commit
/// came late, and what it had read before others changed it. Who wrote last, where a `:never`
/// statement returned rows.
std::vector<Sentence> causes_of(const History& history, const Violation& violation, int from_step);

/// ", 10 s after its lease had ended": how a job's takeover lies to the end of the lease before it,
/// by the server's clock; empty where no end is known.
std::string beside_its_lease(const Event& granted);

}  // namespace fencepost
