#include "sim/search/checker.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <utility>

#include "sim/search/shrinker.hpp"
#include "sim/search/strategies.hpp"
#include "sim/text/error.hpp"

namespace fencepost {
namespace {

constexpr std::uint64_t kSeedsPerTask = 10;
/// Each of several finds is shrunk so far, and then the shortest of them as far as can be.
constexpr int kFirstBudget = 150;

/// Some seeds of one scenario of one subject.
struct Part {
  std::size_t subject = 0;
  std::size_t scenario = 0;
  SeedRange seeds;
  Tally tally;
};

/// What follows the first seed of each scenario. A lane that goes from one subject to the next has
/// to load its protocol, which takes as long as a dozen histories.
enum class Rounds {
  doubling,  ///< every scenario has had its share whenever the work is ended
  single,    ///< all the others at once
};

std::vector<Part> parts_of(const std::vector<Subject>& subjects, SeedRange seeds, Rounds rounds) {
  std::vector<Part> parts;
  std::uint64_t round_size = 1;
  for (std::uint64_t first = seeds.first; first <= seeds.last; first += round_size) {
    if (first != seeds.first)
      round_size = rounds == Rounds::doubling ? first - seeds.first : seeds.last - first + 1;
    const std::uint64_t end = std::min(seeds.last + 1, first + round_size);
    for (std::size_t subject = 0; subject < subjects.size(); ++subject)
      for (std::size_t scenario = 0; scenario < subjects[subject].scenarios.size(); ++scenario)
        for (std::uint64_t each = first; each < end; each += kSeedsPerTask)
          parts.push_back({subject, scenario, {each, std::min(end, each + kSeedsPerTask) - 1}, {}});
  }
  return parts;
}

/// How many parts the first round has.
std::int64_t first_round(const std::vector<Subject>& subjects) {
  std::int64_t parts = 0;
  for (const Subject& subject : subjects)
    parts += static_cast<std::int64_t>(subject.scenarios.size());
  return parts;
}

/// Whether a statement that finds no row may say that the lease is lost.
bool may_be_refused(const Protocol& protocol) {
  return any_step(protocol, [](const Step& step) {
    const auto* const run = std::get_if<RunStep>(&step.what);
    if (run == nullptr) return false;
    const auto loses = [](const auto& each) { return each.second.kind == Reaction::Kind::lost; };
    return (run->empty && run->empty->kind == Reaction::Kind::lost) ||
           std::any_of(run->empty_columns.begin(), run->empty_columns.end(), loses) ||
           std::any_of(run->sqlstate.begin(), run->sqlstate.end(), loses);
  });
}

Demands demands_of(const Subject& subject) {
  Demands demands;
  const bool refused = may_be_refused(subject.protocol.protocol);
  for (const NamedScenario& each : subject.scenarios) {
    std::map<std::string, int>& of = demands[each.scenario.name] = each.scenario.reach;
    if (!refused) of.erase("fenced_write_refused");
  }
  return demands;
}

std::vector<SubjectResult> counted_in(const std::vector<Subject>& subjects,
                                      const std::vector<Part>& parts) {
  std::vector<SubjectResult> results(subjects.size());
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    results[i].tallies.resize(subjects[i].scenarios.size());
    for (std::size_t k = 0; k < subjects[i].scenarios.size(); ++k)
      results[i].tallies[k].scenario = subjects[i].scenarios[k].scenario.name;
  }
  for (const Part& part : parts) results[part.subject].tallies[part.scenario].merge(part.tally);
  return results;
}

void judge(const std::vector<Subject>& subjects, Expecting expecting,
           std::vector<SubjectResult>& results) {
  for (std::size_t i = 0; i < subjects.size(); ++i)
    results[i].verdict = judge_protocol(results[i].tallies, demands_of(subjects[i]),
                                        promise_of(subjects[i], expecting));
}

/// Whether the server breaks there what it promises: a clock that jumps, commits that are lost. Who
/// owns the SQL believes such a story last.
bool blames_server(FaultKind kind) { return fault_of(kind).breaks != Guarantee::nothing; }

bool blames_server(const Scenario& scenario) {
  return std::any_of(scenario.faults.begin(), scenario.faults.end(),
                     [](const FaultRule& rule) { return blames_server(rule.kind); });
}

bool blames_server(const Failure& failure) {
  const std::vector<Event>& events = failure.told().history.events;
  return std::any_of(events.begin(), events.end(),
                     [](const Event& event) { return event.fault && blames_server(*event.fault); });
}

/// The same failure looks simpler in one scenario than in another, so it is told from three: of
/// those that don't blame the server, if there are any, the ones that show it most often.
std::vector<Find> typical(const Subject& subject, const std::vector<Tally>& tallies,
                          const std::string& name) {
  std::vector<std::pair<bool, Find>> finds;
  for (std::size_t i = 0; i < tallies.size(); ++i)
    if (const auto find = tallies[i].found.find(name); find != tallies[i].found.end())
      finds.emplace_back(blames_server(subject.scenarios[i].scenario), find->second);
  std::stable_sort(finds.begin(), finds.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first, -a.second.histories) < std::pair(b.first, -b.second.histories);
  });
  if (finds.size() > 3) finds.resize(3);
  std::vector<Find> three;
  for (const auto& each : finds) three.push_back(each.second);
  return three;
}

