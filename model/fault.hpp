// The one table of faults: everything about a fault but what it does to a run, which is one case in
// the engine. A new fault is an enumerator, a row and that case; one that only makes a statement
// fail needs no case.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "model/time.hpp"

namespace fencepost {

/// What the harness can do to a worker, a session, the server or a clock. At one boundary they
/// strike in this order; what each means is written in its row.
enum class FaultKind {
  crash,
  crash_half_open,
  stall,
  connection_lost,
  ack_lost,
  answer_unheard,
  terminate,
  restart,
  poison,
  late_statement,
  fleet_pause,
  graceful_stop,
  server_restart,
  server_crash,
  commits_lost,
  read_only,
  too_many_connections,
  serialization_failure,
  lock_timeout,
  clock_step,
  clock_freeze,
  roll_back,
};

/// Whom a fault strikes. Only the event of one that strikes a worker or its connection has a
/// worker.
enum class Strikes { worker, connection, server, clock, everybody };

/// What a scenario's table of a fault may say beside at, chance and at_most.
enum class FaultKeys {
  none,
  lasts,         ///< lasts: how long
  signed_lasts,  ///< lasts: by how much, which may be negative and must be there
  restarts,      ///< restarts, same_identity, and lasts: after which its process starts again
  both,          ///< restarts, same_identity, and lasts, which is something else
  undrawn,       ///< no table: it is load, or follows from other faults
};

/// At which boundaries it makes sense.
enum class Where {
  anywhere,
  before,       ///< before the statement is sent
  after,        ///< when it is done
  before_work,  ///< before a statement of the protocol's own
  before_work_or_commit,
};

/// What becomes of the process of the worker that the event names, or of all of them; who finishes
/// ends when it is done with what it began.
enum class Fate { goes_on, stands_still, finishes, ends };

/// What protocols take for granted, and some properties rest on.
enum class Guarantee {
  nothing,
  clock,    ///< the server's clock goes as time goes
  commits,  ///< what the server acknowledged stays
};

/// The situation that a run is in where a fault struck, or, of one with an SQLSTATE, where a
/// statement failed with that. What else may follow from faults has its row in model/situation.cpp.
struct Reaches {
  std::string_view name{};     ///< empty: none
  std::string_view meaning{};  ///< one sentence
  bool while_held = false;  ///< only if the worker that it struck, or of everybody one, held a job
};

/// One row of the table.
struct Fault {
  FaultKind kind;
  std::string_view name;  ///< by which files and traces call it
  Strikes strikes;
  FaultKeys keys = FaultKeys::none;
  Where where = Where::anywhere;
  Fate fate = Fate::goes_on;
  Guarantee breaks = Guarantee::nothing;
  bool disturbs = true;         ///< a worker that it struck may lose its lease without wonder
  bool leaves_session = false;  ///< the session that it struck lives on without its worker
  bool needs_previous = false;  ///< makes sense only where there is a previous version
  std::string_view sqlstate{};  ///< with which statements then fail; empty: they need not
  std::string_view error{};     ///< the server's message, where the harness makes them fail
  std::string_view meaning{};   ///< one or two sentences
  std::string_view story{};     ///< what it did to a worker ("stalled for {}"), or a whole sentence
                                ///< where it strikes everybody; empty: not worth telling
  std::string_view length{};    ///< how a trace shows its length (" for {}"); empty: not at all
  bool zero_is_a_length = false;  ///< whether it shows one of 0, too
  std::string_view instead{};    ///< undrawn: what to write in a scenario instead of a table for it
  std::string_view no_script{};  ///< why no SQL script can tell it; empty where one can
  Reaches reaches{};
};

/// All of them, in the order in which lists name them.
std::span<const Fault> faults();
/// Its row.
const Fault& fault_of(FaultKind kind);
/// Its name.
std::string_view to_text(FaultKind kind);
/// nullopt when no fault has that name.
std::optional<FaultKind> fault_from_text(std::string_view name);

/// Whether it is about the server or all workers at once, and not about one of them.
bool strikes_everybody(FaultKind kind);
/// Whether it makes sense at a boundary: "claim.take:before", "claim.commit:after_commit".
bool may_strike(FaultKind kind, std::string_view boundary);
/// Whether its table may say lasts; restarts and same_identity.
bool has_lasts(FaultKeys keys);
bool has_restarts(FaultKeys keys);
/// A row's text with its length in place of "{}"; one that may be negative has its sign.
std::string with_length(std::string_view text, FaultKind kind, Duration lasts);

}  // namespace fencepost
