// One session of the private server for tests: raw libpq, one statement at a time, settled by the
// clock page.
#pragma once

#include <libpq-fe.h>

#include <string>

#include "sim/cluster.hpp"
#include "sim/server_clock.hpp"

namespace fencepost {

class TestSession {
 public:
  explicit TestSession(Cluster& cluster, const std::string& database = "postgres");
  ~TestSession();
  TestSession(const TestSession&) = delete;
  TestSession& operator=(const TestSession&) = delete;

  Slot slot() const { return slot_; }
  int pid() const { return PQbackendPID(connection_); }
  Activity activity() const { return clock_.activity(slot_); }
  /// Sends a statement, and does not wait.
  void start(const std::string& sql);
  /// Sends a statement and waits until the session is still.
  Activity send(const std::string& sql);
  /// The answer to what was sent: rows as "a|b", separated by newlines, or an SQLSTATE. Only when
  /// idle or gone.
  std::string answer();
  /// Both at once, for statements that do not block.
  std::string ask(const std::string& sql);
  /// Fires what is due and waits until the session is still. "nothing was due" would be `running`.
  Activity fire();

 private:
  ServerClock& clock_;
  PGconn* connection_;
  Slot slot_;
};

/// A server for the tests of one file, started at its first use and pinned to the first core we
/// have.
Cluster& shared_cluster();
/// The clock at its start again, and the public schema empty.
void start_over(Cluster& cluster);

}  // namespace fencepost
