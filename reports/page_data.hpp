// What a page's script needs to know of a history beyond what its rows say.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "reports/diagram.hpp"
#include "reports/gate_text.hpp"
#include "reports/step_text.hpp"

namespace fencepost {

/// The statements that a history ran and whose text is known, in order of their first running.
struct UsedStatement {
  std::string name;
  SourceText source;
  std::vector<std::string> parameters;
};
std::vector<UsedStatement> statements_used(const History& history, const FindSource& find);

/// One JSON object that can stand inside a script element: the violated row (v), workers (w), jobs
/// (j), the violated job (job), the names of a record's fields (f) and which is the lease's end
/// (lease), statements (q: name n, where w, parameters p, which are the token's t), and for each
/// row that is no pause what changed (r): statement q and bound values b, jobs c, owners o, beliefs
/// h, ended leases l. 0 where nothing did.
std::string page_data(const FailureReport& report, const Diagram& diagram,
                      const std::vector<UsedStatement>& statements);

}  // namespace fencepost
