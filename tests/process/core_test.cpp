// Cores are dealt out: among threads and among processes, and given back however a process ends.
#include "sim/process/core.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>

#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

/// What else runs on this machine takes no part.
const std::string kGroup = "fencepost test " + std::to_string(getpid());

/// How many more than before each core has, after that many were taken.
std::map<int, int> taken(std::vector<std::unique_ptr<TakenCore>>& held, std::size_t count) {
  std::map<int, int> times;
  while (held.size() < count) {
    held.push_back(std::make_unique<TakenCore>(kGroup));
    REQUIRE(held.back()->number());
    ++times[*held.back()->number()];
  }
  return times;
}

}  // namespace

TEST_CASE("cores: as many as there are get one each, then each gets a second", "[server]") {
  const std::size_t cores = usable_cores().size();
  std::vector<std::unique_ptr<TakenCore>> held;
  for (const std::size_t round : {1, 2})
    for (const auto& [core, times] : taken(held, round * cores)) CHECK(times == 1);
}

TEST_CASE("cores: one that is given back is the next to be taken", "[server]") {
  std::vector<std::unique_ptr<TakenCore>> held;
  taken(held, usable_cores().size());
  const auto given = held.front()->number();
  held.erase(held.begin());
  CHECK(TakenCore(kGroup).number() == given);
  CHECK(TakenCore(kGroup).number() == given);
}

TEST_CASE("cores: another process gets another one, and its end gives that back", "[server]") {
  std::vector<std::unique_ptr<TakenCore>> held;
  taken(held, usable_cores().size() - 1);
  int said[2];
  REQUIRE(pipe(said) == 0);
  const pid_t child = fork();
  if (child == 0) {
    const TakenCore core(kGroup);
    const int number = core.number().value_or(-1);
    if (write(said[1], &number, sizeof number) != sizeof number) _exit(1);
    pause();
  }
  int number = -1;
  REQUIRE(read(said[0], &number, sizeof number) == sizeof number);
  CHECK(std::none_of(held.begin(), held.end(),
                     [&](const auto& each) { return each->number() == number; }));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  CHECK(TakenCore(kGroup).number() == number);
  close(said[0]);
  close(said[1]);
}

}  // namespace fencepost
