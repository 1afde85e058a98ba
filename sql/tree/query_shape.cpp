#include "sql/tree/query_shape.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace fencepost {
namespace {

bool is_query(const TreeNode& node) {
  static constexpr std::array<std::string_view, 5> kinds = {
      "SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"};
  return std::find(kinds.begin(), kinds.end(), node.kind()) != kinds.end();
}
/// (a, b) = (SELECT …) stands in the tree once for each column.
bool is_repeated(const TreeNode& node) {
  return node.kind() == "MultiAssignRef" && node["colno"].text() != "1";
}

TreeNode first_arm(TreeNode query) {
  while (query["larg"]) query = query["larg"];
  return query;
}

TableName table_of(const TreeNode& node) {
  return {std::string(node["relname"].text()), std::string(node["schemaname"].text()),
          std::string(node["alias"]["aliasname"].text())};
}

/// Reads one query into its view. What other queries in it do is theirs.
class QueryReader {
 public:
  /// `first` is the query that the text begins with: of a UNION its first arm.
  QueryReader(const TreeNode& node, const TreeNode& first, const DeepParts& parts)
      : node_(node), first_(first), parts_(parts) {
    query_.node = node;
    query_.kind = kind();
  }

  Query read() && {
    read_place();
    if (const auto range = find_range()) {
      range_ = *range;
      query_.span = parts_.bytes(range_);
    }
    read_tables();
    read_outputs();
    read_sets();
    if (const auto where = clause("where", node_["whereClause"])) {
      query_.where_clause = parts_.bytes(*where);
      query_.where = conditions(node_["whereClause"], *where);
    }
    if (const auto order = clause("order", node_["sortClause"]))
      query_.order_by = parts_.bytes(*order);
    if (node_["limitCount"])
      for (const char* word : {"limit", "fetch"})
        if (const auto limit = clause(word, node_)) query_.limit = parts_.bytes(*limit);
    read_locks();
    if (const TreeNode conflict = node_["onConflictClause"]) read_conflict(conflict);
    read_calls();
    return std::move(query_);
  }

 private:
  Query::Kind kind() const {
    const std::string_view kind = node_.kind();
    if (kind == "InsertStmt") return Query::Kind::insert;
    if (kind == "UpdateStmt") return Query::Kind::update;
    if (kind == "DeleteStmt") return Query::Kind::remove;
    if (kind == "MergeStmt") return Query::Kind::merge;
    return node_["valuesLists"] ? Query::Kind::values : Query::Kind::select;
  }

  void read_place() {
    using Within = Query::Within;
    for (TreeNode node = node_, outer = node.around(); outer; node = outer, outer = node.around()) {
      if (node.kind() == "CommonTableExpr") {
        query_.within = Within::with;
        query_.name = node["ctename"].text();
        const std::string_view said = node["ctematerialized"].text();
        query_.materialized = said == "CTEMaterializeAlways"  ? Query::Materialized::yes
                              : said == "CTEMaterializeNever" ? Query::Materialized::no
                                                              : Query::Materialized::unsaid;
        return;
      }
      const std::string_view field = node.field();
      if (node.kind() == "RangeSubselect")
        query_.within = Within::from;
      else if (field == "whereClause" || field == "havingClause" || field == "quals" ||
               field == "joinCondition")
        query_.within = Within::condition;
      else if (is_query(outer))
        query_.within = field == "larg" || field == "rarg" ? Within::arm
                        : field == "selectStmt"            ? Within::source
                                                           : Within::value;
      if (query_.within != Within::nothing) return;
    }
  }

  /// From the query's first word, behind its WITH, to its last.
  std::optional<PartRange> find_range() const {
    const auto behind = [&](const TreeNode& node, std::string_view word) -> std::size_t {
      const auto at = node.location();
      const std::size_t part = at ? parts_.at(*at) : DeepParts::kNone;
      return part == DeepParts::kNone ? part : parts_.back_to(part, {word});
    };
    std::size_t begin = DeepParts::kNone;
    if (query_.kind == Query::Kind::update) begin = behind(node_["relation"], "update");
    if (query_.kind == Query::Kind::remove) begin = behind(node_["relation"], "delete");
    if (query_.kind == Query::Kind::insert) begin = behind(node_["relation"], "insert");
    if (query_.kind == Query::Kind::merge) begin = behind(node_["relation"], "merge");
    if (const auto outputs = first_["targetList"].items(); !query_.writes() && !outputs.empty())
      begin = behind(outputs[0], "select");
    if (const auto values = first_["valuesLists"].located(); !query_.writes() && values)
      begin = parts_.back_to(parts_.at(values->begin), {"values"});
    if (begin == DeepParts::kNone) return std::nullopt;
    std::vector<std::string_view> ends;
    if (query_.within == Query::Within::arm) ends = {"union", "intersect", "except"};
    if (query_.within == Query::Within::arm && !node_["sortClause"]) ends.emplace_back("order");
    if (query_.within == Query::Within::source) ends = {"returning", "on"};
    return parts_.up_to(begin, ends);
  }

