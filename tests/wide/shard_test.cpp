// Which machine this is, and which seeds are its own.
#include "sim/wide/shard.hpp"

#include <map>

#include "sim/text/error.hpp"
#include "tests/fixtures/law.hpp"

namespace fencepost {
namespace {

using Variables = std::map<std::string, std::string>;

/// "2/16", or what is said against it.
std::string shard_by(const std::string& given, const Variables& variables = {}) {
  try {
    return to_text(
        shard_from({given, "--shard"}, [&](const std::string& name) -> std::optional<std::string> {
          const auto found = variables.find(name);
          if (found == variables.end()) return std::nullopt;
          return found->second;
        }));
  } catch (const InputError& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("shard: every seed is dealt once, in the order of the shards, and in equal shares",
          "[wide]") {
  law("for any seeds and any number of machines", [] {
    const std::uint64_t before = any_number<std::uint64_t>(1000);
    const SeedRange all{before + 1, before + any_number<std::uint64_t>(1, 60)};
    const int of = any_number(1, 40);
    const std::uint64_t least = (all.last - all.first + 1) / static_cast<std::uint64_t>(of);
    std::uint64_t next = all.first;
    for (int number = 1; number <= of; ++number) {
      const SeedRange own = seeds_of({number, of}, all);
      HOLDS(own.first == next);
      const std::uint64_t count = own.last + 1 - own.first;
      HOLDS((count == least || count == least + 1));
      next = own.last + 1;
    }
    HOLDS(next == all.last + 1);
  });
}

TEST_CASE("shard: the first machine has the first seed, and more machines than seeds have none",
          "[wide]") {
  CHECK(seeds_of({1, 3}, {1, 100}).last == 34);
  CHECK(seeds_of({3, 3}, {1, 100}).first == 68);
  CHECK(seeds_of({1, 5}, {7, 8}).first == 7);
  CHECK(seeds_of({1, 5}, {7, 8}).last == 7);
  const SeedRange none = seeds_of({5, 5}, {7, 8});
  CHECK(none.first == none.last + 1);
}

TEST_CASE("shard: a number of a number is itself, and anything else is refused", "[wide]") {
  CHECK(shard_by("2/16") == "2/16");
  CHECK(shard_by("1/1") == "1/1");
  for (const char* wrong : {"0/4", "5/4", "2", "2/", "/4", "2/4/8", "-1/4", "a/b", "1/9999999", ""})
    CHECK(shard_by(wrong) == "--shard is \"" + std::string(wrong) +
                                 "\", but must be I/N, with I from 1 to N and N up to 1000000, "
                                 "such as 2/16, or auto");
}

TEST_CASE("shard: what runs many machines says which one this is, from 0 or from 1", "[wide]") {
  CHECK(shard_by("auto", {{"JOB_COMPLETION_INDEX", "0"}, {"FENCEPOST_SHARDS", "8"}}) == "1/8");
  const Variables slurm = {{"SLURM_ARRAY_TASK_COUNT", "16"}, {"SLURM_ARRAY_TASK_ID", "15"}};
  Variables from_0 = slurm, from_1 = slurm;
  from_0.insert({{"SLURM_ARRAY_TASK_MIN", "0"}, {"SLURM_ARRAY_TASK_MAX", "15"}});
  from_1.insert({{"SLURM_ARRAY_TASK_MIN", "1"}, {"SLURM_ARRAY_TASK_MAX", "16"}});
  CHECK(shard_by("auto", from_0) == "16/16");
  CHECK(shard_by("auto", from_1) == "15/16");
  CHECK(shard_by("auto", {{"CI_NODE_INDEX", "2"}, {"CI_NODE_TOTAL", "3"}}) == "2/3");
  CHECK(shard_by("auto", {{"BUILDKITE_PARALLEL_JOB", "2"},
                          {"BUILDKITE_PARALLEL_JOB_COUNT", "3"}}) == "3/3");
  CHECK(shard_by("auto", {{"CIRCLE_NODE_INDEX", "0"}, {"CIRCLE_NODE_TOTAL", "1"}}) == "1/1");
  CHECK(shard_by("auto", {{"TEST_SHARD_INDEX", "4"}, {"TEST_TOTAL_SHARDS", "5"}}) == "5/5");
  CHECK(shard_by("auto", {{"FENCEPOST_SHARD_INDEX", "1"},
                          {"FENCEPOST_SHARDS", "4"},
                          {"CIRCLE_NODE_INDEX", "0"},
                          {"CIRCLE_NODE_TOTAL", "1"}}) == "2/4");
}

TEST_CASE("shard: where nothing says it, or not all of it, one sentence says what to do",
          "[wide]") {
  CHECK(shard_by("auto") ==
        "--shard is auto, but nothing says which machine this is (none of FENCEPOST_SHARD_INDEX, "
        "TEST_SHARD_INDEX, SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX, CI_NODE_INDEX, "
        "BUILDKITE_PARALLEL_JOB, CIRCLE_NODE_INDEX is set); write --shard I/N, such as 2/16");
  CHECK(shard_by("auto", {{"JOB_COMPLETION_INDEX", "3"}}) ==
        "Kubernetes says by JOB_COMPLETION_INDEX that this is one of several machines, but "
        "FENCEPOST_SHARDS does not say of how many; set it to their number");
  CHECK(shard_by("auto", {{"JOB_COMPLETION_INDEX", "8"}, {"FENCEPOST_SHARDS", "8"}}) ==
        "JOB_COMPLETION_INDEX is 8, but with 8 machines (FENCEPOST_SHARDS) it must be from 0 to 7");
  CHECK(shard_by("auto", {{"CI_NODE_INDEX", "0"}, {"CI_NODE_TOTAL", "3"}}) ==
        "CI_NODE_INDEX is 0, but with 3 machines (CI_NODE_TOTAL) it must be from 1 to 3");
  CHECK(shard_by("auto", {{"CI_NODE_INDEX", "two"}, {"CI_NODE_TOTAL", "3"}}) ==
        "CI_NODE_INDEX is \"two\", but must be a whole number from 0 to 1000000");
  CHECK(shard_by("auto", {{"JOB_COMPLETION_INDEX", "0"}, {"FENCEPOST_SHARDS", "0"}}) ==
        "FENCEPOST_SHARDS is \"0\", but must be a whole number from 1 to 1000000");
  CHECK(shard_by("auto", {{"SLURM_ARRAY_TASK_COUNT", "2"}, {"SLURM_ARRAY_TASK_ID", "1"}}) ==
        "Slurm says by SLURM_ARRAY_TASK_ID that this is one of several machines, but "
        "SLURM_ARRAY_TASK_MIN does not say which index is the first; set it to that index");
  CHECK(shard_by("auto", {{"SLURM_ARRAY_TASK_COUNT", "2"},
                          {"SLURM_ARRAY_TASK_ID", "7"},
                          {"SLURM_ARRAY_TASK_MIN", "3"},
                          {"SLURM_ARRAY_TASK_MAX", "7"}}) ==
        "this is a part of a Slurm array (2 tasks from 3 to 7), which does not say how many shards "
        "there are; begin arrays with 0 or 1 and leave none out, or write --shard I/N");
}

}  // namespace fencepost
