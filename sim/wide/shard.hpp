// A share of a check: which of several machines this is, said by the user or by what runs it, and
// which of the seeds are its own.
#pragma once

#include <optional>
#include <string>

#include "sim/cli/command_line.hpp"
#include "sim/search/checker.hpp"

namespace fencepost {

/// Machine `number` of `of`, from 1 on.
struct Shard {
  int number = 1;
  int of = 1;
  bool operator==(const Shard&) const = default;
};
/// "2/16".
std::string to_text(Shard shard);

/// The seeds of one: each has a run of neighbours, in the order of its number, as long as those of
/// the others or longer by one; it is empty where there are more machines than seeds. So all of
/// them together are all of the seeds, each once, and the first machine has the first of them.
SeedRange seeds_of(Shard shard, SeedRange all);

/// What is given: "2/16"; or "auto", which is what the environment says: our own variables, Bazel,
/// Slurm, Kubernetes, GitLab, Buildkite, CircleCI. Throws InputError for anything else, for numbers
/// that make no sense, and for "auto" where nothing says it.
Shard shard_from(const GivenText& given, const Environment& environment);

/// The file by which Bazel learns that a test knows of shards; nullopt outside of it.
std::optional<std::string> bazel_status_file(const GivenText& given,
                                             const Environment& environment);

}  // namespace fencepost
