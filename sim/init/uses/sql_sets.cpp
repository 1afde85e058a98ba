#include "sim/init/uses/sql_sets.hpp"

namespace fencepost {
namespace {

using Kind = Operand::Kind;

bool is_random(std::string_view function) {
  return function.find("uuid") != function.npos || function == "random" ||
         function == "gen_random_bytes";
}
bool is_counted(const Assignment& each) {
  if (each.value.node.kind() != "A_Expr" || last_name(each.value.node["name"]) != "+") return false;
  bool own = false;
  each.value.node.for_each([&](const TreeNode& node) {
    own = own || (node.kind() == "ColumnRef" && operand_of(node).text == each.column);
  });
  return own;
}

/// "$2" of $2 + 1; empty where it is something else.
std::string one_more_than(const Operand& value) {
  if (value.node.kind() != "A_Expr" || last_name(value.node["name"]) != "+") return "";
  const Operand one = operand_of(value.node["rexpr"]), than = operand_of(value.node["lexpr"]);
  return than.kind == Kind::parameter && one.text == "1" ? than.text : "";
}

}  // namespace

ColumnSet set_of(const Assignment& each) {
  ColumnSet set{each.column};
  const Operand& value = each.value;
  if (value.kind == Kind::constant && value.text == "null") {
    set.to = To::null;
  } else if (value.kind == Kind::constant) {
    set.to = To::constant;
    set.labels = {value.text};
  } else if (value.kind == Kind::parameter) {
    set.to = To::parameter;
    set.parameter = value.text;
  } else if (asks_time(value.node)) {
    set.length = beside_time(value.node);
    set.counts = counted_in(value.node);
    set.to = set.length.known() && !set.length.behind ? To::later : To::now;
  } else if (is_counted(each)) {
    set.to = To::counted;
  } else if (const std::string parameter = one_more_than(value); !parameter.empty()) {
    set.to = To::counted;
    set.parameter = parameter;
  } else if (value.kind == Kind::call) {
    set.to = value.text == "nextval" ? To::counted : is_random(value.text) ? To::random : To::other;
  } else if (value.node.kind() == "CaseExpr") {
    for (const TreeNode& when : value.node["args"].items())
      for (std::string& label : constants_in(when["result"]))
        set.labels.push_back(std::move(label));
    for (std::string& label : constants_in(value.node["defresult"]))
      set.labels.push_back(std::move(label));
    if (!set.labels.empty()) set.to = To::cased;
  }
  return set;
}

std::optional<std::pair<std::string, SqlLength>> added_to_parameter(const Operand& value,
                                                                    Duration unit) {
  const std::string op = value.node.kind() == "A_Expr" ? last_name(value.node["name"]) : "";
  if (op != "+" && op != "-") return std::nullopt;
  const Operand to = operand_of(value.node["lexpr"]);
  SqlLength length = length_of(value.node["rexpr"], unit);
  length.behind = op == "-";
  if (to.kind != Kind::parameter || !length.known()) return std::nullopt;
  return std::pair(to.text, std::move(length));
}

std::vector<std::string> constants_in(const TreeNode& node) {
  std::vector<std::string> found;
  node.for_each([&](const TreeNode& each) {
    if (each.kind() == "A_Const" && each["sval"]) found.push_back(operand_of(each).text);
  });
  return found;
}

}  // namespace fencepost