  std::optional<PartRange> clause(std::string_view word, const TreeNode& has_one,
                                  std::size_t nth = 0) const {
    if (!has_one || query_.span.end == 0) return std::nullopt;
    return parts_.clause(range_, word, nth);
  }

  void read_tables() {
    if (query_.writes()) {
      const TreeNode relation = node_["relation"];
      query_.target = table_of(relation);
      if (const auto at = relation.location(); at && parts_.at(*at) != DeepParts::kNone) {
        PartRange name{parts_.at(*at), parts_.at(*at)};
        if (!query_.target.schema.empty()) name.last += 2;
        query_.target_span = parts_.bytes(name);
      }
    }
    for (const char* field : {"fromClause", "usingClause", "sourceRelation"})
      node_[field].for_each_but([](const TreeNode& node) { return !is_query(node); },
                                [&](const TreeNode& node) {
                                  if (node.kind() == "RangeVar")
                                    query_.tables.push_back(table_of(node));
                                });
  }

  /// The item of a list that holds this byte.
  static std::optional<PartRange> item_at(const std::vector<PartRange>& items,
                                          const DeepParts& parts, std::size_t byte) {
    for (const PartRange& item : items)
      if (parts[item.first].begin <= byte && byte < parts[item.last].end()) return item;
    return std::nullopt;
  }
  /// The items of a clause behind its first word.
  std::vector<PartRange> items_of(const std::optional<PartRange>& clause) const {
    if (!clause || clause->first == clause->last) return {};
    return parts_.items({clause->first + 1, clause->last});
  }

  void read_outputs() {
    const bool selects = query_.kind == Query::Kind::select;
    const auto returning = clause("returning", node_["returningList"]);
    if (returning) query_.returning = parts_.bytes(*returning);
    std::optional<PartRange> head;
    if (selects && query_.span.end != 0 && node_["targetList"]) {
      head = range_;
      for (const char* word : {"from", "where", "group", "having", "window", "order", "limit",
                               "offset", "fetch", "for", "union", "intersect", "except"})
        if (const auto next = parts_.clause(range_, word))
          head->last = std::min(head->last, next->first - 1);
    }
    const auto items = items_of(selects ? head : returning);
    for (const TreeNode& target : node_[selects ? "targetList" : "returningList"].items()) {
      Output& output = query_.outputs.emplace_back();
      output.value = operand_of(target["val"]);
      output.name = target["name"] ? std::string(target["name"].text()) : output.value.text;
      if (const auto at = target.location())
        if (const auto item = item_at(items, parts_, *at)) output.span = parts_.bytes(*item);
    }
  }

  std::vector<Assignment> assignments(const TreeNode& list,
                                      const std::optional<PartRange>& clause) {
    const auto items = items_of(clause);
    std::vector<Assignment> found;
    for (const TreeNode& target : list.items()) {
      Assignment& each = found.emplace_back();
      each.column = target["name"].text();
      each.value = operand_of(target["val"]);
      if (const auto at = target.location())
        if (const auto item = item_at(items, parts_, *at)) each.span = parts_.bytes(*item);
    }
    return found;
  }

  void read_sets() {
    if (query_.kind == Query::Kind::update) {
      const auto set = clause("set", node_["targetList"]);
      if (set) query_.set_clause = parts_.bytes(*set);
      query_.sets = assignments(node_["targetList"], set);
    }
    if (query_.kind != Query::Kind::insert) return;
    const TreeNode source = node_["selectStmt"];
    const auto rows = source["valuesLists"].items();
    const auto values = rows.empty() ? source["targetList"].items() : rows[0]["items"].items();
    std::size_t i = 0;
    for (const TreeNode& column : node_["cols"].items()) {
      if (i >= values.size()) break;
      const TreeNode value = rows.empty() ? values[i]["val"] : values[i];
      Assignment& each = query_.sets.emplace_back();
      each.column = column["name"].text();
      each.value = operand_of(value);
      if (const auto located = value.located())
        each.span =
            parts_.bytes(parts_.completed({parts_.at(located->begin), parts_.at(located->end)}));
      ++i;
    }
  }

  /// The conditions that AND joins, over parentheses that hold nothing else.
  static void leaves_of(const TreeNode& node, std::vector<TreeNode>& into) {
    std::vector<TreeNode> ahead = {node};
    while (!ahead.empty()) {
      const TreeNode next = ahead.back();
      ahead.pop_back();
      if (next.kind() != "BoolExpr" || next["boolop"].text() != "AND_EXPR") {
        into.push_back(next);
        continue;
      }
      std::vector<TreeNode> inside = next["args"].items();
      ahead.insert(ahead.end(), inside.rbegin(), inside.rend());
    }
  }

