// The people of a history as values: a worker's process, its fibers, and births to come; and what
// all parts of a run are given.
//
// Whatever changes the state of one of them is a function that says when it may be called.
#pragma once

#include <array>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/database/backend_pool.hpp"
#include "sim/database/database.hpp"
#include "sim/input/protocol.hpp"
#include "sim/input/scenario.hpp"
#include "sim/server/server_clock.hpp"
#include "sim/session/choices.hpp"
#include "sim/session/idling.hpp"
#include "sim/worker/fiber.hpp"
#include "sim/worker/worker.hpp"

namespace fencepost {

/// What all parts of a run are given. Everything is borrowed.
struct World {
  ServerClock& clock;
  HistoryDatabase& database;
  BackendPool& backends;
  const Protocol& protocol;
  const Declared& declared;
  const Scenario& scenario;
  Choices& choices;
  Until until;

  /// The version that workers run, and the one before it where there is one.
  std::vector<const Protocol*> versions() const;
};

/// The earlier of both; nullopt is never.
std::optional<Instant> earlier(std::optional<Instant> a, std::optional<Instant> b);

/// A process that is to start.
struct Birth {
  Instant at{};
  int number = 0;
  int life = 1;
  const Protocol* protocol = nullptr;
  const Role* role = nullptr;
  std::string identity;
  bool restart = false;   ///< it takes the place of another
  int rounds_before = 0;  ///< how many the lives before it began
};

/// What a worker believes to hold, and by which grant; attempt 0: by none.
struct Holding {
  JobId job;
  AttemptId attempt;
};

/// What a worker did in a round.
struct Doings {
  int statements = 0;    ///< how many it sent
  bool found = false;    ///< one of them returned or changed something
  bool acted = false;    ///< it committed or believed something
  bool changed = false;  ///< what it committed or believed shows in a job's state
};

/// One life of a virtual worker.
class Process {
 public:
  explicit Process(const Birth& birth);

  /// How wrong its clock is, where the load has such clocks.
  void draw_clock(const Load& load, Choices& choices);
  /// What its clock shows then.
  Instant clock_at(Instant now) const;
  /// How long it takes until its own clock has moved by that much.
  Duration by_its_clock(Duration lasts) const;
  /// What its SQL knows its machine as.
  std::string host() const;
  /// What its SQL may call it, and no other living one.
  std::vector<std::string> names() const;
  /// The life after this one, of a name of its own; when it begins is to be filled in.
  Birth successor() const;

  // Its life. A dead one does nothing more, and what it still believed ended before.
  bool dead() const { return dead_; }
  /// Its rounds are over.
  bool finished() const { return finished_; }
  /// Until when it stands still; nullopt while it runs.
  std::optional<Instant> stalled_until() const { return stalled_until_; }
  /// Precondition: it lives.
  void die();
  /// Precondition: it lives, and is not finished.
  void finish();
  /// It stands still at least until then. Precondition: it lives.
  void stall(Instant until);
  /// Precondition: it stands still.
  void go_on();

  // What it is told.
  bool stopping() const { return stopping_; }
  /// It is to end. Precondition: it lives.
  void ask_to_stop();
  bool notified() const { return notified_; }
  /// A notification came. Precondition: it lives.
  void notify();
  /// It acts on that, if one came.
  bool take_notification() { return std::exchange(notified_, false); }
  /// Its heartbeat knows that the lease is lost; its program does not. Precondition: it lives.
  void lose_lease();
  /// Now its program knows it, too.
  bool take_lost_lease() { return std::exchange(lease_lost_, false); }
  /// Its next session of that name: which one it is, from 1. Precondition: it lives.
  int open_session(const std::string& name);

  // Its polls and rounds.
  /// It begins a round now.
  void woke(Instant now) { woke_ = now; }
  /// What it has done in this round.
  const Doings& doings() const { return doings_; }
  /// Precondition, of each: it lives.
  void count_statement();
  void note_found();
  void note_acted();
  void note_changed();
  /// It sends a statement of its program now.
  void sends(Instant now);
  /// The round came to nothing, and the next one will take as many ticks.
  void learn_ticks();
  /// How long after it woke the first statements of its last idle round ran: few microseconds each.
  const std::vector<Duration>& idle_ticks() const { return idle_ticks_; }

  // Its beliefs.
  bool believing() const { return believing_; }
  /// How many beliefs it has had: the number of the present one while it believes.
  int belief() const { return belief_; }
  const std::vector<Holding>& held() const { return held_; }
  /// What it acts for in this round, also after it let go.
  AttemptId attempt() const { return attempt_; }
  /// Attempts up to this number are of earlier rounds.
  int round_floor() const { return round_floor_; }
  /// It believes to hold these from now on; nothing is a belief in nothing. Precondition: it lives.
  void take_up(std::vector<Holding> held);
  /// It stops believing. Precondition: it believes.
  void let_go();
  /// It believes one less. Precondition: it believes, in this one and in others.
  void let_go_of(const JobId& job);
  /// What is granted up to this number is of earlier rounds from here on. Precondition: it believes
  /// nothing.
  void end_round(int granted);

  const WorkerId id;
  const std::string identity;  ///< what its SQL knows it as
  const int number;
  const int life;
  const int rounds_before;
  const Protocol* const protocol;  ///< the version that it runs
  const Role* const role;
  Idling idling;  ///< how its rounds are alike
  Asker asker;
  std::unique_ptr<Worker> worker;

