// Changes of conditions: one is not asked, a way in is closed, a comparison is another one, a time
// is early or late.
#include <array>
#include <optional>

#include "sim/mutants/edit_reader.hpp"

namespace fencepost {
namespace {

/// What a comparison is mistaken for: off by one, and the wrong way round.
struct Mistaken {
  std::string_view op;
  std::array<std::string_view, 2> as;  ///< empty: nothing more
};
constexpr std::array<Mistaken, 7> kMistaken = {{{"<", {"<=", ">"}},
                                                {"<=", {"<", ">="}},
                                                {">", {">=", "<"}},
                                                {">=", {">", "<="}},
                                                {"=", {"<>", ""}},
                                                {"<>", {"=", ""}},
                                                {"!=", {"=", ""}}}};

const Mistaken* mistaken(std::string_view op) {
  for (const Mistaken& each : kMistaken)
    if (each.op == op) return &each;
  return nullptr;
}

/// Words between CASE and its END, which may hold ANDs of its own.
class CaseDepth {
 public:
  bool is_inside(const DeepParts& parts, std::size_t i) {
    if (parts.is(i, "case")) ++open_;
    const bool inside = open_ > 0;
    if (parts.is(i, "end") && open_ > 0) --open_;
    return inside;
  }

 private:
  int open_ = 0;
};

/// What this word divides in a range, beside its first part; one item where it does not stand
/// there.
std::vector<PartRange> divided(const DeepParts& parts, PartRange in, std::string_view word) {
  std::vector<PartRange> items;
  std::size_t begin = in.first;
  bool between = false;
  CaseDepth cases;
  for (std::size_t i = in.first; i <= in.last; ++i) {
    if (parts.depth(i) != parts.depth(in.first) || cases.is_inside(parts, i)) continue;
    if (parts.is(i, "between")) between = true;
    if (!parts.is(i, word) || i == begin) continue;
    if (word == "and" && between) {
      between = false;
      continue;
    }
    items.push_back({begin, i - 1});
    begin = i + 1;
  }
  if (begin <= in.last) items.push_back({begin, in.last});
  return items;
}

PartRange without_parentheses(const DeepParts& parts, PartRange range) {
  while (range.last > range.first + 1 && parts[range.first].text == "(" &&
         parts.partner(range.first) == range.last && !parts.is(range.first + 1, "select") &&
         !parts.is(range.first + 1, "with") && !parts.is(range.first + 1, "values"))
    range = {range.first + 1, range.last - 1};
  return range;
}

class ConditionEdits {
 public:
  explicit ConditionEdits(const EditReader& reader) : reader_(reader), parts_(reader.parts) {}

  /// A whole condition behind WHERE or ON.
  void whole(PartRange range) {
    const BooleanPart root = boolean_part(parts_, range);
    if (root.kind != BooleanPart::Kind::all) say(root, "no-condition", "true");
    inside(root);
  }

 private:
  void say(const BooleanPart& part, std::string_view change, std::string text) {
    const Clause clause = parts_.bytes(part.range);
    reader_.add(change, clause, {clause, std::move(text)}, reader_.columns_in(clause));
  }

  void inside(const BooleanPart& part) {
    using Kind = BooleanPart::Kind;
    if (part.kind == Kind::leaf) return leaf(part);
    for (const BooleanPart& each : part.inside) {
      if (part.kind == Kind::all) say(each, "no-condition", "true");
      if (part.kind == Kind::any) say(each, "no-alternative", "false");
      inside(each);
    }
    if (part.kind == Kind::negated) {
      const Clause clause = parts_.bytes(part.range);
      const Clause word = reader_.part(without_parentheses(parts_, part.range).first);
      reader_.add("other-comparison", clause, {word, ""}, reader_.columns_in(clause));
    }
  }

  void leaf(const BooleanPart& part) {
    const PartRange range = without_parentheses(parts_, part.range);
    const Clause clause = parts_.bytes(range);
    const auto columns = reader_.columns_in(clause);
    bool orders = false;
    for (std::size_t i = range.first; i <= range.last; ++i) {
      if (parts_.depth(i) != parts_.depth(range.first)) continue;
      const Mistaken* mistake = mistaken(parts_[i].text);
      if (mistake != nullptr && parts_[i].kind == SqlKind::symbol) {
        orders = orders || is_order(mistake->op);
        for (const std::string_view as : mistake->as)
          if (!as.empty())
            reader_.add("other-comparison", clause, {reader_.part(i), std::string(as)}, columns);
      }
      if (parts_.is(i, "null") && i > range.first && parts_.is(i - 1, "is"))
        reader_.add("other-comparison", clause, {reader_.part(i), "NOT NULL"}, columns);
      if (parts_.is(i, "null") && i > range.first + 1 && parts_.is(i - 1, "not") &&
          parts_.is(i - 2, "is"))
        reader_.add("other-comparison", clause, {reader_.part(i - 1), ""}, columns);
    }
    if (orders) times(clause, columns);
  }

  void times(Clause clause, const std::set<std::string>& columns) {
    for (const FunctionCall& call : reader_.query.calls) {
      if (call.span.begin < clause.begin || call.span.end > clause.end || !tells_time(call.name))
        continue;
      const Clause behind{call.span.end, call.span.end};
      for (const char* more : {" + interval '1 microsecond'", " + interval '1 second'"})
        reader_.add("early", clause, {behind, more}, columns);
      reader_.add("late", clause, {behind, " - interval '1 day'"}, columns);
    }
  }

  const EditReader& reader_;
  const DeepParts& parts_;
};

}  // namespace

BooleanPart boolean_part(const DeepParts& parts, PartRange range) {
  using Kind = BooleanPart::Kind;
  BooleanPart part{Kind::leaf, range, {}};
  const PartRange bare = without_parentheses(parts, range);
  for (const auto& [word, kind] : {std::pair("or", Kind::any), std::pair("and", Kind::all)}) {
    const std::vector<PartRange> items = divided(parts, bare, word);
    if (items.size() < 2) continue;
    part.kind = kind;
    for (const PartRange& item : items) part.inside.push_back(boolean_part(parts, item));
    return part;
  }
  if (parts.is(bare.first, "not") && bare.last > bare.first) {
    part.kind = Kind::negated;
    part.inside.push_back(boolean_part(parts, {bare.first + 1, bare.last}));
  }
  return part;
}

void edit_conditions(const EditReader& reader) {
  ConditionEdits edits(reader);
  const auto behind_where = [&](const std::optional<Clause>& where) {
    if (!where) return;
    const PartRange range = reader.range(*where);
    if (range.last > range.first && !reader.parts.is(range.first + 1, "current"))
      edits.whole({range.first + 1, range.last});
  };
  behind_where(reader.query.where_clause);
  if (reader.query.conflict) behind_where(reader.query.conflict->where_clause);
}

}  // namespace fencepost
