// Changes of whole clauses: locks, order, limits, WITH, ON CONFLICT, what is set and what comes
// out.
#include <algorithm>

#include "sim/mutants/edit_reader.hpp"

namespace fencepost {
namespace {

class ClauseEdits {
 public:
  explicit ClauseEdits(const EditReader& reader)
      : reader_(reader), parts_(reader.parts), query_(reader.query) {}

  void all() {
    materialized();
    for (const LockingClause& lock : query_.locks)
      if (lock.span.end != 0) locked(lock);
    if (query_.order_by) ordered(*query_.order_by);
    if (query_.limit) limited(*query_.limit);
    if (query_.kind == Query::Kind::update) set_items(query_.sets);
    if (query_.kind == Query::Kind::insert) inserted();
    if (query_.conflict) conflict(*query_.conflict);
    if (query_.within == Query::Within::nothing) outputs();
  }

 private:
  /// A clause of which these parts are gone.
  void without(std::string_view change, Clause clause, PartRange gone,
               std::set<std::string> columns = {}) {
    reader_.add(change, clause, {parts_.bytes(gone), ""}, std::move(columns));
  }

  void materialized() {
    if (query_.materialized != Query::Materialized::yes) return;
    const std::size_t first = parts_.at(query_.span.begin);
    for (std::size_t i = first; i-- > 0 && first - i < 4;)
      if (parts_.is(i, "materialized") && parts_[i + 1].text == "(")
        without("no-materialized", reader_.part(i), {i, i});
  }

  void locked(const LockingClause& lock) {
    const PartRange range = reader_.range(lock.span);
    without("no-lock", lock.span, range);
    const std::size_t skip = reader_.find(range, "skip"), nowait = reader_.find(range, "nowait");
    if (skip != DeepParts::kNone) without("no-skip-locked", lock.span, {skip, skip + 1});
    if (nowait != DeepParts::kNone) without("no-nowait", lock.span, {nowait, nowait});
    if (lock.wait == LockingClause::Wait::block)
      reader_.add("skip-locked", lock.span, {{lock.span.end, lock.span.end}, " SKIP LOCKED"});
    using Strength = LockingClause::Strength;
    if (lock.strength != Strength::update && lock.strength != Strength::no_key_update) return;
    std::size_t last = range.first + 1;
    while (!parts_.is(last, "update")) ++last;
    reader_.add("weaker-lock", lock.span, {parts_.bytes({range.first + 1, last}), "SHARE"});
  }

  void ordered(Clause clause) {
    const PartRange range = reader_.range(clause);
    const auto columns = reader_.columns_in(clause);
    without("no-order", clause, range, columns);
    if (range.last < range.first + 2) return;
    std::vector<Splice> turned;
    for (PartRange item : parts_.items({range.first + 2, range.last})) {
      const std::size_t nulls = reader_.find(item, "nulls");
      if (nulls != DeepParts::kNone && nulls > item.first) item.last = nulls - 1;
      if (parts_.is(item.last, "desc"))
        turned.push_back({reader_.part(item.last), "ASC"});
      else if (parts_.is(item.last, "asc"))
        turned.push_back({reader_.part(item.last), "DESC"});
      else
        turned.push_back({{parts_[item.last].end(), parts_[item.last].end()}, " DESC"});
    }
    reader_.into.push_back({"other-order", clause, std::move(turned), columns});
  }

  void limited(Clause clause) {
    const PartRange range = reader_.range(clause);
    without("no-limit", clause, range);
    if (parts_.is(range.first, "limit") && range.last > range.first &&
        !parts_.is(range.first + 1, "all") && !parts_.is(range.first + 1, "null"))
      reader_.add("larger-limit", clause, {{clause.end, clause.end}, " + 1"});
  }

  /// Where one of several stands with the comma before or behind it.
  static Clause with_comma(const std::vector<Clause>& items, std::size_t i) {
    if (i + 1 < items.size()) return {items[i].begin, items[i + 1].begin};
    return {items[i - 1].end, items[i].end};
  }

