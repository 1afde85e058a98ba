// Names of the things a history talks about. Each is its own type, so that a worker can't be passed
// for a job.
#pragma once

#include <compare>
#include <string>

namespace fencepost {

/// A name that is compared and printed, and nothing else.
template <typename Tag>
struct Name {
  std::string text;
  auto operator<=>(const Name&) const = default;
  bool empty() const { return text.empty(); }
};

/// What is held: a job, a leadership, a lock; the text is what the observe query calls it.
using JobId = Name<struct JobTag>;
/// One life of a virtual worker: "w1"; after a restart with a new identity "w1.2".
using WorkerId = Name<struct WorkerTag>;
/// One PostgreSQL session of one worker: "w1/main", "w1/beat"; reconnected: "w1/main#2".
using SessionId = Name<struct SessionTag>;
/// One unit of work inside a job, as the applied query calls it.
using ItemId = Name<struct ItemTag>;

/// The life of one claim, numbered from 1 in the order of grants within a history; 0 is "none".
struct AttemptId {
  int number = 0;
  auto operator<=>(const AttemptId&) const = default;
  explicit operator bool() const { return number != 0; }
};

}  // namespace fencepost
