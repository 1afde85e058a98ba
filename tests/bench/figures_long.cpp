// Figures of large and of many histories, and of the whole program.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cmath>

#include "sim/text/error.hpp"
#include "tests/bench/figures.hpp"

namespace fencepost {
namespace {

using Seconds = std::chrono::duration<double>;

Seconds now() { return std::chrono::steady_clock::now().time_since_epoch(); }

/// What grows, by its name in a load, in these steps.
struct Growth {
  std::string protocol;
  std::string what;
  std::vector<int> sizes;
};

/// How a statement's cost follows a size: the exponent between the last two sizes, 0 where it
/// does not.
std::string exponent(double less, double more, double times_size) {
  return less > 0 && more > 0 ? fmt::format("{:+.2f}", std::log(more / less) / std::log(times_size))
                              : "";
}

/// Many workers need a turn ahead, in which their sessions are opened; long histories need none.
Repeats repeats_of(const Growth& growth, int size) {
  if (size <= 100) return {5, 1};
  return growth.what == "workers" ? Repeats{3, 1} : Repeats{1, 0};
}

void print_growth_of(const Bench& bench, Turns& turns, const Growth& growth) {
  double last_now = 0, last_before = 0, last_size = 0;
  for (const int size : growth.sizes) {
    const BenchRound round{What::histories, bundled(growth.protocol), scenario_file("quiet-day"), 1,
                           Answers::quiet,  {{growth.what, size}}};
    std::vector<std::string> cells = {growth.protocol, growth.what, fmt::to_string(size)};
    try {
      const Compared found = turns.measure(round, per_statement, repeats_of(growth, size));
      const std::string& failed = found.before_figures.failed;
      cells.push_back(cell(found.now_figures.numbers.at("statements")));
      cells.push_back(!bench.before ? "" : failed.empty() ? cell(found.before / 1e3) : "fails");
      cells.push_back(exponent(last_before, found.before, size / last_size));
      cells.push_back(cell(found.now / 1e3));
      cells.push_back(exponent(last_now, found.now, size / last_size));
      last_now = found.now;
      last_before = found.before;
    } catch (const EnvironmentError& error) {
      cells.push_back("fails");
      fmt::print(stderr, "fencepost_bench: {}\n", error.what());
    }
    print_row(cells);
    last_size = size;
  }
}

/// A check of one protocol that was started, with its output in a pipe.
class Check {
 public:
  Check(const Bench& bench, std::vector<std::string> options) {
    std::vector<std::string> arguments = {bench.now.parent_path() / "fencepost", "check",
                                          "kukuri-fenced"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    std::vector<char*> pointers;
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw EnvironmentError("a pipe can't be made");
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, ends[1], 1);
    posix_spawn_file_actions_adddup2(&files, ends[1], 2);
    const int failed = posix_spawn(&pid_, pointers[0], &files, nullptr, pointers.data(), environ);
    posix_spawn_file_actions_destroy(&files);
    close(ends[1]);
    output_ = fdopen(ends[0], "r");
    if (failed != 0) throw EnvironmentError(arguments[0] + " can't be run; build it");
  }
  ~Check() {
    if (output_ != nullptr) std::fclose(output_);
  }
  Check(const Check&) = delete;
  Check& operator=(const Check&) = delete;

  /// Reads until a line tells of a violation, found or saved; false: none did.
  bool until_red() {
    std::string line;
    for (int c = std::fgetc(output_); c != EOF; c = std::fgetc(output_)) {
      if (c != '\n') {
        line += static_cast<char>(c);
        continue;
      }
      if (line.starts_with("violated") || line.find(" fails again: ") != line.npos) return true;
      line.clear();
    }
    return false;
  }
  /// Reads to its end; what it used, with its servers.
  Seconds end() {
    while (std::fgetc(output_) != EOF) continue;
    rusage used{};
    wait4(pid_, nullptr, 0, &used);
    return std::chrono::seconds(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           std::chrono::microseconds(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
  }
  void stop() { kill(pid_, SIGTERM); }

 private:
  pid_t pid_ = 0;
  std::FILE* output_ = nullptr;
};

/// So many at once: real time until all have ended, and CPU time of all.
std::pair<Seconds, Seconds> at_once(const Bench& bench, int count) {
  const Seconds began = now();
  std::vector<std::unique_ptr<Check>> checks;
  for (int each = 0; each < count; ++each)
    checks.push_back(
        std::make_unique<Check>(bench, std::vector<std::string>{"--jobs", "1", "--seeds", "5"}));
  Seconds used{};
  for (const auto& check : checks) {
    used += check->end();
  }
  return {now() - began, used};
}

}  // namespace

void print_growth(const Bench& bench) {
  print_head(
      "Growth: CPU time of a statement in one quiet history; exponent 0 is linear as a whole",
      {"protocol", "of", "size", "statements", "before, µs", "exponent", "now, µs", "exponent"});
  Turns turns = bench.turns();
  for (const Growth& growth : {Growth{"hardened", "jobs", {1, 10, 100, 1000}},
                               Growth{"hardened", "items", {10, 100, 400, 1000}},
                               Growth{"kukuri-fenced", "items", {10, 100, 400}},
                               Growth{"hardened", "workers", {3, 10, 30, 100, 300, 500}}})
    print_growth_of(bench, turns, growth);
}

void print_memory(const Bench& bench) {
  print_head("Memory over 100,000 short histories (three claims), in MB that nobody shares",
             {"histories", "program", "server", "folder", "ms of CPU time a history"});
  LaneProcess lane(bench.now, bench.cores.front());
  BenchRound round{What::histories, own("claims"), own("claims") / "scenario.toml", 0};
  int done = 0;
  for (const int total : {100, 1'000, 5'000, 10'000, 20'000, 50'000, 100'000}) {
    Figures figures;
    while (done < total) {
      round.seeds = std::min(total - done, 5'000);
      lane.ask(round);
      figures = lane.answer();
      SIM_CHECK(figures.failed.empty(), "{}", figures.failed);
      done += round.seeds;
    }
    const auto mb = [&](const std::string& name) { return cell(figures.numbers.at(name) / 1024); };
    print_row({fmt::to_string(total), mb("own_kb"), mb("server_kb"), mb("folder_kb"),
               cell(per_history(figures) / 1e6)});
  }
}

void print_checks(const Bench& bench) {
  print_head(
      "check kukuri-fenced --jobs 1 --seeds 5 at once, medians of 3, in seconds",
      {"at once", "real time", "CPU time of all", "real time over one", "cores would allow"});
  std::vector<double> alone;
  for (const int count : {1, 2, 4}) {
    std::vector<double> real, used;
    for (int turn = 0; turn < 3; ++turn) {
      const auto [wall, cpu] = at_once(bench, count);
      real.push_back(wall.count());
      used.push_back(cpu.count());
    }
    if (alone.empty()) alone = real;
    const auto cores = static_cast<double>(bench.cores.size());
    print_row({fmt::to_string(count), cell(median(real)), cell(median(used)),
               cell(median(real) / median(alone)), cell(std::max(1.0, count / cores))});
  }
  std::vector<double> waits;
  for (int turn = 0; turn < 3; ++turn) {
    const Seconds began = now();
    Check check(bench, {});
    const bool red = check.until_red();
    waits.push_back((now() - began).count());
    check.stop();
    check.end();
    SIM_CHECK(red, "check kukuri-fenced ended without a violation");
  }
  fmt::print(
      "\nThe first red of ./fencepost check kukuri-fenced: after {} s of real time (goal 1)\n",
      cell(median(waits)));
}

}  // namespace fencepost
