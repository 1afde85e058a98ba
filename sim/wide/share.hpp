// A command's share of work that several machines do: its flags, and the file that it leaves.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/wide/shard_result.hpp"

namespace fencepost {

struct ShareFlags {
  GivenText shard;
  std::optional<std::filesystem::path> out;  ///< where the result goes
  /// Where it goes otherwise; filled in by add_share.
  std::string folder;
};
/// --shard and --out. `folder` is for all results of that command.
void add_share(Flags& flags, ShareFlags& into, std::string about, std::string folder);

/// Which share is to be done here; nullopt: all of it. Throws InputError for a flag of `for_merge`,
/// which are given and tell what all shards together came to, for --out without --shard, and where
/// the result can't be written without taking the place of something else.
std::optional<Shard> share_of(const Context& context, const ShareFlags& flags,
                              const std::vector<std::string_view>& for_merge);

/// Whether a flag said that, and not its twin in the environment, which may be meant for another
/// command.
bool by_flag(const Context& context, const std::optional<std::filesystem::path>& value,
             const std::string& twin);

/// Leaves the result, or nothing: half a share can't be put together. What was found is no failure
/// of the machine's, so the status says only whether the result is there. `what` was done.
int leave_result(const ShareFlags& flags, const ShardResult& result, const std::string& what,
                 const std::exception_ptr& trouble);

}  // namespace fencepost