  std::vector<Condition> conditions(const TreeNode& where, const PartRange& clause) const {
    std::vector<TreeNode> leaves;
    leaves_of(where, leaves);
    std::vector<Condition> found;
    std::size_t begin = clause.first + 1;
    for (std::size_t i = 0; i < leaves.size(); ++i) {
      std::size_t last = clause.last;
      // Between two conditions there is one AND; neither begins before its first location.
      const auto next = i + 1 < leaves.size() ? leaves[i + 1].located() : std::nullopt;
      if (next) {
        std::size_t divider = parts_.at(next->begin);
        while (divider > begin && !parts_.is(divider, "and")) --divider;
        last = divider == begin ? begin : divider - 1;
      }
      const PartRange range = parts_.balanced({begin, std::max(begin, last)});
      found.push_back(condition_of(leaves[i], parts_.bytes(range)));
      begin = std::min(last + 2, clause.last);
    }
    return found;
  }

  void read_locks() {
    std::size_t nth = 0;
    for (const TreeNode& lock : node_["lockingClause"].items()) {
      LockingClause& each = query_.locks.emplace_back();
      const std::string_view strength = lock["strength"].text(), wait = lock["waitPolicy"].text();
      using Strength = LockingClause::Strength;
      each.strength = strength == "LCS_FORKEYSHARE"      ? Strength::key_share
                      : strength == "LCS_FORSHARE"       ? Strength::share
                      : strength == "LCS_FORNOKEYUPDATE" ? Strength::no_key_update
                                                         : Strength::update;
      each.wait = wait == "LockWaitSkip"    ? LockingClause::Wait::skip_locked
                  : wait == "LockWaitError" ? LockingClause::Wait::nowait
                                            : LockingClause::Wait::block;
      for (const TreeNode& table : lock["lockedRels"].items())
        each.of.emplace_back(table["relname"].text());
      if (const auto range = clause("for", lock, nth++)) each.span = parts_.bytes(*range);
    }
  }

  void read_conflict(const TreeNode& node) {
    ConflictClause conflict;
    if (node["action"].text() == "ONCONFLICT_UPDATE") conflict.does = ConflictClause::Does::update;
    for (const TreeNode& column : node["infer"]["indexElems"].items())
      conflict.columns.emplace_back(column["name"].text());
    const auto on = node.location();
    if (const std::size_t first = on ? parts_.at(*on) : DeepParts::kNone;
        first != DeepParts::kNone) {
      const PartRange range = parts_.up_to(first, {"returning"});
      conflict.span = parts_.bytes(range);
      const auto set = parts_.clause(range, "set");
      conflict.sets = assignments(node["targetList"], set);
      if (const auto where = set && node["whereClause"]
                                 ? parts_.clause({set->last, range.last}, "where")
                                 : std::nullopt) {
        conflict.where_clause = parts_.bytes(*where);
        conflict.where = conditions(node["whereClause"], *where);
      }
    }
    query_.conflict = std::move(conflict);
  }

  static FunctionCall::In in_clause(const TreeNode& field, Query::Kind kind) {
    const std::string_view name = field.field();
    if (name == "whereClause") return FunctionCall::In::where;
    if (name == "fromClause" || name == "usingClause") return FunctionCall::In::from;
    if (name == "returningList") return FunctionCall::In::output;
    if (name == "targetList")
      return kind == Query::Kind::select ? FunctionCall::In::output : FunctionCall::In::set;
    return name == "valuesLists" || name == "onConflictClause" ? FunctionCall::In::set
                                                               : FunctionCall::In::other;
  }

  void read_calls() {
    for (const TreeNode& field : node_.items())
      field.for_each_but([](const TreeNode& node) { return !is_query(node) && !is_repeated(node); },
                         [&](const TreeNode& node) {
                           if (node.kind() != "FuncCall" && node.kind() != "SQLValueFunction")
                             return;
                           FunctionCall& call = query_.calls.emplace_back();
                           call.node = node;
                           call.name = operand_of(node).text;
                           call.in = in_clause(field, query_.kind);
                           for (const TreeNode& argument : node["args"].items())
                             call.arguments.push_back(operand_of(argument));
                           const auto at = node.location();
                           if (const std::size_t part = at ? parts_.at(*at) : DeepParts::kNone;
                               part != DeepParts::kNone)
                             call.span = parts_.bytes(parts_.completed({part, part}));
                         });
  }

  TreeNode node_, first_;
  const DeepParts& parts_;
  PartRange range_;
  Query query_;
};

}  // namespace

std::vector<Query> queries_in(const TreeNode& statement, const DeepParts& parts) {
  struct Open {
    std::size_t query = 0;
    TreeNode first;
  };
  std::vector<Query> queries;
  std::vector<Open> open;
  const auto read = [&](const TreeNode& node) {
    if (!is_query(node)) return;
    while (!open.empty() && !queries[open.back().query].node.holds(node)) open.pop_back();
    // The first arm of a UNION's first arm is its own, too; to look for it again at each would cost
    // their square.
    const bool shared = !open.empty() && node.field() == "larg";
    const TreeNode first = shared ? open.back().first : first_arm(node);
    Query query = QueryReader(node, first, parts).read();
    if (!open.empty()) query.around = open.back().query;
    open.push_back({queries.size(), first});
    queries.push_back(std::move(query));
  };
  statement.for_each_but([](const TreeNode& node) { return !is_repeated(node); }, read);
  return queries;
}

}  // namespace fencepost
