// A pooler between workers and the server, as PgBouncer is one: clients share few backends, each
// for a transaction, or for as long as it is connected.
//
// What a session leaves in its backend is there for whoever has it next. In transaction mode
// nothing is reset in between; in session mode DISCARD ALL is. Roles of other settings have
// backends of their own, as a pooler has a pool for each user of a database.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/session/session.hpp"

namespace fencepost {

/// The SQLSTATE with which a client is sent away that waited for too long.
constexpr std::string_view kWaitedTooLong = "08P01";
/// How long it waits at most.
constexpr Duration kLongestWait = 2min;
/// When the server could not be reached, the next try is so much later.
constexpr Duration kTriedAgainAfter = 15s;

/// One of the pooler's backends, from when it was opened until it is closed.
struct Pooled {
  Backend* backend = nullptr;
  int number = 0;
  Session* client = nullptr;    ///< who has it; nullptr: it is idle
  Session* known_as = nullptr;  ///< whom fencepost.sessions names: who has it or had it last, or
                                ///< who took the locks that it still holds
  int came_back = 0;            ///< the larger, the later
  Instant opened{};
};

/// All backends of one history, and who waits for one.
class Pooler {
 public:
  /// Borrows both. `named` is called with whom a backend is known as from here on.
  Pooler(const World& world, const Windows& windows, std::function<void(const Session&)> named);
  /// The one of this history; nullptr: there is none between its workers and the server.
  static std::unique_ptr<Pooler> of(const World& world, const Windows& windows,
                                    std::function<void(const Session&)> named);

  /// What a client is told when it connects. The first one has a backend opened for that.
  const Welcome& welcome(const Session& client);

  // For a client.
  /// It gets a backend, where one is free or may be opened and nobody of its pool waits; else it
  /// waits behind them (false). Which one is a choice: quietly, whichever came back last.
  /// Precondition: it has none.
  bool serve(Session& client);
  /// Until when it may wait for one: now, where there is none and the server could not be reached
  /// of late, so that it is refused at once.
  Instant patience(const Session& client) const;
  /// Its statement is done: in transaction mode its backend is free, unless a transaction is open.
  void after_statement(Session& client);
  /// It waits no longer, and gives back what it has, where that is of use to anybody: else it keeps
  /// it, and ends with it.
  void leave(Session& client);
  /// Its backend is nobody's but its own.
  void forget(const Session& client);

  // For the server.
  /// Whoever has waited longest gets what is free now.
  void serve_waiting();
  /// When the server is tried again, for whoever waits; nullopt: nobody does.
  std::optional<Instant> next_try() const;
  /// When it is to be replaced, if nobody has it then; nullopt: never.
  std::optional<Instant> too_old_at(const Pooled& pooled) const;
  /// Those that nobody has, by number. Good until the next call.
  std::vector<Pooled*> idle();
  /// The idle one that this client would get; nullptr: none.
  Pooled* next_for(const Session& client);
  /// It has ended, or ends now, on the server, and is replaced when one is needed. Precondition: it
  /// is idle.
  void end(const Pooled& pooled);
  /// Gives every backend back. Precondition: all are idle, or their clients' sessions are calm.
  void give_back();

 private:
  using Settings = std::map<std::string, std::string>;
  Pooled& open(const Settings& settings);
  bool is_first(const Session& client) const;
  Pooled* choose(const Session& client);
  bool link(Session& client);
  void take_back(Pooled& pooled);
  void drop_gone();
  bool may_open(const Settings& settings);
  std::ptrdiff_t count_of(const Settings& settings) const;
  Pooled* of_client(const Session& client);
  std::vector<Pooled*> idle_of(const Settings& settings);

  const World& world_;
  const Windows& windows_;
  const Pooling pooling_;
  const std::function<void(const Session&)> named_;
  std::vector<std::unique_ptr<Pooled>> pooled_;  ///< by number
  std::vector<Session*> waiting_;                ///< in the order in which they came
  std::vector<Backend*> borrowed_;               ///< all that ever were
  std::optional<Welcome> welcome_;
  std::optional<Instant> tried_again_at_;  ///< while the last try failed
  int times_back_ = 0;
};

}  // namespace fencepost
