#include "sim/mutants/promises.hpp"

#include <algorithm>

#include "sim/input/protocol_program.hpp"
#include "sql/sql_statements.hpp"
#include "sql/sql_text.hpp"
#include "sql/tree/query_view.hpp"

namespace fencepost {
namespace {

void add_words(std::string_view sql, std::set<std::string>& into) {
  for (const SqlPart& part : sql_parts(sql))
    if (part.kind == SqlKind::word) into.insert(folded(part.text));
}

/// The columns of what `observe` shows under a name.
std::set<std::string> shown_as(const Protocol& protocol, std::string_view name) {
  std::set<std::string> columns;
  const Statement* observe = protocol.find("observe");
  if (observe == nullptr) return columns;
  const auto tree = ParseTree::of(observe->sql);
  const auto* parsed = std::get_if<ParseTree>(&tree);
  if (parsed == nullptr) return columns;
  for (const StatementView& statement : statement_views(*parsed))
    for (const Query& query : statement.queries)
      for (const Output& output : query.outputs) {
        if (output.name != name) continue;
        output.value.node.for_each([&](const TreeNode& node) {
          if (node.kind() == "ColumnRef") columns.insert(operand_of(node).text);
        });
      }
  return columns;
}

}  // namespace

Promises::Promises(const Protocol& protocol) : protocol_(protocol) {
  resting_ = shown_as(protocol, "ready_at");
  // Where there is no token, the owner's name proves the claim.
  if (!shown_as(protocol, "token").empty()) owning_ = shown_as(protocol, "owner");
  for (const char* name : {"lease_until", "state", "token"})
    for (const std::string& column : shown_as(protocol, name)) {
      resting_.erase(column);
      owning_.erase(column);
    }
  for (const Role& role : protocol.roles)
    if (const auto claim = role.operations.find("claim"); claim != role.operations.end())
      for_each_run(claim->second, [&](const RunStep& run) {
        claiming_.insert(run.name);
        if (const Statement* statement = protocol.find(run.name))
          add_words(statement->sql, claiming_);
      });
  for (const Role& role : protocol.roles)
    for (const Handler* handler : {&role.on_unknown, &role.on_shutdown})
      if (const auto run = role.operations.find(handler->operation);
          run != role.operations.end() && handler->then == Handler::Then::go_on)
        for_each_run(run->second, [&](const RunStep& each) { resuming_.insert(each.name); });
  for (const auto& [name, statement] : protocol.statements) add_words(statement.sql, words_);
  for (const std::string& text : protocol.schema)
    for (const SqlStatement& statement : sql_statements(text)) {
      const bool may_call = statement.begins({"create"}) || statement.begins({"alter"});
      // What a function says of itself is no call.
      std::size_t words_of_its_name = 0;
      if (statement.begins({"create", "function"}) || statement.begins({"create", "procedure"}))
        words_of_its_name = 3;
      if (statement.begins({"create", "or", "replace"})) words_of_its_name = 5;
      if (!may_call) continue;
      std::size_t words = 0;
      for (const SqlPart& part : sql_parts(statement.text)) {
        if (part.kind == SqlKind::text && part.text.starts_with('$')) {
          const std::size_t tag = part.text.find('$', 1) + 1;
          add_words(part.text.substr(tag, part.text.size() - 2 * tag), words_);
        }
        if (part.kind == SqlKind::word && ++words > words_of_its_name)
          words_.insert(folded(part.text));
      }
    }
}

Promised Promises::of(const SqlEdit& edit, const std::string& in) const {
  const bool claims = claiming_.contains(in);
  if (edit.change == "no-order" || edit.change == "other-order")
    return claims ? Promised::order : Promised::always;
  if (edit.change == "no-limit" || edit.change == "larger-limit") {
    if (!claims) return Promised::amount;
    return protocol_.declared.claim_limit ? Promised::always : Promised::limit;
  }
  if (edit.change == "no-skip-locked" || edit.change == "no-nowait") return Promised::waiting;
  if (resuming_.contains(in)) return Promised::going_on;
  const auto only = [&](const std::set<std::string>& columns) {
    return !edit.columns.empty() &&
           std::includes(columns.begin(), columns.end(), edit.columns.begin(), edit.columns.end());
  };
  if (edit.change == "no-set" && only(owning_)) return Promised::owner;
  const bool rests = only(resting_);
  return rests && !protocol_.declared.backoff ? Promised::backoff : Promised::always;
}

Promised Promises::of(const RoleEdit& edit) const {
  if (edit.works_inside) return Promised::short_work;
  if (edit.change == "no-going-on") return Promised::going_on;
  const bool sets = edit.change == "no-setting" || edit.change == "larger-setting";
  if (sets && edit.clause.find("lock_timeout") != std::string::npos) return Promised::waiting;
  if (edit.change == "ignored-outcome" && edit.of.ends_with(".heartbeat") &&
      !protocol_.declared.notices_within)
    return Promised::notice;
  return Promised::always;
}

Promised Promises::of_constant(const std::string& name) const {
  bool used = false;
  for (const auto& [key, statement] : protocol_.statements) {
    const SqlParts parts = sql_parts(statement.text);
    std::string before;
    for (const SqlPart& part : parts) {
      if (!part.counts()) continue;
      if (part.kind == SqlKind::parameter && part.name == name) {
        if (before != "limit") return Promised::always;
        used = true;
      }
      before = folded(part.text);
    }
  }
  return used ? Promised::amount : Promised::always;
}

}  // namespace fencepost
