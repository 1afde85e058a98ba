#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>
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
      if (i == 0 && argc <= 5) for (auto& e : h.events) std::puts(canonical_line(e).c_str()); static std::vector<std::string> first; std::vector<std::string> now; for (auto& e : h.events) now.push_back(canonical_line(e)); if (i == 0) first = now; else for (std::size_t k = 0; k < now.size() && k < first.size(); ++k) if (now[k] != first[k]) { std::printf("DIFF at rep %d\n  %s\n  %s\n  %s\n", i, first[k ? k-1 : 0].c_str(), first[k].c_str(), now[k].c_str()); break; }
      std::printf("digest %s events %zu steps %d\n", digest(h).c_str(), h.events.size(), h.events.back().step); }
  } catch (const std::exception& e) { std::fprintf(stderr, "fencepost: %s\n", e.what()); return 5; }
}
