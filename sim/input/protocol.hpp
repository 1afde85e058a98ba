// A protocol as a value: the user's statements, byte for byte, and the program that workers run
// with them.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "model/history.hpp"
#include "sim/input/scenario.hpp"
#include "sql/text_map.hpp"

namespace fencepost {

/// Where a piece of text stands in a user's file: 1-based line; [begin, end) in bytes.
struct Span {
  std::filesystem::path file;
  int line = 0;
  std::size_t begin = 0;
  std::size_t end = 0;
};
/// "queries.sql:14", with the path as the user gave the folder.
std::string to_text(const Span& span);

/// sqlc's commands, and ours: let (the worker's own arithmetic) and never (must return no rows in
/// any committed state).
enum class Command { one, many, exec, execrows, batchexec, let, never };

/// A comment that speaks to fencepost: `-- fencepost: ignore RULE reason`.
struct Remark {
  Span where;        ///< of the comment
  std::string text;  ///< behind "fencepost:"
};

/// One `-- name:` statement.
struct Statement {
  std::string name;
  Command command = Command::exec;
  std::string
      text;  ///< the user's own text, byte for byte, without the name line and the final semicolon
  std::string sql;  ///< the same with $1, $2, … for parameters
  std::vector<std::string>
      parameters;  ///< what $1, $2, … stand for: "job_id", or "$1" where the user wrote $1
  Span where;      ///< of the text
  std::set<std::string> nullable;              ///< sqlc.narg: null where nothing has a value for it
  std::map<std::string, std::string> columns;  ///< parameters whose column the text tells
  TextMap map;                                 ///< from bytes of `sql` to bytes of `text`
  std::vector<Remark> remarks;  ///< before it, behind the statement before, and in it
  std::string why_not_run;      ///< why it can't be run, as a message; empty: it can
};

/// Where a parameter's value comes from.
struct Source {
  enum class Kind { name, literal, last, rows, held } kind = Kind::name;
  std::string
      name;  ///< name: the name · literal: the value · last, held: the column · rows: unused
  std::string statement;  ///< last: the statement whose last row is meant · rows: the statement
                          ///< whose rows are counted
};

/// What follows when a statement comes back empty, or with an SQLSTATE.
struct Reaction {
  enum class Kind {
    nothing,
    done,
    lost,
    ok,
    error,
    otherwise,
    operation,
    unknown,  ///< no file says it: the connection broke, so what was under way may have happened or
              ///< not, and an open transaction is gone
  } kind = Kind::ok;
  std::string operation;  ///< for operation
};

struct Step;
/// Run a statement, or an operation.
struct RunStep {
  std::string name;  ///< of a statement or an operation
  bool is_operation = false;
  std::map<std::string, Source> with;  ///< by parameter
  std::optional<Reaction> empty;       ///< rows == 0, or the only column is null, false, or a 0
                                       ///< that no table holds
  std::map<std::string, Reaction>
      empty_columns;  ///< the {rows=…, COL=…} form; "rows" is in `empty`
  std::map<std::string, Reaction> sqlstate;
  std::string session;  ///< empty: the role's last session
};
/// BEGIN, the steps, COMMIT.
struct TxStep {
  std::vector<Step> steps;
  std::string isolation;             ///< "read committed", …; empty: the server's default
  std::map<std::string, int> retry;  ///< SQLSTATE → how often
  std::string session;               ///< empty: the role's last session
};
/// Repeat until an outcome `done`.
struct LoopStep {
  std::vector<Step> steps;
};
/// For each row of a statement's result, with its columns in memory.
struct EachStep {
  std::string statement;
  std::vector<Step> steps;
};
/// The first step that does not end with `else`.
struct FirstStep {
  std::vector<Step> steps;
};
/// Work on the held job (or the one named) for one of these lengths, the first being the usual one,
/// or for less; plus what the scenario makes it slower.
struct WorkStep {
  std::vector<Duration> lasts;
  std::string job;
  std::optional<Duration> timeout{};  ///< what takes longer is given up then, as an error
};
/// Sleep for that long, or for one of the drawn lengths, which also aim at deadlines known then, or
/// for as long as a value says.
struct SleepStep {
  Duration lasts{};
  std::vector<Length> drawn;
  std::optional<Source> value{};
  bool to_the_clock = false;  ///< not for that long, but to when the worker's clock next shows a
                              ///< whole multiple of it
};

/// One step of an operation.
struct Step {
  std::variant<RunStep, TxStep, LoopStep, EachStep, FirstStep, WorkStep, SleepStep> what;
  int line = 0;  ///< in protocol.toml

