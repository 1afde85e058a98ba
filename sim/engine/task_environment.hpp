// What one fiber of a process sees of its run: the port through which a worker's program asks for
// time, sessions and belief.
#pragma once

#include <memory>

#include "sim/engine/fleet.hpp"
#include "sim/worker/worker.hpp"

namespace fencepost {

/// The environment of that task. Borrows all.
std::unique_ptr<WorkerEnvironment> make_environment(const World& world, Journal& journal,
                                                    Fleet& fleet, Task& task);

}  // namespace fencepost
