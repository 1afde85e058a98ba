// What a queue seems to be, guessed from its files: each guess with its reason, and with its
// question where the files don't say it.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/history.hpp"
#include "sim/init/init_files.hpp"

namespace fencepost {

/// One guess, as it is told.
struct Guess {
  std::string subject;  ///< "claim"
  std::string value;    ///< "claim_job"; empty: nothing was found
  std::string reason;
  std::string question;  ///< what to ask whoever knows; empty: the files say it
};

/// What people said: by subject, their values.
using Answers = std::map<std::string, std::string>;

/// A condition in SQL and the state that it means, in fencepost's words.
struct StateRule {
  std::string condition;
  JobState state = JobState::ready;
};

/// A whole guess. Statements and columns are named; an empty name is: there is none.
struct QueueGuess {
  enum class Kind {
    rows,         ///< jobs in a table, held by what a claim writes
    leader,       ///< one row or a few, there for ever, held in turn
    session,      ///< held by an advisory lock of a session
    transaction,  ///< held by a row lock for as long as a transaction lasts
  } kind = Kind::rows;
  std::string table;               ///< whose rows a claim changes
  std::string jobs;                ///< where claims are rows of their own, that of the jobs
  std::string waiting;             ///< and that of those which nobody has
  std::vector<std::string> claim;  ///< statements, in order
  bool claim_locks = false;        ///< the first keeps its lock until the last: one transaction
  std::string key;                 ///< the table's column that names a job
  std::string job;                 ///< what the claim calls it
  std::string fixed;               ///< a leader's name
  std::string owner, since, lease_until, state, attempts, ready_at;
  std::vector<std::string> token;           ///< as the claim calls them
  std::map<std::string, std::string> made;  ///< what the worker makes before it claims: name → SQL
  std::map<std::string, std::string> counted;  ///< what it makes of that once it has: name → SQL
  TokenOrder order = TokenOrder::unique;
  SqlLength lasts;      ///< as the SQL says it
  bool passes = false;  ///< it is over some time after `since`
  Duration lease{};     ///< 0: no claim is ever over by time
  std::optional<std::int64_t> most_attempts;
  std::string heartbeat;
  Duration every{};
  std::string succeed, fail, release;
  std::vector<std::string> during;  ///< what else a worker runs while it has a job
  std::string marks_job;            ///< beside `succeed`: what says so in `jobs`
  std::vector<std::string> reapers;
  bool succeeds_by_removal = false;
  std::vector<StateRule> states;  ///< the first that is true; none is: ready
  Duration work = 10s, poll = 5s;
  std::map<std::string, std::string> constants;  ///< name → value
  std::vector<std::string> invented;             ///< those whose value no file says
  std::map<std::string, Duration> units;    ///< of the table's columns that hold times as numbers
  std::map<std::string, std::string> lets;  ///< what it makes before a statement: name → SQL
  std::map<std::string, std::vector<std::string>> before;  ///< statement → those it needs
  bool ends_by_client = false;  ///< the worker's clock says when its lease is over
  std::map<std::string, std::map<std::string, std::string>>
      with;                     ///< statement → parameter → source
  std::vector<Guess> guesses;   ///< in the order in which they are told
  std::set<std::string> heard;  ///< subjects whose answers count

  /// The subjects of guesses that only a person can confirm, and nobody has.
  std::vector<std::string> unconfirmed() const;
};

/// Guesses everything; what was answered is taken as it is. Throws InputError for an answer that
/// names what there is not.
QueueGuess guess_queue(const InitFiles& files, const Answers& answers);

}  // namespace fencepost
