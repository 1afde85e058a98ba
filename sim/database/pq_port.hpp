// libpq's blocking calls, made schedulable. The program defines PQexec, PQexecParams,
// PQexecPrepared, PQprepare, PQconnectdb, PQfinish, PQreset, PQconsumeInput, PQstatus,
// PQclientEncoding, PQserverVersion and PQprotocolVersion itself; libpqxx (and any libpq code) on a
// fiber thereby calls the port of the simulation it runs in, and everywhere else the real ones.
#pragma once

#include <libpq-fe.h>

#include <optional>
#include <string>
#include <vector>

namespace fencepost {

/// One statement on its way to the server.
struct Request {
  std::string text;  ///< SQL, or the name of a prepared statement
  bool prepared = false;
  std::vector<std::optional<std::string>> values;
  std::vector<int> formats;  ///< 1 where a value is binary; empty: all text
  int result_format = 0;
};

/// Sends without waiting for the answer. False when the connection refuses.
bool send(PGconn* connection, const Request& request);

/// What a client is told of the server when it connects.
struct Welcome {
  int server_version = 0;
  int protocol_version = 0;
  int encoding = 0;
};

/// What a simulation offers to libpq code on one of its fibers.
class PqPort {
 public:
  virtual ~PqPort() = default;
  /// The server's words with which it turns a new session away now, after the time that takes;
  /// nullopt: it does not.
  virtual std::optional<std::string> turned_away() = 0;
  /// A new session for the fiber's worker; nullptr when something went wrong that is no business of
  /// the worker's. Precondition: it is not turned away.
  virtual PGconn* connect(const char* conninfo) = 0;
  /// The worker closes its session.
  virtual void finish(PGconn* connection) = 0;
  /// Whether this connection is broken, as far as its worker can know.
  virtual bool broken(PGconn* connection) = 0;
  /// Whether the server has closed it, as libpq finds out when it reads what is left of it.
  virtual bool closed_by_server(PGconn* connection) = 0;
  /// What it was told when it connected, where the connection has no server of its own to ask:
  /// that of a pooler's client. nullopt: it has.
  virtual std::optional<Welcome> welcome(PGconn* connection) = 0;
  /// Schedules the request, sends it, and returns the last result; nullptr when the connection
  /// broke.
  virtual PGresult* execute(PGconn* connection, const Request& request) = 0;
  /// Prepares a statement outside of scheduling: no boundary, no fault.
  virtual PGresult* prepare(PGconn* connection, const char* name, const char* sql) = 0;
};

/// What the port of the running fiber turns a new session away with; nullopt: nothing, or there is
/// no port. Who asks first is spared an attempt that libpqxx would throw out of several times.
std::optional<std::string> turned_away();

/// A connection to nobody, by which a pooler's client is known. Never nullptr.
PGconn* connection_to_nobody();

/// Makes this port the one of the code that runs on this thread until the scope ends; nullptr: the
/// real libpq.
class PortScope {
 public:
  explicit PortScope(PqPort* port);
  ~PortScope();
  PortScope(const PortScope&) = delete;
  PortScope& operator=(const PortScope&) = delete;

 private:
  PqPort* before_;
};

}  // namespace fencepost
