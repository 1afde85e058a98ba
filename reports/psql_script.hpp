// A counterexample as one file for psql. What never overlaps runs on psql's own connection; a
// session whose transaction is open while another one acts, or that waits for a lock, gets a
// connection of its own through dblink.
#pragma once

#include <string>

#include "reports/counterexample.hpp"

namespace fencepost {

std::string psql_script(const Counterexample& counterexample);

}  // namespace fencepost
