#include <cstdio>
#include <cstdlib>
#include "sim/cluster.hpp"
#include "sim/simulation.hpp"
using namespace fencepost;
int main(int argc, char** argv) {
  if (argc < 4) return 2;
  try {
    Cluster cluster({std::nullopt, 0, false});
    Protocol p = read_protocol(argv[1]); Scenario s = read_scenario(argv[2]); Lane lane(cluster); lane.load(p);
    int n = argc > 4 ? std::atoi(argv[4]) : 1;
    for (int i = 0; i < n; ++i) { auto c = random_choices(std::strtoull(argv[3], nullptr, 10), Strategy::random_walk); History h = lane.run(s, *c);
      if (i == 0 && argc <= 5) for (auto& e : h.events) std::puts(canonical_line(e).c_str()); std::printf("digest %s events %zu steps %d\n", digest(h).c_str(), h.events.size(), h.events.back().step); }
  } catch (const std::exception& e) { std::fprintf(stderr, "fencepost: %s\n", e.what()); return 5; }
}
