// The results of all machines, put together: what one machine would have left.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/wide/shard_result.hpp"

namespace fencepost {

/// A result, and its file.
struct GivenResult {
  std::filesystem::path file;
  ShardResult result;
};

/// The results that are named: files, and folders, of which each *.json counts. Throws InputError
/// for a folder that holds none, and for whatever is wrong in a file.
std::vector<GivenResult> read_results(const std::vector<std::string>& named);

/// Throws InputError, in a sentence that names both and what differs, where these are labels of
/// different work. `first` and `second` are what messages call them.
void demand_one_check(const std::string& first, const WorkLabel& one, const std::string& second,
                      const WorkLabel& other);

/// The result of machine 1 of 1. Throws InputError where the results do not belong together, one is
/// missing, or there twice. Precondition: there are some.
ShardResult joined(std::vector<GivenResult> results);

}  // namespace fencepost