Failure shrink_failure(Lane& lane, const Subject& subject, const std::string& name,
                       const Find& find, const std::function<bool()>& enough) {
  const auto scenario =
      std::find_if(subject.scenarios.begin(), subject.scenarios.end(),
                   [&](const NamedScenario& each) { return each.scenario.name == find.scenario; });
  const SavedRun run = record_run(lane, subject.protocol, *scenario, find.seed, name);
  return shrink(lane, subject.protocol.protocol, scenario->scenario, run, {kFirstBudget, enough});
}

Failure shrink_failure_further(Lane& lane, const Subject& subject, const Failure& small,
                               const std::function<bool()>& enough) {
  const auto scenario = std::find_if(
      subject.scenarios.begin(), subject.scenarios.end(),
      [&](const NamedScenario& each) { return each.scenario.name == small.run.scenario; });
  return shrink(lane, subject.protocol.protocol, scenario->scenario, small.run,
                {kShrinkBudget, enough});
}

/// What lanes found first, for the caller's thread.
class Sightings {
 public:
  Sightings(const std::vector<Subject>& subjects, Expecting expecting) : subjects_(subjects) {
    for (std::size_t i = 0; i < subjects.size(); ++i) {
      for (const std::string& name : subjects[i].already_saved) known_.emplace(i, name);
      for (const std::string& name : subjects[i].known) known_.emplace(i, name);
      if (expecting == Expecting::as_declared)
        for (const std::string& name : subjects[i].protocol.protocol.expect.violates)
          known_.emplace(i, name);
    }
  }
  /// `tally` is of this history alone.
  void look_at(const Part& part, std::uint64_t seed, const History& history, const Tally& tally) {
    for (const auto& [name, find] : tally.found) {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (!known_.emplace(part.subject, name).second) continue;
      const Protocol& protocol = subjects_[part.subject].protocol.protocol;
      news_.push_back(
          {part.subject, part.scenario, seed, name, told_of(protocol, find.violation, history)});
    }
  }
  std::vector<Sighting> take() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return std::exchange(news_, {});
  }

 private:
  const std::vector<Subject>& subjects_;
  std::mutex mutex_;
  std::set<std::pair<std::size_t, std::string>> known_;
  std::vector<Sighting> news_;
};

/// One check: its lanes, how far it is, and whether to stop.
class Checking {
 public:
  Checking(Lanes& lanes, const std::vector<Subject>& subjects, Expecting expecting,
           const Meanwhile& meanwhile, const std::function<bool()>& enough,
           const Listener& listener)
      : lanes_(lanes),
        subjects_(subjects),
        expecting_(expecting),
        meanwhile_(meanwhile),
        enough_(enough),
        listener_(listener),
        sightings_(subjects, expecting) {}

  Checked count(const SeedShare& share);
  Checked tell(std::vector<SubjectResult> counted);

 private:
  enum class OnStop { begin_no_more, do_all };
  void do_part(Lane& lane, Part& part, std::optional<std::uint64_t> audited);
  void shrink_finds(std::vector<SubjectResult>& results);
  void shrink_further(std::vector<SubjectResult>& results);
  void tell_sightings();
  void do_tasks(std::string_view what, std::string_view unit, OnStop on_stop,
                const std::function<bool()>& enough);
  bool no_time() const { return stop_ || (enough_ && enough_()); }

