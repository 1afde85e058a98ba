// Runs the steps of a role's program on a worker's sessions.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/database/sql_client.hpp"
#include "sim/input/protocol.hpp"
#include "sim/worker/worker.hpp"

namespace fencepost {

/// How steps ended early, as the protocol says: nothing, done, lost, error or else; nullopt: they
/// ran to their end. No exception: most polls end so.
using Ending = std::optional<Reaction>;

/// The worker itself can't go on, as its environment was told: it has nothing to bind, or can't
/// make anything of an answer.
struct Stuck {};

/// The SQLSTATE of a statement that has nothing to bind.
constexpr std::string_view kNothingToBind = "07002";

/// Runs the steps of a role's operations on its worker's sessions.
class ProgramRunner {
 public:
  /// What it needs of its worker. Everything is borrowed.
  struct Context {
    WorkerEnvironment& environment;
    const Protocol& protocol;
    const Role& role;
    const std::map<std::string, std::string>& constants;
    std::map<std::string, std::unique_ptr<SqlClient>>& sessions;
    Memory& memory;
    int tick = 0;
    std::string session;  ///< where a step names none; empty: the role's last
    std::function<void(const std::string& operation)> finished;  ///< an operation came to its end
    std::function<Ending()> before_step;                         ///< ends the program instead
    /// A statement fails in the worker, with that SQLSTATE and in these words.
    std::function<void(const Call&, const std::string& sqlstate, const std::string& message)> stuck;
  };
  explicit ProgramRunner(Context context) : context_(std::move(context)) {}

  /// Throws SqlFailure of a session that lives, WorkerGone, Stuck.
  Ending run(std::span<const Step> steps, const std::string& operation);
  Ending run_operation(const std::string& name);
  /// How long who got nothing waits.
  Duration poll();

 private:
  Ending step(const Step& step, const std::string& operation);
  Ending run_step(const RunStep& run, const std::string& operation);
  Ending call_statement(const RunStep& run, const Statement& statement,
                        const std::string& operation);
  Ending react(const RunStep& run, const Statement& statement, const SqlResult& result,
               const Call& call);
  Ending transaction(const TxStep& tx, const std::string& operation);
  std::optional<Ending> transaction_once(const TxStep& tx, const std::string& operation,
                                         std::map<std::string, int>& retries);
  Ending each(const EachStep& each, const std::string& operation);
  Ending loop(const LoopStep& loop, const std::string& operation);
  Ending first(const FirstStep& first, const std::string& operation);
  Ending end_with(const Reaction& reaction, const Call& call, const std::string& message);
  Ending control(const std::string& session, const Call& call, const std::string& sql);
  SqlClient* session(const std::string& name);
  std::string session_name(const std::string& given) const;
  Ending broke(const std::string& session, const std::string& words);
  Ending lost_session(const std::string& session, const std::string& words);
  [[noreturn]] void failed(const SqlFailure& failure);
  Duration until_next(Duration whole) const;
  std::vector<Value> arguments_of(const RunStep& run, const Statement& statement, Call& call);
  SqlResult let(const Statement& statement, const std::vector<Value>& arguments, const Call& call);
  void tell_stuck(const Call& call, const std::string& sqlstate, const std::string& message);
  [[noreturn]] void stuck(const Call& call, const std::string& sqlstate,
                          const std::string& message);
  std::optional<Value> look_up(const Source& source) const;
  std::optional<Value> by_name(const std::string& name) const;
  Duration wait_of(const Source& source, int line, const std::string& operation);
  std::vector<std::string> known_names() const;
  JobId job_at_hand() const;

  Context context_;
  std::string turned_away_;  ///< in the words of whoever did not let a session connect
};

}  // namespace fencepost
