// Drops each clause of each judge, and of what judges call, once, and demands that the histories of
// tests/properties notice. One that nobody notices is dead, or lacks a history.
//
// Usage: judges_judged HISTORIES [FILE]: the program that holds them; only the clauses of that
// file. Fails where a clause is unnoticed that tests/clauses/equal.cpp does not list, or one is
// listed and noticed.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>

#include "tests/clauses/dropped.hpp"
#include "tests/clauses/equal.hpp"

namespace fencepost {
namespace {

/// One that runs for ever without a clause is told by that.
constexpr unsigned kSecondsAtMost = 60;

/// Runs all histories, as far as the first that is judged otherwise.
pid_t begin_without(const char* histories, int clause) {
  const pid_t process = fork();
  if (process != 0) return process;
  alarm(kSecondsAtMost);
  const int nowhere = open("/dev/null", O_WRONLY);
  dup2(nowhere, STDOUT_FILENO);
  dup2(nowhere, STDERR_FILENO);
  setenv(kDropped, std::to_string(clause).c_str(), 1);
  execl(histories, histories, "--abort", nullptr);
  std::_Exit(1);
}

/// Those of these clauses that no history notices; as many at once as there are processors.
std::set<int> unnoticed_of(const char* histories, const std::vector<int>& clauses) {
  std::map<pid_t, int> running;
  std::set<int> unnoticed;
  const auto most = static_cast<std::size_t>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN)));
  const auto wait_for_one = [&] {
    int status = 0;
    const auto ended = running.find(wait(&status));
    if (status == 0) unnoticed.insert(ended->second);
    running.erase(ended);
  };
  for (const int clause : clauses) {
    if (running.size() >= most) wait_for_one();
    running.emplace(begin_without(histories, clause), clause);
  }
  while (!running.empty()) wait_for_one();
  return unnoticed;
}

bool names(const EqualClause& equal, const NamedClause& clause) {
  return equal.file == clause.file && equal.name == clause.name;
}

/// Says what is wrong, and whether something is.
bool tell(const std::vector<int>& tried, const std::set<int>& unnoticed) {
  const auto equals = equal_clauses();
  std::size_t wrong = 0;
  for (const int number : tried) {
    const NamedClause& clause = named_clauses()[static_cast<std::size_t>(number)];
    const bool is_equal = std::any_of(equals.begin(), equals.end(),
                                      [&](const EqualClause& each) { return names(each, clause); });
    if (unnoticed.contains(number) == is_equal) continue;
    ++wrong;
    std::printf("%s:%d: %s: %s\n", clause.file.c_str(), clause.line,
                is_equal ? "is noticed; take it out of tests/clauses/equal.cpp"
                         : "no history notices that it was dropped",
                clause.name.c_str());
  }
  std::printf("%zu clauses were dropped, %zu of them unnoticed, %zu otherwise than expected\n",
              tried.size(), unnoticed.size(), wrong);
  return wrong != 0;
}

}  // namespace
}  // namespace fencepost

int main(int count, char** words) {
  using namespace fencepost;
  const char* const histories = count > 1 ? words[1] : "";
  constexpr int kNone = -1;
  if (unnoticed_of(histories, {kNone}).empty()) {
    std::puts("the histories are not judged as they should be, though nothing was dropped");
    return 1;
  }
  std::vector<int> tried;
  for (const NamedClause& each : named_clauses())
    if (count < 3 || each.file == words[2])
      tried.push_back(static_cast<int>(&each - named_clauses().data()));
  return tell(tried, unnoticed_of(histories, tried)) ? 1 : 0;
}