  Lanes& lanes_;
  const std::vector<Subject>& subjects_;
  const Expecting expecting_;
  const Meanwhile& meanwhile_;
  const std::function<bool()>& enough_;
  const Listener& listener_;
  Sightings sightings_;
  std::vector<LaneTask> tasks_;
  std::atomic<std::int64_t> done_ = 0;
  std::int64_t all_ = 0;
  std::atomic<bool> stop_ = false;
  std::exception_ptr trouble_ = nullptr;
};

void Checking::do_part(Lane& lane, Part& part, std::optional<std::uint64_t> audited) {
  const Subject& subject = subjects_[part.subject];
  const Protocol& protocol = subject.protocol.protocol;
  const Scenario& scenario = subject.scenarios[part.scenario].scenario;
  part.tally.scenario = scenario.name;
  std::shared_ptr<void> begun;
  if (listener_.begins) begun = listener_.begins(part.subject, part.scenario);
  for (std::uint64_t seed = part.seeds.first; seed <= part.seeds.last && !stop_; ++seed) {
    const History history = run_seed(lane, protocol, scenario, seed);
    if (seed == audited)
      demand_same(history, run_seed(lane, protocol, scenario, seed),
                  fmt::format("{} under {} with seed {}", protocol.name, scenario.name, seed));
    Tally one;
    one.scenario = scenario.name;
    one.add(seed, history);
    if (listener_.sighted) sightings_.look_at(part, seed, history, one);
    part.tally.merge(one);
    ++done_;
  }
}

void Checking::tell_sightings() {
  if (!listener_.sighted) return;
  for (const Sighting& each : sightings_.take()) listener_.sighted(each);
}

// Only what is wrong before the first history leaves nothing to tell.
void Checking::do_tasks(std::string_view what, std::string_view unit, OnStop on_stop,
                        const std::function<bool()>& enough) {
  try {
    lanes_.run(tasks_, [&] {
      tell_sightings();
      if (!meanwhile_({what, unit, done_, all_})) stop_ = true;
      return (!stop_ || on_stop == OnStop::do_all) && !(enough && enough());
    });
  } catch (const std::exception&) {
    if (done_ == 0 && on_stop == OnStop::begin_no_more) throw;
    if (trouble_ == nullptr) trouble_ = std::current_exception();
  }
  tell_sightings();
  tasks_.clear();
  done_ = all_ = 0;
}

Checked Checking::count(const SeedShare& share) {
  const Rounds rounds = enough_ || subjects_.size() == 1 ? Rounds::doubling : Rounds::single;
  std::vector<Part> parts = parts_of(subjects_, share.seeds, rounds);
  const auto audited = share.audits ? std::optional(share.seeds.first) : std::nullopt;
  std::atomic<std::int64_t> begun = 0;
  for (Part& part : parts) {
    all_ += static_cast<std::int64_t>(part.seeds.last - part.seeds.first + 1);
    tasks_.push_back([&](Lane& lane) {
      ++begun;
      do_part(lane, part, audited);
    });
  }
  do_tasks("checking", "histories", OnStop::begin_no_more,
           [&] { return enough_ && begun >= first_round(subjects_) && enough_(); });
  return {counted_in(subjects_, parts), trouble_};
}

Checked Checking::tell(std::vector<SubjectResult> counted) {
  judge(subjects_, expecting_, counted);
  shrink_finds(counted);
  if (!stop_ && trouble_ == nullptr) shrink_further(counted);
  return {std::move(counted), trouble_};
}

