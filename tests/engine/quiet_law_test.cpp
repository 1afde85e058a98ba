// Where nothing happens to anybody, a protocol without a mistake violates nothing, whatever its
// shape; nor does it where a worker dies or stands still, because others then go on.
#include <fstream>
#include <iterator>

#include "model/properties/property.hpp"
#include "sim/search/strategies.hpp"
#include "tests/fixtures/law.hpp"
#include "tests/fixtures/shared_simulation.hpp"
#include "tests/fixtures/small_protocol.hpp"

namespace fencepost {
namespace {

Shape any_shape() {
  Shape shape;
  shape.kind = any_of({Kind::queue, Kind::queue, Kind::queue, Kind::queue, Kind::queue, Kind::lock,
                       Kind::leader, Kind::advisory, Kind::transaction, Kind::relay});
  shape.proof = any_of({Proof::uuid, Proof::epoch, Proof::rolling, Proof::owner});
  shape.beat = any_of({Beat::none, Beat::per_grant, Beat::per_worker});
  shape.batch = any_number(1, 4);
  shape.cap = any_of({0, 0, 1, 2});
  shape.attempts = any_number(4);
  shape.comes_round = any_of({false, false, false, true});
  shape.shows_all = any_of({true, true, false});
  for (bool* each : {&shape.backs_off, &shape.flawed, &shape.deletes, &shape.reaps,
                     &shape.in_transaction, &shape.serializable, &shape.in_chunks, &shape.applies})
    *each = any_bool();
  // Who leaves a batch at its first error would renew what it left, for ever.
  const bool leaves = shape.flawed && shape.batch > 1 && shape.beat == Beat::per_worker;
  if (leaves) shape.beat = Beat::per_grant;
  shape.workers = any_number(1, 4);
  shape.jobs = any_number(1, 5);
  return shape;
}

std::string text_of(const InputFolder& folder, const char* name) {
  std::ifstream in(folder.path() / name);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// A pooler that takes nothing from a protocol of that shape: one of transactions, where nothing is
/// left in a session, or one that has a backend for each of them.
std::string any_pooler(const Shape& shape) {
  if (shape.kind != Kind::advisory && any_bool())
    return fmt::format("[load.pooler]\nmode = \"transaction\"\nsize = {}\n", any_number(1, 3));
  return "[load.pooler]\nmode = \"session\"\nsize = 20\n";
}

/// What the first three seeds under that scenario are accused of; empty: nothing.
std::string accused(const Shape& shape, const std::string& faults) {
  InputFolder folder;
  write_protocol(shape, folder);
  const Protocol protocol = read_protocol(folder.path());
  const Scenario scenario = folder.scenario(
      fmt::format("[load]\nworkers = {}\njobs = {}\n", shape.workers, shape.jobs) + faults);
  Simulation& simulation = shared_simulation();
  simulation.load(protocol);
  const std::string files = text_of(folder, "protocol.toml") + text_of(folder, "queries.sql");
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const auto choices = portfolio(seed).make(seed);
    const History history = simulation.run(scenario, *choices);
    for (const Judgement& judgement : judge_all(history))
      for (const Violation& violation : judgement.verdict.violations)
        return fmt::format("{} of seed {} of {} workers and {} jobs at step {}: {}\n{}",
                           full_name(*judgement.property, violation), seed, shape.workers,
                           shape.jobs, violation.step, violation.sentence, files);
    if (history.events.back().note == "cut")
      return fmt::format("cut with seed {}\n{}", seed, files);
  }
  return "";
}

constexpr const char* kHarmless =
    "[faults.crash]\nchance = \"1/12\"\nat_most = 2\nlasts = [\"1s\", \"1.1 lease\"]\n"
    "[faults.stall]\nchance = \"1/12\"\nat_most = 2\nlasts = [\"1.1 lease\", \"2.1 lease\"]\n";

TEST_CASE("laws: a protocol without a mistake violates nothing on a quiet day, whatever its shape",
          "[sim]") {
  law(
      "quiet",
      [] {
        const std::string wrong = accused(any_shape(), "");
        if (!wrong.empty()) break_law(wrong);
      },
      25);
}

TEST_CASE("laws: nor does it where workers die or stand still", "[sim]") {
  law(
      "harmless",
      [] {
        const std::string wrong = accused(any_shape(), kHarmless);
        if (!wrong.empty()) break_law(wrong);
      },
      25);
}

TEST_CASE("laws: nor behind a pooler that leaves each what it holds", "[sim]") {
  law(
      "pooled",
      [] {
        const Shape shape = any_shape();
        const std::string pooler = any_pooler(shape);
        const std::string wrong = accused(shape, pooler + (any_bool() ? kHarmless : ""));
        if (!wrong.empty()) break_law(pooler + wrong);
      },
      25);
}

}  // namespace
}  // namespace fencepost
