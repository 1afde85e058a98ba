#include "sim/mutants/conditions.hpp"

#include <algorithm>
#include <functional>

#include "sim/mutants/edit_reader.hpp"
#include "sim/mutants/mutant.hpp"
#include "sql/sql_text.hpp"

namespace fencepost {
namespace {

constexpr std::size_t kMostCases = 2'000'000;

enum class Truth { no, unknown, yes };
Truth negated(Truth value) {
  return value == Truth::unknown ? value : value == Truth::yes ? Truth::no : Truth::yes;
}

/// What something can be: a column is null, one of the constants that it is compared with, or
/// something else; anything that is not plain is true, false or unknown.
struct Variable {
  std::string name;
  bool is_column = false;
  std::vector<std::string> constants;
  bool may_be_null = true;

  std::size_t cases() const { return is_column ? constants.size() + (may_be_null ? 2U : 1U) : 3U; }
};
/// The case of each variable: of a column 0 … n-1 a constant, n something else, n+1 null.
using Row = std::vector<std::size_t>;
using Condition3 = std::function<Truth(const Row&)>;

class Compiler {
 public:
  explicit Compiler(const RowRules& rules) : rules_(rules) {}

  /// Constants must be known before any row is tried, so both texts and all checks are compiled
  /// first.
  Condition3 compile(const std::string& text) {
    const DeepParts parts(text);
    if (parts.size() == 0) return [](const Row&) { return Truth::yes; };
    return compiled(parts, boolean_part(parts, {0, parts.size() - 1}));
  }
  const std::vector<Variable>& variables() const { return variables_; }

 private:
  Condition3 compiled(const DeepParts& parts, const BooleanPart& part) {
    using Kind = BooleanPart::Kind;
    if (part.kind == Kind::leaf) return leaf(parts, part.range);
    std::vector<Condition3> inside;
    for (const BooleanPart& each : part.inside) inside.push_back(compiled(parts, each));
    if (part.kind == Kind::negated)
      return [one = inside.front()](const Row& row) { return negated(one(row)); };
    return [inside, all = part.kind == Kind::all](const Row& row) {
      Truth value = all ? Truth::yes : Truth::no;
      for (const Condition3& each : inside)
        value = all ? std::min(value, each(row)) : std::max(value, each(row));
      return value;
    };
  }

  static PartRange bare(const DeepParts& parts, PartRange range) {
    while (range.last > range.first + 1 && parts[range.first].text == "(" &&
           parts.partner(range.first) == range.last)
      range = {range.first + 1, range.last - 1};
    return range;
  }

  Condition3 leaf(const DeepParts& parts, PartRange whole) {
    const PartRange range = bare(parts, whole);
    if (range.first == range.last && parts.is(range.first, "true"))
      return [](const Row&) { return Truth::yes; };
    if (range.first == range.last && parts.is(range.first, "false"))
      return [](const Row&) { return Truth::no; };
    if (auto both = as_equal(parts, range)) return *both;
    std::size_t next = range.first;
    if (const auto column = column_at(parts, next, range.last)) {
      if (auto known = of_column(parts, *column, {next, range.last})) return *known;
    }
    return opaque(parts, range);
  }

  /// (a) = (b), two conditions of which both or none must be so.
  std::optional<Condition3> as_equal(const DeepParts& parts, PartRange range) {
    const std::size_t close =
        parts[range.first].text == "(" ? parts.partner(range.first) : range.last;
    if (close == DeepParts::kNone || close + 2 >= range.last || parts[close + 1].text != "=" ||
        parts[close + 2].text != "(" || parts.partner(close + 2) != range.last)
      return std::nullopt;
    const Condition3 one = compiled(parts, boolean_part(parts, {range.first, close}));
    const Condition3 two = compiled(parts, boolean_part(parts, {close + 2, range.last}));
    return [one, two](const Row& row) {
      const Truth a = one(row), b = two(row);
      if (a == Truth::unknown || b == Truth::unknown) return Truth::unknown;
      return a == b ? Truth::yes : Truth::no;
    };
  }

  /// The column that stands here, with what is behind it in `next`.
  std::optional<std::string> column_at(const DeepParts& parts, std::size_t& next,
                                       std::size_t last) const {
    if (parts[next].kind != SqlKind::word) return std::nullopt;
    std::string name = folded(parts[next].text);
    std::size_t behind = next + 1;
    if (behind + 1 <= last && parts[behind].text == ".") {
      if (!rules_.names.contains(name)) return std::nullopt;
      name = folded(parts[behind + 1].text);
      behind += 2;
    }
    if (!rules_.columns.contains(name)) return std::nullopt;
    next = behind;
    return name;
  }

  std::size_t column(const std::string& name) {
    for (std::size_t i = 0; i < variables_.size(); ++i)
      if (variables_[i].is_column && variables_[i].name == name) return i;
    variables_.push_back({name, true, {}, !rules_.not_null.contains(name)});
    return variables_.size() - 1;
  }
  std::size_t constant(std::size_t variable, std::string_view text) {
    auto& constants = variables_[variable].constants;
    const auto found = std::find(constants.begin(), constants.end(), text);
    if (found == constants.end()) constants.emplace_back(text);
    return static_cast<std::size_t>(std::find(constants.begin(), constants.end(), text) -
                                    constants.begin());
  }
  /// How many constants there are is known at last only.
  bool is_null(const Row& row, std::size_t variable) const {
    return row[variable] == variables_[variable].constants.size() + 1;
  }

