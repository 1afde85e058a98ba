#include "sim/shrinker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "sim/error.hpp"
#include "sim/saved_run.hpp"
#include "sim/shrink_candidates.hpp"

namespace fencepost {
namespace {

class Shrinker {
 public:
  Shrinker(const Candidate& start, const TryCandidate& attempt, int budget)
      : attempt_(attempt), budget_(budget), best_(start) {}

  Shrunk shrink_all() {
    Attempted first = attempt_(best_);
    ++tries_;
    SIM_CHECK(first.fails_alike, "the run to be shrunk does not fail: {} deviations",
              best_.tape.size());
    take(best_, std::move(first));
    for (bool again = true; again && tries_ < budget_;) {
      const StorySize before = size_;
      cut_the_end();
      start_late();
      drop_workers();
      drop_kinds();
      drop_load();
      drop_deviations();
      shorten();
      again = size_ < before;
    }
    return {best_, size_.steps, tries_};
  }

 private:
  // What is accepted is what was really asked for, with the places where it was asked: the same
  // run, written shortest.
  void take(const Candidate& candidate, Attempted attempted) {
    best_ = {candidate.load, attempted.used};
    size_ = size_of(best_, attempted.steps);
    claims_ = std::move(attempted.first_claims);
  }

  bool try_instead(const Candidate& candidate) {
    if (tries_ >= budget_ || !seen_.insert(key_of(candidate)).second) return false;
    ++tries_;
    Attempted attempted = attempt_(candidate);
    if (!attempted.fails_alike) return false;
    if (!(size_of({candidate.load, attempted.used}, attempted.steps) < size_)) return false;
    take(candidate, std::move(attempted));
    return true;
  }

  bool try_tape(Tape tape) { return try_instead({best_.load, std::move(tape)}); }

  static std::string key_of(const Candidate& candidate) {
    SavedRun run;
    run.load = candidate.load;
    run.tape = candidate.tape;
    return to_json(run);
  }

  // The tape is in order of time, so what comes after the violated step is at its end: the shortest
  // beginning that fails.
  void cut_the_end() {
    std::size_t least = 0;
    while (least < best_.tape.size()) {
      const std::size_t middle = (least + best_.tape.size()) / 2;
      const Tape beginning(best_.tape.begin(), best_.tape.begin() + static_cast<long>(middle));
      if (!try_tape(beginning)) least = middle + 1;
    }
  }

  void start_late() {
    for (const Candidate& candidate : with_late_starts(best_, claims_))
      if (try_instead(candidate)) return;
  }

  void drop_workers() {
    for (int worker = best_.load.workers; worker >= 1 && best_.load.workers > 1; --worker)
      try_instead(without_worker(best_, worker));
  }

  void drop_kinds() {
    std::set<std::string> kinds;
    for (const Tape& unit : units_of(best_.tape)) kinds.insert(unit.front().point.kind);
    for (const std::string& kind : kinds) {
      Tape tape = best_.tape;
      std::erase_if(tape, [&](const Deviation& deviation) {
        return deviation.point.kind == kind || deviation.point.kind == kind + ".lasts";
      });
      if (tape.size() < best_.tape.size()) try_tape(std::move(tape));
    }
  }

  void drop_load() {
    for (bool smaller = true; smaller;) {
      smaller = false;
      for (const Load& load : smaller_loads(best_.load)) {
        smaller = try_instead({load, best_.tape});
        if (smaller) break;
      }
    }
  }

  // Delta debugging (Zeller, Hildebrandt 2002), by complements of ever smaller parts, from the end:
  // what comes late shifts nothing that came before. Down to single deviations, until none of them
  // can be spared.
  void drop_deviations() {
    std::size_t part = std::max<std::size_t>(1, units_of(best_.tape).size() / 2);
    for (bool again = true; again; part = std::max<std::size_t>(1, part / 2)) {
      const bool smaller = drop_parts(part);
      again = tries_ < budget_ && (part > 1 || smaller);
    }
    for (std::size_t i = best_.tape.size(); i-- > 0;) {
      if (i >= best_.tape.size()) continue;
      Tape tape = best_.tape;
      tape.erase(tape.begin() + static_cast<long>(i));
      try_tape(std::move(tape));
    }
  }

  bool drop_parts(std::size_t part) {
    bool smaller = false;
    std::vector<Tape> units = units_of(best_.tape);
    for (std::size_t end = units.size(); end > 0;) {
      const std::size_t begin = end > part ? end - part : 0;
      Tape rest;
      for (std::size_t i = 0; i < units.size(); ++i)
        if (i < begin || i >= end) rest.insert(rest.end(), units[i].begin(), units[i].end());
      if (try_tape(std::move(rest))) {
        smaller = true;
        units = units_of(best_.tape);
      }
      end = std::min(begin, units.size());
    }
    return smaller;
  }

  void shorten() {
    for (std::size_t i = 0; i < best_.tape.size(); ++i) {
      const Deviation& deviation = best_.tape[i];
      if (!is_duration(deviation.point.kind) || deviation.value <= 0) continue;
      for (const Duration shorter : rounder(Duration{deviation.value})) {
        Tape tape = best_.tape;
        tape[i].value = shorter.count();
        if (try_tape(std::move(tape))) break;
      }
    }
  }

  const TryCandidate& attempt_;
  const int budget_;
  int tries_ = 0;
  Candidate best_;
  StorySize size_;
  std::map<std::string, Duration> claims_;
  std::set<std::string> seen_;
};

}  // namespace

Shrunk shrink(const Candidate& start, const TryCandidate& attempt, int budget) {
  return Shrinker(start, attempt, budget).shrink_all();
}

}  // namespace fencepost
