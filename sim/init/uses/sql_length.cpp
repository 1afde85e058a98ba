#include "sim/init/uses/sql_length.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "model/token.hpp"
#include "sql/sql_text.hpp"
#include "sql/tree/query_view.hpp"

namespace fencepost {
namespace {

/// As PostgreSQL calls them, one or many: "s", "sec", "seconds".
std::optional<Duration> unit_from_text(std::string_view word) {
  using Row = std::pair<std::string_view, Duration>;
  static constexpr std::array<Row, 19> units = {{{"us", 1us},
                                                 {"usec", 1us},
                                                 {"microsecond", 1us},
                                                 {"ms", 1ms},
                                                 {"msec", 1ms},
                                                 {"s", 1s},
                                                 {"sec", 1s},
                                                 {"millisecond", 1ms},
                                                 {"second", 1s},
                                                 {"m", 1min},
                                                 {"min", 1min},
                                                 {"h", 1h},
                                                 {"minute", 1min},
                                                 {"hr", 1h},
                                                 {"hour", 1h},
                                                 {"d", 24h},
                                                 {"day", 24h},
                                                 {"w", 168h},
                                                 {"week", 168h}}};
  for (const auto& [name, unit] : units)
    if (word == name || (word.starts_with(name) && word.substr(name.size()) == "s")) return unit;
  return std::nullopt;
}

/// Added to what there is; nullopt where no Duration is so long.
std::optional<Duration> sum_of(std::optional<Duration> sum, std::optional<Duration> more) {
  if (!sum || !more || *more > Duration::max() - *sum) return std::nullopt;
  return *sum + *more;
}

/// A number with at most six decimals, times a unit.
std::optional<Duration> times(std::string_view number, Duration unit) {
  std::int64_t whole = 0, part = 0, scale = 1;
  const auto point = number.find('.');
  const std::string_view before = number.substr(0, point);
  if (!before.empty() &&
      std::from_chars(before.data(), before.data() + before.size(), whole).ec != std::errc{})
    return std::nullopt;
  if (unit > 0us && whole > Duration::max() / unit) return std::nullopt;
  if (point != number.npos)
    for (const char c : number.substr(point + 1, 6))
      if (is_digit(c)) part = part * 10 + (c - '0'), scale *= 10;
  return sum_of(unit * whole, unit / scale * part + unit % scale * part / scale);
}

/// "HH:MM:SS" or "HH:MM".
std::optional<Duration> clock_from_text(std::string_view text) {
  std::optional<Duration> sum = Duration{};
  Duration unit = 1h;
  while (!text.empty()) {
    const std::size_t colon = text.find(':');
    sum = sum_of(sum, times(text.substr(0, colon), unit));
    if (!sum) return std::nullopt;
    unit /= 60;
    if (colon == text.npos) break;
    text.remove_prefix(colon + 1);
  }
  return sum;
}

std::string number_in(const TreeNode& node) {
  const Operand found = operand_of(node);
  const bool number = found.kind == Operand::Kind::constant && !found.text.empty() &&
                      std::all_of(found.text.begin(), found.text.end(),
                                  [](char c) { return is_digit(c) || c == '.'; });
  return number ? found.text : "";
}

/// 30 * interval '1 second', and a parameter in the place of the number.
SqlLength scaled(const TreeNode& number, const SqlLength& by) {
  const Operand found = operand_of(number);
  if (!by.value) return {};
  if (found.kind == Operand::Kind::parameter) return {std::nullopt, found.text, *by.value, false};
  if (const std::string text = number_in(number); !text.empty())
    return {times(text, *by.value), "", {}, false};
  return {};
}

/// make_interval(secs => 30, mins => $1).
SqlLength made(const TreeNode& call) {
  SqlLength sum;
  for (const TreeNode& argument : call["args"].items()) {
    if (argument.kind() != "NamedArgExpr") return {};
    const auto unit = unit_from_text(argument["name"].text());
    const Operand value = operand_of(argument["arg"]);
    if (!unit) return {};
    if (value.kind == Operand::Kind::parameter) return {std::nullopt, value.text, *unit, false};
    sum.value = sum_of(sum.value.value_or(0us), times(number_in(argument["arg"]), *unit));
    if (!sum.value) return {};
  }
  return sum;
}

/// $1 || ' seconds'.
SqlLength joined_length(const TreeNode& left, const TreeNode& right) {
  const Operand unit = operand_of(right);
  if (unit.kind != Operand::Kind::constant) return {};
  return scaled(left, {unit_from_text(trimmed(unit.text)), "", {}, false});
}

bool is_sum(const TreeNode& node) {
  if (node.kind() != "A_Expr") return false;
  const std::string op = last_name(node["name"]);
  return op == "+" || op == "-";
}

}  // namespace

std::optional<Duration> interval_from_text(std::string_view whole) {
  const std::string small = folded(trimmed(whole));
  std::string_view text = small;
  const bool iso = text.starts_with("pt");
  if (iso) text.remove_prefix(2);
  std::optional<Duration> sum;
  while (!(text = trimmed(text)).empty()) {
    const std::size_t number = std::min(text.find_first_not_of("0123456789.:"), text.size());
    if (number == 0) return std::nullopt;
    const std::string_view digits = text.substr(0, number);
    text = trimmed(text.substr(number));
    const std::size_t letters =
        std::min(text.find_first_not_of("abcdefghijklmnopqrstuvwxyz"), text.size());
    const std::string_view word = text.substr(0, letters);
    text.remove_prefix(letters);
    std::optional<Duration> each;
    if (digits.find(':') != digits.npos)
      each = clock_from_text(digits);
    else if (word.empty())
      each = times(digits, 1s);
    else if (const auto unit = unit_from_text(word))
      each = times(digits, *unit);
    sum = sum_of(sum.value_or(0us), each);
    if (!sum) return std::nullopt;
  }
  return sum;
}

SqlLength length_of(const TreeNode& expression, Duration unit) {
  const Operand found = operand_of(expression);
  using Kind = Operand::Kind;
  if (found.kind == Kind::parameter) return {std::nullopt, found.text, unit, false};
  if (found.kind == Kind::constant && unit > 0us && !number_in(found.node).empty())
    return {times(found.text, unit), "", {}, false};
  if (found.kind == Kind::constant) return {interval_from_text(found.text), "", {}, false};
  if (found.kind == Kind::call && found.text == "make_interval") return made(found.node);
  if (found.kind == Kind::call && found.text == "concat") {
    const auto arguments = found.node["args"].items();
    return arguments.size() == 2 ? joined_length(arguments[0], arguments[1]) : SqlLength{};
  }
  if (found.node.kind() != "A_Expr") return {};
  const std::string op = last_name(found.node["name"]);
  const TreeNode left = found.node["lexpr"], right = found.node["rexpr"];
  if (op == "||") return joined_length(left, right);
  if (op != "*") return {};
  const bool by_right = number_in(right).empty() || operand_of(left).kind == Kind::parameter;
  return by_right ? scaled(left, length_of(right, unit)) : scaled(right, length_of(left, unit));
}

SqlLength beside_time(const TreeNode& expression) {
  SqlLength found;
  expression.for_each([&](const TreeNode& node) {
    if (found.known() || !is_sum(node)) return;
    const TreeNode left = node["lexpr"], right = node["rexpr"];
    if (asks_time(left) == asks_time(right)) return;
    const TreeNode added = asks_time(left) ? right : left;
    found = length_of(added, counted_in(asks_time(left) ? left : right));
    found.behind = last_name(node["name"]) == "-";
    // now() + interval '-30 s'
    const Operand constant = operand_of(added);
    if (!found.known() && constant.kind == Operand::Kind::constant &&
        trimmed(constant.text).starts_with('-')) {
      found.value = interval_from_text(trimmed(constant.text).substr(1));
      found.behind = !found.behind;
    }
  });
  return found;
}

Duration counted_in(const TreeNode& expression) {
  TreeNode epoch;
  expression.for_each([&](const TreeNode& node) {
    if (node.kind() != "FuncCall") return;
    const std::string function = operand_of(node).text;
    const auto arguments = node["args"].items();
    const bool parts = function == "extract" || function == "date_part";
    if (parts && !arguments.empty() && folded(operand_of(arguments[0]).text) == "epoch")
      epoch = node;
  });
  if (!epoch) return {};
  Duration unit = 1s;
  expression.for_each([&](const TreeNode& node) {
    if (node.kind() != "A_Expr" || last_name(node["name"]) != "*" || !node.holds(epoch)) return;
    for (const char* side : {"lexpr", "rexpr"})
      if (const auto factor = times(number_in(node[side]), 1us); factor && *factor > 0us)
        unit /= std::min<std::int64_t>(factor->count(), unit.count());
  });
  return unit;
}

Duration counted_by_name(std::string_view column) {
  using Row = std::pair<std::string_view, Duration>;
  static constexpr std::array<Row, 6> ends = {{{"ms", 1ms},
                                               {"millis", 1ms},
                                               {"milliseconds", 1ms},
                                               {"us", 1us},
                                               {"micros", 1us},
                                               {"seconds", 1s}}};
  const std::string_view unit = unit_in_name(column);
  for (const auto& [end, length] : ends)
    if (folded(unit) == end) return length;
  return {};
}

}  // namespace fencepost
