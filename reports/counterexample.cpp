#include "reports/counterexample.hpp"

#include "reports/dollar_quote.hpp"

namespace fencepost {

std::string sent_by(const ScriptStep& step) {
  std::string out;
  const auto add = [&](const std::string& statement) {
    if (!statement.empty()) out += (out.empty() ? "" : "\n  ") + statement + ";";
  };
  for (const std::string& statement : step.before) add(statement);
  add(step.sql);
  for (const std::string& statement : step.behind) add(statement);
  return out;
}

// A text that ends with the beginning of the tag would close it too early, hence the test without
// its last dollar.
std::string dollar_quoted(const std::string& text) {
  std::string tag = "$fencepost";
  while (text.find(tag) != std::string::npos) tag += "_";
  return tag + "$" + text + tag + "$";
}

}  // namespace fencepost
