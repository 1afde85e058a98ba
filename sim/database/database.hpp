// The harness's own session in a protocol's database: it creates the database, puts it back to its
// start before every history, inserts the workload and observes committed states.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "model/ledger.hpp"
#include "sim/database/backend_pool.hpp"
#include "sim/database/means.hpp"
#include "sim/database/sql_client.hpp"
#include "sim/database/statement_shapes.hpp"
#include "sim/database/table_store.hpp"
#include "sim/input/load.hpp"
#include "sim/input/protocol.hpp"
#include "sim/server/cluster.hpp"

namespace fencepost {

/// A lock that a backend holds: which backend, and what in a few words ("row locks of an open
/// transaction", "advisory lock 7").
struct HeldLock {
  int backend_pid = 0;
  std::string what;
};

/// What a history asks of its protocol's database. Tests of what runs a history have one of their
/// own, without a server.
class HistoryDatabase {
 public:
  virtual ~HistoryDatabase() = default;
  /// How workers connect.
  virtual const std::string& conninfo() const = 0;
  /// Every table and sequence as the schema left it, then the load's jobs and items, a tick of the
  /// clock between each. Nobody may be in a transaction. What that means for the plans of sessions.
  virtual Plans reset(const Load& load) = 0;
  /// The server says that this statement changed no row, and what is observed next is its commit.
  virtual void note_unchanged(const std::string& statement) = 0;
  /// The committed state now, and where it may differ from the one before; holds until it is asked
  /// for again.
  virtual Observed observe() = 0;
  /// The `:never` statements that return rows now, by name, with how many and the first of them.
  virtual const std::map<std::string, std::string>& forbidden() = 0;
  /// Runs a `:let` statement. Throws SqlFailure.
  virtual SqlResult let(const Statement& statement, const std::vector<Value>& arguments) = 0;
  /// Whether somebody but that backend holds, or waits for, a lock on a table that lets those wait
  /// who read or write its rows.
  virtual bool has_locked_tables(int but_backend_pid) = 0;
  /// Granted row and advisory locks of these backends, in their order.
  virtual std::vector<HeldLock> locks_of(const std::vector<int>& backend_pids) = 0;
  /// What a crash of the server does to the tables.
  virtual TableStore& tables() = 0;
  /// Writes into the table fencepost.sessions which worker and session a backend serves.
  virtual void name_session(int backend_pid, const std::string& worker,
                            const std::string& session) = 0;
};

/// One protocol's database on one server.
class Database : public HistoryDatabase {
 public:
  /// Creates a database of that name and runs the protocol's schema in it; prepares every statement
  /// once, so that what the server refuses is an InputError with file and line; checks observe's
  /// columns. Borrows both.
  Database(Cluster& cluster, const Protocol& protocol, const std::string& name, Means means = {});
  /// Leaves the database to the server, which may be kept.
  ~Database() override;
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// How to close all other sessions to it: a history that left something defined otherwise than
  /// the schema did has the server begin again, from a copy of its data, before the next one, and
  /// so has every history from then on.
  void close_sessions_by(std::function<void()> close);
  /// What the user should know of it, in a sentence each: how it is put back, and that its workers
  /// are superusers.
  const std::vector<std::string>& remarks() const;
  /// Drops the database, and whatever else its protocol did to the server; nothing else may be
  /// called afterwards.
  void drop();
  /// Which optional columns observe returns.
  const Columns& columns() const;
  /// Which columns the statements of a version of the protocol return.
  ReturnedColumns returned(const Protocol& version) const;

  const std::string& conninfo() const override;
  Plans reset(const Load& load) override;
  void note_unchanged(const std::string& statement) override;
  Observed observe() override;
  const std::map<std::string, std::string>& forbidden() override;
  SqlResult let(const Statement& statement, const std::vector<Value>& arguments) override;
  bool has_locked_tables(int but_backend_pid) override;
  std::vector<HeldLock> locks_of(const std::vector<int>& backend_pids) override;
  TableStore& tables() override;
  void name_session(int backend_pid, const std::string& worker,
                    const std::string& session) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fencepost
