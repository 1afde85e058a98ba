#include "sim/cli/baseline.hpp"

#include "sim/cli/terminal.hpp"
#include "sim/cli/work_times.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/input_folder.hpp"

namespace fencepost {
namespace {

std::vector<Subject> two_subjects() {
  std::vector<Subject> subjects(2);
  subjects[0].protocol.protocol.name = "queue";
  subjects[1].protocol.protocol.name = "leader";
  return subjects;
}

std::string refusal_of(const std::string& text) {
  InputFolder folder;
  folder.file("base.toml", text);
  return folder.refusal([](const auto& path) {
    std::vector<Subject> subjects = two_subjects();
    read_baseline(path / "base.toml", subjects);
  });
}

TEST_CASE("baseline: what was written is read again, each protocol its own", "[cli]") {
  const InputFolder folder;
  std::vector<SubjectResult> results(2);
  results[0].tallies.resize(1);
  results[0].tallies[0].found["fenced_writes.cursor"] = {2, "stall", 7, {}};
  results[0].tallies[0].found["single_owner"] = {1, "stall", 9, {}};
  write_baseline(folder.path() / "base.toml", two_subjects(), results);
  std::vector<Subject> subjects = two_subjects();
  read_baseline(folder.path() / "base.toml", subjects);
  CHECK(subjects[0].known == std::vector<std::string>{"fenced_writes.cursor", "single_owner"});
  CHECK(subjects[1].known.empty());
}

TEST_CASE("baseline: what only a saved failure violates is known, and two folders have one key",
          "[cli]") {
  const InputFolder folder;
  std::vector<Subject> subjects = two_subjects();
  subjects[1].protocol.protocol.name = "queue";
  subjects[0].fail_again = {"job_ends"};
  std::vector<SubjectResult> results(2);
  results[1].tallies.resize(1);
  results[1].tallies[0].found["single_owner"] = {1, "stall", 9, {}};
  write_baseline(folder.path() / "base.toml", subjects, results);
  std::vector<Subject> again = two_subjects();
  read_baseline(folder.path() / "base.toml", again);
  CHECK(again[0].known == std::vector<std::string>{"job_ends", "single_owner"});
}

TEST_CASE("baseline: what is wrong in one is named with its line", "[cli]") {
  CHECK(refusal_of("[known]\nqueue = [\"single_ownr\"]\n") ==
        "base.toml:2: [known] names the property \"single_ownr\", which there is not; did you mean "
        "\"single_owner\"?");
  CHECK(refusal_of("\n[knwon]\n").starts_with("base.toml:2: unknown key \"knwon\" in a baseline"));
  CHECK(refusal_of("") ==
        "base.toml:1: a baseline has no known; write [known] with my-queue = [\"…\"]");
}

TEST_CASE("baseline: a known violation is neither unexpected nor demanded", "[cli]") {
  Tally tally;
  tally.scenario = "stall";
  tally.histories = 3;
  tally.found["single_owner"] = {2, "stall", 7, {}};
  const auto verdict = [&](std::vector<std::string> known) {
    return judge_protocol({tally}, {}, {false, {}, {}, std::move(known)});
  };
  CHECK(verdict({}).failed);
  CHECK_FALSE(verdict({"single_owner"}).failed);
  CHECK_FALSE(verdict({"single_owner", "job_ends"}).failed);
  CHECK(verdict({"job_ends"}).unexpected == std::vector<std::string>{"single_owner"});
}

TEST_CASE("terminal: what the user says of colours is done, whatever the terminal", "[cli]") {
  Terminal plain, colors;
  colors.color = true;
  CHECK(colored(plain, ColorWish::always).color);
  CHECK_FALSE(colored(colors, ColorWish::never).color);
  CHECK(colored(colors, ColorWish::automatic).color);
  CHECK_FALSE(colored(plain, ColorWish::automatic).color);
}

TEST_CASE("work times: each scenario that was run is named with its time", "[cli]") {
  WorkTimes times;
  { const auto begun = times.begin("quiet-day"); }
  CHECK(times.text(1, std::chrono::milliseconds(65'432), "making small") ==
        "1 history in 65.4 s, making small included; slowest: quiet-day (0.0 s)");
  CHECK(times.text(1, std::chrono::milliseconds(900), "") ==
        "1 history in 0.9 s; slowest: quiet-day (0.0 s)");
}

}  // namespace
}  // namespace fencepost
