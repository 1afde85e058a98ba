#include "sim/database/column_check.hpp"

#include <set>

#include "sim/database/raw_query.hpp"
#include "sim/input/protocol_program.hpp"
#include "sim/text/error.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

using Names = std::set<std::string>;

std::vector<std::string> sorted(const Names& names) { return {names.begin(), names.end()}; }

/// What the workload and fencepost itself bind and read, with names of their own.
bool is_ours(const std::string& name, const Protocol& protocol) {
  static const Names kOurs{"insert_job", "insert_item", "observe", "applied"};
  return kOurs.contains(name) || protocol.declared.never.contains(name);
}

Names returned_by(PGconn* session, const Protocol& protocol) {
  Names columns;
  for (const auto& [name, statement] : protocol.statements) {
    if (is_ours(name, protocol)) continue;
    const RawResult shape(PQdescribePrepared(session, statement.name.c_str()));
    for (int column = 0; column < PQnfields(shape.get()); ++column)
      columns.insert(PQfname(shape.get(), column));
  }
  for (const Role& role : protocol.roles)
    if (!role.makes.empty()) columns.insert(role.makes);
  for (const auto& [name, value] : protocol.constants) columns.insert(name);
  return columns;
}

void check_lease(const Protocol& protocol, Names known) {
  for (const auto& [name, source] : protocol.names) known.insert(name);
  const auto check = [&](const std::string& key, const std::string& column) {
    if (column.empty() || known.contains(column)) return;
    throw InputError(fmt::format(
        "{}: {} in [lease] names {}, but no statement returns a column of that name, and "
        "neither [constants] nor [names] has it; known are {}{}",
        (protocol.folder / "protocol.toml").string(), key, in_quotes(column), listed(sorted(known)),
        did_you_mean(column, sorted(known))));
  };
  check("job", protocol.lease_job);
  for (const std::string& column : protocol.lease_token) check("token", column);
}

class Parameters {
 public:
  Parameters(const Protocol& protocol, Names known)
      : protocol_(protocol), known_(std::move(known)) {
    for (const char* own : {"worker", "host", "clock", "now", "tick", "error"}) known_.insert(own);
  }

  void check(const RunStep& run) const {
    const Statement* statement = protocol_.find(run.name);
    if (run.is_operation || statement == nullptr) return;
    for (const std::string& parameter : statement->parameters) {
      const auto with = run.with.find(parameter);
      const auto alias = protocol_.names.find(parameter);
      const Source named{Source::Kind::name, parameter, {}};
      const Source& source = with != run.with.end()           ? with->second
                             : alias != protocol_.names.end() ? alias->second
                                                              : named;
      if (source.kind != Source::Kind::name || known_.contains(source.name)) continue;
      throw InputError(fmt::format(
          "{}: statement \"{}\" binds :{}, and no statement returns a column {}, nor is there a "
          "constant or one of [names] for it; known are {}{}",
          to_text(statement->where), run.name, parameter, in_quotes(source.name),
          listed(sorted(known_)), did_you_mean(source.name, sorted(known_))));
    }
  }

 private:
  const Protocol& protocol_;
  Names known_;
};

}  // namespace

void check_columns(PGconn* session, const Protocol& protocol) {
  const Names known = returned_by(session, protocol);
  check_lease(protocol, known);
  const Parameters parameters(protocol, known);
  const auto check = [&](const RunStep& run) { parameters.check(run); };
  for (const Role& role : protocol.roles) {
    for_each_run(role.program, check);
    for (const auto& [name, steps] : role.operations) for_each_run(steps, check);
    if (role.heartbeat) for_each_run(role.heartbeat->steps, check);
  }
}

}  // namespace fencepost