  void set_items(const std::vector<Assignment>& sets) {
    std::vector<Clause> items;
    for (const Assignment& set : sets) {
      const bool plain = set.span.end != 0 && parts_[parts_.at(set.span.begin)].text != "(";
      // (a, b) = (SELECT …) is one item of several columns.
      if (!plain) return;
      items.push_back(set.span);
    }
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (items.size() > 1) {
        reader_.add("no-set", items[i], {with_comma(items, i), ""}, {sets[i].column});
        continue;
      }
      const PartRange range = reader_.range(items[i]);
      std::size_t equals = range.first;
      while (parts_[equals].text != "=") ++equals;
      const std::string& table =
          query_.target.alias.empty() ? query_.target.name : query_.target.alias;
      reader_.add("no-set", items[i],
                  {parts_.bytes({equals + 1, range.last}), table + "." + sets[i].column},
                  {sets[i].column});
    }
  }

  /// A column of an INSERT that is left to its default.
  void inserted() {
    const auto columns = query_.node["cols"].items();
    if (columns.size() < 2 || columns.size() != query_.sets.size() ||
        query_.node["selectStmt"]["valuesLists"].items().size() != 1)
      return;
    std::vector<Clause> names, values;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const auto at = columns[i].location();
      if (!at || query_.sets[i].span.end == 0) return;
      names.push_back(reader_.part(parts_.at(*at)));
      values.push_back(query_.sets[i].span);
    }
    // A value's bytes may not be all of it: its item's are.
    const std::size_t close = parts_.at(values.back().end - 1);
    const std::size_t open = parts_.back_to(parts_.at(values.front().begin), {"values"});
    if (open == DeepParts::kNone || parts_[open + 1].text != "(" ||
        parts_.partner(open + 1) == DeepParts::kNone || parts_.partner(open + 1) <= close)
      return;
    const auto items = parts_.items({open + 2, parts_.partner(open + 1) - 1});
    if (items.size() != names.size()) return;
    for (std::size_t i = 0; i < items.size(); ++i) values[i] = parts_.bytes(items[i]);
    for (std::size_t i = 0; i < names.size(); ++i)
      reader_.into.push_back({"no-set",
                              {names[i].begin, values[i].end},
                              {{with_comma(names, i), ""}, {with_comma(values, i), ""}},
                              {query_.sets[i].column}});
  }

  void conflict(const ConflictClause& conflict) {
    if (conflict.span.end == 0) return;
    const PartRange range = reader_.range(conflict.span);
    without("no-conflict", conflict.span, range);
    if (conflict.does != ConflictClause::Does::update) return;
    const std::size_t does = reader_.find(range, "do");
    if (does == DeepParts::kNone) return;
    reader_.add("nothing-on-conflict", conflict.span,
                {parts_.bytes({does, range.last}), "DO NOTHING"});
    if (conflict.sets.size() > 1) set_items(conflict.sets);
  }

  // NULLIF keeps the column's type.
  void outputs() {
    for (const Output& output : query_.outputs) {
      if (output.span.end == 0 || output.value.kind != Operand::Kind::column ||
          output.value.text == "*" || !output.value.cast.empty())
        continue;
      const PartRange range = reader_.range(output.span);
      std::size_t last = range.first;
      while (last + 2 <= range.last && parts_[last + 1].text == ".") last += 2;
      const std::string column = std::string(parts_[range.first].text) +
                                 (last > range.first ? "." : "") +
                                 (last > range.first ? std::string(parts_[last].text) : "");
      if (last > range.first + 2) continue;
      const std::string name = last == range.last ? " AS " + std::string(parts_[last].text) : "";
      reader_.add(
          "no-output", output.span,
          {parts_.bytes({range.first, last}), "NULLIF(" + column + ", " + column + ")" + name},
          {output.value.text});
    }
  }

  const EditReader& reader_;
  const DeepParts& parts_;
  const Query& query_;
};

}  // namespace

void edit_clauses(const EditReader& reader) { ClauseEdits(reader).all(); }

}  // namespace fencepost
