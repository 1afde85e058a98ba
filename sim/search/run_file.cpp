#include "sim/search/run_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "sim/engine/fleet.hpp"
#include "sim/text/error.hpp"
#include "sim/text/files.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& file) {
  std::error_code none;
  if (fs::is_directory(file, none))
    throw InputError(
        fmt::format("{} is a folder, but must be a saved run, such as fencepost-failures/NAME.json",
                    file.string()));
  std::optional<std::string> text = bytes_of(file);
  if (!text)
    throw InputError(fmt::format("{} can't be read ({}); name a saved run", file.string(),
                                 std::strerror(errno)));
  return std::move(*text);
}

/// Where that is which a saved file names: from the nearest folder above the file, because files go
/// where their project goes, or else from the working directory; called as from here. nullopt where
/// it is nowhere.
template <typename IsThere>
std::optional<std::string> place_of(const fs::path& file, const std::string& named,
                                    const IsThere& is_there) {
  std::error_code none;
  for (fs::path above = fs::absolute(file, none).parent_path();; above = above.parent_path()) {
    if (is_there(above / named)) return from_here((above / named).lexically_normal());
    if (above == above.parent_path()) break;
  }
  return is_there(fs::path(named)) ? std::optional(named) : std::nullopt;
}

[[noreturn]] void not_there(const fs::path& file, std::string_view key, const std::string& named) {
  throw InputError(
      fmt::format("{}: {} \"{}\" is not there, neither from this folder nor from one above the "
                  "file; run it where it was saved",
                  place_in(file, key), key, named));
}

[[noreturn]] void differs(const fs::path& file, std::string_view what, const std::string& name,
                          const std::string& then, const std::string& now) {
  throw InputError(fmt::format(
      "{}: this run was made with version {} of {} \"{}\", which is now version {}; its history "
      "would be another one: run check again, or try it anyway with --force",
      place_in(file, fmt::format("{}_hash", what)), then, what, name, now));
}

/// What is wrong with what a saved file names is told with the line that names it.
template <typename Read>
void named_in(const fs::path& file, std::string_view key, const Read& read) {
  try {
    read();
  } catch (const InputError& error) {
    throw InputError(fmt::format("{} names it: {}", place_in(file, key), error.what()));
  }
}

/// Whether a saved run of another folder's protocol, which only has the same name, is there.
bool is_anothers(const fs::path& file, const SavedRun& run) {
  std::error_code none;
  if (!fs::is_regular_file(file, none)) return false;
  try {
    const SavedRun there = read_run(file);
    if (there.protocol_folder.empty() || run.protocol_folder.empty())
      return there.protocol_folder.empty() != run.protocol_folder.empty();
    const auto folder = protocol_named_in(file, there.protocol_folder);
    return folder && !fs::equivalent(*folder, run.protocol_folder, none);
  } catch (const InputError&) {
    return false;
  }
}

}  // namespace

std::optional<std::string> protocol_named_in(const fs::path& file, const std::string& named) {
  return place_of(file, named, [](const fs::path& folder) {
    std::error_code none;
    return fs::is_regular_file(folder / "protocol.toml", none);
  });
}

std::optional<std::string> scenario_named_in(const fs::path& file, const std::string& named) {
  if (named.empty()) return std::nullopt;
  return place_of(file, named, [](const fs::path& each) {
    std::error_code none;
    return each.extension() == ".toml" && fs::is_regular_file(each, none);
  });
}

std::string place_in(const fs::path& file, std::string_view text) {
  const std::string all = text_of(file);
  const std::size_t at = all.find(fmt::format("\"{}\"", text));
  const auto lines = at == std::string::npos
                         ? 0
                         : std::count(all.begin(), all.begin() + static_cast<long>(at), '\n');
  return fmt::format("{}:{}", file.string(), 1 + lines);
}

void demand_workers(const fs::path& file, const SavedRun& run, const Protocol& protocol) {
  std::vector<std::string> workers;
  for (const PlannedWorker& each : planned_workers(protocol, run.load))
    workers.push_back(each.name);
  for (const Deviation& deviation : run.tape) {
    const std::string& who = deviation.point.who;
    const std::string name = who.substr(0, who.find_first_of("./"));
    const bool nobody = name == "start" || name == "time" || name == "gate" || name == "load";
    if (!nobody && std::ranges::count(workers, name) == 0)
      throw InputError(
          fmt::format("{}: \"who\" is {}, but the workers of this run are {}; correct it",
                      place_in(file, who), in_quotes(who), listed(workers)));
  }
}

SavedRun read_run(const fs::path& file) { return saved_run_from_json(text_of(file), file); }

LoadedRun load_run(const fs::path& file, const Gallery& gallery, Versions versions) {
  LoadedRun loaded{read_run(file), {}, {}};
  const SavedRun& run = loaded.run;
  std::optional<std::string> folder = run.protocol, under = run.scenario;
  if (!run.protocol_folder.empty()) folder = protocol_named_in(file, run.protocol_folder);
  if (!folder) not_there(file, "protocol_folder", run.protocol_folder);
  named_in(file, run.protocol_folder.empty() ? "protocol" : "protocol_folder",
           [&] { loaded.protocol = gallery.protocol(*folder); });
  if (!run.scenario_file.empty()) under = scenario_named_in(file, run.scenario_file);
  if (!under) not_there(file, "scenario_file", run.scenario_file);
  named_in(file, run.scenario_file.empty() ? "scenario" : "scenario_file",
           [&] { loaded.scenario = gallery.scenario(*under, loaded.protocol); });
  if (versions == Versions::may_differ) return loaded;
  const Protocol& protocol = loaded.protocol.protocol;
  const Scenario& scenario = loaded.scenario.scenario;
  if (run.protocol_hash != protocol.hash)
    differs(file, "protocol", protocol.name, run.protocol_hash, protocol.hash);
  if (run.scenario_hash != scenario.hash)
    differs(file, "scenario", scenario.name, run.scenario_hash, scenario.hash);
  demand_workers(file, run, protocol);
  return loaded;
}

void save_run(const SavedRun& run, const fs::path& file) {
  write_text_file(file, to_json(run), "the saved run");
}

std::optional<fs::path> save_failure(const SavedRun& run, const fs::path& folder,
                                     const std::string& which) {
  std::error_code error;
  fs::create_directories(folder, error);
  const std::string stem = fmt::format("{}-{}-{}{}", run.protocol, run.scenario, run.property,
                                       which.empty() ? "" : "-" + which);
  fs::path file = folder / (stem + ".json");
  for (int i = 2; is_anothers(file, run); ++i) file = folder / fmt::format("{}-{}.json", stem, i);
  if (!error && try_write_whole(file, to_json(run))) return file;
  fmt::print(stderr,
             "fencepost: {} can't be written ({}), so this failure is not saved; name another "
             "folder with --failures\n",
             file.string(), error ? error.message() : std::strerror(errno));
  return std::nullopt;
}

std::string run_command_of(const std::string& program, const SavedRun& run) {
  return fmt::format("{} run {} {} --seed {}", program,
                     for_shell(run.protocol_folder.empty() ? run.protocol : run.protocol_folder),
                     for_shell(run.scenario_file.empty() ? run.scenario : run.scenario_file),
                     run.seed);
}

std::string replay_command_of(const std::string& program, const fs::path& file) {
  return fmt::format("{} replay {}", program, for_shell(file.string()));
}

}  // namespace fencepost