 private:
  std::string base_name() const;

  Instant woke_{};
  std::vector<Duration> ticks_;  ///< of this round
  std::vector<Duration> idle_ticks_;
  Duration clock_offset_{};
  Drift clock_drift_{};
  Doings doings_;
  std::map<std::string, int> opened_;  ///< how many sessions of each name
  bool dead_ = false;
  bool finished_ = false;
  bool stopping_ = false;
  bool notified_ = false;
  bool lease_lost_ = false;
  std::optional<Instant> stalled_until_;
  std::vector<Holding> held_;
  AttemptId attempt_;
  int round_floor_ = 0;
  int belief_ = 0;
  bool believing_ = false;
};

/// What a fiber sleeps for.
enum class Sleep {
  pause,  ///< its program says so
  work,   ///< what it does outside of the database takes that long
  poll,   ///< its next poll, which a notification ends
};

/// What a fiber waits for.
enum class TaskState {
  waking,     ///< has slept, or is new: runs to its next scheduling point before anything is chosen
  running,    ///< on its way to its next scheduling point; one at a time
  ready,      ///< at a scheduling point: its next statement goes when it is chosen
  in_flight,  ///< its statement is on the server
  sleeping,
  done,
};
std::string_view to_text(TaskState state);

/// The heartbeat of a worker as such, whatever it holds.
constexpr int kAlways = -1;
/// The program of a worker, and no heartbeat.
constexpr int kProgram = 0;

/// What a statement came to for whoever sent it; telling: rows or an error, and no commit.
enum class Answer { nothing, telling, committed };

/// One fiber of a process: its program, or a heartbeat.
class Task {
 public:
  /// `belief` is the one whose heartbeat it is, or kAlways, or kProgram. Nothing runs before
  /// `begin`.
  Task(Process& process, int belief);

  /// What it runs; must not let an exception out.
  void begin(std::function<void()> body);
  TaskState state() const { return state_; }
  /// Until when it sleeps.
  Instant wake_at() const { return wake_at_; }
  /// Whether it is the heartbeat of a belief that is over.
  bool is_stale() const;
  /// What it acts for with that call: a heartbeat for the belief it belongs to, which may be over;
  /// the program for what is held.
  Holding acts_for(const JobId& job) const;

  // For the scheduler.
  /// Runs it to its next scheduling point. Precondition: it is not done, and nothing runs it.
  void run();
  /// It begins with a sleep. Precondition: it is new.
  void sleep_first(Instant until);
  /// Precondition: it sleeps.
  void wake();
  /// It sleeps longer, until then. Precondition: it sleeps, and would wake before.
  void sleep_on(Instant until);

  // On its own fiber. Precondition, of each: it runs.
  /// Its next statement.
  void announce(const Call& call);
  /// The session that its next connect opens.
  void open(const std::string& session);
  // It stands still until the scheduler runs it again.
  void stand_ready();
  void await_answer();
  /// What its statement came to.
  void learn(Answer answer);
  void sleep_until(Instant instant, Sleep why);

  /// Its next or present statement.
  const Call& call() const { return call_; }
  /// Whether it was told something since it last committed: what it does next may rest on that.
  bool was_told() const { return was_told_; }
  const std::string& opening() const { return opening_; }
  /// Whether that is why it sleeps, or is about to go on after it.
  bool sleeps_for(Sleep why) const { return sleep_ == why; }
  /// What its fiber could not handle, wrong input or a bug of ours; what is found first counts.
  void fail(std::exception_ptr failure);
  /// Throws that, if there is one.
  void throw_failure();

  const std::int64_t number;  ///< among all tasks that can wait at once; what priorities are of
  const std::string name;     ///< "w1", "w1.2/beat"
  Process& process;
  const int belief;
  std::unique_ptr<WorkerEnvironment> environment;

 private:
  void leave_as(TaskState state);

  const Holding about_;  ///< heartbeat of a belief: what that is about
  TaskState state_ = TaskState::waking;
  Sleep sleep_ = Sleep::pause;
  Instant wake_at_{};
  Call call_;
  bool was_told_ = false;
  std::string opening_;
  std::exception_ptr failure_;
  std::unique_ptr<Fiber> fiber_;
};

/// What of a protocol can fail every time: items that its workers take one by one, else jobs that
/// they work on.
enum class Poisons { nothing, items, jobs };
Poisons poisons_of(const Protocol& protocol);
/// What can't be processed: items, or the jobs that are worked on as the first, second, …
struct Poisoned {
  std::vector<ItemId> items;
  std::set<std::int64_t> jobs;  ///< counted from 0
};
/// As much as the load says, of the items that are observed or of the load's jobs.
Poisoned draw_poison(const World& world, const Observation& first);

/// What the server does only for a while: four windows, each open until some time.
enum class Window {
  down,       ///< no new sessions, because it does not run
  full,       ///< no new sessions, because there are too many
  read_only,  ///< no writes
  frozen,     ///< its clock stands still
};
class Windows {
 public:
  bool is_open(Window window) const { return end_of(window).has_value(); }
  /// Open at least until then.
  void open(Window window, Instant until);
  /// When the next one ends; nullopt when none is open.
  std::optional<Instant> next_end() const;
  /// Ends those whose time has come, and says which.
  std::vector<Window> end(Instant now);

 private:
  const std::optional<Instant>& end_of(Window window) const;
  std::array<std::optional<Instant>, 4> ends_;
};

}  // namespace fencepost
