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

std::string told(Came came, bool changed) {
  Regression regression;
  regression.saved.file = "failures/x.json";
  regression.saved.run.property = "single_owner";
  regression.saved.scenario = NamedScenario{};
  regression.saved.changed = changed;
  regression.came = came;
  regression.why = "its choice \"w1 stall #2\" was never asked for";
  return regression_text(regression, Subject{}, Expecting::nothing);
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

TEST_CASE("run file: a saved failure that no longer fails says what to do", "[search]") {
  CHECK(told(Came::fails_no_more, true) ==
        "saved failure failures/x.json no longer fails: single_owner holds in it; its protocol or "
        "scenario has changed since: fixed? Then leave the file, and check tries it every time, or "
        "delete it");
  CHECK(told(Came::fails_no_more, false) ==
        "saved failure failures/x.json no longer fails: single_owner holds in it; neither its "
        "protocol nor its scenario has changed since, so fencepost has: delete it, and let fuzz "
        "look for it again");
  CHECK(told(Came::fits_no_more, true) ==
        "saved failure failures/x.json no longer fits: its choice \"w1 stall #2\" was never asked "
        "for; its protocol or scenario has changed since, and the file proves nothing any more: "
        "delete it, and let fuzz look for it again");
  CHECK(told(Came::fails_again, true) ==
        "saved failure failures/x.json fails again: single_owner; its protocol or scenario has "
        "changed since");
}

}  // namespace
}  // namespace fencepost