// Also when there is no time left for it: then each is told as it was found.
void Checking::shrink_finds(std::vector<SubjectResult>& results) {
  std::vector<std::vector<std::vector<Failure>>> candidates(subjects_.size());
  for (std::size_t i = 0; i < subjects_.size(); ++i) {
    const auto& names = results[i].verdict.unexpected;
    candidates[i].resize(names.size());
    for (std::size_t k = 0; k < names.size(); ++k) {
      if (subjects_[i].already_saved.contains(names[k])) continue;
      std::vector<Find> finds = typical(subjects_[i], results[i].tallies, names[k]);
      if (no_time() && !finds.empty()) finds.resize(1);
      candidates[i][k].resize(finds.size());
      for (std::size_t n = 0; n < finds.size(); ++n)
        tasks_.push_back([this, &subject = subjects_[i], &failure = candidates[i][k][n],
                          name = names[k], find = finds[n]](Lane& lane) {
          failure = shrink_failure(lane, subject, name, find, [this] { return no_time(); });
          ++done_;
        });
    }
  }
  all_ = static_cast<std::int64_t>(tasks_.size());
  do_tasks("shrinking", "failures", OnStop::do_all, {});
  for (std::size_t i = 0; i < subjects_.size(); ++i)
    for (std::vector<Failure>& versions : candidates[i]) {
      std::erase_if(versions, [](const Failure& failure) { return failure.run.property.empty(); });
      const auto shortest = std::min_element(
          versions.begin(), versions.end(), [](const Failure& a, const Failure& b) {
            return std::pair(blames_server(a), a.steps) < std::pair(blames_server(b), b.steps);
          });
      if (shortest != versions.end()) results[i].failures.push_back(std::move(*shortest));
    }
}

void Checking::shrink_further(std::vector<SubjectResult>& results) {
  for (std::size_t i = 0; i < subjects_.size(); ++i)
    for (Failure& failure : results[i].failures)
      tasks_.push_back([this, &subject = subjects_[i], &failure](Lane& lane) {
        failure = shrink_failure_further(lane, subject, failure, [this] { return no_time(); });
        ++done_;
      });
  all_ = static_cast<std::int64_t>(tasks_.size());
  do_tasks("making the shortest smaller", "failures", OnStop::do_all, {});
}

}  // namespace

Promise promise_of(const Subject& subject, Expecting expecting) {
  const Protocol& protocol = subject.protocol.protocol;
  return {expecting == Expecting::as_declared, protocol.expect.violates,
          protocol.expect.unreachable, subject.known, unconfirmed_in(protocol)};
}

History run_seed(Lane& lane, const Protocol& protocol, const Scenario& scenario,
                 std::uint64_t seed) {
  return lane.with(protocol, scenario).run(scenario, *portfolio(seed).make(seed));
}

std::optional<OtherEvent> first_difference(const History& first, const History& second) {
  if (digest(first) == digest(second)) return std::nullopt;
  const auto line = [](const History& history, std::size_t i) {
    return i < history.events.size() ? canonical_line(history.events[i]) : "(the end)";
  };
  std::size_t i = 0;
  while (i < std::max(first.events.size(), second.events.size()) &&
         line(first, i) == line(second, i))
    ++i;
  return OtherEvent{line(first, i), line(second, i)};
}

void demand_same(const History& first, const History& second, const std::string& what) {
  if (const auto other = first_difference(first, second))
    throw HarnessError(
        fmt::format("{} gave two different histories (digests {} and {}), so nothing it shows can "
                    "be trusted; the first event that differs:\n  first   {}\n  second  {}\nplease "
                    "report this with the protocol",
                    what, digest(first), digest(second), other->first, other->second));
}

Checked check_subjects(Lanes& lanes, const std::vector<Subject>& subjects, SeedRange seeds,
                       Expecting expecting, const Meanwhile& meanwhile,
                       const std::function<bool()>& enough, const Listener& listener) {
  Checking checking(lanes, subjects, expecting, meanwhile, enough, listener);
  return checking.tell(checking.count({seeds, true}).results);
}

Checked count_subjects(Lanes& lanes, const std::vector<Subject>& subjects, const SeedShare& share,
                       Expecting expecting, const Meanwhile& meanwhile,
                       const std::function<bool()>& enough, const Listener& listener) {
  return Checking(lanes, subjects, expecting, meanwhile, enough, listener).count(share);
}

Checked judge_counted(Lanes& lanes, const std::vector<Subject>& subjects,
                      std::vector<SubjectResult> counted, Expecting expecting,
                      const Meanwhile& meanwhile, const std::function<bool()>& enough) {
  const Listener nobody;
  return Checking(lanes, subjects, expecting, meanwhile, enough, nobody).tell(std::move(counted));
}

}  // namespace fencepost
