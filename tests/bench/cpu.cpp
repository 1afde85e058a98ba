#include "tests/bench/cpu.hpp"

#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "sim/text/error.hpp"

namespace fencepost {
namespace {

namespace fs = std::filesystem;

/// Fields of /proc/PID/stat by their numbers in proc(5), from 3 on; empty: the process is gone. The
/// name before them may hold anything.
std::vector<std::string> stat_of(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/stat");
  std::string line;
  if (!std::getline(file, line)) return {};
  std::istringstream rest(line.substr(line.rfind(')') + 1));
  std::vector<std::string> fields(3);
  for (std::string field; rest >> field;) fields.push_back(field);
  return fields;
}

CpuTime runtime_of(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/schedstat", pid));
  long long nanoseconds = 0;
  file >> nanoseconds;
  return CpuTime(nanoseconds);
}

/// Fields 16 and 17: user and system time of children that ended and were waited for.
CpuTime ended_children_of(pid_t pid) {
  const std::vector<std::string> fields = stat_of(std::to_string(pid));
  if (fields.size() < 18) return {};
  const long long ticks = std::stoll(fields[16]) + std::stoll(fields[17]);
  return CpuTime(ticks * (1'000'000'000 / sysconf(_SC_CLK_TCK)));
}

}  // namespace

CpuTime own_cpu() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + CpuTime(time.tv_nsec);
}

std::vector<pid_t> processes_of(pid_t postmaster) {
  std::vector<pid_t> found = {postmaster};
  for (const fs::directory_entry& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    pid_t pid = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), pid).ec != std::errc{}) continue;
    const std::vector<std::string> fields = stat_of(name);
    if (fields.size() > 4 && fields[4] == std::to_string(postmaster)) found.push_back(pid);
  }
  return found;
}

CpuTime server_cpu(pid_t postmaster) {
  // A process that ends while we count would be counted twice, or not at all.
  for (int tries = 0; tries < 100; ++tries) {
    const std::vector<pid_t> before = processes_of(postmaster);
    CpuTime sum = ended_children_of(postmaster);
    for (const pid_t pid : before) sum += runtime_of(pid);
    if (processes_of(postmaster) == before) return sum;
  }
  throw EnvironmentError("the server's processes come and go while nothing is asked of it");
}

long private_kb(const std::vector<pid_t>& processes) {
  long sum = 0;
  for (const pid_t pid : processes) {
    std::ifstream file(fmt::format("/proc/{}/smaps_rollup", pid));
    std::string name;
    for (std::string line; std::getline(file, line);) {
      std::istringstream words(line);
      long kb = 0;
      if (words >> name >> kb && name.starts_with("Private_")) sum += kb;
    }
  }
  return sum;
}

}  // namespace fencepost
