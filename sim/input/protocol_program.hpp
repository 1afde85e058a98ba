// The roles and the steps of their programs, operations and heartbeats, read from protocol.toml:
// what design calls "a protocol is data".
#pragma once

#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "sim/input/protocol.hpp"

namespace fencepost {

struct TomlNode;

/// One [role.X]: how many workers of it there are, what they run, and what follows when it goes
/// wrong. `name` is the role's. Throws InputError with file and line.
Role read_role(const std::string& name, const TomlNode& table,
               const std::map<std::string, Statement>& statements,
               const std::map<std::string, Source>& names);

/// Whether it could be an SQLSTATE: five digits and capital letters.
bool is_sqlstate(const std::string& text);

/// What the steps of a role may name.
struct Vocabulary {
  const std::map<std::string, Statement>& statements;
  const std::map<std::string, Source>& names;  ///< [names]
  std::string role;
  std::vector<std::string> operations;
  std::vector<std::string> sessions;
};

/// An array of at least one step. `inside` is the operation whose steps they are (empty: the
/// program or the heartbeat): within it its own name is the statement of that name, because an
/// operation never runs itself.
std::vector<Step> read_steps(const TomlNode& node, const std::string& inside,
                             const Vocabulary& known);

/// A name, "=literal", "last STATEMENT.COLUMN", "rows STATEMENT" or "held COLUMN". `what` names the
/// value in messages.
Source read_source(const TomlNode& node, const std::string& what,
                   const std::map<std::string, Statement>& statements);

/// Where a step's parameter takes its value from: what the step says, else [names], else the name.
Source source_of(const Protocol& protocol, const RunStep& run, const std::string& parameter);

/// Throws InputError for operations that run each other in a circle, a transaction inside a
/// transaction, a loop that neither asks the server nor takes time, and a heartbeat on a session of
/// its program.
void check_steps(const Role& role, const std::map<std::string, Statement>& statements,
                 const std::string& file);

/// The names of all statements that some step runs or some value comes from.
std::set<std::string> statements_run(const Protocol& protocol);

/// Calls `each` with every RunStep, also inside transactions, loops and choices; not with those of
/// the operations that are run.
template <typename Each>
void for_each_run(const std::vector<Step>& steps, const Each& each) {
  for (const Step& step : steps) {
    if (const auto* run = std::get_if<RunStep>(&step.what)) each(*run);
    for_each_run(step.inside(), each);
  }
}
/// Throws InputError for a statement that reaches out of its database: what a private server does
/// for nobody, or for superusers only where workers are none.
void check_reach(const Protocol& protocol);

}  // namespace fencepost
