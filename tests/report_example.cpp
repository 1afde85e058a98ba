#include "tests/report_example.hpp"

#include "tests/hostile.hpp"

namespace fencepost {
namespace {

const std::string kName = "progress_monotone.cursor";

Violation example_violation() {
  return {"cursor", 3, Instant{302s}, {"1"}, {1}, "the cursor of job 1 fell from 2 to 1"};
}

ToldFailure example_failure() {
  ToldFailure failure;
  failure.protocol = "mine";
  failure.scenario = "stall";
  failure.seed = 7;
  failure.name = kName;
  failure.digest = "0123456789abcdef";
  failure.told.violation = example_violation();
  failure.told.story = "w1 claimed job 1 at 0 s. Then the cursor of job 1 fell from 2 to 1.";
  failure.told.sources = {{"save", "mine/queries.sql:14", "UPDATE jobs SET at = :at"}};
  Event save;
  save.step = 3;
  save.at = Instant{302s};
  save.worker = {"w1"};
  save.operation = "advance";
  save.statement = "save";
  save.job = {"1"};
  failure.told.history.events = {save};
  failure.replay = "fencepost replay failures/x.json";
  failure.page = "failures/x.html";
  failure.file = "failures/x.json";
  return failure;
}

Tally tally(const std::string& scenario, int histories, int violated) {
  Tally tally;
  tally.scenario = scenario;
  tally.histories = histories;
  tally.steps = histories * 20;
  tally.reached = {{"takeover", 3}, {"terminal", histories}};
  for (const Property& property : properties())
    tally.judged[std::string(property.name)][Outcome::holds] = histories;
  if (violated == 0) return tally;
  tally.judged["progress_monotone"] = {{Outcome::holds, histories - violated},
                                       {Outcome::violated, violated}};
  tally.found[kName] = {violated, scenario, 5, example_violation()};
  return tally;
}

std::string hostile() { return *hostile_text(); }

}  // namespace

CheckReport example_report() {
  CheckReport report{"fencepost", {}};
  ProtocolReport& mine = report.protocols.emplace_back();
  mine.called = "./mine";
  mine.planned = 10;
  mine.demands = {{"stall", {{"takeover", 1}}}, {"calm", {}}};
  mine.gate.protocol = "mine";
  mine.gate.about = "A queue.";
  mine.gate.tallies = {tally("stall", 10, 4), tally("calm", 10, 0)};
  mine.gate.tallies[1].judged["no_livelock"] = {{Outcome::not_judged, 10}};
  mine.gate.tallies[1].judged["token_order"] = {{Outcome::not_applicable, 10}};
  mine.gate.skipped = {"poison"};
  mine.gate.verdict = judge_gate(mine.gate.tallies, mine.demands, mine.promise);
  mine.failures = {example_failure()};
  return report;
}

CheckReport any_report() {
  CheckReport report = example_report();
  report.program = hostile();
  ProtocolReport& mine = report.protocols.front();
  mine.called = hostile();
  mine.gate.protocol = hostile();
  mine.gate.about = hostile();
  mine.gate.skipped = {hostile()};
  mine.planned = *rc::gen::element(10, 20);
  for (Tally& each : mine.gate.tallies) each.scenario += hostile();
  Tally& tally = mine.gate.tallies.front();
  const std::string situation = hostile(), promised = hostile();
  tally.reached[situation] = 1;
  mine.demands = {{tally.scenario, {{situation, *rc::gen::element(1, 5)}}}};
  for (auto& [name, find] : tally.found) find.violation.sentence = hostile();
  mine.promise.as_expected = *rc::gen::arbitrary<bool>();
  mine.promise.violates = {promised};
  mine.gate.as_expected = mine.promise.as_expected;
  mine.gate.verdict = judge_gate(mine.gate.tallies, mine.demands, mine.promise);
  excuse_unfinished(mine.gate.verdict, mine.gate.tallies, mine.planned);
  const int failures = *rc::gen::inRange(1, 13);
  mine.failures.clear();
  for (int i = 0; i < failures; ++i) {
    ToldFailure failure = example_failure();
    for (std::string* text :
         {&failure.protocol, &failure.digest, &failure.told.story, &failure.replay, &failure.file,
          &failure.page, &failure.told.violation.sentence, &failure.told.sources[0].where,
          &failure.told.sources[0].text})
      *text = hostile();
    if (*rc::gen::arbitrary<bool>()) failure.told.sources[0].where += ":12";
    failure.scenario = tally.scenario;
    Event& event = failure.told.history.events.front();
    for (std::string* text :
         {&event.result, &event.worker.text, &event.operation, &event.job.text, &event.boundary})
      *text = hostile();
    Event changed = event;
    changed.kind = EventKind::changed;
    changed.before = changed.after = JobRecord{};
    changed.before->token = hostile();
    changed.after->owner = hostile();
    failure.told.history.events.push_back(changed);
    mine.failures.push_back(failure);
  }
  return report;
}

}  // namespace fencepost
