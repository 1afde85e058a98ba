// The same tape gives the same history: again, on another server, on another core, and for any tape
// at all.

#include <algorithm>
#include <deque>
#include <filesystem>
#include <future>
#include <mutex>
#include <set>

#include "model/polling.hpp"
#include "reports/trace.hpp"
#include "sim/input/gallery.hpp"
#include "sim/search/checker.hpp"
#include "sim/search/failure.hpp"
#include "sim/search/lanes.hpp"
#include "sim/search/run_file.hpp"
#include "sim/search/strategies.hpp"
#include "sim/search/subjects.hpp"
#include "sim/search/tape.hpp"
#include "sim/text/error.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/law.hpp"

namespace fencepost {
namespace {

const Gallery& gallery() {
  static const Gallery all(FENCEPOST_SOURCE_DIR);
  return all;
}

/// A protocol and the scenarios that check judges it under.
Subject subject_of_all(const std::string& name) { return subject_of(gallery(), name, {}); }

/// What is wrong with the numbers of a history's steps and commits; empty: nothing.
std::string misnumbered(const History& history) {
  int step = 0, commit = 0;
  std::map<int, int> steps_of_commits;
  for (const Event& event : history.events) {
    if (event.step != step && event.step != step + 1)
      return fmt::format(" but step {} follows step {}", event.step, step);
    step = event.step;
    if (event.commit == 0) continue;
    if (event.commit < commit)
      return fmt::format(" but commit {} follows {}", event.commit, commit);
    commit = event.commit;
    if (steps_of_commits.emplace(commit, step).first->second != step)
      return fmt::format(" but commit {} goes on in step {}", commit, step);
  }
  return "";
}

TEST_CASE("determinism: every protocol under every scenario gives the same history on two servers",
          "[sim]") {
  std::vector<Subject> subjects;
  for (const std::string& name : gallery().protocol_names())
    subjects.push_back(subject_of_all(name));
  const auto digests_on_a_server = [&subjects] {
    Lane lane({});
    std::vector<std::string> digests;
    for (const Subject& subject : subjects)
      for (const NamedScenario& scenario : subject.scenarios)
        for (const std::uint64_t seed : {4U, 5U, 7U}) {
          const History history =
              run_seed(lane, subject.protocol.protocol, scenario.scenario, seed);
          digests.push_back(fmt::format("{} under {} with seed {}: {}{}",
                                        subject.protocol.protocol.name, scenario.scenario.name,
                                        seed, digest(history), misnumbered(history)));
        }
    return digests;
  };
  auto others = std::async(std::launch::async, digests_on_a_server);
  const std::vector<std::string> first = digests_on_a_server();
  const std::vector<std::string> second = others.get();
  REQUIRE(first.size() == second.size());
  for (std::size_t i = 0; i < first.size(); ++i) REQUIRE(first[i] == second[i]);
  // Behind the digest stands what is wrong with the numbers of its steps and commits.
  std::string wrong;
  for (const std::string& each : first)
    if (each.find(" but ") != each.npos) wrong += each + "\n";
  CHECK(wrong == "");
}

TEST_CASE("determinism: a table that is rewritten while others wait for it leaves no plan behind",
          "[sim]") {
  Lane lane({});
  const NamedProtocol squeezed =
      gallery().protocol(FENCEPOST_SOURCE_DIR "/tests/protocols/squeezed");
  const NamedScenario scenario = gallery().scenario("everything-at-once", squeezed);
  const auto digest_of = [&](std::uint64_t seed) {
    return digest(run_seed(lane, squeezed.protocol, scenario.scenario, seed));
  };
  for (const std::uint64_t seed : {1U, 2U, 3U, 4U}) {
    const std::string first = digest_of(seed);
    for (int again = 0; again < 3; ++again) CHECK(digest_of(seed) == first);
  }
}

TEST_CASE("determinism: nor does one that a function of the schema alters now and then", "[sim]") {
  const NamedProtocol altered = gallery().protocol(FENCEPOST_SOURCE_DIR "/tests/protocols/altered");
  const NamedScenario scenario = gallery().scenario("everything-at-once", altered);
  Lane alone({}), after_another({});
  const auto digest_of = [&](Lane& lane, std::uint64_t seed) {
    return digest(run_seed(lane, altered.protocol, scenario.scenario, seed));
  };
  digest_of(after_another, 41);
  CHECK(digest_of(after_another, 42) == digest_of(alone, 42));
}

TEST_CASE("determinism: a timer that outlives its statement is of one history", "[sim]") {
  NamedProtocol queue = gallery().protocol(FENCEPOST_SOURCE_DIR "/examples/queue");
  for (Role& role : queue.protocol.roles) role.settings["client_connection_check_interval"] = "5s";
  const NamedScenario scenario = gallery().scenario("crash-mid-chunk", queue);
  Lane lane({});
  const auto run = [&] { return digest(run_seed(lane, queue.protocol, scenario.scenario, 1)); };
  const std::string first = run();
  CHECK(run() == first);
}

TEST_CASE(
    "determinism: steps and commits are numbered as they come, behind a pooler, too, whatever "
    "happens",
    "[sim][nightly]") {
  std::deque<Subject> subjects;
  std::vector<LaneTask> tasks;
  std::mutex guard;
  std::string wrong;
  for (const std::string& name : gallery().protocol_names())
    subjects.push_back(subject_of_all(name));
  for (const Subject& subject : subjects)
    for (const NamedScenario& named : subject.scenarios)
      tasks.push_back([&](Lane& lane) {
        Scenario scenario = named.scenario;
        for (std::uint64_t seed = 101; seed <= 112; ++seed) {
          if (seed == 107) scenario.load.pooler = {Pooling::Mode::transaction, 2};
          const History history = run_seed(lane, subject.protocol.protocol, scenario, seed);
          const std::scoped_lock lock(guard);
          if (const std::string what = misnumbered(history); what != "")
            wrong += fmt::format("{} under {} with seed {}:{}\n", subject.protocol.protocol.name,
                                 scenario.name, seed, what);
        }
      });
  Lanes lanes(static_cast<int>(usable_cores().size()), {});
  lanes.run(tasks, [] { return true; });
  CHECK(wrong == "");
}

/// So many runs of one seed of each protocol under those of its scenarios that no protocol before
/// it was run under, but at least one. `doctor --thorough` runs everything under everything.
void demand_one_digest(int runs) {
  std::vector<Subject> subjects;
  for (const std::string& name : gallery().protocol_names())
    subjects.push_back(subject_of_all(name));
  std::vector<LaneTask> tasks;
  std::set<std::string> run;
  for (const Subject& subject : subjects) {
    const std::size_t before = tasks.size();
    for (const NamedScenario& each : subject.scenarios) {
      const bool is_last = &each == &subject.scenarios.back();
      if (!run.insert(each.scenario.name).second && !(is_last && tasks.size() == before)) continue;
      tasks.push_back([&subject, &each, runs](Lane& lane) {
        const auto once = [&] {
          return run_seed(lane, subject.protocol.protocol, each.scenario, 3);
        };
        const History first = once();
        for (int i = 1; i < runs; ++i)
          demand_same(first, once(),
                      subject.protocol.protocol.name + " under " + each.scenario.name);
      });
    }
  }
  for (const std::string& scenario : gallery().scenario_names()) CHECK(run.contains(scenario));
  Lanes lanes(static_cast<int>(usable_cores().size()), {});
  lanes.run(tasks, [] { return true; });
}

TEST_CASE(
    "determinism: twenty runs of one seed give one digest, for every protocol and every scenario",
    "[sim]") {
  demand_one_digest(20);
}

TEST_CASE(
    "determinism: two hundred runs of one seed give one digest, for every protocol and every "
    "scenario",
    "[sim][nightly]") {
  demand_one_digest(200);
}

TEST_CASE("determinism: what was recorded is replayed event for event, and all of it fits",
          "[sim]") {
  Lane lane({});
  const NamedProtocol protocol = gallery().protocol("kukuri-fenced");
  const NamedScenario scenario = gallery().scenario("everything-at-once", protocol);
  for (std::uint64_t seed = 1; seed <= 25; ++seed) {
    const SavedRun run = record_run(lane, protocol, scenario, seed, "");
    const Played played = replay(lane, protocol.protocol, scenario.scenario, run);
    REQUIRE(digest(played.history) == run.digest);
    REQUIRE(played.misfit.empty());
  }
}

TEST_CASE("determinism: every saved run of the gallery is the history that it was saved with",
          "[sim]") {
  namespace fs = std::filesystem;
  Lane lane({});
  std::deque<LoadedRun> runs;  // a lane knows the protocol that it has by where that stands
  std::string others;
  const fs::path protocols = fs::path(FENCEPOST_SOURCE_DIR) / "scenarios" / "protocols";
  for (const auto& each : fs::recursive_directory_iterator(protocols)) {
    if (each.path().parent_path().filename() != "failures") continue;
    const LoadedRun& saved =
        runs.emplace_back(load_run(each.path(), gallery(), Versions::must_match));
    const Played played = replay(lane, saved.protocol.protocol, saved.scenario.scenario, saved.run);
    const bool fails = violation_of(played.judgements, saved.run.property) != nullptr;
    if (!fails || digest(up_to(played.history, saved.run.until_step)) != saved.run.digest)
      others += each.path().filename().string() + "\n";
  }
  CHECK(runs.size() >= 17);
  CHECK(others == "");
}

/// A deviation of a kind that there is, by a worker that there may be, at a place that may come up
/// or not; each of its parts out of the number.
Deviation deviation_of(int number) {
  const std::vector<std::string> kinds = {
      "crash",      "crash_half_open", "stall", "stall.lasts", "connection_lost",
      "ack_lost",   "terminate",       "next",  "start",       "slow",
      "slow.lasts", "crash.lasts"};
  const auto part = [&number](int below) {
    const int picked = number % below;
    number /= below;
    return picked;
  };
  const std::string& kind = kinds[static_cast<std::size_t>(part(12))];
  const std::string worker = "w" + std::to_string(1 + part(3));
  const int nth = part(60), length = part(700);
  const bool lasts = kind.ends_with(".lasts") || kind == "start";
  const std::int64_t value = lasts            ? length * 1'000'000LL
                             : kind == "next" ? 100 * (1 + length % 3) + 2
                                              : 1;
  note(fmt::format("{} {} #{}: {}", worker, kind, nth, value));
  return {{kind, worker, nth, ""}, value};
}

TEST_CASE("determinism: any tape gives one history, and its judgement", "[sim]") {
  Lane lane({});
  const NamedProtocol protocol = gallery().protocol("hardened");
  const NamedScenario scenario = gallery().scenario("everything-at-once", protocol);
  const auto play = [&](const Tape& tape) {
    TapeChoices choices(tape);
    return lane.with(protocol.protocol, scenario.scenario).run(scenario.scenario, choices);
  };
  law("the same tape, the same history; and the repaired protocol holds", [&] {
    Tape tape;
    for (const int number : any_numbers(12 * 3 * 60 * 700)) tape.push_back(deviation_of(number));
    const History history = play(tape);
    HOLDS(digest(play(tape)) == digest(history));
    for (const Judgement& judgement : judge_all(history))
      HOLDS(judgement.verdict.violations.empty());
  });
}

/// The first history, seed by seed through the scenarios, that violates it.
SavedRun first_that_violates(Lane& lane, const Subject& subject, const std::string& name) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed)
    for (const NamedScenario& each : subject.scenarios) {
      const History history = run_seed(lane, subject.protocol.protocol, each.scenario, seed);
      if (violation_of(judge_all(history), name) != nullptr)
        return record_run(lane, subject.protocol, each, seed, name);
    }
  throw HarnessError(subject.protocol.protocol.name + " does not violate " + name);
}

