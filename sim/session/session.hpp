// One session of a history: a borrowed backend, what is under way on it, and what its worker knows
// of it. Behind a pooler it has one only now and then.
//
// On the server it is open, has a statement in flight, or has ended; its worker may see it as
// broken before that or never. Whatever changes that is a function that says when it may be called.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "sim/database/pq_port.hpp"
#include "sim/database/raw_query.hpp"
#include "sim/session/world.hpp"

namespace fencepost {

/// A statement that was sent and is not done.
struct InFlight {
  int step = 0;
  Call call;
  AttemptId attempt;
  JobId job;
  bool blocked = false;       ///< waits for a lock, or at the barrier, or did
  bool parked = false;        ///< stands before its commit, or did
  bool committed = false;     ///< and went on
  bool commits_late = false;  ///< it is to stand there
  Instant sent{};             ///< when; filled in by sending
};

/// A statement whose worker died when it was on its way: the server will get it.
struct LateStatement {
  Request request;
  InFlight sent;
  Instant at{};
};

/// A statement that waits until the pooler has a backend for it.
struct Queued {
  Request request;
  InFlight sent;
  Instant until{};  ///< the pooler lets it wait no longer
};

/// Whether the server accepts writes.
enum class Writes { accepted, read_only };

/// One session, from the connection to its end on the server.
class Session {
 public:
  /// Borrows all of them; `number` is its place among the sessions of the history, from 1.
  Session(SessionId id, int number, Process& process, Backend& backend, ServerClock& clock);
  /// The same of a pooler's client, which has no backend yet.
  Session(SessionId id, int number, Process& process, ServerClock& clock);

  // What it is.
  /// Nothing is left of it on the server.
  bool ended() const { return ended_; }
  /// Its worker sees a broken connection.
  bool broken() const { return broken_; }
  /// The server ends it when its statement is done.
  bool closing() const { return closing_; }
  const std::optional<InFlight>& in_flight() const { return in_flight_; }
  /// Whether its statement of late committed something.
  bool committed() const { return committed_; }
  /// Whether it did so at its end, or only before.
  bool committed_at_end() const { return committed_at_end_; }
  /// Of its statement of late; nullptr when the connection broke before.
  RawResult& result() { return result_; }
  /// The task that waits for what is under way; nullptr when that one is gone.
  const Task* waiter() const { return waiter_; }
  /// Whether it has a backend: without a pooler it always has.
  bool linked() const { return backend_ != nullptr; }
  /// Precondition, of both: it has one.
  Backend& backend() { return *backend_; }
  const Backend& backend() const { return *backend_; }
  /// Which of the pooler's backends that is; 0: none, or there is no pooler.
  int on() const { return on_; }
  /// Gone also from when its backend would be gone.
  Activity activity() const;
  /// The SQLSTATE with which it was ended; empty: it was not, or without a word.
  const std::string& ended_with() const {
    return linked() ? backend_->fatal_state : sent_away_with_;
  }
  /// When the server's own timers or sleep strike it next; nullopt: never.
  std::optional<Instant> due() const;
  /// The server has closed it, and its client found out by using it.
  bool closed_by_server() const { return ended_ && broken_ && !vanished_with_.empty(); }
  bool in_transaction() const;
  /// Nothing is held by it that others could wait for.
  bool holds_nothing() const;
  /// What it is called in its role.
  std::string name() const;

  // Behind a pooler.
  /// It has this backend from here on, which is the pooler's of that number. Precondition: it is
  /// open and has none.
  void link(Backend& backend, int number);
  /// It has none any more. Precondition: it has one, with nothing under way.
  void unlink();
  /// Its statement has to wait for a backend. Precondition: it is open, and has none.
  void wait_for_backend(Queued queued, const Task* waiter);
  const std::optional<Queued>& queued() const { return queued_; }
  /// It has a backend, and its statement goes there when it has its turn.
  bool waits_for_turn() const { return queued_ && linked(); }
  /// Lets go of the statement that waits. Precondition: there is one.
  Queued take_queued();
  /// The pooler ends it, with that SQLSTATE. Precondition: it has no backend.
  void send_away(std::string_view sqlstate);

