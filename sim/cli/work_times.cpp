#include "sim/cli/work_times.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "reports/escaped.hpp"
#include "sim/cli/terminal.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

std::string seconds(std::chrono::milliseconds time) {
  const std::int64_t tenths = time.count() / 100;
  return tenths < 6000 ? fmt::format("{}.{} s", tenths / 10, tenths % 10)
                       : fmt::format("{} min", tenths / 600);
}

}  // namespace

std::shared_ptr<void> WorkTimes::begin(const std::string& scenario) {
  const Stopwatch watch;
  const std::lock_guard<std::mutex> begins(mutex_);
  const std::int64_t number = begun_++;
  running_[number] = scenario;
  // Nothing is pointed to: only its end matters.
  return {nullptr, [this, watch, scenario, number](void*) {
            const std::lock_guard<std::mutex> lock(mutex_);
            taken_[scenario] += watch.elapsed();
            running_.erase(number);
          }};
}

std::string WorkTimes::oldest() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return running_.empty() ? "" : running_.begin()->second;
}

std::string WorkTimes::text(std::int64_t histories, std::chrono::milliseconds altogether,
                            std::string_view included) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<std::pair<std::string, std::chrono::milliseconds>> slowest(taken_.begin(),
                                                                         taken_.end());
  std::stable_sort(slowest.begin(), slowest.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  if (slowest.size() > 3) slowest.resize(3);
  std::vector<std::string> names;
  for (const auto& [scenario, time] : slowest)
    names.push_back(fmt::format("{} ({})", scenario, seconds(time)));
  return fmt::format("{} in {}{}; slowest: {}", counted(histories, "history", "histories"),
                     seconds(altogether),
                     included.empty() ? "" : fmt::format(", {} included", included), listed(names));
}

}  // namespace fencepost
