#include "sim/repairs/operators.hpp"

#include <algorithm>
#include <array>

namespace fencepost {
namespace {

constexpr std::array kRepairs = {
    RepairOperator{"compare",
                   "A statement asks for what its worker knows of the row: the token, "
                   "its owner, its state."},
    RepairOperator{"ask-too", "A statement asks what another one asks of the same table."},
    RepairOperator{"set-as", "A column gets what another statement gives it."},
    RepairOperator{"bump", "A claim counts its token up."},
    RepairOperator{"limit",
                   "A claim asks how often its job was tried; what was tried as often as it may be "
                   "is given up."},
    RepairOperator{"real-time", "clock_timestamp() stands for now()."},
    RepairOperator{"round-time", "A token that is a time has whole milliseconds."},
    RepairOperator{"once", "A query in IN runs once, whatever the plan."},
    RepairOperator{"lock", "What is read is locked, or skipped where it is locked."},
    RepairOperator{"one-at-a-time", "A transaction begins with a lock that only one can have."},
    RepairOperator{"go-on-trying", "The number of tries is not limited."},
    RepairOperator{"outcome", "That a statement came back empty is noticed."},
    RepairOperator{"join", "Two steps come into one transaction."},
    RepairOperator{"heartbeat", "A heartbeat renews the lease, more often, or up to the end."},
    RepairOperator{"no-going-on", "The round ends where it would go on."},
    RepairOperator{"timeout", "The server ends what waits or idles for too long.", true},
};

}  // namespace

std::span<const RepairOperator> repair_operators() { return kRepairs; }

bool is_setting(std::string_view change) {
  return std::any_of(kRepairs.begin(), kRepairs.end(), [&](const RepairOperator& each) {
    return each.name == change && each.is_setting;
  });
}

}  // namespace fencepost