  // The way of a statement.
  /// Whether its backend has that prepared, if only of an earlier history, or is no more: what a
  /// worker sees must not depend on that, so it learns that its session is gone from the statement.
  bool knows(const std::string& name, const std::string& sql) const;
  /// Takes note of it. Until it is prepared it is sent as it is written.
  void prepare_later(const char* name, const char* sql) { as_written_[name] = sql; }
  /// Whether something was noted that can be prepared now: not in a transaction, which would fail
  /// with it.
  bool is_to_prepare() const;
  /// Prepares that past any scheduling. What can't be prepared says why when it is sent.
  void prepare();
  /// Whether SQL has dropped what was prepared.
  bool forgot() const;
  /// Prepares that again; in a transaction that failed nothing can be.
  void prepare_again();
  /// Sends it. Precondition: it is open, with nothing under way.
  void send(const Request& request, InFlight sent, const Task* waiter);
  /// What is to be sent instead of this one, the next; nullopt: nothing. Used up by asking.
  std::optional<Request> failing_instead_of(const Request& request);
  /// Its statement waits for a lock, or stands before its commit. Precondition: it has one, and
  /// that was not said before.
  void wait_at(Place place);
  /// Its statement has committed, and goes on when it is let go: in this step. Precondition: it
  /// stands there.
  const InFlight& commit_inside(int step);
  /// Its worker learns of the notifications that are here; nobody does if it does not listen.
  void take_notifications();
  /// Takes what has arrived of its answer, where the server waits for that.
  void read_on();
  /// Waits until it is still.
  void settle();
  /// The server is done with it: its result is here. Precondition: it has one.
  InFlight take_answer();
  /// Its worker goes on, or never will.
  void forget_waiter() { waiter_ = nullptr; }
  /// The server forgot it: there will be no answer, and its worker sees a broken connection.
  std::optional<InFlight> lose();
  /// Makes the server give up what is under way; `settle` waits until every session is still. True
  /// when it had committed already. Precondition: it has a statement.
  bool cancel(const std::function<void()>& settle);

  // Its end.
  /// Its worker will see a broken connection. Precondition: he does not yet.
  void break_off();
  /// Its client is gone, which the server notices when its statement is done. Precondition: it has
  /// one, or one that waits for a backend.
  void close_when_done();
  /// Does what the end of a backend does to others (rollback, locks released) to one that is kept
  /// for the next history. Precondition: it is open.
  void end();
  /// The server ends it on its own, with that SQLSTATE, while its client has nothing under way:
  /// does what this does to others to the backend, which is kept, and is gone from here on. False
  /// when a statement is under way, or others look for it: then the backend itself has to end.
  bool vanish(std::string_view sqlstate);
  /// The backend is gone; keeps with which SQLSTATE. Precondition: that was not said before.
  void note_gone();
  /// Makes what is left of it at the end of a history quiet. False: it has to be asked again.
  bool calm();

  // What faults do to it.
  /// Its worker died, and the server gets this statement later, for nobody. Precondition: it is
  /// open.
  void strand(LateStatement late);
  const std::optional<LateStatement>& late() const { return late_; }
  /// It comes at another time. Precondition: there is one.
  void hurry_late(Instant at);
  /// Lets it go: its client is gone. Precondition: there is one.
  LateStatement take_late();
  /// Its client is gone, or does not listen, and the server finds out only then. Precondition: it
  /// is open.
  void survive_until(Instant until);
  std::optional<Instant> survives_until() const { return survives_until_; }
  /// The server waits no longer for its client, nor for a stranded statement. Precondition: it is
  /// open.
  void give_client_up();
  /// Its next statement is made to fail as that row says. Precondition: it says an SQLSTATE and a
  /// message, and its worker does not see the session as broken.
  void fail_next(const Fault& fault);
  /// As if the whole server were read-only; a transaction that has begun goes on as it was. Not a
  /// scheduling point, because no worker asked for it.
  void set(Writes writes);

  const SessionId id;
  const int number;
  Process& process;

 private:
  /// Throws EnvironmentError for an answer of so many bytes, which no worker could keep. Some of
  /// them arrive unseen, so they are counted while it comes and again when all is here.
  void demand_bearable(std::int64_t bytes) const;
  /// Whether the server takes it.
  bool prepares(const std::string& name, const std::string& sql);
  /// How it is to be sent where its backend has not prepared it, or under another name; nullopt: as
  /// it is.
  std::optional<Request> spelled_otherwise(const Request& request) const;
  RawResult ask(const std::string& sql);

  Backend* backend_ = nullptr;
  int on_ = 0;
  std::optional<Queued> queued_;
  std::string sent_away_with_;
  ServerClock& clock_;
  const Task* waiter_ = nullptr;
  std::optional<InFlight> in_flight_;
  RawResult result_;
  bool committed_ = false;
  bool committed_at_end_ = false;
  bool broken_ = false;
  bool closing_ = false;
  bool ended_ = false;
  std::optional<LateStatement> late_;
  std::optional<Instant> survives_until_;
  const Fault* fails_with_ = nullptr;
  std::map<std::string, std::string> as_written_;  ///< what its backend has not prepared,
  ///< or would not know there behind a pooler
  std::set<std::string> refused_;  ///< of these, what can't be prepared
  std::string vanished_with_;      ///< SQLSTATE; empty while its backend lives or has really ended
  std::uint64_t commits_ = 0;
  std::int64_t arrived_ = 0;  ///< how much of an answer, before it was complete
};

}  // namespace fencepost
