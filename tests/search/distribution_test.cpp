// What the search does to real runs: every fault of a scenario strikes, and what lasts ends where
// bugs live.
#include <map>
#include <set>

#include "sim/input/gallery.hpp"
#include "sim/search/failure.hpp"
#include "sim/search/lanes.hpp"
#include "sim/search/strategies.hpp"
#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

struct Observed {
  std::map<FaultKind, int> faults;
  std::map<FaultKind, std::set<std::string>> boundaries;
  int before = 0, at = 0, after = 0;  ///< ends of stalls, by the end of the lease held then
  int takeovers = 0;
};

/// Where a stall ends is compared with the lease that its worker was granted last.
void add(const History& history, Observed& out) {
  std::map<WorkerId, Instant> lease;
  for (const Event& event : history.events) {
    if ((event.kind == EventKind::granted || event.kind == EventKind::renewed) && event.after &&
        event.after->lease_until)
      lease[event.worker] = *event.after->lease_until;
    if (event.kind == EventKind::revoked) ++out.takeovers;
    if (event.kind != EventKind::fault || !event.fault) continue;
    ++out.faults[*event.fault];
    out.boundaries[*event.fault].insert(event.boundary);
    if (*event.fault != FaultKind::stall || !lease.contains(event.worker)) continue;
    const Duration past = event.at + event.lasts - lease[event.worker];
    out.before += past == Duration{-1} ? 1 : 0;
    out.at += past == Duration{0} ? 1 : 0;
    out.after += past == Duration{1} ? 1 : 0;
  }
}

Observed observe(const std::string& protocol_name, const std::string& scenario_name, int seeds) {
  static const Gallery gallery(FENCEPOST_SOURCE_DIR);
  const NamedProtocol protocol = gallery.protocol(protocol_name);
  const NamedScenario scenario = gallery.scenario(scenario_name, protocol);
  Lane lane({});
  Observed observed;
  for (int seed = 1; seed <= seeds; ++seed) {
    const auto number = static_cast<std::uint64_t>(seed);
    add(lane.with(protocol.protocol, scenario.scenario)
            .run(scenario.scenario, *portfolio(number).make(number)),
        observed);
  }
  return observed;
}

TEST_CASE("distribution: no fault of a scenario is starved, and each strikes at many places",
          "[sim]") {
  Observed observed = observe("kukuri-fenced", "everything-at-once", 120);
  for (const FaultKind fault :
       {FaultKind::crash, FaultKind::crash_half_open, FaultKind::stall, FaultKind::connection_lost,
        FaultKind::ack_lost, FaultKind::terminate}) {
    INFO(to_text(fault));
    CHECK(observed.faults[fault] >= 8);
    CHECK(observed.boundaries[fault].size() >= 5);
  }
}

TEST_CASE("distribution: stalls end just before, at and just after the lease, and takeovers follow",
          "[sim]") {
  const Observed observed = observe("kukuri-fenced", "stall-past-lease", 240);
  CHECK(observed.before >= 3);
  CHECK(observed.at >= 3);
  CHECK(observed.after >= 3);
  CHECK(observed.takeovers >= 30);
}

}  // namespace
}  // namespace fencepost
