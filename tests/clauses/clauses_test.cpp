// What can be dropped of a source, and the source in which it can be.
#include "tests/clauses/clauses.hpp"

#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

/// "3: event.fault", one a line.
std::string told(const std::string& source) {
  std::string text;
  for (const JudgeClause& each : clauses_in(source))
    text += std::to_string(each.line) + ": " + each.name + "\n";
  return text;
}
std::string switched(const std::string& source) { return switched(source, clauses_in(source), 7); }

}  // namespace

TEST_CASE("clauses: each operand of && and ||", "[clauses]") {
  CHECK(told("bool f() {\n  return a.b(c, d) && !e;\n}\n") == "2: a.b(c, d)\n2: !e\n");
  CHECK(told("const bool may =\n    a || (b && c == 'x');\n") ==
        "2: a\n2: (b && c == 'x')\n2: b\n2: c == 'x'\n");
  CHECK(told("found |= a && b;\nf(x, [&](T&& t) { return t < a && b; });\n") ==
        "1: a\n1: b\n2: t < a\n2: b #2\n");
  CHECK(told("x = a ? b && c : d;\n") == "1: second (a)\n1: first (a)\n1: b\n1: c\n");
}
TEST_CASE("clauses: each condition, and one that stands alone both ways", "[clauses]") {
  CHECK(told("if (a) return;\n") == "1: if (a)\n1: always (a)\n");
  CHECK(told("if (const auto x = f(); x && y) g();\n") == "1: if (x && y)\n1: x\n1: y\n");
}
TEST_CASE("clauses: each of several bounds", "[clauses]") {
  CHECK(told("t = std::max({a, f(b, c)});\n") == "1: max (a)\n1: max (f(b, c))\n");
  CHECK(told("t = std::max(a, b ? c : 0);\n") ==
        "1: max (a)\n1: max (b ? c : 0)\n1: second (b)\n1: first (b)\n");
  CHECK(told("t = Instant::max();\n") == "");
}
TEST_CASE("clauses: not what makes texts, declares a value or finds something", "[clauses]") {
  CHECK(told("tell(fmt::format(\"{}\", a && b ? 1 : 2));\n") == "");
  CHECK(told("std::string lease_text(int a) {\n  return a && b ? c : d;\n}\nx = e && f;\n") ==
        "4: e\n4: f\n");
  CHECK(told("if (const auto x = f()) g();\n") == "");
  CHECK(told("if (at == all.end() || !b) g();\n// c && d\nconst char* e = \"f && g\";\n") ==
        "1: if (at == all.end() || !b)\n1: !b\n");
}
TEST_CASE("clauses: dropped, an operand of && is true, and any other one false", "[clauses]") {
  CHECK(switched("x = a && b;") ==
        "x = (fencepost::dropped(7) || (a)) && (fencepost::dropped(8) || (b));");
  CHECK(switched("if (a || b) c();") ==
        "if ((!fencepost::dropped(7) && ((!fencepost::dropped(8) && (a)) || "
        "(!fencepost::dropped(9) && (b))))) c();");
  CHECK(switched("x = std::min(a, b);") ==
        "x = std::min((fencepost::dropped(7) ? (b) : (a)), (fencepost::dropped(8) ? (a) : (b)));");
}
TEST_CASE("clauses: what judges call stands elsewhere", "[clauses]") {
  CHECK(called_in("if (f(a, b.g(std::h(c)), T{i(d)})) j->k();") == std::set<std::string>{"f", "i"});
  const std::string elsewhere =
      "namespace n {\nbool f(int a) {\n  return g(a) && a;\n}\n"
      "bool g(int b) { return b || h.i(b); }\nbool i(int c) { return c && c; }\n"
      "bool T::f() { return d && d; }\nconst int kE[] = {f(1)};\nbool f(int e);\n}\n";
  const std::set<std::string> called = called_by({"x = f(y);"}, {elsewhere});
  CHECK(called == std::set<std::string>{"f", "g"});
  std::string names;
  for (const JudgeClause& each : clauses_in(elsewhere, called))
    names += std::to_string(each.line) + ": " + each.name + "\n";
  CHECK(names == "3: g(a)\n3: a\n5: b\n5: h.i(b)\n");
}

}  // namespace fencepost
