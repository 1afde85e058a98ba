// What workers' libpq calls lead to: connecting, the way of one statement from its worker to the
// server and back, and what may strike it there.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "sim/session/sessions.hpp"

namespace fencepost {

/// Where a statement can be struck.
enum class Point { before, after, after_commit };
/// One boundary of a statement: whose, on which session, and what is about to be sent or was.
struct Boundary {
  Task& task;
  Session& session;
  Point point;
  const Request& request;
};

/// The calls of one fiber at a time.
class Calls : public PqPort {
 public:
  /// Borrows all of them. `at_boundary` is called on the fiber of whose statement it is; afterwards
  /// its process may be dead and its session broken.
  Calls(const World& world, Journal& journal, Sessions& sessions,
        std::function<void(const Boundary&)> at_boundary);

  /// Runs the task to its next scheduling point. Only for the scheduler: never from a fiber.
  void run(Task& task);

  // PqPort: libpq calls of the task that runs now. Libpq's callers know no exceptions: what goes
  // wrong is left with the task as its failure.
  std::optional<std::string> turned_away() override;
  PGconn* connect(const char* conninfo) override;
  void finish(PGconn* connection) override;
  bool broken(PGconn* connection) override;
  bool closed_by_server(PGconn* connection) override;
  std::optional<Welcome> welcome(PGconn* connection) override;
  PGresult* execute(PGconn* connection, const Request& request) override;
  PGresult* prepare(PGconn* connection, const char* name, const char* sql) override;

  /// Statements sent by workers that held something.
  int busy_statements() const { return busy_statements_; }
  /// Who sent which statement last: "w1 ran claim.take_job".
  const std::string& doing() const { return doing_; }
  /// Forgets every connection. No task may be on its way any more.
  void end();

 private:
  Task& caller();
  Session& session_of(const PGconn* connection);
  PGconn* open();
  void turn_away(const std::string& sqlstate);
  bool draw_late_commit(const Task& task, const Session& session);

  const World& world_;
  Journal& journal_;
  Sessions& sessions_;
  const std::function<void(const Boundary&)> at_boundary_;
  std::map<const PGconn*, Session*> by_connection_;
  Task* running_ = nullptr;
  int busy_statements_ = 0;
  std::string doing_ = "it began";
};

}  // namespace fencepost