TEST_CASE("determinism: the bug of every broken protocol can be made small, and shown again",
          "[sim]") {
  std::vector<Subject> subjects;
  for (const std::string& name : gallery().protocol_names()) {
    Subject subject = subject_of_all(name);
    if (!subject.protocol.protocol.expect.violates.empty()) subjects.push_back(std::move(subject));
  }
  CHECK(subjects.size() == 41);
  std::vector<LaneTask> tasks;
  for (const Subject& subject : subjects)
    tasks.push_back([&subject](Lane& lane) {
      const Protocol& protocol = subject.protocol.protocol;
      const std::string& name = protocol.expect.violates.front();
      const SavedRun run = first_that_violates(lane, subject, name);
      const NamedScenario& scenario =
          *std::find_if(subject.scenarios.begin(), subject.scenarios.end(),
                        [&](const auto& each) { return each.scenario.name == run.scenario; });
      const Failure small = shrink(lane, protocol, scenario.scenario, run, 20);
      const History again = replay(lane, protocol, scenario.scenario, small.run).history;
      SIM_CHECK(digest(up_to(again, small.run.until_step)) == small.run.digest, "{} of {}", name,
                protocol.name);
    });
  Lanes lanes(static_cast<int>(usable_cores().size()), {});
  lanes.run(tasks, [] { return true; });
}

