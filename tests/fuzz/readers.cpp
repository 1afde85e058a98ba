// Every reader of a user's files, fed with files that were right until something happened to them:
// readers SECONDS [FIRST]. A case is a function of its number. Each ends in a value or in an
// InputError, soon; anything else (another exception, a signal, five seconds, four gigabytes) is
// printed with the files that did it, which are kept.
#include <fmt/format.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>

#include "model/hash.hpp"
#include "sim/cli/results.hpp"
#include "sim/input/protocol.hpp"
#include "sim/input/scenario.hpp"
#include "sim/search/saved_run.hpp"
#include "sim/text/error.hpp"
#include "sim/text/files.hpp"
#include "sim/wide/shard_result.hpp"
#include "tests/fixtures/report_example.hpp"
#include "tests/fuzz/hurt.hpp"

namespace fencepost {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto kPatience = 5s;
constexpr rlim_t kMemory = rlim_t{4} << 30;

// ---- what there is to read

std::string text_of(const fs::path& file) { return bytes_of(file).value_or(""); }

std::vector<fs::path> files_below(const fs::path& folder, const std::string& extension) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file() && entry.path().extension() == extension)
      found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

/// The project's own files, each of which reads well.
struct Examples {
  std::vector<fs::path> protocols;  ///< folders
  std::vector<fs::path> scenarios;
  std::vector<fs::path> runs;
  std::string results = to_json(without_failures());
  std::string shard = to_json(shard_result());
  std::string mutants = to_json(mutants_result());

  Examples() {
    const fs::path project = FENCEPOST_SOURCE_DIR;
    for (const char* folder : {"scenarios", "examples", "tests"})
      for (const fs::path& file : files_below(project / folder, ".toml"))
        if (file.filename() == "protocol.toml")
          protocols.push_back(file.parent_path());
        else if (file.filename() != "fencepost.toml")
          scenarios.push_back(file);
    runs = files_below(project / "scenarios", ".json");
    std::erase_if(runs,
                  [](const fs::path& file) { return file.parent_path().filename() != "failures"; });
  }

 private:
  static CheckReport without_failures() {
    CheckReport report = example_report();
    report.protocols[0].failures.clear();
    return report;
  }
  static ShardResult shard_result() {
    ShardResult result;
    result.label.protocols = {{"mine", "00ff", {}, {{"stall", "1234"}, {"calm", "5678"}}}};
    result.tallies = {example_report().protocols[0].tallies};
    result.saved = {
        {{"a.json", "stall", "single_owner", Came::fails_again, false, "a.json fails again"},
         0,
         std::nullopt}};
    return result;
  }
  static ShardResult mutants_result() {
    ShardResult result;
    result.label.command = "mutate";
    result.label.protocols = {{"mine", "00ff", {}, {{"stall", "1234"}}}};
    result.tried = {
        {{"single_owner"}, {{1, Became::caught, "fenced_writes", "stall", 7, 12, 340, "why"}}}};
    return result;
  }
};

/// One of them in a folder of its own, hurt, and read.
class Case {
 public:
  Case(std::uint64_t number, const Examples& examples, const fs::path& folder)
      : draws_(number), examples_(examples), folder_(folder) {}

  void read() {
    switch (draws_.below(5)) {
      case 0:
      case 1:
        return read_hurt_protocol();
      case 2:
        return read_hurt_scenario();
      case 3:
        return read_hurt_run();
      default:
        return read_hurt_results();
    }
  }

 private:
  std::string hurt_text(std::string text, const std::string& other) {
    for (std::size_t i = 1 + draws_.below(4) * draws_.below(3); i > 0; --i)
      hurt(text, other, draws_);
    return text;
  }
  fs::path written(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return folder_ / name;
  }

