// The figures of fencepost's speed, as ratios measured within one run. Nothing here is a test: a
// machine may be slow.
//
//   fencepost_bench [--against PROGRAM] [TABLE…]    all tables, or those that are named; PROGRAM is
//                                                   the fencepost_bench of another commit
//   fencepost_bench rounds CORE                     answers what round.hpp says, a line each
#include <fmt/format.h>
#include <signal.h>

#include <cstdio>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "sim/process/core.hpp"
#include "sim/text/error.hpp"
#include "tests/bench/figures.hpp"
#include "tests/bench/measured_lane.hpp"

using namespace fencepost;
namespace {

struct TableRow {
  std::string name;
  void (*print)(const Bench&);
};
const std::vector<TableRow> kTables = {
    {"lanes", print_lanes},        {"claims", print_claims}, {"transactions", print_transactions},
    {"own", print_own_statements}, {"resets", print_resets}, {"growth", print_growth},
    {"checks", print_checks},      {"memory", print_memory}};

std::vector<TableRow> tables_named(const std::vector<std::string>& names) {
  std::vector<TableRow> chosen = names.empty() ? kTables : std::vector<TableRow>{};
  for (const std::string& name : names) {
    std::string known;
    for (const TableRow& table : kTables) {
      if (table.name == name) chosen.push_back(table);
      known += " " + table.name;
    }
    if (chosen.empty() || chosen.back().name != name)
      throw InputError(fmt::format("there is no table {}; there are{}", name, known));
  }
  return chosen;
}

void run(std::vector<std::string> words) {
  Bench bench;
  bench.now = std::filesystem::read_symlink("/proc/self/exe");
  bench.cores = usable_cores();
  if (words.size() > 1 && words[0] == "--against") {
    bench.before = std::filesystem::canonical(words[1]);
    words.erase(words.begin(), words.begin() + 2);
  }
  for (const TableRow& table : tables_named(words)) table.print(bench);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  signal(SIGPIPE, SIG_IGN);
  try {
    if (words.size() == 2 && words[0] == "rounds")
      serve_rounds(std::stoi(words[1]), std::cin, std::cout);
    else
      run(words);
  } catch (const InputError& error) {
    fmt::print(stderr, "fencepost_bench: {}\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "fencepost_bench: {}\n", error.what());
    return 3;
  }
  return 0;
}
