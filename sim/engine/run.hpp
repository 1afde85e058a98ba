// One history: the loop and time, and nothing else. The parts know how; this is the only place that
// knows the order of things.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/engine/faults.hpp"
#include "sim/engine/gallop.hpp"
#include "sim/engine/phases.hpp"
#include "sim/session/timers.hpp"

namespace fencepost {

/// From the first birth to the last event. Used once.
class Run {
 public:
  /// Borrows the world's things, and the tries, whose choices are the world's.
  Run(const World& world, Tries& tries);
  /// Plays the whole history, or, where the tries want it played again, its beginning. Throws
  /// InputError for what only a run can find, and HarnessError.
  History execute();
  /// How many there were.
  int steps() const;
  /// Who sent which statement last: "w1 ran claim.take_job".
  const std::string& doing() const { return calls_.doing(); }

 private:
  /// Who can go on: a task, or a session at the barrier.
  struct Turn {
    std::int64_t number = 0;
    Task* task = nullptr;
    Session* at_barrier = nullptr;
  };

  History play();
  void begin();
  void deliver();
  Standing standing() const;
  void heal();
  std::vector<Turn> turns() const;
  const Turn& choose(const std::vector<Turn>& turns);
  bool pick();
  bool advance();
  void leap();
  void move_time(Instant to);
  void work_off();
  void go_on();
  void resume(Task& task);
  History end(Phase phase);
  void release_everything();

  const World world_;
  Tries& tries_;
  Journal journal_;
  Sessions sessions_;
  Calls calls_;
  Timers timers_;
  Fleet fleet_;
  Faults faults_;
  Gallop gallop_;
  const Phases phases_;
  std::optional<Instant> heal_began_;
  std::map<std::string, Asker> askers_;  ///< by whoever ran last: it stands before who is next
  std::string last_ran_ = "start";
  Task* last_task_ = nullptr;   ///< nullptr when none ran last
  Session* passing_ = nullptr;  ///< whose statement goes to its backend then, as it waited for one
  Task* picked_ = nullptr;      ///< whose turn it is when what is due has been worked off
  bool time_moved_ = false;     ///< something may be due that was not
  int moved_in_step_ = 0;       ///< where time moved last
  int vain_moves_ = 0;          ///< of time, behind which no step began
  bool delivering_ = false;
};

}  // namespace fencepost
