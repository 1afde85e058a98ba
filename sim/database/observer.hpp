// Reads committed states: what the protocol's observe, applied and `:never` statements return,
// checked once, and turned into values after every commit that can have changed it.
#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/ledger.hpp"
#include "sim/database/raw_query.hpp"
#include "sim/input/protocol.hpp"
#include "sim/server/server_clock.hpp"
#include "sim/text/error.hpp"

namespace fencepost {

/// One of the statements that only look has no answer to a committed state, or none that can be
/// understood.
struct Unanswered : InputError {
  /// `why` goes on behind the statement's place and name.
  Unanswered(const Statement& of, const std::string& why);
  std::string statement;
};

/// The rows of observe, applied and the `:never` statements in the model's words. Each is asked
/// only where its answer may be another than the last one.
class Observer {
 public:
  /// All of them must be prepared on this session under their names. Borrows all three. Throws
  /// InputError where their columns are not those that are known, or where one does more than look.
  Observer(PGconn* session, const Protocol& protocol, ServerClock& clock);

  /// Which optional columns observe returns.
  const Columns& columns() const { return columns_; }
  /// The tables were put back, and everything is defined as it was when this was made.
  void start_again();
  /// What is observed next is the commit of a statement that changed no row, if nobody else's.
  void note_unchanged() { unchanged_ = true; }
  /// The committed state now; holds until it is asked for again. Only rows that changed are read.
  /// Throws Unanswered.
  Observed observe();
  /// The `:never` statements that return rows now, by name, with how many and the first of them.
  /// Throws Unanswered.
  const std::map<std::string, std::string>& forbidden();

 private:
  /// One of the statements, and whether its answer may be another by now.
  struct Query {
    const Statement* statement = nullptr;
    std::optional<std::uint64_t> tables;  ///< bits of watched_; nullopt: depends on more than those
    bool stale = true;
    RawResult rows;    ///< of the last answer
    RawResult before;  ///< of the one before that
  };
  /// Of an item that may be listed more than once.
  struct Sum {
    int rows = 0;
    std::int64_t count = 0;
  };
  Query query(const Statement& statement);
  void find_stale();
  template <typename Look>
  auto answered(Look look);
  Observed look();
  void forget();
  RawConnection beside_locks(const std::vector<Query*>& queries);
  void ask_all(const std::vector<Query*>& queries);
  void take(Query& query, RawResult rows);
  void read_jobs();
  void read_applied();
  void check_observe();
  void check_applied() const;
  void check_zone(const std::string& column) const;
  JobRecord record(const PGresult* rows, int row) const;
  std::optional<std::string> get(const PGresult* rows, int row, const char* column) const;
  std::optional<std::int64_t> integer(const PGresult* rows, int row, const char* column) const;
  std::optional<Instant> instant(const PGresult* rows, int row, const char* column) const;
  std::string observe_at() const;

  PGconn* session_;
  PGconn* asked_;  ///< that, or for a moment one beside it
  const Protocol& protocol_;
  ServerClock& clock_;
  Columns columns_;
  std::map<std::string, int> column_at_;
  WatchedTables watched_;
  std::uint64_t definitions_;  ///< of the server, when everything was defined as at the start
  bool unchanged_ = false;
  Query observe_;
  std::optional<Query> applied_;
  std::vector<Query> never_;
  Observation observed_;
  Touched touched_;
  std::map<std::pair<JobId, ItemId>, Sum> sums_;
  std::map<std::string, std::string> forbidden_;
};

}  // namespace fencepost