  /// column = 'x', column IN ('x', 'y'), column IS NULL; nullopt for anything else.
  std::optional<Condition3> of_column(const DeepParts& parts, const std::string& name,
                                      PartRange rest) {
    if (rest.first > rest.last) return std::nullopt;
    const bool is_null_test = parts.is(rest.first, "is") && parts.is(rest.last, "null");
    if (is_null_test && rest.last - rest.first <= 2) {
      const std::size_t variable = column(name);
      const bool wants_null = rest.last == rest.first + 1;
      if (!wants_null && !parts.is(rest.first + 1, "not")) return std::nullopt;
      return [this, variable, wants_null](const Row& row) {
        return is_null(row, variable) == wants_null ? Truth::yes : Truth::no;
      };
    }
    std::vector<std::string_view> among;
    bool other = false;
    const bool compares = parts[rest.first].text == "=" || parts[rest.first].text == "<>";
    if (compares && rest.last == rest.first + 1 && parts[rest.last].kind == SqlKind::text) {
      among = {parts[rest.last].text};
      other = parts[rest.first].text == "<>";
    } else if (parts.is(rest.first, "in") && rest.last > rest.first + 1 &&
               parts[rest.first + 1].text == "(" && parts.partner(rest.first + 1) == rest.last) {
      for (const PartRange& item : parts.items({rest.first + 2, rest.last - 1})) {
        if (item.first != item.last || parts[item.first].kind != SqlKind::text) return std::nullopt;
        among.push_back(parts[item.first].text);
      }
    } else {
      return std::nullopt;
    }
    const std::size_t variable = column(name);
    std::set<std::size_t> numbers;
    for (const std::string_view text : among) numbers.insert(constant(variable, text));
    return [this, variable, numbers, other](const Row& row) {
      if (is_null(row, variable)) return Truth::unknown;
      return numbers.contains(row[variable]) != other ? Truth::yes : Truth::no;
    };
  }

  /// Anything else may be whatever it is; but a comparison is unknown where a column in it is null.
  Condition3 opaque(const DeepParts& parts, PartRange range) {
    std::string name;
    std::set<std::size_t> strict;
    const bool compares = is_comparison(parts, range);
    for (std::size_t i = range.first; i <= range.last; ++i)
      name += std::string(parts[i].text) + ' ';
    if (compares) {
      for (std::size_t i = range.first; i <= range.last; ++i) {
        if (parts.depth(i) != parts.depth(range.first)) continue;
        std::size_t next = i;
        if (i > range.first && parts[i - 1].text == ".") continue;
        if (const auto found = column_at(parts, next, range.last)) strict.insert(column(*found));
      }
    }
    std::size_t variable = 0;
    while (variable < variables_.size() &&
           (variables_[variable].is_column || variables_[variable].name != name))
      ++variable;
    if (variable == variables_.size()) variables_.push_back({name, false, {}, true});
    return [this, variable, strict](const Row& row) {
      for (const std::size_t each : strict)
        if (is_null(row, each)) return Truth::unknown;
      return static_cast<Truth>(row[variable]);
    };
  }
  /// One comparison of two operands that are columns, parameters, constants or calls without
  /// arguments; nothing in it can make something of a null.
  static bool is_comparison(const DeepParts& parts, PartRange range) {
    int comparisons = 0;
    for (std::size_t i = range.first; i <= range.last; ++i) {
      const std::string_view text = parts[i].text;
      if (text == "<" || text == "<=" || text == ">" || text == ">=" || text == "=" ||
          text == "<>") {
        ++comparisons;
        continue;
      }
      const bool plain = text == "." || text == "(" || text == ")" || text == "+" || text == "-" ||
                         parts[i].kind == SqlKind::number || parts[i].kind == SqlKind::text ||
                         parts[i].kind == SqlKind::parameter;
      const bool name = parts[i].kind == SqlKind::word && !parts.is(i, "coalesce") &&
                        !parts.is(i, "is") && !parts.is(i, "not") && !parts.is(i, "any") &&
                        !parts.is(i, "all") && !parts.is(i, "select") && !parts.is(i, "case");
      if (!plain && !name) return false;
    }
    return comparisons == 1;
  }

  const RowRules& rules_;
  std::vector<Variable> variables_;
};

}  // namespace

bool same_rows(const std::string& one, const std::string& other, const RowRules& rules) {
  Compiler compiler(rules);
  const Condition3 first = compiler.compile(one), second = compiler.compile(other);
  std::vector<Condition3> checks;
  for (const std::string& check : rules.checks) checks.push_back(compiler.compile(check));
  const std::vector<Variable>& variables = compiler.variables();
  std::size_t cases = 1;
  for (const Variable& each : variables) {
    cases *= each.cases();
    if (cases > kMostCases) return false;
  }
  Row row(variables.size(), 0);
  for (std::size_t number = 0; number < cases; ++number) {
    std::size_t rest = number;
    for (std::size_t i = 0; i < row.size(); ++i) {
      row[i] = rest % variables[i].cases();
      rest /= variables[i].cases();
    }
    const bool can_be = std::none_of(checks.begin(), checks.end(), [&](const Condition3& check) {
      return check(row) == Truth::no;
    });
    if (can_be && (first(row) == Truth::yes) != (second(row) == Truth::yes)) return false;
  }
  return true;
}

}  // namespace fencepost
