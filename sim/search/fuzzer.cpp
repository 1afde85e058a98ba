#include "sim/search/fuzzer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <mutex>
#include <set>
#include <tuple>

#include "model/schedule.hpp"
#include "sim/search/shrinker.hpp"

namespace fencepost {
namespace {

/// Of a find that nobody wants to wait for: its run is only written down.
constexpr int kNoBudget = 1;

/// A history that violates something in a way that was not seen before.
struct Suspect {
  std::size_t subject = 0;
  std::size_t scenario = 0;
  std::uint64_t seed = 0;
  std::string property;
};

/// Which finds are alike before they are shrunk: what is violated, by which statement, after
/// which kinds of faults.
std::string kind_of(const History& history, const std::string& property,
                    const Violation& violation) {
  std::set<std::string> faults;
  std::string by;
  for (const Event& event : history.events) {
    if (event.step > violation.step) break;
    if (event.kind == EventKind::fault && event.fault) faults.emplace(to_text(*event.fault));
    if (event.kind == EventKind::statement) by = event.operation + "." + event.statement;
  }
  return fmt::format("{} {} {}", property, by, fmt::join(faults, " "));
}

class Fuzzer {
 public:
  Fuzzer(const std::vector<Subject>& subjects, const FuzzPlan& plan)
      : subjects_(subjects), plan_(plan) {
    result_.subjects.resize(subjects.size());
    kinds_.resize(subjects.size());
  }

  /// What a lane does until it is told to stop.
  void work(Lane& lane) {
    for (;;) {
      std::unique_lock lock(mutex_);
      if (stop_) return;
      if (!pending_.empty() && tries_ <= histories_) {
        const Suspect find = pending_.front();
        pending_.pop_front();
        tries_ += kShrinkBudget;  // until it is known, so that not all lanes shrink
        lock.unlock();
        shrink_find(lane, find, kShrinkBudget);
      } else {
        const std::uint64_t nth = next_++;
        lock.unlock();
        search(lane, static_cast<std::size_t>(nth % subjects_.size()),
               plan_.number_of(nth / subjects_.size()));
      }
    }
  }

  /// Of what is left at the end, one for each property that has no story yet.
  std::vector<LaneTask> last_tasks(int budget) {
    std::set<std::pair<std::size_t, std::string>> shrunk;
    for (const Found& found : result_.found)
      shrunk.emplace(found.subject, found.failure.run.property);
    std::vector<LaneTask> tasks;
    for (const Suspect& find : pending_) {
      if (!shrunk.emplace(find.subject, find.property).second) {
        ++result_.subjects[find.subject].unshrunk;
        continue;
      }
      tasks.push_back([this, find, budget](Lane& lane) { shrink_find(lane, find, budget); });
    }
    return tasks;
  }

  void stop() {
    const std::lock_guard guard(mutex_);
    stop_ = true;
  }
  FuzzStage stage() {
    const std::lock_guard guard(mutex_);
    return {histories_, static_cast<std::int64_t>(result_.found.size())};
  }
  FuzzResult result() {
    std::sort(result_.found.begin(), result_.found.end(), [](const Found& a, const Found& b) {
      const auto order = [](const Found& found) {
        return std::tie(found.subject, found.failure.run.property, found.failure.steps,
                        found.signature);
      };
      return order(a) < order(b);
    });
    return std::move(result_);
  }

 private:
  bool counts(const Subject& subject, const std::string& property) const {
    const auto& violates = subject.protocol.protocol.expect.violates;
    return plan_.expecting == Expecting::nothing ||
           std::find(violates.begin(), violates.end(), property) == violates.end();
  }

  void search(Lane& lane, std::size_t index, std::uint64_t nth) {
    const Subject& subject = subjects_[index];
    const std::size_t turn = scenario_in_turn(nth, subject.scenarios.size());
    const Scenario& scenario = subject.scenarios[turn].scenario;
    const std::uint64_t seed = plan_.first_seed + nth;
    const History history = run_seed(lane, subject.protocol.protocol, scenario, seed);
    Tally tally;
    tally.scenario = scenario.name;
    tally.add(seed, history);
    const std::lock_guard guard(mutex_);
    ++histories_;
    Fuzzed& fuzzed = result_.subjects[index];
    fuzzed.tally.merge(tally);
    fuzzed.last_seed = std::max(fuzzed.last_seed, seed);
    for (const auto& [property, find] : tally.found) {
      if (!counts(subject, property)) continue;
      if (kinds_[index].insert(kind_of(history, property, find.violation)).second)
        pending_.push_back({index, turn, seed, property});
    }
  }

  void shrink_find(Lane& lane, const Suspect& find, int budget) {
    const Subject& subject = subjects_[find.subject];
    const NamedScenario& scenario = subject.scenarios[find.scenario];
    const SavedRun run = record_run(lane, subject.protocol, scenario, find.seed, find.property);
    Failure failure = shrink(lane, subject.protocol.protocol, scenario.scenario, run, budget);
    const std::string signed_as = signature(find.property, failure.told().history);
    const std::lock_guard guard(mutex_);
    tries_ += failure.tries - kShrinkBudget;
    for (Found& found : result_.found) {
      if (found.subject != find.subject || found.signature != signed_as) continue;
      ++found.stories;
      if (failure.steps < found.failure.steps) found.failure = std::move(failure);
      return;
    }
    result_.found.push_back({find.subject, std::move(failure), signed_as, 1});
  }

  const std::vector<Subject>& subjects_;
  const FuzzPlan& plan_;
  std::mutex mutex_;
  bool stop_ = false;
  std::uint64_t next_ = 0;
  std::int64_t histories_ = 0;
  std::int64_t tries_ = 0;
  std::vector<std::set<std::string>> kinds_;  ///< of each subject
  std::deque<Suspect> pending_;
  FuzzResult result_;
};

}  // namespace

FuzzResult fuzz(Lanes& lanes, const std::vector<Subject>& subjects, const FuzzPlan& plan,
                const WhileFuzzing& meanwhile, const MayShrink& may_shrink) {
  Fuzzer fuzzer(subjects, plan);
  // When one lane fails, the others need not go on until the time is over.
  const LaneTask worker = [&](Lane& lane) {
    try {
      fuzzer.work(lane);
    } catch (...) {
      fuzzer.stop();
      throw;
    }
  };
  const std::vector<LaneTask> workers(static_cast<std::size_t>(lanes.count()), worker);
  std::exception_ptr trouble = nullptr;
  const auto run = [&](const std::vector<LaneTask>& tasks, const std::function<bool()>& go_on) {
    try {
      lanes.run(tasks, go_on);
    } catch (const std::exception&) {
      if (fuzzer.stage().histories == 0) throw;
      if (trouble == nullptr) trouble = std::current_exception();
    }
  };
  run(workers, [&] {
    const bool go_on = meanwhile(fuzzer.stage());
    if (!go_on) fuzzer.stop();
    return go_on;
  });
  const bool shrinks = trouble == nullptr && may_shrink();
  run(fuzzer.last_tasks(shrinks ? kShrinkBudget : kNoBudget), [&] {
    meanwhile(fuzzer.stage());
    return true;
  });
  FuzzResult result = fuzzer.result();
  result.trouble = trouble;
  return result;
}

std::size_t scenario_in_turn(std::uint64_t nth, std::size_t scenarios) {
  return static_cast<std::size_t>((nth + nth / scenarios) % scenarios);
}

}  // namespace fencepost
