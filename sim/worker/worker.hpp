// A virtual worker: the program of a role, run as ordinary blocking code over libpqxx; and what it
// may ask of the world it lives in, which is everything else it does.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/history.hpp"
#include "sim/database/sql_client.hpp"
#include "sim/input/protocol.hpp"

namespace fencepost {

class ProgramRunner;

/// Thrown through a worker's code when its process is gone; nothing may swallow it.
struct WorkerGone {};

/// What the next libpq call of this fiber is, in the protocol's words.
struct Call {
  std::string operation;
  std::string statement;  ///< "previous:save" for one of the previous version
  std::vector<Bound> bound;
  JobId job;  ///< the one of several held jobs that it is about; may be empty
};

/// Implemented by a run, for one fiber of one process.
class WorkerEnvironment {
 public:
  virtual ~WorkerEnvironment() = default;

  /// The connection string for a session of that name; the next PQconnectdb on this fiber opens it.
  virtual std::string conninfo(const std::string& session) = 0;
  /// Names the next statement of this fiber.
  virtual void announce(const Call& call) = 0;
  /// Throws WorkerGone if the process is gone: a dead worker's libpq calls only fail.
  virtual void check_alive() = 0;
  virtual void sleep(Duration lasts) = 0;
  /// Sleeps for one of these lengths, or until about a deadline that is known now.
  virtual void sleep_drawn(const std::vector<Length>& lengths) = 0;
  /// Waits for the next poll; a notification or a graceful stop ends it.
  virtual void wait_for_poll(Duration lasts) = 0;
  /// Whether the process was asked to end.
  virtual bool stopping() const = 0;
  /// Works for the first of its lengths, or another, or less, or as long as the scenario makes it.
  /// Why it failed: that is longer than its timeout, or the job can't be processed; empty: it did
  /// not.
  virtual std::string work(const JobId& job, const WorkStep& step) = 0;
  /// The worker's own clock.
  virtual Instant clock() = 0;
  /// The claim operation returned: the worker now believes that it holds these jobs.
  virtual void believe(const std::vector<JobId>& jobs) = 0;
  /// It stops believing; `reason` is for the history.
  virtual void let_go(const std::string& reason) = 0;
  /// The same of one of several jobs; true when it holds others still.
  virtual bool let_go_of(const JobId& job, const std::string& reason) = 0;
  /// It stops believing, if it did, at the end of a round, after which it acts for nothing any
  /// more.
  virtual void end_round() = 0;
  /// Whether it committed or believed anything in this round.
  virtual bool acted() const = 0;
  virtual bool believes() const = 0;
  /// A fenced statement found no row.
  virtual void refused(const Call& call) = 0;
  /// A heartbeat learned that the lease is lost, and the program does not know yet; asking forgets
  /// it.
  virtual bool take_lease_lost() = 0;
  virtual void note_lease_lost() = 0;
  /// A statement failed in the worker itself, with that SQLSTATE and in these words.
  virtual void stuck(const Call& call, const std::string& sqlstate, const std::string& message) = 0;
  /// Throws SqlFailure.
  virtual SqlResult let(const Statement& statement, const std::vector<Value>& arguments) = 0;
  /// The poisoned item that this row is about; empty if none.
  virtual std::string poison_in(const Row& row) = 0;
  /// What the SQL knows this worker as.
  virtual std::string identity() const = 0;
  /// The same of its machine.
  virtual std::string host() const = 0;
  /// How many rounds its earlier lives began.
  virtual int rounds_before() const = 0;
  /// How many jobs the load has (for producers).
  virtual int jobs() const = 0;
};

/// The job that a row is about, as the lease's columns in it name it, several with / between them;
/// what the row has not is one of these constants. nullopt: it does not say.
std::optional<JobId> job_of(const Row& row, const Protocol& protocol,
                            const std::map<std::string, std::string>& constants = {});

/// What a worker remembers within a round.
struct Memory {
  std::map<std::string, Value> values;           ///< by column or built-in name
  std::map<std::string, std::vector<Row>> rows;  ///< the last result of each statement
  std::vector<Row> held;                         ///< what the claim returned for each job held
};

/// One process of a role. It knows no simulation: its calls may stop for as long as they like.
class Worker {
 public:
  /// Borrows everything; constants are the protocol's with the load's overrides.
  Worker(WorkerEnvironment& environment, const Protocol& protocol, const Role& role,
         const std::map<std::string, std::string>& constants);
  ~Worker();
  /// The main program: round after round. Returns when its rounds are over; throws WorkerGone.
  void run();
  /// The heartbeat of what is held now, on its own fiber and first due at once; returns when that
  /// is no longer believed; throws WorkerGone.
  void beat(WorkerEnvironment& environment);
  /// How many rounds it has begun.
  int rounds() const { return tick_; }
  /// So many rounds have passed that nobody played.
  void skip(std::int64_t rounds) { tick_ += static_cast<int>(rounds); }

 private:
  enum class RoundEnd { worked, idle };
  Duration poll();
  RoundEnd round();
  bool handle(const Handler& handler, ProgramRunner& runner);
  void believe();
  /// Whether its last good claim or renewal is too long ago to be trusted.
  bool is_too_old() const;
  void let_go(const std::string& reason);

  WorkerEnvironment& environment_;
  const Protocol& protocol_;
  const Role& role_;
  const std::map<std::string, std::string>& constants_;
  std::map<std::string, std::unique_ptr<SqlClient>> sessions_;
  Memory memory_;
  int tick_ = 0;
  Instant last_good_{};
  bool beating_ = false;
};

}  // namespace fencepost
