#include <cstdio>
#include <cstdlib>
#include <string>
#include <map>
#include <set>
#include <vector>
#include <filesystem>
#include "model/property.hpp"
#include "model/situation.hpp"
#include "sim/cluster.hpp"
#include "sim/simulation.hpp"
using namespace fencepost;
int main(int argc, char** argv) {
  try {
    Cluster cluster({std::nullopt, std::atoi(argv[3]), false});
    Protocol p = read_protocol(std::string("scenarios/protocols/") + argv[1]); Lane lane(cluster); lane.load(p);
    int n = std::atoi(argv[2]); std::map<std::string, std::map<std::string, std::pair<int, std::string>>> bad; std::map<std::string, int> rs;
    for (auto& f : std::filesystem::directory_iterator("scenarios")) { if (f.path().extension() != ".toml") continue; if (argc > 4 && f.path().stem() != argv[4]) continue;
      Scenario s = read_scenario(f.path()); std::map<std::string, int> sit; int cut = 0; long steps = 0;
      for (int i = 1; i <= n; ++i) { auto c = random_choices(i, portfolio(i)); History h = lane.run(s, *c); cut += h.events.back().note == "cut"; steps += h.events.back().step;
        for (auto& [k, v] : reached(h)) sit[k] += v > 0;
        for (auto& j : judge_all(h)) for (auto& v : j.verdict.violations) { auto& b = bad[full_name(*j.property, v)][s.name]; if (!b.first++) b.second = "seed " + std::to_string(i) + " step " + std::to_string(v.step) + " " + v.sentence; } }
      std::string miss; for (auto& [k, v] : s.reach) if (sit[k] < v) miss += k + " ";
      std::printf("%-30s cut %d steps/history %ld %s%s\n", s.name.c_str(), cut, steps / n, miss.empty() ? "" : "NOT REACHED ", miss.c_str()); std::fflush(stdout); }
    for (auto& [k, m] : bad) { std::printf("%s\n", k.c_str()); for (auto& [s, v] : m) std::printf("    %-28s %4d  %s\n", s.c_str(), v.first, v.second.substr(0, 190).c_str()); }
  } catch (const std::exception& e) { std::fprintf(stderr, "fencepost: %s\n", e.what()); return 5; }
}
