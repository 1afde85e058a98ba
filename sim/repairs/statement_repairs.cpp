// What a statement might have set, when it reads the time, and how often a part of it runs.
#include <fmt/format.h>

#include <algorithm>

#include "sim/mutants/mutant.hpp"
#include "sim/repairs/new_parameters.hpp"
#include "sql/tree/deep_parts.hpp"

namespace fencepost {
namespace {

class StatementRepairs {
 public:
  StatementRepairs(const RepairFacts& facts, const ReadStatement& read, std::vector<Repair>& into)
      : facts_(facts), read_(read), parts_(read.statement->sql), into_(into) {}

  void all() {
    for (const Query& query : read_.queries) {
      set_as(query);
      bump(query);
      once(query);
      if (read_.statement->command == Command::let) go_on_trying(query);
    }
    real_time();
    round_time();
  }

 private:
  void add(std::string_view change, std::vector<FileEdit> edits) {
    if (!edits.empty()) into_.push_back({{change}, {read_.statement->name}, std::move(edits)});
  }
  void add(std::string_view change, std::vector<FileEdit> edits, const NewParameters& parameters) {
    for (FileEdit& each : parameters.edits()) edits.push_back(std::move(each));
    add(change, std::move(edits));
    if (parameters.numbers()) into_.back().numbered.insert(read_.statement->name);
  }
  FileEdit edit(Clause at, std::string text) const {
    return facts_.edit(read_, at, std::move(text));
  }
  /// The bytes of the value in "column = value", or of a value.
  Clause value_bytes(const Assignment& set, bool is_update) const {
    if (!is_update) return set.span;
    std::size_t i = parts_.at(set.span.begin);
    while (parts_[i].text != "=") ++i;
    return {parts_[i + 1].begin, set.span.end};
  }
  static bool is_plain(const DeepParts& parts, const Assignment& set) {
    return set.span.end != 0 && parts[parts.at(set.span.begin)].text != "(";
  }
  static bool is_update(const Query& query) { return query.kind == Query::Kind::update; }

  /// What other statements give the columns of the same table.
  void set_as(const Query& query) {
    const bool updates = is_update(query);
    if ((!updates && query.kind != Query::Kind::insert) || query.sets.empty()) return;
    for (const ReadStatement* other : facts_.statements()) {
      if (other == &read_) continue;
      const DeepParts others(other->statement->sql);
      for (const Query& its : other->queries) {
        if (!is_update(its) || its.target.name != query.target.name) continue;
        NewParameters of_all(facts_, read_, query.sets.back().span.end);
        std::vector<FileEdit> together;
        for (const Assignment& set : its.sets) {
          const auto at = place_of(query, others, set);
          if (!at) continue;
          NewParameters parameters(facts_, read_, at->end);
          if (const auto one = set_like(*at, *other, others, set, parameters))
            add("set-as", {*one}, parameters);
          if (const auto one = set_like(*at, *other, others, set, of_all)) together.push_back(*one);
        }
        if (together.size() > 1 && !of_all.in_order()) add("set-as", together, of_all);
      }
    }
  }
  /// Where a statement may set a column to what another one gives it: the bytes of a constant that
  /// it gives it, or behind all that it sets; nullopt where it may not.
  std::optional<Clause> place_of(const Query& query, const DeepParts& others,
                                 const Assignment& set) const {
    if (!is_plain(others, set) || set.value.kind == Operand::Kind::constant) return std::nullopt;
    for (const Assignment& own : query.sets) {
      if (own.column != set.column) continue;
      if (!is_plain(parts_, own) || own.value.kind != Operand::Kind::constant) return std::nullopt;
      return value_bytes(own, is_update(query));
    }
    bool counts = false;
    set.value.node.for_each([&](const TreeNode& node) {
      counts = counts || (node.kind() == "ColumnRef" && operand_of(node).text == set.column);
    });
    const std::size_t end = query.sets.back().span.end;
    return counts && is_update(query) ? std::optional(Clause{end, end}) : std::nullopt;
  }
  std::optional<FileEdit> set_like(Clause at, const ReadStatement& other, const DeepParts& others,
                                   const Assignment& set, NewParameters& parameters) const {
    std::size_t i = others.at(set.span.begin);
    while (others[i].text != "=") ++i;
    const auto value = parameters.expression(other, {others[i + 1].begin, set.span.end});
    if (!value) return std::nullopt;
    return edit(
        at, at.begin < at.end ? *value : fmt::format(", {} = {}", sql_name(set.column), *value));
  }

