#include "reports/isolation_spec.hpp"

#include <fmt/format.h>

namespace fencepost {
namespace {

std::string block(const std::string& what, const std::string& sql) {
  return fmt::format("{}\n{{\n  {}\n}}\n", what, sql);
}

std::string all_of(const std::vector<std::string>& statements) {
  std::string out;
  for (const std::string& statement : statements)
    out += (out.empty() ? "" : "\n  ") + statement + ";";
  return out;
}

std::string comments(const std::vector<std::string>& lines, const std::string& indent) {
  std::string out;
  for (const std::string& line : lines) out += indent + (line.empty() ? "#" : "# " + line) + "\n";
  return out;
}

}  // namespace

std::string isolation_spec(const Counterexample& counterexample) {
  std::string out = comments(counterexample.about, "") + "\n";
  if (!counterexample.set_up.empty()) out += block("setup", all_of(counterexample.set_up));
  for (const std::string& sql : counterexample.schema) out += block("setup", sql);
  if (!counterexample.workload.empty()) out += block("setup", all_of(counterexample.workload));
  for (std::size_t i = 0; i < counterexample.sessions.size(); ++i) {
    const ScriptSession& session = counterexample.sessions[i];
    out += fmt::format("\nsession {}\n", session.name);
    if (!session.set_up.empty()) out += block("setup", all_of(session.set_up));
    for (const ScriptStep& step : counterexample.steps)
      if (step.session == i && step.deed != Deed::completion)
        out += block("step " + step.name, sent_by(step));
  }
  out += "\npermutation\n";
  for (const ScriptStep& step : counterexample.steps) {
    out += comments(step.comments, "  ");
    // isolationtester itself waits for a statement that waits.
    if (step.deed != Deed::completion) out += "  " + step.name + "\n";
  }
  return out;
}

}  // namespace fencepost
