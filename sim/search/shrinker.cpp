#include "sim/search/shrinker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "sim/search/saved_run.hpp"
#include "sim/search/shrink_moves.hpp"
#include "sim/text/error.hpp"
#include "sim/text/log.hpp"

namespace fencepost {
namespace {

bool same_choice(const ChoicePoint& a, const ChoicePoint& b) {
  return a.kind == b.kind && a.who == b.who && a.ordinal == b.ordinal;
}

class Shrinker {
 public:
  Shrinker(const Candidate& start, const TryCandidate& attempt, const Effort& effort)
      : attempt_(attempt),
        enough_(effort.enough),
        budget_(effort.runs),
        most_items_(start.load.items),
        best_(start) {}

  Shrunk shrink_all() {
    Attempted first = attempt_(best_);
    ++tries_;
    if (!first.fails_alike) return {best_, 0, tries_};
    take(best_, std::move(first));
    for (bool again = true; again && tries_ < budget_;) {
      const StorySize before = size_;
      go("what is after the end left out", &Shrinker::cut_the_end);
      go("workers started late", &Shrinker::start_late);
      go("workers left out", &Shrinker::drop_workers);
      go("kinds of deviations left out", &Shrinker::drop_kinds);
      go("a smaller load", &Shrinker::drop_load);
      go("deviations left out", &Shrinker::drop_deviations);
      go("what lasts made shorter", &Shrinker::shorten);
      if (!(size_ < before)) go("faults moved", &Shrinker::move_faults);
      again = size_ < before;
    }
    log_debug("shrinking: how long its faults may last");
    for (const Tape& unit : units_of(best_.tape)) widen(unit.front());
    return {best_, size_.steps, tries_};
  }

 private:
  void go(std::string_view stage, void (Shrinker::*reduce)()) {
    (this->*reduce)();
    log_debug(fmt::format("shrinking, {}: {} steps and {} deviations after {} runs", stage,
                          size_.steps, best_.tape.size(), tries_));
  }
  // What is accepted is what was really asked for, with the places where it was asked: the same
  // run, written shortest.
  void take(const Candidate& candidate, Attempted attempted) {
    best_ = {candidate.load, attempted.used};
    size_ = size_of(best_, attempted.steps);
    claims_ = std::move(attempted.first_claims);
    struck_ = std::move(attempted.struck);
    deeds_ = std::move(attempted.deeds);
    lengths_ = std::move(attempted.lengths);
  }

  bool try_instead(const Candidate& candidate) {
    last_ = {};
    if (enough_ && enough_()) budget_ = tries_;
    if (tries_ >= budget_ || !seen_.insert(key_of(candidate)).second) return false;
    ++tries_;
    Attempted attempted = attempt_(candidate);
    last_ = {attempted.fails_alike, attempted.steps, attempted.first_claims};
    if (!attempted.fails_alike) return false;
    if (!(size_of({candidate.load, attempted.used}, attempted.steps) < size_)) return false;
    take(candidate, std::move(attempted));
    return true;
  }

  bool try_one_of(const std::vector<Candidate>& candidates) {
    return std::any_of(candidates.begin(), candidates.end(),
                       [&](const Candidate& candidate) { return try_instead(candidate); });
  }

  // Where that only shows when the second worker has claimed, just after it did: a stall that ends
  // then.
  void try_alone(const Load& load, const Tape& fault) {
    const std::optional<Duration> lasting = lasts(fault.front());
    for (const Candidate& candidate : with_one_fault_alone(load, fault)) {
      if (try_instead(candidate)) continue;
      const auto claim = last_.claims.find("w2");
      if (!lasting || claim == last_.claims.end()) continue;
      const auto second = std::chrono::ceil<std::chrono::seconds>(claim->second);
      for (const auto length : {second, second - 1s, second + 1s})
        if (length > 0s && length < *lasting) try_lasting(candidate, length);
    }
  }

  // Instead of a second fault that holds the other worker up: the first one ends just then, and its
  // worker goes on.
  void try_switch_back(const Deviation& fault) {
    const std::optional<Duration> lasting = lasts(fault);
    const auto begins = struck_.find(fault.point.who);
    if (!lasting || begins == struck_.end()) return;
    const auto deeds = deeds_;
    for (const auto& [other, times] : deeds)
      for (const Instant at : times) {
        const Duration length = at - begins->second;
        if (other == fault.point.who || length <= 0s || length >= *lasting) continue;
        if (try_one_of(with_switch_back(best_, fault, length, other))) return;
      }
  }

  void try_lasting(Candidate candidate, Duration length) {
    ChoicePoint point = candidate.tape.front().point;
    point.kind += ".lasts";
    candidate.tape = {candidate.tape.front(), {point, length.count()}};
    try_instead(candidate);
  }

  bool try_tape(Tape tape) { return try_instead({best_.load, std::move(tape)}); }

