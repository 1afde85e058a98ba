// The workers of a history: who is born when, what each fiber may ask of its world, what they
// believe, how they sleep, stand still and die.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/session/sessions.hpp"

namespace fencepost {

/// How the server learns of a worker's death: at once, or when its own timeouts say so.
enum class Death { noticed, half_open };

/// A worker that a history begins with; its role is that protocol's.
struct PlannedWorker {
  std::string name;
  const Protocol* protocol = nullptr;
  const Role* role = nullptr;
};
/// All of them, in the order in which they are numbered: of each role as many as the load says.
std::vector<PlannedWorker> planned_workers(const Protocol& protocol, const Load& load);

/// All processes of a history, with their fibers.
class Fleet {
 public:
  /// Borrows all of them.
  Fleet(const World& world, Journal& journal, Sessions& sessions);
  ~Fleet();

  // Births and deaths.
  /// Draws which of these items can't be processed, and when each worker starts.
  void plan_all(const Observation& first);
  /// Precondition: its time is still to come, or now.
  void plan(const Birth& birth);
  /// Whether its next life is there, or planned.
  bool has_successor(const Process& process) const;
  /// Plans the next life of one of each role that claims and that nobody plays who lives and is not
  /// asked to stop, or is to come; roles that claim alike are one. False when nobody is to be born
  /// for that.
  bool revive();
  /// What it believes ends with it, and its sessions as the server learns of it. Precondition: it
  /// lives.
  void kill(Process& process, Death death);
  /// Ends all of them without a word; their sessions stay.
  void abandon_all();
  /// Ends their libpqxx connections. Precondition: no task is on its way any more.
  void drop_workers();

  // What the loop asks.
  const std::vector<std::unique_ptr<Process>>& processes() const { return processes_; }
  const std::vector<Task*>& tasks() const { return tasks_; }
  /// A task of a dead process that has to be run to its end; nullptr: none.
  Task* next_dead() const;
  /// The first that runs to its next scheduling point before anything is chosen: it has slept, is
  /// new, or its answer is here; nullptr: none.
  Task* next_to_run() const;
  /// Those whose next statement goes when they are chosen.
  std::vector<Task*> ready() const;
  /// Whoever waits for a notification that came is woken.
  void wake_notified();
  /// When the next birth, sleep's or stall's end is due, but for what these sleep; nullopt: none.
  std::optional<Instant> next_due(const std::set<const Task*>& but_for = {}) const;
  /// Stalls that are due end, then births take place, then sleepers wake.
  void wake_due();
  /// Whoever stands still until then at most goes on.
  void end_stalls(Instant until);

  // What there is to know.
  /// Nothing under way and nothing believed: it sleeps until its next poll, or its rounds are over.
  /// Who has a number of rounds to do is busy until they are done.
  bool idle(const Process& process) const;
  /// Whether it is dead or idle.
  bool at_rest(const Process& process) const { return process.dead() || idle(process); }
  /// Everybody is at rest.
  bool nobody_busy() const;
  bool births_to_come() const { return !births_.empty(); }
  bool somebody_stalled() const;
  /// Whether somebody does something that ends by itself: works, or pauses, while he believes in a
  /// job that is not there for ever.
  bool somebody_works() const;
  /// One of these lengths, or aimed at a deadline known now: the choice `kind`.lasts, which belongs
  /// to the process's last choice of that kind.
  Duration choose_length(Process& process, const std::string& kind, const std::string& where,
                         const std::vector<Length>& lengths);

  /// When it polls next: after that long by its own clock, or drawn so that a statement of its
  /// round runs just before, at or just after a job becomes free.
  Instant next_poll(Process& process, Duration poll);

  // What a worker's own code asks, through its environment.
  void believe(Process& process, const std::vector<JobId>& jobs);
  /// It stops believing, if it does; the reason is for the history.
  void let_go(Process& process, const std::string& reason);
  /// The same of one of several jobs; true when it holds others still.
  bool let_go_of(Process& process, const JobId& job, const std::string& reason);
  /// What is granted so far is of earlier rounds.
  void end_round(Process& process);
  /// How long a piece of work takes that usually takes that long.
  Duration work_time(Process& process, const std::vector<Duration>& lengths);
  const std::vector<ItemId>& poisoned_items() const { return poisoned_.items; }
  /// Whether work on this job fails every time.
  bool is_poisoned(const JobId& job);

 private:
  void give_birth(const Birth& birth);
  Task& spawn(Process& process, int belief);
  void live(Task& task);
  std::vector<Instant> deadlines() const;

  const World& world_;
  Journal& journal_;
  Sessions& sessions_;
  std::map<const Protocol*, std::map<std::string, std::string>> constants_;  ///< by version
  std::vector<std::unique_ptr<Process>> processes_;
  std::vector<std::unique_ptr<Task>> all_tasks_;
  std::vector<Task*> tasks_;  ///< but for those that were done when time moved last
  std::vector<Birth> births_;
  Poisoned poisoned_;
  std::vector<JobId> worked_on_;  ///< in the order in which somebody did so first
};

}  // namespace fencepost
