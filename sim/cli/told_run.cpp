#include "sim/cli/told_run.hpp"

#include "sim/text/error.hpp"

namespace fencepost {

ToldFailure told_failure(const SavedRun& run) {
  SIM_CHECK(run.told.has_value(), "a saved run of {} is not told", run.protocol);
  ToldFailure failure;
  failure.protocol = run.protocol;
  failure.scenario = run.scenario;
  failure.seed = run.seed;
  failure.name = run.property;
  failure.shrunk_from = run.shrunk_from;
  failure.digest = run.digest;
  failure.told = *run.told;
  failure.saved = to_json(run);
  return failure;
}

}  // namespace fencepost
