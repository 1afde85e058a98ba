// A statement is not one piece on the server: it may commit before it is done, and its commit may
// come late.
#include <fstream>
#include <iterator>

#include "model/properties/property.hpp"
#include "sim/search/tape.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/input_folder.hpp"
#include "tests/fixtures/shared_simulation.hpp"

namespace fencepost {
namespace {

History play(const std::filesystem::path& folder, const std::string& load, const Tape& tape) {
  Simulation& simulation = shared_simulation();
  const Protocol protocol = read_protocol(folder);
  simulation.load(protocol);
  const Scenario scenario = InputFolder().scenario("[load]\n" + load);
  TapeChoices choices(tape), again(tape);
  const History history = simulation.run(scenario, choices);
  CHECK(digest(simulation.run(scenario, again)) == digest(history));
  return history;
}

/// What statements, waits, commits and grants there were up to that step, one line each.
std::string told(const History& history, int until) {
  std::string text;
  for (const Event& event : history.events) {
    if (event.step == 0 || event.step > until) continue;
    const std::string who = fmt::format("{} {} ", event.step, event.worker.text);
    if (event.kind == EventKind::statement)
      text += who + event.statement + ": " + event.result + "\n";
    if (event.kind == EventKind::blocked) text += who + event.statement + " waits\n";
    if (event.kind == EventKind::parked) text += who + event.statement + " is late\n";
    if (event.kind == EventKind::committed_inside) text += who + event.statement + " commits\n";
    if (event.kind == EventKind::granted) text += who + "has job " + event.job.text + "\n";
  }
  return text;
}

std::vector<std::string> violated(const History& history) {
  std::vector<std::string> names;
  for (const Judgement& judgement : judge_all(history))
    for (const Violation& violation : judgement.verdict.violations)
      names.push_back(full_name(*judgement.property, violation));
  return names;
}

/// tests/protocols/minimal, with that text of its queries as another one.
void write_minimal(InputFolder& folder, const std::string& from, const std::string& to) {
  for (const char* name : {"protocol.toml", "queries.sql", "schema.sql"}) {
    std::ifstream in(beside_the_tests("protocols/minimal") / name);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    if (const std::size_t at = text.find(from); at != std::string::npos)
      text.replace(at, from.size(), to);
    folder.file(name, text);
  }
}

TEST_CASE("late commits: each commit inside of a call is its own session's, when it happens",
          "[sim]") {
  const History history =
      play(beside_the_tests("protocols/procedure"), "workers = 1\njobs = 1\n", {});
  CHECK(told(history, 8) ==
        "2 w1 claim_and_look commits\n"
        "2 w1 has job 1\n"
        "3 w1 claim_and_look commits\n"
        "4 clerk1 write_line: INSERT 0 1\n"
        "5 clerk1 write_line: INSERT 0 1\n"
        "6 clerk1 write_line: INSERT 0 1\n"
        "7 clerk1 write_line: INSERT 0 1\n"
        "8 w1 claim_and_look: CALL\n");
  CHECK(violated(history).empty());
}

TEST_CASE("late commits: a claim that looks without locking is granted twice", "[sim]") {
  InputFolder folder;
  write_minimal(folder, " FOR UPDATE SKIP LOCKED", "");
  // The first choice behind a barrier: who waited goes on.
  const Tape late = {{{"late_commit", "w1", 0, ""}, 1},
                     {{"next", "gate", 0, ""}, 0, "w2/main at the barrier"}};
  const History history = play(folder.path(), "workers = 2\njobs = 1\n", late);
  CHECK(told(history, 5) ==
        "2 w1 take_task is late\n"
        "3 w2 take_task waits\n"
        "4 w1 take_task: 1 row: task=1, epoch=1\n"
        "4 w1 has job 1\n"
        "5 w2 take_task: 1 row: task=1, epoch=2\n"
        "5 w2 has job 1\n");
  CHECK(std::ranges::count(violated(history), "single_owner") == 1);
}

TEST_CASE("late commits: a claim that locks is granted once, and nobody waits for it", "[sim]") {
  const Tape late = {{{"late_commit", "w1", 0, ""}, 1}};
  const History history =
      play(beside_the_tests("protocols/minimal"), "workers = 2\njobs = 1\n", late);
  CHECK(told(history, 4) ==
        "2 w1 take_task is late\n"
        "3 w2 take_task: 0 rows\n"
        "4 w1 take_task: 1 row: task=1, epoch=1\n"
        "4 w1 has job 1\n");
  CHECK(violated(history).empty());
}

}  // namespace
}  // namespace fencepost