  /// The steps within it, in order; those of an operation that it runs are not.
  const std::vector<Step>& inside() const;
};

/// What a worker does after an error, a lost lease, an unknown outcome (the connection broke while
/// a committing statement was under way) or a shutdown: run an operation, and then end the round,
/// or go on behind the claim.
struct Handler {
  enum class Then { end_round, go_on } then = Then::end_round;
  std::string operation;  ///< empty: none
};

/// What runs beside the program while a job is held, or all the time.
struct Heartbeat {
  Duration every{};
  enum class Per { grant, worker } per = Per::grant;
  bool stops_at_shutdown = false;  ///< a graceful stop ends it at once, though the work goes on
  std::string session;
  std::vector<Step> steps;
};

/// A kind of worker: how many, what they run, and what they do when it goes wrong.
struct Role {
  std::string name;
  std::optional<int> count;  ///< nullopt: the scenario's number of workers
  Duration poll{};
  std::optional<Source> poll_from;    ///< what says how long it waits, at most for `poll`
  bool paced = false;                 ///< [role.X] every or schedule: it waits behind each round
                                      ///< by itself
  int per_host = 0;                   ///< so many of its workers are on one host, for all their
                                      ///< lives; 0: each life is on one of its own
  std::string listen;                 ///< a NOTIFY on this channel ends the wait for the next poll
  bool skip = true;                   ///< polls that would find nothing need not be played
  bool operates = false;              ///< stands for a person, who may change anything
  bool preempts = false;              ///< may take a job from its holder
  bool retains = false;               ///< [role.X] retention: may remove what was applied
  std::set<std::string> expects;      ///< SQLSTATEs that are no wonder in any of its statements
  std::optional<int> rounds;          ///< nullopt: for ever
  bool rounds_are_jobs = false;       ///< rounds = "jobs": one round per job of the load
  std::string makes;                  ///< "job": each round makes one job, in memory as `job`
  bool repeats = true;                ///< a life numbers what it makes from 1, and not from where
                                      ///< the one before it was
  std::vector<std::string> sessions;  ///< at least one; the last is the default
  std::map<std::string, std::string>
      settings;  ///< SET for each session of the role, as the user's connection or role would
  std::vector<Step> program;
  std::map<std::string, std::vector<Step>> operations;
  Handler on_error, on_lost, on_unknown;
  Handler on_shutdown;                        ///< go_on: what was begun is finished first
  std::map<std::string, Handler> disconnect;  ///< by session: go_on ("go_on") or end_round
                                              ///< ("stop"); no entry ("error"): on_error
  std::optional<Heartbeat> heartbeat;
  bool claims() const { return operations.contains("claim"); }
};

/// What the bundled example says must be found: full names of violated parts
/// ("fenced_writes.cursor"), and situations the protocol can't reach.
struct Expectation {
  bool declared = false;
  std::vector<std::string> violates;
  std::vector<std::string> unreachable;
  int line = 0;  ///< of [expect] in protocol.toml
};

/// What is in files, or stands instead of that.
using FileTexts = std::map<std::filesystem::path, std::string>;

/// A line of [check.open].
struct LeftOpen {
  std::string why;
  int line = 0;
};

/// [mutants] equivalent: a change of the protocol that does the same as the protocol.
struct EquivalentMutant {
  std::string of, change, clause;      ///< as `mutate` tells them
  std::optional<std::string> instead;  ///< nullopt: whatever stands there
  std::string because;                 ///< the argument
  int line = 0;                        ///< in protocol.toml
};

/// A protocol folder, read and checked: a value.
struct Protocol {
  std::string name;
  std::string about;
  std::filesystem::path folder;
  std::vector<std::string> schema;  ///< texts of the schema files, in order, each line as what
                                    ///< is run of it
  std::vector<std::filesystem::path> schema_files;
  std::map<std::string, Statement> statements;   ///< that a role runs, or fencepost itself
  std::map<std::string, std::string> constants;  ///< as text
  std::map<std::string, Source> names;
  std::vector<std::string> fixed_jobs;        ///< [jobs] fixed
  bool superuser = false;                     ///< workers are superusers
  std::map<std::string, std::string> server;  ///< [server]: settings, as postgresql.conf has them
  Pooling pooler;                             ///< between workers and server, in every scenario
                                              ///< that does not say otherwise
  std::vector<std::string> lease_job;         ///< the columns that name the job
  std::vector<std::string> lease_token;       ///< columns that make the token in a worker's memory
  int lease_job_line = 0;                     ///< of [lease] job in protocol.toml
  int lease_token_line = 0;                   ///< of [lease] token
  int final_line = 0;                         ///< of [jobs] final
  std::optional<Duration>
      trust;  ///< the worker stops believing this long after it sent its last good claim or renewal
  std::vector<Role> roles;
  Declared declared;  ///< columns are filled once observe was prepared
  Expectation expect;
  std::vector<EquivalentMutant> equivalent_mutants;
  /// [check] scenarios: the bundled ones that it is judged under, beside its own; nullopt: all.
  std::optional<std::vector<std::string>> checked_under;
  int checked_under_line = 0;
  std::map<std::string, LeftOpen> left_open;  ///< bundled scenarios under which nothing is promised
  /// Statements of its files that no role runs.
  std::vector<std::string> not_run;
  FileTexts files;  ///< as they were read, those of the previous version among them
  /// [init] unconfirmed: what was guessed, and confirmed by nobody yet.
  std::vector<std::string> unconfirmed;
  int unconfirmed_line = 0;
  std::vector<std::filesystem::path> scenarios;  ///< the folder's own scenario files
  std::shared_ptr<const Protocol> previous;      ///< [versions] previous: what it is deployed over
  std::string hash;  ///< 16 hex digits over every byte that can change a run (SQL and TOML, without
                     ///< what says nothing of it: `about`, `check`, `expect`, `init`)

  /// nullptr when there is none; "previous:save" is one of the previous version.
  const Statement* find(std::string_view statement) const;
};

/// Whether some step that a role may take is such a one, at whatever depth.
bool any_step(const Protocol& protocol, const std::function<bool(const Step&)>& is_such);

/// Reads a protocol folder, its files as they are or as `instead` has them. Throws InputError, with
/// file and line, for anything that can be known without a server: missing files, unknown keys,
/// unknown statements, operations, names and outcomes, `lost` on :exec, duplicate names.
Protocol read_protocol(const std::filesystem::path& folder, const FileTexts& instead = {});
/// What of it is guessed, and confirmed by nobody, as a sentence with its place; empty: nothing.
std::string unconfirmed_in(const Protocol& protocol);
/// Throws InputError when [expect] names a property, part or situation that there is not. Apart
/// from reading, because the tables of what there is belong to the model.
void check_names(const Protocol& protocol);

}  // namespace fencepost
