// Saved failures on disk: whose they are, where what they name is found, and what is said of them.
#include "sim/search/run_file.hpp"

#include <filesystem>

#include "sim/search/regressions.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/input_folder.hpp"

namespace fencepost {
namespace {

namespace fs = std::filesystem;

/// Two projects in one folder, each with a protocol in a folder called queue.
InputFolder& with_two_queues(InputFolder& folder) {
  return folder.file("one/queue/protocol.toml", "").file("two/queue/protocol.toml", "");
}

SavedRun run_of(const fs::path& protocol) {
  SavedRun run;
  run.protocol = "queue";
  run.protocol_folder = protocol.string();
  run.scenario = "quiet-day";
  run.property = "single_owner";
  return run;
}

/// What is said of a saved failure, and whether its protocol or scenario is another one now.
std::string told(Came came, bool changed, Expecting expecting = Expecting::nothing) {
  Regression regression;
  regression.saved.file = "failures/x.json";
  regression.saved.run.property = "single_owner";
  regression.saved.run.scenario = "stall";
  regression.saved.kept = Kept::with_protocol;
  regression.saved.scenario = NamedScenario{};
  regression.saved.changed = changed;
  regression.came = came;
  regression.same = changed;
  if (came == Came::not_judged) regression.why = "its choice \"w1 stall #2\" was never asked for";
  Subject subject;
  subject.protocol.folder = "./queue";
  return regression_text(regression, subject, expecting, "fencepost");
}

/// Whether it keeps its subject from being green.
bool surprises(Came came, Kept kept, Expecting expecting, std::vector<std::string> known = {}) {
  Regression regression;
  regression.saved.run.property = "single_owner";
  regression.saved.kept = kept;
  regression.came = came;
  Subject subject;
  subject.protocol.protocol.expect.violates = {"single_owner"};
  subject.known = std::move(known);
  return is_surprise(regression, subject, expecting);
}

TEST_CASE("run file: failures of two folders with one name are two files", "[search]") {
  InputFolder folder;
  with_two_queues(folder);
  const fs::path failures = folder.path() / "failures";
  const auto save = [&](const char* project) {
    return save_failure(run_of(folder.path() / project / "queue"), failures)->filename().string();
  };
  CHECK(save("one") == "queue-quiet-day-single_owner.json");
  CHECK(save("two") == "queue-quiet-day-single_owner-2.json");
  CHECK(save("one") == "queue-quiet-day-single_owner.json");
  CHECK(save("two") == "queue-quiet-day-single_owner-2.json");
}

TEST_CASE("run file: the protocol is found from above the file, else from where one stands",
          "[search]") {
  InputFolder folder;
  with_two_queues(folder);
  const auto found = [&](const std::string& file, const std::string& named) {
    const auto place = protocol_named_in(folder.path() / file, named);
    return place ? fs::weakly_canonical(*place)
                       .lexically_relative(fs::weakly_canonical(folder.path()))
                       .string()
                 : "nowhere";
  };
  CHECK(found("one/failures/x.json", "./queue") == "one/queue");
  CHECK(found("two/failures/x.json", "./queue") == "two/queue");
  CHECK(found("two/queue/failures/x.json", ".") == "two/queue");
  CHECK(found("x.json", "one/queue") == "one/queue");
  CHECK(found("x.json", "queue") == "nowhere");
}

TEST_CASE("run file: the file of a scenario is found like a protocol, or is nowhere", "[search]") {
  InputFolder folder;
  folder.file("one/mine.toml", "");
  const fs::path saved = folder.path() / "one/failures/x.json";
  CHECK(scenario_named_in(saved, "./mine.toml").has_value());
  CHECK_FALSE(scenario_named_in(saved, "./other.toml").has_value());
  CHECK_FALSE(scenario_named_in(saved, "/etc/passwd").has_value());
  CHECK_FALSE(scenario_named_in(saved, "").has_value());
}

TEST_CASE("run file: whoever is no worker of the run is named with the line", "[search]") {
  InputFolder folder;
  Protocol protocol;
  protocol.roles.resize(2);
  protocol.roles[0].name = "worker";
  protocol.roles[1].name = "operator";
  protocol.roles[1].count = 1;
  SavedRun run;
  for (const char* who : {"time", "gate", "w2/beat", "w1.2", "operator1"})
    run.tape.push_back({{"next", who, 0, ""}, 0, "w1"});
  const auto refusal = [&] {
    save_run(run, folder.path() / "x.json");
    return folder.refusal(
        [&](const auto& path) { demand_workers(path / "x.json", run, protocol); });
  };
  CHECK(refusal() == "");
  run.tape.push_back({{"stall", "w99", 0, ""}, 1});
  CHECK(refusal() ==
        "x.json:31: \"who\" is \"w99\", but the workers of this run are w1, w2 and operator1; "
        "correct it");
}

TEST_CASE("regression: what is said of a saved failure says what to do", "[search]") {
  CHECK(told(Came::holds_now, true) ==
        "saved failure failures/x.json holds now: single_owner is no longer violated in it, and "
        "its protocol or scenario has changed since; leave the file, and check tries it every "
        "time, or delete it");
  CHECK(told(Came::holds_now, false) ==
        "saved failure failures/x.json holds now: single_owner is no longer violated in it, "
        "although its history is the same, so fencepost judges otherwise; delete the file");
  CHECK(told(Came::not_judged, true) ==
        "saved failure failures/x.json no longer fits, and was not judged: its choice \"w1 stall "
        "#2\" was never asked for; its protocol or scenario has changed since; delete the file, "
        "and let \"fencepost fuzz ./queue --scenario stall\" look for it again");
  CHECK(told(Came::not_judged, false)
            .find("; nothing else has changed, so the file was edited, or is of another "
                  "fencepost; delete the file") != std::string::npos);
  CHECK(told(Came::fails_again, true) ==
        "saved failure failures/x.json fails again: single_owner; its protocol or scenario has "
        "changed since");
  CHECK(told(Came::fails_again, false) ==
        "saved failure failures/x.json fails again: single_owner; its history is not the one that "
        "was saved, so the file was edited, or is of another fencepost");
  CHECK(told(Came::holds_now, true, Expecting::as_declared)
            .ends_with("; [expect] needs it as a canary: save a failure of single_owner there "
                       "again, or take the file out"));
}

TEST_CASE("regression: what was not judged is not green, unless it was expected anyway",
          "[search]") {
  using enum Came;
  const auto in_folder = [](Came came, Expecting expecting, std::vector<std::string> known) {
    return surprises(came, Kept::in_folder, expecting, std::move(known));
  };
  CHECK(in_folder(fails_again, Expecting::nothing, {}));
  CHECK(in_folder(not_judged, Expecting::nothing, {}));
  CHECK_FALSE(in_folder(holds_now, Expecting::nothing, {}));
  for (const Came came : {fails_again, holds_now, not_judged}) {
    CHECK_FALSE(in_folder(came, Expecting::nothing, {"single_owner"}));
    CHECK_FALSE(in_folder(came, Expecting::as_declared, {}));
  }
  CHECK_FALSE(surprises(fails_again, Kept::with_protocol, Expecting::as_declared));
  CHECK(surprises(holds_now, Kept::with_protocol, Expecting::as_declared));
  CHECK(surprises(not_judged, Kept::with_protocol, Expecting::as_declared));
}

}  // namespace
}  // namespace fencepost
