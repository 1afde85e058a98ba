// Which system calls of a traced program its tracer sees.
#pragma once

#include <linux/filter.h>

#include <vector>

namespace fencepost {

/// A program for seccomp: waits for a time, what reads a clock past the vDSO, random bytes,
/// connections and timers stop for the tracer; all else goes on as ever, and costs nothing.
std::vector<sock_filter> traced_calls();

}  // namespace fencepost
