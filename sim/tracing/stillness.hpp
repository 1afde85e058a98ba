// Whether threads of other programs are still, exactly: each sleeps in a wait that only somebody
// else can end.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

namespace fencepost {

/// Watches threads by files of /proc, which the kernel lets their tracer read. No cooperation of
/// theirs is needed: a thread that sleeps in a waiting call in two passes, and was not put on a
/// processor from before the first until after the second, slept all the time in between; so at
/// the instant between the passes all of them did. Nobody among them can wake another then.
class ThreadStillness {
 public:
  ThreadStillness() = default;
  ~ThreadStillness();
  ThreadStillness(const ThreadStillness&) = delete;
  ThreadStillness& operator=(const ThreadStillness&) = delete;

  /// Asked anew, of exactly these threads. A thread that has ended is still.
  bool are_still(const std::vector<pid_t>& threads);
  /// What the last that was not still did.
  const std::string& busy() const { return busy_; }

 private:
  struct Files {
    int call = -1, turns = -1, state = -1;
  };
  Files& files_of(pid_t thread);
  void forget_all_but(const std::vector<pid_t>& threads);
  bool sleeps(pid_t thread);

  std::map<pid_t, Files> files_;
  std::string busy_;
};

}  // namespace fencepost
