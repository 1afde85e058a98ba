// Reading a scenario's faults of the server and of clocks, and what it says of a mistake.
#include "sim/search/saved_run.hpp"
#include "sim/search/shrink_moves.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/input_folder.hpp"

namespace fencepost {
namespace {

TEST_CASE("scenario: a clock may jump ahead and back, in time or in leases", "[sim]") {
  InputFolder folder;
  const Scenario scenario = folder.scenario(
      "[faults.clock_step]\nchance = \"1/2\"\n"
      "lasts = [\"+301s\", \"-1h\", \"1.1 lease\", \"-1.1 lease\"]\n");
  REQUIRE(scenario.faults.size() == 1);
  Declared declared;
  declared.lease = 30s;
  std::vector<Duration> lengths;
  for (const Length& length : scenario.faults[0].lasts) lengths.push_back(length.resolve(declared));
  CHECK(lengths == std::vector<Duration>{301s, -1h, 33s, -33s});
}

TEST_CASE("scenario: where no lease is declared, one is freed_within, else ten polls", "[sim]") {
  const Length length = length_from_text("1.1 lease").value();
  Declared declared;
  declared.poll = 2s;
  CHECK(length.resolve(declared) == 22s);
  declared.freed_within = 10s;
  CHECK(length.resolve(declared) == 11s);
  declared.lease = 30s;
  CHECK(length.resolve(declared) == 33s);
}

TEST_CASE("scenario: every fault that lasts may say how long", "[sim]") {
  for (const FaultKind kind :
       {FaultKind::late_statement, FaultKind::fleet_pause, FaultKind::server_restart,
        FaultKind::server_crash, FaultKind::commits_lost, FaultKind::read_only,
        FaultKind::too_many_connections, FaultKind::clock_freeze}) {
    InputFolder folder;
    const Scenario scenario = folder.scenario(
        fmt::format("[faults.{}]\nchance = \"1\"\nlasts = [\"2s\"]\n", to_text(kind)));
    REQUIRE(scenario.faults.size() == 1);
    CHECK(scenario.faults[0].kind == kind);
    CHECK(scenario.faults[0].lasts == std::vector<Length>{{Length::Unit::absolute, 2s, 0}});
  }
}

TEST_CASE("scenario: a late statement's worker may come back under its name", "[sim]") {
  InputFolder folder;
  const Scenario scenario =
      folder.scenario("[faults.late_statement]\nchance = \"1\"\nsame_identity = true\n");
  CHECK(scenario.faults.at(0).same_identity);
}

TEST_CASE("scenario: what rests on an answer may be struck by odds of its own", "[sim]") {
  InputFolder folder;
  const Scenario scenario = folder.scenario(
      "[faults.stall]\nchance = \"1/9\"\nbehind_an_answer = \"2/3\"\n"
      "[faults.crash]\nchance = \"1/9\"\n");
  CHECK_FALSE(scenario.faults.at(0).behind_an_answer);
  REQUIRE(scenario.faults.at(1).behind_an_answer);
  CHECK(scenario.faults[1].behind_an_answer->hits == 2);
  CHECK(scenario.faults[1].behind_an_answer->of == 3);
}

TEST_CASE("scenario: clocks that drift and clocks that are coarse are load", "[sim]") {
  InputFolder folder;
  const Load load = folder
                        .scenario(
                            "[load]\nclock_drifts = [\"1/100\", \"-1/100\", \"0\"]\n"
                            "clock_tick = \"1s\"\n")
                        .load;
  CHECK(load.clock_drifts == std::vector<Drift>{{10'000}, {-10'000}, {0}});
  CHECK(load.clock_tick == 1s);
}

TEST_CASE("scenario: what is demanded anyway is part of what a run means", "[sim]") {
  InputFolder folder;
  const Scenario scenario = folder.scenario("[judge]\nanyway = [\"job_not_stuck\"]\n");
  CHECK(scenario.anyway == std::set<std::string>{"job_not_stuck"});
  CHECK(scenario.hash != folder.scenario("[judge]\nanyway = []\n").hash);
}

TEST_CASE("scenario: what is wrong is named with its line and what to write", "[sim]") {
  const auto refusal = [](const std::string& text) {
    InputFolder folder;
    return folder.scenario_refusal(text);
  };
  CHECK(refusal("[faults.clock_step]\nchance = \"1\"\nlasts = [\"soon\"]\n") ==
        "x.toml:3: lasts in [faults.clock_step] holds \"soon\", but must hold lengths such as "
        "\"+301s\", \"-1h\" or \"-1.1 lease\"");
  CHECK(refusal("[faults.fleet_pause]\nchance = \"1\"\nlasts = [\"-1s\"]\n") ==
        "x.toml:3: lasts in [faults.fleet_pause] holds \"-1s\", but must hold lengths such as "
        "\"10s\", \"1.1 lease\" or \"2 poll\"");
  CHECK(refusal("[faults.clock_step]\nchance = \"1\"\n").starts_with("x.toml:1: "));
  CHECK(refusal("[load]\nclock_drifts = [\"2/3\"]\n") ==
        "x.toml:2: clock_drifts in [load] holds \"2/3\", but must hold fractions of at most a half "
        "such as \"1/100\" (a hundredth faster) or \"-1/100\"");
  CHECK(refusal("[faults.lock_timeout]\nchance = \"1\"\nlasts = [\"1s\"]\n")
            .starts_with("x.toml:3: unknown key \"lasts\" in [faults.lock_timeout]; known are "));
  CHECK(refusal("[judge]\nalways = [\"x\"]\n")
            .starts_with("x.toml:2: unknown key \"always\" in [judge]; known are anyway"));
}

TEST_CASE("scenario: a property that is demanded anyway must exist", "[sim]") {
  InputFolder folder;
  const Scenario scenario = folder.scenario("\n[judge]\nanyway = [\"job_not_stuk\"]\n");
  const std::string said = folder.refusal([&](const auto&) { check_names(scenario); });
  CHECK(
      said.starts_with("x.toml:2: [judge] names the property \"job_not_stuk\", which there is "
                       "not; known are "));
  CHECK(said.ends_with("did you mean \"job_not_stuck\"?"));
}

TEST_CASE("saved run: drifts, a tick and a jump back make the round trip", "[sim]") {
  SavedRun run;
  run.protocol = run.scenario = "mine";
  run.load.clock_drifts = {{10'000}, {-10'000}};
  run.load.clock_tick = 1s;
  run.tape = {{{"clock_step", "w1", 3, "claim.take:before"}, 1},
              {{"clock_step.lasts", "w1", 3, "claim.take:before"}, -3'600'000'000},
              {{"commits_lost", "w1", 4, "claim.take:after"}, 1},
              {{"commits_lost.commits", "w1", 4, "claim.take:after"}, 3}};
  const std::string text = to_json(run);
  CHECK(text.find("\"value\": \"-3600 s\"") != std::string::npos);
  CHECK(saved_run_from_json(text, "x.json") == run);
}

TEST_CASE("shrinking: what belongs to a fault goes with it, and a jump back gets rounder",
          "[sim]") {
  const Tape tape = {{{"commits_lost", "w1", 4, ""}, 1},
                     {{"clock_step", "w1", 4, ""}, 1},
                     {{"commits_lost.commits", "w1", 4, ""}, 3},
                     {{"commits_lost.lasts", "w1", 4, ""}, 5},
                     {{"clock_step.lasts", "w1", 4, ""}, -33'000'001}};
  const std::vector<Tape> units = units_of(tape);
  REQUIRE(units.size() == 2);
  CHECK(units[0] == Tape{tape[0], tape[2], tape[3]});
  CHECK(units[1] == Tape{tape[1], tape[4]});
  for (const Deviation& deviation : tape) CHECK(is_fault(deviation));
  const std::vector<Duration> shorter = rounder(-33'000'001us);
  REQUIRE_FALSE(shorter.empty());
  CHECK(shorter.front() == -10s);
  for (const Duration each : shorter) CHECK((each < 0us && each > -33'000'001us));
  CHECK(size_of({Load{}, tape}, 10).lasts == 5us + 33'000'001us);
}

}  // namespace
}  // namespace fencepost
