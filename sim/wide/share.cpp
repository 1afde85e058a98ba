#include "sim/wide/share.hpp"

#include <fmt/format.h>

#include "sim/text/error.hpp"
#include "sim/text/files.hpp"

namespace fencepost {
namespace {

namespace fs = std::filesystem;

fs::path file_of(const ShareFlags& flags, Shard shard) {
  return flags.out.value_or(fs::path(flags.folder) /
                            fmt::format("{}-of-{}.json", shard.number, shard.of));
}

/// What is there may be the same shard's, which was run before, or empty.
void demand_replaceable(const fs::path& file) {
  std::error_code error;
  const fs::file_type type = fs::status(file, error).type();
  if (type == fs::file_type::directory)
    throw InputError(fmt::format("--out is {}, a folder; name a file in it", file.string()));
  if (type != fs::file_type::regular) return;
  const std::string text = bytes_of(file).value_or("");
  if (!text.empty() && !is_shard_result(text))
    throw InputError(
        fmt::format("{} is no result of a shard, and would be lost; name another file with --out",
                    file.string()));
}

}  // namespace

void add_share(Flags& flags, ShareFlags& into, std::string about, std::string folder) {
  flags.add("--shard", &into.shard, std::move(about)).value("I/N").environment("FENCEPOST_SHARD");
  flags.add("--out", &into.out, fmt::format("Its result [{}/I-of-N.json]", folder));
  into.folder = std::move(folder);
}

std::optional<Shard> share_of(const Context& context, const ShareFlags& flags,
                              const std::vector<std::string_view>& for_merge) {
  if (flags.shard.text.empty()) {
    if (flags.out)
      throw InputError("--out is for the result of a shard; add --shard, or leave it out");
    return std::nullopt;
  }
  const Shard shard = shard_from(flags.shard, context.environment);
  if (!for_merge.empty())
    throw InputError(
        fmt::format("{} is for merge, which tells what all shards together came to; leave it out "
                    "where there is --shard",
                    for_merge.front()));
  demand_replaceable(file_of(flags, shard));
  if (const auto file = bazel_status_file(flags.shard, context.environment))
    write_text_file(*file, "", "Bazel's status file");
  return shard;
}

bool by_flag(const Context& context, const std::optional<fs::path>& value,
             const std::string& twin) {
  return value && context.environment(twin).value_or("") != value->string();
}

int leave_result(const ShareFlags& flags, const ShardResult& result, const std::string& what,
                 const std::exception_ptr& trouble) {
  if (interrupted()) {
    fmt::print(stderr, "fencepost: stopped by {}, so this shard leaves no result\n",
               interrupted_by());
    return kInterrupted;
  }
  if (trouble != nullptr) {
    fmt::print(stderr, "fencepost: the shard came to no end, and leaves no result\n");
    std::rethrow_exception(trouble);
  }
  const fs::path file = file_of(flags, result.shard());
  write_whole_file(file, to_json(result), "the shard's result");
  fmt::print("shard {}: {}; its result is {}\n", to_text(result.shard()), what, file.string());
  return kHolds;
}

}  // namespace fencepost
