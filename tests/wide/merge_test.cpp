// Many machines end in the words, the files and the status of one.
#include <algorithm>
#include <map>

#include "tests/cli/cli_run.hpp"
#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

/// Every file below a folder, but what holds wall times.
std::map<std::string, std::string> files_in(const CliFolder& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path())) {
    const std::string name = entry.path().lexically_relative(folder.path()).string();
    if (entry.is_regular_file() && name != "report/log.txt" && !name.starts_with('.'))
      files[name] = folder.read(name);
  }
  return files;
}

/// What is checked, and how; `told` is what one machine's check and merge are told of where it
/// goes.
struct Work {
  std::string check;
  std::string told = "--report-dir report";
  std::function<void(const CliFolder&)> prepare = [](const CliFolder&) {};
};

/// All that is left of one machine's check.
struct Left {
  Ran ran;
  std::map<std::string, std::string> files;
};

Left left_by_one(const Work& work) {
  const CliFolder folder;
  work.prepare(folder);
  const Ran ran = folder.run("check " + work.check + " " + work.told);
  return {ran, files_in(folder)};
}

/// The last shard first, as nobody says who is done first.
Left left_by(int machines, const Work& work) {
  const CliFolder folder;
  work.prepare(folder);
  for (int number = machines; number > 0; --number) {
    const Ran shard =
        folder.run("check " + work.check + " --out results/" + std::to_string(number) +
                   ".json --shard " + std::to_string(number) + "/" + std::to_string(machines));
    INFO(shard.out + shard.err);
    CHECK(shard.status == 0);
  }
  const Ran ran = folder.run("merge results " + work.told);
  std::filesystem::remove_all(folder.path() / "results");
  return {ran, files_in(folder)};
}

void check_same(const Left& one, const Left& many) {
  CHECK(many.ran.status == one.ran.status);
  CHECK(many.ran.out == one.ran.out);
  CHECK(many.ran.err == one.ran.err);
  CHECK(many.files == one.files);
}

/// The queue of the examples, whose workers end jobs that are no longer theirs.
void unfenced(const CliFolder& folder) {
  std::filesystem::copy(std::filesystem::path(FENCEPOST_SOURCE_DIR) / "examples" / "queue",
                        folder.path() / "queue");
  const std::string end = " AND state = 'running';\n\n-- name: give_back";
  folder.edit("queue/queries.sql", " AND claim = @claim" + end, end);
}

TEST_CASE("merge: two shards leave what one machine leaves, byte by byte", "[wide]") {
  const Work work{"./queue --scenario more-jobs-than-workers --seeds 4 --jobs 1",
                  "--report-dir report", unfenced};
  const Left one = left_by_one(work);
  CHECK(one.ran.status == 1);
  CHECK(one.files.contains(
      "fencepost-failures/queue-more-jobs-than-workers-fenced_writes.job.json"));
  check_same(one, left_by(2, work));
}

TEST_CASE("merge: any number of shards leaves what one machine leaves, of any protocols",
          "[wide][nightly]") {
  const auto saved_again = [](const CliFolder& folder) {
    unfenced(folder);
    folder.run("check ./queue --scenario more-jobs-than-workers --seeds 4");
  };
  const Work works[] = {
      {"kukuri-before kukuri-fenced hardened corpus/B33-river corpus/B17-oban --seeds 12"},
      {"kukuri-* corpus/B5* --as-expected --seeds 8", "--json --report-dir report"},
      {"./queue --seeds 10", "--report-dir report --write-baseline known.toml", unfenced},
      {"./queue --seeds 10", "--write-baseline known.toml", saved_again},
      {"./queue --seeds 3..9 --baseline known.toml", "--json",
       [](const CliFolder& folder) {
         unfenced(folder);
         folder.write("known.toml", "[known]\nqueue = [\"fenced_writes.job\"]\n");
       }},
  };
  for (const Work& work : works) {
    CAPTURE(work.check);
    const Left one = left_by_one(work);
    for (const int machines : {1, 2, 3, 5}) {
      CAPTURE(machines);
      check_same(one, left_by(machines, work));
    }
  }
}

TEST_CASE("merge: what shards may not be told is refused, and so is what is not theirs", "[wide]") {
  const CliFolder folder;
  const auto refused = [&](const std::string& arguments, const std::string& why) {
    const Ran ran = folder.run(arguments, "FENCEPOST_POSTGRES=/nowhere");
    INFO(arguments);
    CHECK(ran.status == 2);
    CHECK(ran.err == "fencepost: " + why + "\n");
  };
  refused("check hardened --shard auto --seeds 3 --json",
          "--shard is auto, but nothing says which machine this is (none of "
          "FENCEPOST_SHARD_INDEX, TEST_SHARD_INDEX, SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX, "
          "CI_NODE_INDEX, BUILDKITE_PARALLEL_JOB, CIRCLE_NODE_INDEX is set); write --shard I/N, "
          "such as 2/16");
  refused("check hardened --shard 1/2 --json",
          "--json is for merge, which tells what all shards together came to; leave it out where "
          "there is --shard");
  refused("check hardened --shard 1/2 --report-dir report",
          "--report-dir is for merge, which tells what all shards together came to; leave it out "
          "where there is --shard");
  refused("check hardened --out a.json",
          "--out is for the result of a shard; add --shard, or leave it out");
  folder.write("notes.txt", "mine");
  refused("check hardened --shard 1/2 --out notes.txt",
          "notes.txt is no result of a shard, and would be lost; name another file with --out");
  refused("mutate hardened --shard 1/2 --out .", "--out is ., a folder; name a file in it");
  refused("merge none.json",
          "none.json: there is no such file, but the result of a shard is expected here; create "
          "it, or mend its name");
}

}  // namespace
}  // namespace fencepost
