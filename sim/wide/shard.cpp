#include "sim/wide/shard.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "sim/text/error.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

constexpr int kMostShards = 1'000'000;
/// Kubernetes says no total; a user's own variable does.
constexpr std::string_view kTotal = "FENCEPOST_SHARDS";

/// What runs many machines, and by which variables it tells each which one it is.
struct Runner {
  std::string_view called;
  std::string_view index;
  std::string_view total;
  int first = 0;                 ///< the index of the first machine
  std::string_view first_index;  ///< the variable that says that index; empty: it is `first`
};
// Who starts a machine comes before who started that.
constexpr Runner kRunners[] = {
    {"the environment", "FENCEPOST_SHARD_INDEX", kTotal, 0, ""},
    {"Bazel", "TEST_SHARD_INDEX", "TEST_TOTAL_SHARDS", 0, ""},
    {"Slurm", "SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", 0, "SLURM_ARRAY_TASK_MIN"},
    {"Kubernetes", "JOB_COMPLETION_INDEX", kTotal, 0, ""},
    {"GitLab", "CI_NODE_INDEX", "CI_NODE_TOTAL", 1, ""},
    {"Buildkite", "BUILDKITE_PARALLEL_JOB", "BUILDKITE_PARALLEL_JOB_COUNT", 0, ""},
    {"CircleCI", "CIRCLE_NODE_INDEX", "CIRCLE_NODE_TOTAL", 0, ""},
};

std::optional<int> number_in(std::string_view text) {
  int number = 0;
  const char* const end = text.data() + text.size();
  const auto [read, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || read != end || number < 0 || number > kMostShards)
    return std::nullopt;
  return number;
}

/// What a variable says of a machine, and from which number on.
struct SaidNumber {
  std::string_view what, as;
  int least = 0;
};
constexpr SaidNumber kHowMany = {"of how many", "their number", 1};
constexpr SaidNumber kWhich = {"which index is the first", "that index"};

/// The number that a variable must hold.
int number_of(std::string_view variable, SaidNumber said, const Runner& runner,
              const Environment& environment) {
  const auto text = environment(std::string(variable));
  if (!text)
    throw InputError(fmt::format(
        "{} says by {} that this is one of several machines, but {} does not say {}; set it to {}",
        runner.called, runner.index, variable, said.what, said.as));
  const auto number = number_in(*text);
  if (!number || *number < said.least)
    throw InputError(fmt::format("{} is {}, but must be a whole number from {} to {}", variable,
                                 in_quotes(*text), said.least, kMostShards));
  return *number;
}

/// A part of an array, such as 3,7, does not say which machine this is.
void demand_whole(int first, int total, const Environment& environment) {
  const auto last = environment("SLURM_ARRAY_TASK_MAX");
  if (first > 1 || (last && number_in(*last) != first + total - 1))
    throw InputError(fmt::format(
        "this is a part of a Slurm array ({} tasks from {} to {}), which does not say how many "
        "shards there are; begin arrays with 0 or 1 and leave none out, or write --shard I/N",
        total, first, last.value_or("?")));
}

Shard shard_by(const Runner& runner, const Environment& environment) {
  const int index = number_of(runner.index, kWhich, runner, environment);
  const int total = number_of(runner.total, kHowMany, runner, environment);
  int first = runner.first;
  if (!runner.first_index.empty()) {
    first = number_of(runner.first_index, kWhich, runner, environment);
    demand_whole(first, total, environment);
  }
  if (index < first || index - first >= total)
    throw InputError(fmt::format("{} is {}, but with {} machines ({}) it must be from {} to {}",
                                 runner.index, index, total, runner.total, first,
                                 first + total - 1));
  return {index - first + 1, total};
}

const Runner* runner_of(const Environment& environment) {
  const auto* const found = std::find_if(
      std::begin(kRunners), std::end(kRunners),
      [&](const Runner& each) { return environment(std::string(each.index)).has_value(); });
  return found == std::end(kRunners) ? nullptr : found;
}

}  // namespace

std::string to_text(Shard shard) { return fmt::format("{}/{}", shard.number, shard.of); }

SeedRange seeds_of(Shard shard, SeedRange all) {
  const std::uint64_t seeds = all.last - all.first + 1;
  const auto of = static_cast<std::uint64_t>(shard.of);
  const auto before = static_cast<std::uint64_t>(shard.number - 1);
  const std::uint64_t first = all.first + before * (seeds / of) + std::min(before, seeds % of);
  return {first, first + seeds / of + (before < seeds % of ? 1 : 0) - 1};
}

Shard shard_from(const GivenText& given, const Environment& environment) {
  if (given.text == "auto") {
    if (const Runner* const runner = runner_of(environment)) return shard_by(*runner, environment);
    std::vector<std::string_view> variables;
    for (const Runner& each : kRunners) variables.push_back(each.index);
    throw InputError(
        fmt::format("{} is auto, but nothing says which machine this is (none of {} is set); write "
                    "--shard I/N, such as 2/16",
                    given.by, fmt::join(variables, ", ")));
  }
  const std::size_t slash = given.text.find('/');
  if (slash != std::string::npos) {
    const auto number = number_in(std::string_view(given.text).substr(0, slash));
    const auto of = number_in(std::string_view(given.text).substr(slash + 1));
    if (number && of && *number >= 1 && *number <= *of) return {*number, *of};
  }
  throw InputError(
      fmt::format("{} is {}, but must be I/N, with I from 1 to N and N up to {}, such as 2/16, or "
                  "auto",
                  given.by, in_quotes(given.text), kMostShards));
}

std::optional<std::string> bazel_status_file(const GivenText& given,
                                             const Environment& environment) {
  if (given.text != "auto") return std::nullopt;
  return environment("TEST_SHARD_STATUS_FILE");
}

}  // namespace fencepost