std::string statement_at(const History& history, int step) {
  std::string name;
  for (const Event& event : history.events)
    if (event.step == step && event.kind == EventKind::statement)
      name = event.operation + "." + event.statement;
  return name;
}

TEST_CASE("determinism: shrinking keeps the verdict, and the statement that is to blame", "[sim]") {
  Lane lane({});
  const NamedProtocol protocol = gallery().protocol("kukuri-unfenced");
  const NamedScenario scenario = gallery().scenario("stall-past-lease", protocol);
  int shrunk = 0;
  for (std::uint64_t seed = 1; seed <= 40 && shrunk < 5; ++seed) {
    const SavedRun whole = record_run(lane, protocol, scenario, seed, "");
    const Played played = replay(lane, protocol.protocol, scenario.scenario, whole);
    const Violation* violation = violation_of(played.judgements, "fenced_writes.progress");
    if (violation == nullptr) continue;
    ++shrunk;
    const Failure failure =
        shrink(lane, protocol.protocol, scenario.scenario,
               record_run(lane, protocol, scenario, seed, "fenced_writes.progress"), 200);
    CHECK(failure.run.property == "fenced_writes.progress");
    CHECK(failure.told().violation.part == "progress");
    CHECK(statement_at(failure.told().history, failure.told().violation.step) ==
          statement_at(played.history, violation->step));
    CHECK(failure.steps <= story_steps(played.history, violation->step));
    CHECK(failure.told().violation.step <= violation->step);
    CHECK(failure.run.load.workers <= scenario.scenario.load.workers);
    CHECK(digest(up_to(replay(lane, protocol.protocol, scenario.scenario, failure.run).history,
                       failure.told().violation.step)) == failure.run.digest);
  }
  CHECK(shrunk == 5);
}

}  // namespace
}  // namespace fencepost
