// The digests of the gallery, one line each: `PROTOCOL SCENARIO SEED DIGEST`. Compare them before
// and after a change that is meant to change no history. Usage: digests [FIRST..LAST seed, default
// 1 5].
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <mutex>

#include "sim/input/gallery.hpp"
#include "sim/search/lanes.hpp"
#include "sim/search/strategies.hpp"

using namespace fencepost;

int main(int count, char** values) {
  const std::uint64_t first = count > 1 ? std::strtoull(values[1], nullptr, 10) : 1;
  const std::uint64_t last = count > 2 ? std::strtoull(values[2], nullptr, 10) : first;
  const Gallery gallery(FENCEPOST_SOURCE_DIR);
  std::mutex guard;
  std::vector<std::string> lines;
  std::vector<LaneTask> tasks;
  for (const std::string& name : gallery.protocol_names())
    tasks.push_back([&, name](Lane& lane) {
      const NamedProtocol protocol = gallery.protocol(name);
      std::vector<std::string> mine;
      for (const NamedScenario& each : gallery.scenarios(protocol)) {
        for (std::uint64_t seed = first; seed <= last; ++seed) {
          std::string found;
          try {
            found = digest(lane.with(protocol.protocol, each.scenario)
                               .run(each.scenario, *portfolio(seed).make(seed)));
          } catch (const std::exception& error) {
            found = error.what();
            const std::string here = FENCEPOST_SOURCE_DIR "/";
            for (auto at = found.find(here); at != found.npos; at = found.find(here))
              found.erase(at, here.size());
          }
          mine.push_back(name + " " + each.scenario.name + " " + std::to_string(seed) + " " +
                         found);
        }
      }
      const std::lock_guard lock(guard);
      lines.insert(lines.end(), mine.begin(), mine.end());
    });
  Lanes lanes(static_cast<int>(usable_cores().size()), {});
  lanes.run(tasks, [] { return true; });
  std::sort(lines.begin(), lines.end());
  for (const std::string& line : lines) std::printf("%s\n", line.c_str());
}