  /// A whole number among the token's columns that the claim leaves as it is.
  void bump(const Query& query) {
    const bool claims = std::any_of(read_.uses.begin(), read_.uses.end(), [](const auto& use) {
      return use.part == StatementUse::Part::claim;
    });
    if (!claims || !is_update(query) || query.sets.empty()) return;
    for (const std::string& token : facts_.protocol().lease_token) {
      const ColumnDefinition* column = facts_.lint().schema().column(query.target.name, token);
      const bool set = std::any_of(query.sets.begin(), query.sets.end(),
                                   [&](const Assignment& each) { return each.column == token; });
      if (column == nullptr || set || !column->type.starts_with("int")) continue;
      const std::size_t end = query.sets.back().span.end;
      const std::string& called =
          query.target.alias.empty() ? query.target.name : query.target.alias;
      add("bump", {edit({end, end},
                        fmt::format(", {0} = {1}.{0} + 1", sql_name(token), sql_name(called)))});
    }
  }

  void real_time() {
    std::vector<FileEdit> edits;
    for (const Query& query : read_.queries)
      for (const FunctionCall& call : query.calls) {
        if (!tells_transaction_time(call.name) || call.span.end == 0) continue;
        edits.push_back(edit(call.span, "clock_timestamp()"));
      }
    std::sort(edits.begin(), edits.end(), [](const FileEdit& a, const FileEdit& b) {
      return a.splice.at.begin < b.splice.at.begin;
    });
    edits.erase(std::unique(edits.begin(), edits.end(),
                            [](const FileEdit& a, const FileEdit& b) {
                              return a.splice.at.begin == b.splice.at.begin;
                            }),
                edits.end());
    add("real-time", edits);
  }

  /// A worker may carry fewer digits than the server has.
  void round_time() {
    const std::vector<std::string>& tokens = facts_.protocol().lease_token;
    std::vector<FileEdit> edits;
    for (const Query& query : read_.queries)
      for (const Assignment& set : query.sets) {
        if (std::find(tokens.begin(), tokens.end(), set.column) == tokens.end()) continue;
        if (set.value.kind != Operand::Kind::call || !tells_time(set.value.text)) continue;
        const Clause at = value_bytes(set, is_update(query));
        edits.push_back(
            edit(at, fmt::format("date_trunc('milliseconds', {})", read_.own_text(at))));
      }
    add("round-time", edits);
  }

  /// x IN (SELECT … LIMIT 1) is x = (SELECT … LIMIT 1), but that is one query before all rows.
  void once(const Query& query) {
    if (query.within != Query::Within::condition || !query.limit) return;
    const std::size_t first = parts_.at(query.span.begin);
    if (first < 2 || parts_[first - 1].text != "(" || !parts_.is(first - 2, "in")) return;
    const Clause in = parts_.bytes({first - 2, first - 2});
    if (in_one_line(read_.own_text(*query.limit)).ends_with(" 1"))
      return add("once", {edit(in, "=")});
    const std::size_t close = parts_.partner(first - 1);
    if (close == DeepParts::kNone) return;
    const std::size_t open = parts_[first - 1].end(), end = parts_[close].begin;
    add("once", {edit(in, "= ANY"), edit({open, open}, "ARRAY("), edit({end, end}, ")")});
  }

  /// A worker's own arithmetic that compares a count with a number, and gives up.
  void go_on_trying(const Query& query) {
    const std::size_t begin = parts_.at(query.span.begin);
    for (std::size_t i = begin + 2; i + 1 < parts_.size(); ++i) {
      const std::string_view op = parts_[i].text;
      if ((op != "<" && op != "<=") || parts_[i + 1].kind != SqlKind::number) continue;
      std::size_t first = parts_.back_to(i, {"and"});
      if (first == DeepParts::kNone) continue;
      add("go-on-trying", {edit({parts_[first - 1].end(), parts_[i + 1].end()}, "")});
    }
  }

  const RepairFacts& facts_;
  const ReadStatement& read_;
  const DeepParts parts_;
  std::vector<Repair>& into_;
};

}  // namespace

void repair_statements(const RepairFacts& facts, std::vector<Repair>& into) {
  for (const ReadStatement* read : facts.statements()) StatementRepairs(facts, *read, into).all();
}

}  // namespace fencepost
