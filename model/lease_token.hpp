// What proves a claim to the protocol's own statements.
#pragma once

#include <string>
#include <vector>

namespace fencepost {

/// Empty where it is not known.
struct LeaseToken {
  std::vector<std::string> columns;     ///< "started_at"
  std::vector<std::string> parameters;  ///< every parameter that may be bound to one of them
  friend bool operator==(const LeaseToken&, const LeaseToken&) = default;
};

}  // namespace fencepost
