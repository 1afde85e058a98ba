// Changes of values: a time is another one, an interval is shorter, longer or without end, a number
// is not counted up, one of several stands for all, a case is always or never so.
#include <algorithm>

#include "sim/mutants/edit_reader.hpp"

namespace fencepost {
namespace {

constexpr std::string_view kNoUuid = "'00000000-0000-0000-0000-000000000000'::uuid";

class ValueEdits {
 public:
  explicit ValueEdits(const EditReader& reader)
      : reader_(reader), parts_(reader.parts), query_(reader.query) {}

  void all() {
    for (const FunctionCall& call : query_.calls)
      if (call.span.end != 0) times(call);
    for (const Assignment& set : query_.sets) assigned(set);
    if (query_.conflict)
      for (const Assignment& set : query_.conflict->sets) assigned(set);
    words();
  }

 private:
  /// The SET item or output around these bytes, with its column; else the bytes themselves.
  std::pair<Clause, std::set<std::string>> around(Clause bytes) const {
    const auto holds = [&](Clause clause) {
      return clause.begin <= bytes.begin && bytes.end <= clause.end;
    };
    for (const Assignment& set : query_.sets)
      if (holds(set.span)) return {set.span, {set.column}};
    if (query_.conflict)
      for (const Assignment& set : query_.conflict->sets)
        if (holds(set.span)) return {set.span, {set.column}};
    if (query_.where_clause && holds(*query_.where_clause)) {
      const PartRange where = reader_.range(*query_.where_clause);
      const Clause leaf = leaf_around(boolean_part(parts_, {where.first + 1, where.last}), bytes);
      return {leaf, reader_.columns_in(leaf)};
    }
    return {bytes, {}};
  }
  /// The condition that neither AND nor OR divides, and that holds these bytes.
  Clause leaf_around(const BooleanPart& part, Clause bytes) const {
    for (const BooleanPart& each : part.inside) {
      const Clause inside = parts_.bytes(each.range);
      if (inside.begin <= bytes.begin && bytes.end <= inside.end) return leaf_around(each, bytes);
    }
    return parts_.bytes(part.range);
  }
  void say(std::string_view change, Clause bytes, Splice splice) {
    auto [clause, columns] = around(bytes);
    reader_.add(change, clause, std::move(splice), std::move(columns));
  }

  void times(const FunctionCall& call) {
    if (tells_time(call.name) && call.name != "clock_timestamp")
      say("other-time", call.span, {call.span, "clock_timestamp()"});
    if (call.name == "clock_timestamp") say("other-time", call.span, {call.span, "now()"});
  }

  /// The value of an assignment: behind its =, or of an INSERT all of it.
  PartRange value_of(const Assignment& set) const {
    PartRange range = reader_.range(set.span);
    if (query_.kind == Query::Kind::insert && !is_conflicts(set)) return range;
    std::size_t equals = range.first;
    while (equals < range.last && parts_[equals].text != "=") ++equals;
    return {std::min(equals + 1, range.last), range.last};
  }
  bool is_conflicts(const Assignment& set) const {
    return query_.conflict && query_.conflict->span.begin <= set.span.begin &&
           set.span.end <= query_.conflict->span.end;
  }

  void assigned(const Assignment& set) {
    if (set.span.end == 0 || parts_[parts_.at(set.span.begin)].text == "(") return;
    const PartRange value = value_of(set);
    const Clause bytes = parts_.bytes(value);
    const std::set<std::string> columns{set.column};
    if (set.value.kind == Operand::Kind::call && set.value.text == "gen_random_uuid")
      reader_.add("constant", set.span, {bytes, std::string(kNoUuid)}, columns);
    if (set.value.kind == Operand::Kind::call && set.value.text == "nextval")
      reader_.add("constant", set.span, {bytes, "1"}, columns);
    if (asks_time_in(bytes) && holds_symbol(value, "+"))
      reader_.add("infinite", set.span, {bytes, "'infinity'"}, columns);
    counted_up(set, value);
  }
  bool asks_time_in(Clause bytes) const {
    return std::any_of(query_.calls.begin(), query_.calls.end(), [&](const FunctionCall& call) {
      return call.span.begin >= bytes.begin && call.span.end <= bytes.end && tells_time(call.name);
    });
  }
  bool holds_symbol(PartRange range, std::string_view symbol) const {
    for (std::size_t i = range.first; i <= range.last; ++i)
      if (parts_[i].text == symbol) return true;
    return false;
  }