  void read_hurt_protocol() {
    const fs::path& from = draws_.one_of(examples_.protocols);
    fs::copy(from, folder_, fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    std::vector<fs::path> files = files_below(folder_, ".sql");
    for (std::size_t i = 1 + draws_.below(3); i > 0; --i) {
      const fs::path file =
          files.empty() || draws_.below(2) == 0 ? folder_ / "protocol.toml" : draws_.one_of(files);
      const fs::path other = draws_.one_of(examples_.protocols) / file.filename();
      const std::string text = hurt_text(text_of(file), text_of(other));
      std::ofstream(file, std::ios::binary) << text;
    }
    read_protocol(folder_);
  }
  void read_hurt_scenario() {
    const fs::path file =
        written("scenario.toml", hurt_text(text_of(draws_.one_of(examples_.scenarios)),
                                           text_of(draws_.one_of(examples_.scenarios))));
    check_names(read_scenario(file));
  }
  void read_hurt_run() {
    const std::string text =
        hurt_text(text_of(draws_.one_of(examples_.runs)), text_of(draws_.one_of(examples_.runs)));
    const fs::path file = written("run.json", text);
    is_results(text, file);
    saved_run_from_json(text, file);
    told_run_from_json(text, file);
  }
  /// Of a check or of a shard; with a digest that is right, or nothing behind it would be looked
  /// at.
  void read_hurt_results() {
    const bool whole = draws_.below(2) == 0;
    const std::string& shard = draws_.below(2) == 0 ? examples_.shard : examples_.mutants;
    std::string text =
        hurt_text(whole ? examples_.results : shard, text_of(draws_.one_of(examples_.runs)));
    const std::size_t end = text.rfind("  \"digest\"");
    if (end != std::string::npos && draws_.below(4) != 0) {
      text.resize(end);
      text += fmt::format("  \"digest\": \"{}\"\n}}\n", fingerprint(text));
    }
    const fs::path file = written("results.json", text);
    if (whole)
      results_from_json(text, file);
    else
      shard_result_from_json(text, file);
  }

  Draws draws_;
  const Examples& examples_;
  const fs::path& folder_;
};

// ---- the one that reads, and the one that watches it

/// What both see.
struct Shared {
  std::atomic<std::uint64_t> number;   ///< of the case that is being read
  std::atomic<std::uint64_t> refused;  ///< InputErrors so far
};

/// Ends with 0 when the time is over, 1 where a case ended in something else; `number` says which.
int read_cases(Shared& shared, const Examples& examples, const fs::path& folder,
               std::chrono::steady_clock::time_point end) {
  for (; std::chrono::steady_clock::now() < end; ++shared.number) {
    fs::remove_all(folder);
    fs::create_directories(folder);
    try {
      Case(shared.number, examples, folder).read();
    } catch (const InputError& error) {
      ++shared.refused;
      if (std::string_view(error.what()).empty())
        return fmt::print("an InputError that says nothing\n"), 1;
    } catch (const std::exception& error) {
      return fmt::print("{}\n", error.what()), 1;
    }
  }
  return 0;
}

/// How the reading child came to its end, which may be ours; empty: all was well.
std::string end_of(pid_t child, const Shared& shared) {
  std::uint64_t seen = shared.number;
  auto since = std::chrono::steady_clock::now();
  int status = 0;
  while (waitpid(child, &status, WNOHANG) != child) {
    usleep(20'000);
    const auto now = std::chrono::steady_clock::now();
    if (shared.number != seen) seen = shared.number, since = now;
    if (now - since < kPatience) continue;
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    return "it takes too long";
  }
  if (WIFSIGNALED(status)) return fmt::format("signal {}", WTERMSIG(status));
  return WEXITSTATUS(status) == 0 ? "" : "another exception";
}

void limit_memory() {
#ifndef __SANITIZE_ADDRESS__
  const rlimit limit{kMemory, kMemory};
  setrlimit(RLIMIT_AS, &limit);
#endif
}

/// How many cases ended as none may.
int read_for(std::chrono::seconds time, std::uint64_t first) {
  const Examples examples;
  std::string place = (fs::temp_directory_path() / "fencepost-readers-XXXXXX").string();
  const fs::path folder = fs::path(mkdtemp(place.data()));
  void* memory =
      mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  Shared& shared = *new (memory) Shared{first, 0};
  const auto end = std::chrono::steady_clock::now() + time;
  int found = 0;
  while (std::chrono::steady_clock::now() < end) {
    std::fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
      limit_memory();
      const int status = read_cases(shared, examples, folder / "case", end);
      std::fflush(stdout);
      _exit(status);
    }
    const std::string why = end_of(child, shared);
    if (why.empty()) continue;
    const std::uint64_t number = shared.number++;
    fs::copy(folder / "case", folder / std::to_string(number), fs::copy_options::recursive);
    fmt::print("case {}: {}; its files are in {}\n", number, why,
               (folder / std::to_string(number)).string());
    ++found;
  }
  const std::uint64_t cases = shared.number - first;
  fmt::print("{} cases, {} of them refused, {} found\n", cases, shared.refused.load(), found);
  fs::remove_all(found == 0 ? folder : folder / "case");
  return found;
}

}  // namespace
}  // namespace fencepost

int main(int count, char** values) {
  const long seconds = count > 1 ? std::atol(values[1]) : 0;
  if (seconds <= 0) return fmt::print(stderr, "usage: readers SECONDS [FIRST]\n"), 2;
  const std::uint64_t first = count > 2 ? std::strtoull(values[2], nullptr, 10) : 1;
  return fencepost::read_for(std::chrono::seconds(seconds), first) == 0 ? 0 : 1;
}
