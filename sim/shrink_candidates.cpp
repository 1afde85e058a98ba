#include "sim/shrink_candidates.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "sim/saved_run.hpp"

namespace fencepost {
namespace {

/// A schedule's values name tasks: process number * 100 + life * 2 + (1 for its heartbeat); above
/// are backends at the gate.
constexpr std::int64_t kTasksOfProcess = 100, kGate = 1'000'000;

/// 3 for "w3", "w3.2" and "w3/beat".
std::optional<int> worker_number(const std::string& who) {
  if (!who.starts_with('w')) return std::nullopt;
  int number = 0;
  const auto read = std::from_chars(who.data() + 1, who.data() + who.size(), number);
  const bool ends = read.ptr == who.data() + who.size() || *read.ptr == '.' || *read.ptr == '/';
  if (read.ec != std::errc{} || !ends) return std::nullopt;
  return number;
}

std::string renumbered(const std::string& who, int number) {
  const std::size_t rest = who.find_first_not_of("0123456789", 1);
  return "w" + std::to_string(number) + (rest == std::string::npos ? "" : who.substr(rest));
}

/// Significant decimal digits: 1 for 300 s, 9 for 300.000001 s.
std::int64_t digits_of(std::int64_t value) {
  if (value == 0) return 0;
  while (value % 10 == 0) value /= 10;
  std::int64_t digits = 0;
  for (; value != 0; value /= 10) ++digits;
  return digits;
}

bool has_start(const Tape& tape, const std::string& who) {
  return std::any_of(tape.begin(), tape.end(), [&](const Deviation& deviation) {
    return deviation.point.kind == "start" && deviation.point.who == who;
  });
}

}  // namespace

StorySize size_of(const Candidate& candidate, int steps) {
  const Load& load = candidate.load;
  StorySize size;
  size.steps = steps;
  size.deviations = candidate.tape.size();
  size.load = {load.workers,
               load.jobs,
               load.items,
               load.poison,
               load.slow_chance.hits != 0 ? 1 : 0,
               static_cast<std::int64_t>(load.clock_offsets.size()),
               static_cast<std::int64_t>(load.constants.size())};
  for (const Deviation& deviation : candidate.tape) {
    if (!is_duration(deviation.point.kind)) continue;
    size.digits += digits_of(deviation.value);
    size.lasts += Duration{deviation.value};
  }
  return size;
}

std::vector<Tape> units_of(const Tape& tape) {
  std::vector<Tape> units;
  for (const Deviation& deviation : tape) {
    const ChoicePoint& point = deviation.point;
    const auto belongs = std::find_if(units.begin(), units.end(), [&](const Tape& unit) {
      const ChoicePoint& fault = unit.front().point;
      return point.kind == fault.kind + ".lasts" && point.who == fault.who &&
             point.ordinal == fault.ordinal;
    });
    if (belongs != units.end())
      belongs->push_back(deviation);
    else
      units.push_back({deviation});
  }
  return units;
}

Candidate without_worker(const Candidate& candidate, int worker) {
  Candidate smaller{candidate.load, {}};
  --smaller.load.workers;
  for (Deviation deviation : candidate.tape) {
    const auto who = worker_number(deviation.point.who);
    if (who == worker) continue;
    if (who && *who > worker) deviation.point.who = renumbered(deviation.point.who, *who - 1);
    if (deviation.point.kind == "next" && deviation.value < kGate) {
      const std::int64_t process = deviation.value / kTasksOfProcess;
      if (process == worker) continue;
      if (process > worker) deviation.value -= kTasksOfProcess;
    }
    smaller.tape.push_back(std::move(deviation));
  }
  return smaller;
}

std::vector<Load> smaller_loads(const Load& load) {
  std::vector<Load> loads;
  const auto with = [&](auto change) {
    loads.push_back(load);
    change(loads.back());
  };
  if (load.slow_chance.hits != 0)
    with([](Load& l) { l.slow_chance = {0, 1}, l.slow_lasts.clear(); });
  if (!load.clock_offsets.empty()) with([](Load& l) { l.clock_offsets.clear(); });
  if (load.poison > 1) with([](Load& l) { l.poison = 1; });
  if (load.poison > 0) with([](Load& l) { --l.poison; });
  for (const int jobs : {1, load.jobs / 2, load.jobs - 1})
    if (jobs > 0 && jobs < load.jobs) with([&](Load& l) { l.jobs = jobs; });
  for (const int items : {1, 2, 3, 4, load.items / 2, load.items - 1})
    if (items > 0 && items < load.items) with([&](Load& l) { l.items = items; });
  for (const auto& [name, value] : load.constants) with([&](Load& l) { l.constants.erase(name); });
  return loads;
}

std::vector<Candidate> with_late_starts(const Candidate& candidate,
                                        const std::map<std::string, Duration>& first_claims) {
  std::vector<Candidate> candidates;
  Tape starts;
  for (const auto& [who, at] : first_claims) {
    // Its first statement comes one tick after its birth.
    if (at <= Duration{1} || who.find('.') != std::string::npos || has_start(candidate.tape, who))
      continue;
    starts.push_back({{"start", who, 0, "start"}, at.count() - 1});
  }
  if (starts.empty()) return candidates;
  const auto with = [&](const Tape& some) {
    candidates.push_back(candidate);
    Tape& tape = candidates.back().tape;
    tape.insert(tape.begin(), some.begin(), some.end());
  };
  with(starts);
  // A worker that does not poll is no alternative, so the schedule's choices have other numbers
  // then.
  candidates.push_back(candidates.back());
  std::erase_if(candidates.back().tape,
                [](const Deviation& deviation) { return deviation.point.kind == "next"; });
  if (starts.size() > 1)
    for (const Deviation& start : starts) with({start});
  return candidates;
}

std::vector<Duration> rounder(Duration duration) {
  std::vector<Duration> shorter;
  const std::int64_t value = duration.count();
  for (std::int64_t unit = 1'000'000'000'000; unit > 0; unit /= 10) {
    const std::int64_t multiple = value / unit;
    if (multiple == 0) continue;
    const bool coarsest = shorter.empty();
    if (coarsest)
      for (std::int64_t few = 1; few < multiple; ++few) shorter.push_back(Duration{few * unit});
    const Duration floor{multiple * unit};
    if (floor < duration && (shorter.empty() || shorter.back() < floor)) shorter.push_back(floor);
  }
  return shorter;
}

}  // namespace fencepost