  /// x = x + 1.
  void counted_up(const Assignment& set, PartRange value) {
    if (!reader_.columns_in(parts_.bytes(value)).contains(set.column)) return;
    for (std::size_t i = value.first + 1; i < value.last; ++i) {
      const bool counts = parts_[i].text == "+" || parts_[i].text == "-";
      if (!counts || parts_[i + 1].kind != SqlKind::number) continue;
      reader_.add("no-bump", set.span, {parts_.bytes({i, i + 1}), ""}, {set.column});
      if (i + 1 == value.last)
        reader_.add("constant", set.span, {parts_.bytes(value), "1"}, {set.column});
    }
  }

  /// The part behind the last one of this query's own that begins at `i`; what other queries in it
  /// do is theirs.
  bool is_own(std::size_t i) const {
    return std::none_of(inner_.begin(), inner_.end(), [&](Clause inner) {
      return inner.begin <= parts_[i].begin && parts_[i].end() <= inner.end;
    });
  }

  void words() {
    query_.node.for_each([&](const TreeNode& node) {
      const std::string_view kind = node.kind();
      if (node == query_.node || !(kind == "SelectStmt" || kind == "InsertStmt" ||
                                   kind == "UpdateStmt" || kind == "DeleteStmt"))
        return;
      if (const auto located = node.located()) inner_.push_back(enclosed(*located));
    });
    const PartRange range = reader_.range(query_.span);
    for (std::size_t i = range.first; i <= range.last; ++i) {
      if (!is_own(i) || parts_[i].kind != SqlKind::word) continue;
      interval(i, range);
      one_of(i, range);
      if (parts_.is(i, "case")) cases(i, range);
    }
  }
  /// The parentheses around a query in a query.
  Clause enclosed(Clause located) const {
    const std::size_t at = parts_.at(located.begin);
    const std::size_t begin =
        parts_.back_to(at, {"select", "values", "insert", "update", "delete"});
    if (begin == DeepParts::kNone) return located;
    return parts_.bytes(parts_.up_to(begin, {}));
  }

  void interval(std::size_t i, PartRange range) {
    std::size_t last = DeepParts::kNone;
    static constexpr std::string_view units[] = {"year", "month",  "day",
                                                 "hour", "minute", "second"};
    if (parts_.is(i, "interval") && i > range.first && parts_[i - 1].text == "::") last = i;
    if (parts_.is(i, "interval") && i < range.last && parts_[i + 1].kind == SqlKind::text)
      last = i + 1;
    if (parts_.is(i, "make_interval") && i < range.last && parts_[i + 1].text == "(")
      last = parts_.partner(i + 1);
    if (last == DeepParts::kNone) return;
    for (const std::string_view unit : units)
      if (last < range.last && parts_.is(last + 1, unit)) return;
    const std::size_t end = parts_[last].end();
    say("narrower", {parts_[i].begin, end}, {{end, end}, " / 10"});
    say("wider", {parts_[i].begin, end}, {{end, end}, " * 100"});
  }

  /// GREATEST(a, b) and its kind: each of them alone.
  void one_of(std::size_t i, PartRange range) {
    const bool chooses =
        parts_.is(i, "greatest") || parts_.is(i, "least") || parts_.is(i, "coalesce");
    if (!chooses || i + 2 > range.last || parts_[i + 1].text != "(") return;
    const std::size_t close = parts_.partner(i + 1);
    if (close == DeepParts::kNone || close == i + 2) return;
    const std::vector<PartRange> items = parts_.items({i + 2, close - 1});
    if (items.size() < 2) return;
    auto [clause, columns] = around(parts_.bytes({i, close}));
    for (const PartRange& item : items) {
      const Clause kept = parts_.bytes(item);
      reader_.into.push_back(
          {"one-of",
           clause,
           {{{parts_[i].begin, kept.begin}, "("}, {{kept.end, parts_[close].end()}, ")"}},
           columns});
    }
  }

  /// CASE WHEN condition THEN …
  void cases(std::size_t first, PartRange range) {
    if (!parts_.is(first + 1, "when")) return;
    int open = 0;
    std::size_t begin = DeepParts::kNone;
    for (std::size_t i = first; i <= range.last; ++i) {
      if (parts_.is(i, "case")) ++open;
      if (parts_.is(i, "end") && --open == 0) return;
      if (open != 1 || parts_.depth(i) != parts_.depth(first)) continue;
      if (parts_.is(i, "when")) begin = i + 1;
      if (!parts_.is(i, "then") || begin == DeepParts::kNone || begin >= i) continue;
      const Clause condition = parts_.bytes({begin, i - 1});
      for (const char* always : {"true", "false"})
        say("fixed-case", condition, {condition, always});
    }
  }

  const EditReader& reader_;
  const DeepParts& parts_;
  const Query& query_;
  std::vector<Clause> inner_;  ///< queries in this one
};

}  // namespace

void edit_values(const EditReader& reader) { ValueEdits(reader).all(); }

}  // namespace fencepost
