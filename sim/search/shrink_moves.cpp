#include "sim/search/shrink_moves.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "sim/search/saved_run.hpp"

namespace fencepost {
namespace {

/// How many boundaries away a fault is tried: about three rounds of a small program.
constexpr std::int64_t kFarthestMove = 48;
constexpr int kWeightOfFault = 3;

/// 3 for "w3", "w3.2", "w3/beat" and "w3/main at the barrier".
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

/// What is called so when that worker is taken out; nullopt for what is its own.
std::optional<std::string> without(const std::string& name, int worker) {
  const auto number = worker_number(name);
  if (number == worker) return std::nullopt;
  return number && *number > worker ? renumbered(name, *number - 1) : name;
}

/// Significant decimal digits: 1 for 300 s, 9 for 300.000001 s.
std::int64_t digits_of(std::int64_t value) {
  if (value == 0) return 0;
  while (value % 10 == 0) value /= 10;
  std::int64_t digits = 0;
  for (; value != 0; value /= 10) ++digits;
  return digits;
}

/// The longest with one digit that is shorter.
std::optional<Duration> next_round_time(Duration duration) {
  std::optional<Duration> found;
  for (const Duration shorter : rounder(duration))
    if (digits_of(shorter.count()) == 1) found = shorter;
  return found;
}

/// All faults of one worker moved alike, so that its first one strikes at its 1st, 2nd, … boundary
/// instead: a worker that starts late has not counted those of its polling.
std::vector<Candidate> with_moved_faults(const Candidate& candidate, const std::string& who) {
  std::optional<std::int64_t> first;
  for (const Deviation& deviation : candidate.tape)
    if (deviation.point.who == who && is_fault(deviation))
      first = std::min(first.value_or(deviation.point.ordinal), deviation.point.ordinal);
  std::vector<Candidate> candidates;
  for (std::int64_t nth = 0; first && nth < *first && nth < kFarthestMove; ++nth) {
    Candidate& moved = candidates.emplace_back(candidate);
    for (Deviation& deviation : moved.tape)
      if (deviation.point.who == who && is_fault(deviation))
        deviation.point.ordinal += nth - *first;
  }
  return candidates;
}

bool is_start(const Deviation& deviation, const std::string& who) {
  return deviation.point.kind == "start" && deviation.point.who == who;
}

bool starts_by_then(const Tape& tape, const std::string& who, std::int64_t then) {
  return std::any_of(tape.begin(), tape.end(), [&](const Deviation& deviation) {
    return is_start(deviation, who) && deviation.value >= then;
  });
}

}  // namespace

StorySize size_of(const Candidate& candidate, int steps) {
  StorySize size;
  size.steps = steps;
  size.weight = steps;
  for (const Tape& unit : units_of(candidate.tape))
    if (is_fault(unit.front())) size.weight += kWeightOfFault;
  size.deviations = candidate.tape.size();
  size.load = amounts_of(candidate.load);
  for (const Deviation& deviation : candidate.tape) {
    if (!is_duration(deviation.point.kind)) continue;
    size.digits += digits_of(deviation.value);
    size.lasts += std::chrono::abs(Duration{deviation.value});
  }
  return size;
}

std::vector<Tape> units_of(const Tape& tape) {
  std::vector<Tape> units;
  for (const Deviation& deviation : tape) {
    const ChoicePoint& point = deviation.point;
    const auto belongs = std::find_if(units.begin(), units.end(), [&](const Tape& unit) {
      const ChoicePoint& fault = unit.front().point;
      return point.kind.starts_with(fault.kind + ".") && point.who == fault.who &&
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
    const auto who = without(deviation.point.who, worker);
    const auto chosen = without(deviation.name, worker);
    if (!who || !chosen) continue;
    deviation.point.who = *who;
    deviation.name = *chosen;
    smaller.tape.push_back(std::move(deviation));
  }
  return smaller;
}

std::vector<Candidate> with_late_starts(const Candidate& candidate,
                                        const std::map<std::string, Duration>& first_claims) {
  std::vector<Candidate> candidates;
  for (const auto& [who, at] : first_claims) {
    // Its first statement comes one tick after its birth.
    const bool starts_first = at <= Duration{1} || who.find('.') != std::string::npos;
    if (starts_first || starts_by_then(candidate.tape, who, at.count() - 1)) continue;
    Candidate late = candidate;
    std::erase_if(late.tape, [&](const Deviation& deviation) { return is_start(deviation, who); });
    late.tape.insert(late.tape.begin(), {{"start", who, 0, "start"}, at.count() - 1});
    candidates.push_back(late);
    // A worker that does not poll is no alternative, so the schedule's choices have other numbers
    // then.
    std::erase_if(late.tape,
                  [](const Deviation& deviation) { return deviation.point.kind == "next"; });
    candidates.push_back(late);
    // What held it up until then is no longer needed.
    Candidate free = late;
    std::erase_if(free.tape, [&](const Deviation& deviation) {
      return is_fault(deviation) && deviation.point.who == who;
    });
    if (free.tape.size() < late.tape.size()) candidates.push_back(free);
    for (Candidate& moved : with_moved_faults(late, who)) candidates.push_back(std::move(moved));
  }
  return candidates;
}

bool is_fault(const Deviation& deviation) {
  // "stall", and what belongs to it: "stall.lasts", "commits_lost.commits".
  const std::string_view whole = deviation.point.kind;
  const std::string_view kind = whole.substr(0, whole.find('.'));
  const bool known = kind == "slow" || fault_from_text(kind).has_value();
  return known && deviation.point.who != "load";
}

std::vector<Candidate> with_earlier_fault(const Candidate& candidate, const Tape& fault,
                                          std::optional<Duration> lasts) {
  Tape with_faults, without_faults;
  for (const Deviation& deviation : candidate.tape) {
    if (std::find(fault.begin(), fault.end(), deviation) != fault.end()) continue;
    with_faults.push_back(deviation);
    if (!is_fault(deviation)) without_faults.push_back(deviation);
  }
  std::vector<Tape> surroundings = {without_faults};
  if (with_faults.size() > without_faults.size()) surroundings.push_back(with_faults);
  std::vector<Tape> versions = {fault};
  if (const auto shorter = lasts ? next_round_time(*lasts) : std::nullopt) {
    ChoicePoint point = fault.front().point;
    point.kind += ".lasts";
    versions.push_back({fault.front(), {point, shorter->count()}});
  }
  std::vector<Candidate> candidates;
  const std::int64_t from = fault.front().point.ordinal;
  for (std::int64_t nth = from - 1; nth >= 0 && nth >= from - kFarthestMove; --nth)
    for (const Tape& surrounding : surroundings)
      for (const Tape& version : versions) {
        candidates.push_back({candidate.load, surrounding});
        for (Deviation moved : version) {
          moved.point.ordinal = nth;
          candidates.back().tape.push_back(std::move(moved));
        }
      }
  return candidates;
}

std::vector<Candidate> with_one_fault_alone(const Load& load, const Tape& fault) {
  std::vector<Candidate> candidates;
  for (std::int64_t nth = 0; nth < kFarthestMove; ++nth) {
    Candidate& alone = candidates.emplace_back(Candidate{load, fault});
    alone.load.jobs = std::min(load.jobs, 1);
    alone.load.workers = std::min(load.workers, 2);
    for (Deviation& deviation : alone.tape) {
      deviation.point.who = "w1";
      deviation.point.ordinal = nth;
    }
  }
  return candidates;
}

std::vector<Candidate> with_switch_back(const Candidate& candidate, const Deviation& fault,
                                        Duration lasts, const std::string& other) {
  constexpr std::int64_t kSwitches = 4;
  if (!worker_number(fault.point.who)) return {};
  Candidate alone = candidate;
  std::erase_if(alone.tape, [](const Deviation& deviation) {
    return is_fault(deviation) || deviation.point.kind == "next";
  });
  ChoicePoint length = fault.point;
  length.kind += ".lasts";
  alone.tape.push_back(fault);
  alone.tape.push_back({length, lasts.count()});
  std::vector<Candidate> candidates = {alone};
  for (std::int64_t nth = 0; nth < kSwitches; ++nth) {
    candidates.push_back(alone);
    candidates.back().tape.push_back({{"next", other, nth, ""}, 0, fault.point.who});
  }
  return candidates;
}

std::vector<Duration> rounder(Duration duration) {
  if (duration < 0us) {
    std::vector<Duration> back = rounder(-duration);
    for (Duration& each : back) each = -each;
    return back;
  }
  constexpr std::int64_t second = 1'000'000, most = 1'000'000 * second;
  const std::int64_t value = duration.count();
  std::vector<Duration> shorter;
  const auto add = [&](std::int64_t some) {
    const Duration time{some};
    if (some > 0 && some < value &&
        std::find(shorter.begin(), shorter.end(), time) == shorter.end())
      shorter.push_back(time);
  };
  for (std::int64_t unit = most; unit > 0; unit /= 10) {
    const bool coarsest = value / unit > 0 && shorter.empty();
    for (std::int64_t few = 1; coarsest && few < std::min<std::int64_t>(10, value / unit); ++few)
      add(few * unit);
    add(value / unit * unit);
  }
  for (std::int64_t unit = most; unit >= second; unit /= 10) add((value - 1) / unit * unit);
  return shorter;
}

}  // namespace fencepost
