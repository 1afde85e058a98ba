// What a failure's page holds for its script.
#pragma once

#include <string>
#include <vector>

#include "reports/diagram.hpp"
#include "reports/failure.hpp"

namespace fencepost {

/// A statement that a history ran, and whose text is known.
struct UsedStatement {
  const SqlSource* source = nullptr;
  std::vector<std::string> parameters;
};
/// In order of their first running; they refer to what was told.
std::vector<UsedStatement> statements_used(const Told& told);

/// What the page's script needs to know of the history beyond what its rows say, as one JSON object
/// that can stand inside a script element: the violated row (v), workers (w), jobs (j), the
/// violated job (job), the names of a record's fields (f) and which is the lease's end (lease),
/// statements (q: name n, where w, parameters p, which are the token's t), and for each row that is
/// no pause what changed (r): statement q and bound values b, jobs c, owners o, beliefs h, ended
/// leases l. 0 where nothing did.
std::string page_data(const FailureReport& report, const Diagram& diagram,
                      const std::vector<UsedStatement>& statements);

}  // namespace fencepost
