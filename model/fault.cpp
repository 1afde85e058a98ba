#include "model/fault.hpp"

#include <array>
#include <cstddef>

namespace fencepost {
namespace {

constexpr std::string_view kServersClock =
    "this story is about the server's own clock, and a script tells the server the time at every "
    "step instead of having one";

constexpr std::array kFaults = {
    Fault{.kind = FaultKind::crash,
          .name = "crash",
          .strikes = Strikes::worker,
          .keys = FaultKeys::restarts,
          .fate = Fate::ends,
          .meaning = "The worker's process is gone; the server notices and ends its sessions. It "
                     "starts again after `lasts`.",
          .story = "crashed",
          .length = ", restarts after {}"},
    Fault{.kind = FaultKind::crash_half_open,
          .name = "crash_half_open",
          .strikes = Strikes::worker,
          .keys = FaultKeys::restarts,
          .fate = Fate::ends,
          .meaning = "The worker's host vanishes; its sessions, their transactions and their locks "
                     "live on until the server's own timeouts end them.",
          .story = "vanished without the server noticing",
          .length = ", restarts after {}"},
    Fault{.kind = FaultKind::stall,
          .name = "stall",
          .strikes = Strikes::worker,
          .keys = FaultKeys::lasts,
          .fate = Fate::stands_still,
          .meaning = "The worker's process stands still for `lasts`, wherever it is, also inside a "
                     "transaction, and then goes on.",
          .story = "stalled for {}",
          .length = " for {}",
          .zero_is_a_length = true,
          .reaches = {"owner_stalled", "A worker that held a job stood still for a while.", true}},
    Fault{.kind = FaultKind::connection_lost,
          .name = "connection_lost",
          .strikes = Strikes::connection,
          .where = Where::before,
          .meaning = "The connection breaks before the statement is sent.",
          .story = "lost its connection",
          .reaches = {"connection_broken", "A connection broke before a statement was sent."}},
    Fault{.kind = FaultKind::ack_lost,
          .name = "ack_lost",
          .strikes = Strikes::connection,
          .where = Where::after,
          .meaning = "The statement runs, and commits if it was to; the worker only sees a broken "
                     "connection.",
          .story = "never got the answer"},
    Fault{.kind = FaultKind::answer_unheard,
          .name = "answer_unheard",
          .strikes = Strikes::connection,
          .keys = FaultKeys::lasts,
          .where = Where::after,
          .leaves_session = true,
          .meaning = "The worker stops waiting for the answer, as a client with a timeout of its "
                     "own does, and goes on with a new connection. The statement runs; its "
                     "session, with its transaction and locks, lives on for `lasts`, or until the "
                     "server's own timeouts end it.",
          .story = "stopped waiting for an answer",
          .length = ", its session lives on for {}",
          .reaches = {"answer_unheard",
                      "A worker stopped waiting for an answer, while its session lived on."}},
    Fault{.kind = FaultKind::terminate,
          .name = "terminate",
          .strikes = Strikes::connection,
          .meaning = "The server ends the session, as an administrator's command does; the worker "
                     "lives on.",
          .story = "had its session ended by the server",
          .reaches = {"backend_terminated",
                      "The server ended a session by an administrator's command."}},
    Fault{.kind = FaultKind::restart,
          .name = "restart",
          .strikes = Strikes::worker,
          .keys = FaultKeys::undrawn,
          .disturbs = false,
          .meaning = "A new process takes the place of a crashed one, with a new identity unless "
                     "the scenario says otherwise. Follows a crash by itself.",
          .instead = "a restart follows a crash; write restarts, same_identity and lasts in "
                     "[faults.crash]",
          .reaches = {"restarted", "A new worker process took the place of a crashed one."}},
    Fault{.kind = FaultKind::poison,
          .name = "poison",
          .strikes = Strikes::worker,
          .keys = FaultKeys::undrawn,
          .disturbs = false,
          .meaning = "An item, or a job where items are not taken one by one, can't be processed: "
                     "the worker's own code fails on it. Set by `poison` under [load].",
          .story = "met an item that it can't process",
          .instead = "poison is load, not a fault that strikes at a boundary; write poison = 1 in "
                     "[load]",
          .reaches = {"poisoned", "A worker met an item or a job that can't be processed."}},
    Fault{.kind = FaultKind::late_statement,
          .name = "late_statement",
          .strikes = Strikes::worker,
          .keys = FaultKeys::both,
          .where = Where::before,
          .fate = Fate::ends,
          .meaning = "The worker's process dies while its statement is on its way: the server "
                     "executes it `lasts` later, for nobody, and then ends the session, rolling "
                     "back what is open. The process starts again after a second.",
          .story = "died while its statement was still on its way",
          .length = ", executed after {}",
          .zero_is_a_length = true},
    Fault{
        .kind = FaultKind::fleet_pause,
        .name = "fleet_pause",
        .strikes = Strikes::everybody,
        .keys = FaultKeys::lasts,
        .fate = Fate::stands_still,
        .meaning = "All worker processes stand still for `lasts`; time goes on, and the server's "
                   "timeouts fire.",
        .story = "All workers stood still for {}",
        .length = " for {}",
        .reaches = {"fleet_paused", "All workers stood still at once while a job was held.", true}},
    Fault{.kind = FaultKind::server_restart,
          .name = "server_restart",
          .strikes = Strikes::server,
          .keys = FaultKeys::lasts,
          .meaning = "The server shuts down fast and starts again: every session ends (57P01), "
                     "transactions roll back, advisory locks and LISTENs are gone; for `lasts` "
                     "nobody can connect.",
          .story = "The server restarted",
          .length = " for {}",
          .reaches = {"server_restarted",
                      "The server shut down and started again while a job was held.", true}},
    Fault{.kind = FaultKind::server_crash,
          .name = "server_crash",
          .strikes = Strikes::server,
          .keys = FaultKeys::lasts,
          .meaning = "The server crashes and recovers: every session ends without a word (08006), "
                     "unlogged tables are empty, sequences skip what they had logged ahead; for "
                     "`lasts` nobody can connect.",
          .story = "The server crashed and recovered",
          .length = " for {}"},
    Fault{.kind = FaultKind::commits_lost,
          .name = "commits_lost",
          .strikes = Strikes::server,
          .keys = FaultKeys::lasts,
          .breaks = Guarantee::commits,
          .meaning = "A crash after which the last one to three acknowledged commits are gone, as "
                     "after a failover to a standby that lagged behind; for `lasts` nobody can "
                     "connect.",
          .story = "The server crashed and lost its last commits",
          .length = " for {}",
          .no_script = "in this story a crash takes back commits that were acknowledged, which no "
                       "statement can do"},
    Fault{.kind = FaultKind::read_only,
          .name = "read_only",
          .strikes = Strikes::server,
          .keys = FaultKeys::lasts,
          .sqlstate = "25006",
          .meaning = "For `lasts` the server takes no writes (25006); transactions that had begun "
                     "go on.",
          .story = "The server took no writes for {}",
          .length = " for {}",
          .reaches = {"write_refused", "The server took no writes (25006)."}},
    Fault{.kind = FaultKind::too_many_connections,
          .name = "too_many_connections",
          .strikes = Strikes::server,
          .keys = FaultKeys::lasts,
          .meaning = "For `lasts` the server takes no new sessions (53300); those that are open go "
                     "on.",
          .story = "The server took no more connections for {}",
          .length = " for {}"},
    Fault{.kind = FaultKind::serialization_failure,
          .name = "serialization_failure",
          .strikes = Strikes::connection,
          .where = Where::before_work_or_commit,
          .sqlstate = "40001",
          .error = "could not serialize access due to concurrent update",
          .meaning = "The statement, which may be the COMMIT, fails on the server with 40001, and "
                     "its transaction is aborted.",
          .story = "met a serialization failure",
          .reaches = {"serialization_failed", "A statement failed to be serialized (40001)."}},
    Fault{.kind = FaultKind::lock_timeout,
          .name = "lock_timeout",
          .strikes = Strikes::connection,
          .where = Where::before_work,
          .sqlstate = "55P03",
          .error = "canceling statement due to lock timeout",
          .meaning = "The statement fails on the server with 55P03, and its transaction is "
                     "aborted.",
          .story = "waited too long for a lock",
          .reaches = {"lock_timeout", "A statement gave up waiting for a lock (55P03)."}},
    Fault{.kind = FaultKind::clock_step,
          .name = "clock_step",
          .strikes = Strikes::clock,
          .keys = FaultKeys::signed_lasts,
          .breaks = Guarantee::clock,
          .disturbs = false,
          .meaning = "The server's clock jumps by `lasts`, which may be negative, and stays that "
                     "way. Simulated time and the workers' clocks do not.",
          .story = "The server's clock jumped by {}",
          .length = " by {}",
          .zero_is_a_length = true,
          .no_script = kServersClock},
    Fault{.kind = FaultKind::clock_freeze,
          .name = "clock_freeze",
          .strikes = Strikes::clock,
          .keys = FaultKeys::lasts,
          .breaks = Guarantee::clock,
          .disturbs = false,
          .meaning = "The server's clock stands still for `lasts`, and then goes on from where it "
                     "stood.",
          .story = "The server's clock stood still for {}",
          .length = " for {}",
          .zero_is_a_length = true,
          .no_script = kServersClock},
    Fault{
        .kind = FaultKind::graceful_stop,
        .name = "graceful_stop",
        .strikes = Strikes::worker,
        .keys = FaultKeys::restarts,
        .fate = Fate::finishes,
        .disturbs = false,
        .meaning = "The process is asked to end, as by SIGTERM: it does what on.shutdown says "
                   "(by default it finishes what it began), and a new one takes its place after "
                   "`lasts`.",
        .story = "was asked to stop",
        .reaches = {"stopped_while_working", "A worker that held a job was asked to stop.", true}},
    Fault{.kind = FaultKind::roll_back,
          .name = "roll_back",
          .strikes = Strikes::everybody,
          .keys = FaultKeys::lasts,
          .fate = Fate::ends,
          .needs_previous = true,
          .meaning = "All workers end, and after `lasts` workers of the other version take their "
                     "place: the one that [versions] previous names, or the present one again.",
          .story = "All workers were replaced by ones of the other version, within {}",
          .length = " for {}",
          .no_script = "this story runs two versions of the protocol, whose statements share their "
                       "names",
          .reaches = {"rolled_back", "All workers were replaced by ones of the other version."}},
};

}  // namespace

std::span<const Fault> faults() { return kFaults; }

const Fault& fault_of(FaultKind kind) {
  static constexpr auto rows = [] {
    std::array<std::size_t, kFaults.size()> row_of{};
    for (std::size_t row = 0; row < kFaults.size(); ++row)
      row_of[static_cast<std::size_t>(kFaults[row].kind)] = row;
    return row_of;
  }();
  return kFaults[rows.at(static_cast<std::size_t>(kind))];
}

std::string_view to_text(FaultKind kind) { return fault_of(kind).name; }

std::optional<FaultKind> fault_from_text(std::string_view name) {
  for (const Fault& fault : kFaults)
    if (fault.name == name) return fault.kind;
  return std::nullopt;
}

bool strikes_everybody(FaultKind kind) {
  const Strikes strikes = fault_of(kind).strikes;
  return strikes != Strikes::worker && strikes != Strikes::connection;
}

bool may_strike(FaultKind kind, std::string_view boundary) {
  const bool before = boundary.ends_with(":before");
  const bool frames = boundary.ends_with(".begin:before") || boundary.ends_with(".rollback:before");
  switch (fault_of(kind).where) {
    case Where::before:
      return before;
    case Where::after:
      return !before;
    case Where::before_work:
      return before && !frames && !boundary.ends_with(".commit:before");
    case Where::before_work_or_commit:
      return before && !frames;
    case Where::anywhere:
      break;
  }
  return true;
}

bool has_lasts(FaultKeys keys) { return keys != FaultKeys::none && keys != FaultKeys::undrawn; }
bool has_restarts(FaultKeys keys) { return keys == FaultKeys::restarts || keys == FaultKeys::both; }

std::string with_length(std::string_view text, FaultKind kind, Duration lasts) {
  std::string out(text);
  const bool jumps = fault_of(kind).keys == FaultKeys::signed_lasts;
  const std::size_t at = out.find("{}");
  if (at != std::string::npos)
    out.replace(at, 2, (jumps && lasts > 0us ? "+" : "") + to_text(lasts));
  return out;
}

}  // namespace fencepost
