// What is guessed of queues that people write, and what is written of it.
#include <algorithm>

#include "sim/init/written.hpp"
#include "sim/text/files.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/input_folder.hpp"

namespace fencepost {
namespace {

/// Every guess, a line each; "?" where only a person can confirm it.
std::string guessed(const QueueGuess& guess) {
  std::string text;
  for (const Guess& each : guess.guesses)
    text += (each.question.empty() ? "" : "? ") + each.subject + ": " +
            (each.value.empty() ? "none" : each.value) + "\n";
  return text;
}
const std::filesystem::path kQueues = FENCEPOST_SOURCE_DIR "/tests/init/queues";

std::vector<std::filesystem::path> queues() {
  std::vector<std::filesystem::path> found;
  for (const auto& each : std::filesystem::directory_iterator(kQueues))
    found.push_back(each.path());
  std::sort(found.begin(), found.end());
  return found;
}
InitFiles files_in(const std::filesystem::path& folder) {
  return read_init_files({(folder / "schema.sql").string()}, {(folder / "queries.sql").string()});
}

/// What the folder that is written says when it is read; "" when nothing is wrong with it.
std::string refusal_of_written(const InitFiles& files, const QueueGuess& guess) {
  InputFolder folder;
  folder.file("fencepost.sql", written_sql(files, guess));
  folder.file("rows.sql", written_rows(files, guess));
  folder.file("protocol.toml", written_protocol(files, guess, folder.path()));
  return folder.protocol_refusal();
}

}  // namespace

TEST_CASE("init: the example's queue is guessed as it is declared", "[init]") {
  const std::filesystem::path folder = FENCEPOST_SOURCE_DIR "/examples/queue";
  const InitFiles files =
      read_init_files({(folder / "schema.sql").string()}, {(folder / "queries.sql").string()});
  CHECK(guessed(guess_queue(files, {})) ==
        "table: jobs\n"
        "claim: claim_job\n"
        "job: job_id\n"
        "owner: owner\n"
        "lease: lease_until\n"
        "lasts: 30 s\n"
        "token: claim\n"
        "? heartbeat: renew_lease, every 10 s\n"
        "succeed: finish_job\n"
        "release: give_back\n"
        "states: state: running = owned, ready = ready, done = succeeded\n"
        "? pace: 10 s, 5 s\n"
        "? count: looked at\n");
}

TEST_CASE("init: queues of many styles are guessed as it is written beside them", "[init]") {
  CHECK(queues().size() >= 15);
  for (const std::filesystem::path& folder : queues()) {
    INFO(folder);
    std::string expected;
    if (const auto text = bytes_of(folder / "guessed.txt")) expected = *text;
    CHECK(guessed(guess_queue(files_in(folder), {})) == expected);
  }
}

TEST_CASE("init: what is written of each of them is a protocol that can be read", "[init]") {
  for (const std::filesystem::path& folder : queues()) {
    INFO(folder);
    const InitFiles files = files_in(folder);
    CHECK(refusal_of_written(files, guess_queue(files, {})) == "");
  }
}

}  // namespace fencepost
