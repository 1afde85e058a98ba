// Real PostgreSQL backends, kept over histories: a session of a history borrows one that is as new.
#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/database/leftovers.hpp"
#include "sim/database/raw_query.hpp"
#include "sim/server/server_clock.hpp"

namespace fencepost {

/// What is to become of the plans in kept sessions when a history starts: which plan a statement
/// has must be a function of protocol and load, never of an earlier history.
enum class Plans {
  hold,             ///< all are as they would be made now
  recent_are_made,  ///< those made in the last history are made again, now
  all_are_made,     ///< all are made again, now
  are_dropped,      ///< none is kept: settings change in a history, and plans with them
};

/// One backend and the connection to it.
struct Backend {
  /// What the server knows the statement of that name as: SQL that prepares and drops statements
  /// must neither meet ours nor drop one by chance.
  std::string prepared_as(const std::string& name) const {
    return leftovers.prepared ? "fencepost " + name : name;
  }

  PGconn* connection = nullptr;
  Slot slot;
  int pid = 0;                                  ///< what the server, and SQL, know its process as
  std::map<std::string, std::string> prepared;  ///< name → SQL, over all histories
  std::string fatal_state;  ///< SQLSTATE with which the server ended it; empty while it lives
  bool borrowed = false;
  Leftovers leftovers{};  ///< what may be left in it when a session ends
  /// What it was made new with, while nobody has set anything else in it; whoever does so past the
  /// protocol's own SQL clears it.
  std::optional<std::map<std::string, std::string>> settings{};
  std::map<std::string, std::string> planned_with{};  ///< the settings it was last borrowed with
  std::size_t planned = 0;  ///< of the statements prepared, how many were when this history started
  std::string writes_before{};  ///< its own default_transaction_read_only, while that is overridden
  std::uint32_t forgotten = 0;  ///< how often SQL had dropped all of them, when last looked at
};

/// Does what the end of that backend does to others (rollback, locks released), or really ends it
/// where others look for it. Precondition: it is idle.
void end_on_server(Backend& backend, ServerClock& clock);

/// All backends of one database; it has as many as one history ever borrowed at once.
class BackendPool {
 public:
  /// `leftovers`: what whoever borrows may leave in a session. Borrows the clock.
  BackendPool(ServerClock& clock, std::string conninfo, Leftovers leftovers);
  /// Closes every connection.
  ~BackendPool();
  BackendPool(const BackendPool&) = delete;
  BackendPool& operator=(const BackendPool&) = delete;

  /// The first free backend, made as new: settings as given, no locks, no temporary tables, and
  /// randomness that is a function of `number`, the connection's number within the history.
  Backend& borrow(int number, const std::map<std::string, std::string>& settings);
  /// Takes it back with no transaction open. One that the server ended is closed for good.
  void give_back(Backend& backend);
  /// What DISCARD ALL does to one that is borrowed, but for what is prepared past SQL.
  /// Precondition: it is idle, and in no transaction.
  void discard_all(Backend& backend);
  /// At the start of a history, while the tables are as at its start and nobody is in a
  /// transaction.
  void start(Plans plans);
  /// Closes every connection. Precondition: all were given back.
  void close_all();

 private:
  void open(Backend& backend);
  void make_new(Backend& backend, int number, const std::map<std::string, std::string>& settings);
  void set(Backend& backend, const std::map<std::string, std::string>& settings);
  void set_seed(Backend& backend, int number);
  /// False where something of it stays.
  bool clean(Backend& backend);
  void close(Backend& backend);
  void close_if_gone(Backend& backend);
  void plan(Backend& backend, Plans plans);
  void finish_all();
  RawResult ask(Backend& backend, const std::string& sql);
  ServerClock& clock_;
  const std::string conninfo_;
  const Leftovers leftovers_;
  std::vector<std::unique_ptr<Backend>> backends_;
};

}  // namespace fencepost