  static std::string key_of(const Candidate& candidate) {
    std::string key = to_json(candidate.load);
    for (const auto& [point, value, name, alike] : candidate.tape)
      for (const std::string& part : {point.who, point.kind, point.where,
                                      std::to_string(point.ordinal), std::to_string(value), name})
        key += '\0' + part;
    return key;
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

  // A fault that strikes elsewhere may need no others: near to where it struck, or in the first
  // worker's first round.
  void move_faults() {
    const std::vector<Tape> units = units_of(best_.tape);
    for (const Tape& unit : units)
      if (is_fault(unit.front()) &&
          try_one_of(with_earlier_fault(best_, unit, lasts(unit.front()))))
        return;
    // Where a fault struck after all items, it strikes earlier when there are fewer.
    for (const int items : {1, 2}) {
      Candidate fewer = best_;
      fewer.load.items = items;
      for (const Tape& unit : units)
        if (is_fault(unit.front()) && best_.load.items > items &&
            try_one_of(with_earlier_fault(fewer, unit, std::nullopt)))
          return;
    }
    for (const Tape& unit : units)
      if (is_fault(unit.front())) try_switch_back(unit.front());
    const bool simple = best_.load.jobs <= 1 && best_.load.workers <= 2;
    const auto faults = std::count_if(units.begin(), units.end(),
                                      [](const Tape& unit) { return is_fault(unit.front()); });
    if (simple && faults <= 1) return;
    for (const Tape& unit : units) {
      if (!is_fault(unit.front())) continue;
      try_alone(best_.load, unit);
      // With less to do the others may be done too early.
      Load load = best_.load;
      load.items = most_items_;
      if (best_.load.items < most_items_) try_alone(load, unit);
    }
  }

  std::optional<Duration> lasts(const Deviation& fault) const {
    ChoicePoint wanted = fault.point;
    wanted.kind += ".lasts";
    for (const Deviation& length : lengths_)
      if (same_choice(length.point, wanted)) return Duration{length.value};
    return std::nullopt;
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

  // Also what lasts as long as it does quietly: a tape need not say so, but can say something
  // shorter.
  void shorten() {
    for (const Tape& unit : units_of(best_.tape)) {
      if (is_duration(unit.back().point.kind)) shorten(unit.back());
      if (unit.size() > 1) continue;
      if (const auto quiet = lasts(unit.front()))
        shorten({{unit.front().point.kind + ".lasts", unit.front().point.who,
                  unit.front().point.ordinal, unit.front().point.where},
                 quiet->count()});
    }
  }

  void shorten(const Deviation& deviation) {
    Duration found{deviation.value};
    for (bool again = true; again;) {
      again = false;
      for (const Duration shorter : rounder(found)) {
        again = try_tape(with_length(deviation.point, shorter));
        if (again) found = shorter;
        if (again) break;
      }
    }
    if (deviation.point.kind != "start") hurry(deviation.point, found);
  }

  // What ends earlier makes a shorter story, even if its length is less round. In whole seconds: by
  // halves to the shortest that fails without more steps, then the few before that, because failing
  // is not monotonic.
  void hurry(const ChoicePoint& point, Duration found) {
    constexpr std::int64_t few = 4;
    std::int64_t most = std::chrono::ceil<std::chrono::seconds>(found).count();
    for (std::int64_t least = 0; most - least > 1 && tries_ < budget_;) {
      const std::int64_t middle = (least + most) / 2;
      (reaches(with_length(point, std::chrono::seconds(middle))) ? most : least) = middle;
    }
    for (std::int64_t before = most - 1; before > 0 && before >= most - few; --before)
      try_tape(with_length(point, std::chrono::seconds(before)));
  }

  /// Says of a fault that lasts for how long it may do so, too, and the run fails alike.
  void widen(const Deviation& fault) {
    const std::optional<Duration> lasting = lasts(fault);
    if (!is_fault(fault) || !lasting || *lasting <= 0s) return;
    ChoicePoint point = fault.point;
    point.kind += ".lasts";
    const auto fails = [&](Duration length) {
      return tries_++ < budget_ && !(enough_ && enough_()) &&
             attempt_({best_.load, with_length(point, length)}).fails_alike;
    };
    const Duration precise = std::max<Duration>(1s, *lasting / 50);
    Duration too_short = 0s, least = *lasting;
    while (least - too_short > precise) {
      const Duration middle = (too_short + least) / 2;
      (fails(middle) ? least : too_short) = middle;
    }
    const Duration whole = std::chrono::ceil<std::chrono::seconds>(least);
    if (least > 1s && whole < *lasting && fails(whole)) least = whole;
    const bool longer = fails(2 * *lasting) && fails(10 * *lasting) && fails(*lasting + 24h);
    const bool shorter = *lasting - least > precise;
    if (!longer && !shorter) return;
    for (Deviation& each : best_.tape)
      if (same_choice(each.point, fault.point))
        each.alike = !shorter ? "anything longer"
                     : longer
                         ? fmt::format("anything from {} on", to_text(least))
                         : fmt::format("anything from {} to {}", to_text(least), to_text(*lasting));
  }

  /// Whether this tape fails in no more steps than the best; it is taken if it is better.
  bool reaches(Tape tape) {
    const int steps = size_.steps;
    return try_tape(std::move(tape)) || (last_.fails_alike && last_.steps <= steps);
  }

  Tape with_length(const ChoicePoint& point, Duration length) const {
    Tape tape = best_.tape;
    std::erase_if(tape, [&](const Deviation& other) { return same_choice(other.point, point); });
    tape.push_back({point, length.count()});
    return tape;
  }

  const TryCandidate& attempt_;
  const std::function<bool()> enough_;
  int budget_;
  const int most_items_;
  int tries_ = 0;
  Candidate best_;
  StorySize size_;
  std::map<std::string, Duration> claims_;
  std::map<std::string, Instant> struck_;
  std::map<std::string, std::set<Instant>> deeds_;
  Tape lengths_;
  std::set<std::string> seen_;
  struct Reached {
    bool fails_alike = false;
    int steps = 0;
    std::map<std::string, Duration> claims;
  } last_;  ///< of the candidate tried last
};

}  // namespace

Shrunk shrink(const Candidate& start, const TryCandidate& attempt, const Effort& effort) {
  return Shrinker(start, attempt, effort).shrink_all();
}

}  // namespace fencepost
