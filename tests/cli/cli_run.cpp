#include "tests/cli/cli_run.hpp"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "sim/server/data_directory.hpp"
#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFolder = "fencepost-";

std::string text_of(const fs::path& file) {
  std::ifstream stream(file);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

/// Every program that was started here, by its process id, which is in the names of its servers'
/// folders: others may run at the same time.
std::set<std::string>& programs() {
  static std::set<std::string> pids{std::to_string(getpid())};
  return pids;
}

/// What is told of the work and of what was found in it, as long as it goes on.
bool is_progress(const std::string& line) {
  const auto has = [&](const char* part) { return line.find(part) != std::string::npos; };
  return (has(" of ") && has(" a second")) || has("; it is made small at the end") ||
         has("; merge makes it small") || has("; slowest: ") || line.starts_with("  story   ") ||
         line.starts_with("  sql     ") || line.starts_with("  again   ");
}

std::string without_progress(const std::string& text) {
  std::istringstream lines(text);
  std::string out;
  for (std::string line; std::getline(lines, line);)
    if (!is_progress(line)) out += line + "\n";
  return out;
}

}  // namespace

CliFolder::CliFolder() {
  std::string name = "/tmp/cli-test-XXXXXX";
  REQUIRE(mkdtemp(name.data()) != nullptr);
  folder_ = name;
}

CliFolder::~CliFolder() {
  std::error_code none;
  fs::remove_all(folder_, none);
}

Ran CliFolder::run(const std::string& arguments, const std::string& environment) const {
  return run_by(environment, "", arguments);
}

Ran CliFolder::stopped(const std::string& signal, const std::string& arguments) const {
  return run_by("", "timeout --preserve-status --signal=" + signal + " 2 ", arguments);
}

Ran CliFolder::on_terminal(const std::string& arguments, const std::string& typed) const {
  write(".typed", typed);
  return on_terminal_of("cat .typed", arguments);
}
Ran CliFolder::interrupted_at(const std::string& shown, const std::string& arguments) const {
  write(".out", "");
  return on_terminal_of("until grep -qF '" + shown +
                            "' .out; do sleep 0.05; done; printf '\\003'; for i in $(seq 100); do "
                            "[ -e .over ] || sleep 0.1; done",
                        arguments);
}
Ran CliFolder::on_terminal_of(const std::string& typist, const std::string& arguments) const {
  const std::string command = "cd '" + folder_.string() + "' && { " + typist +
                              "; } | { FENCEPOST_DATA= NO_COLOR=1 FENCEPOST_PROGRAM=fencepost "
                              "script -qefc '" FENCEPOST_BINARY " " +
                              arguments +
                              "' /dev/null >.out; status=$?; touch .over; exit $status; }";
  const int status = std::system(command.c_str());
  std::string shown = text_of(folder_ / ".out");
  std::erase(shown, '\r');
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), shown, ""};
}
Ran CliFolder::run_by(const std::string& environment, const std::string& how,
                      const std::string& arguments) const {
  const std::string command =
      "cd '" + folder_.string() +
      "' && GITHUB_ACTIONS= FENCEPOST_DATA= FENCEPOST_SEEDS= FENCEPOST_REPORT_DIR= "
      "FENCEPOST_TIME_BUDGET= NO_COLOR=1 FENCEPOST_PROGRAM=fencepost " +
      environment + " " + how +
      "/bin/sh -c 'echo $$ >.pid; exec \"$0\" \"$@\"' " FENCEPOST_BINARY " " + arguments +
      " >.out 2>.err </dev/null";
  const int status = std::system(command.c_str());
  const std::string pid = text_of(folder_ / ".pid");
  programs().insert(pid.substr(0, pid.find('\n')));
  std::error_code none;
  fs::remove(folder_ / ".pid", none);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
          text_of(folder_ / ".out"), without_progress(text_of(folder_ / ".err"))};
}

void CliFolder::copy_protocol(const std::string& bundled, const std::string& as) const {
  fs::create_directories((folder_ / as).parent_path());
  fs::copy(fs::path(FENCEPOST_SOURCE_DIR) / "scenarios" / "protocols" / bundled, folder_ / as,
           fs::copy_options::recursive);
}

void CliFolder::write(const std::string& file, const std::string& text) const {
  fs::create_directories((folder_ / file).parent_path());
  std::ofstream(folder_ / file) << text;
}

void CliFolder::edit(const std::string& file, const std::string& found,
                     const std::string& instead) const {
  std::string text = read(file);
  const std::size_t at = text.find(found);
  REQUIRE(at != std::string::npos);
  write(file, text.replace(at, found.size(), instead));
}

bool CliFolder::has(const std::string& file) const { return fs::exists(folder_ / file); }

std::string CliFolder::read(const std::string& file) const { return text_of(folder_ / file); }

std::vector<std::string> server_folders() {
  std::vector<std::string> found;
  for (const fs::path& place : usual_places()) {
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(place, none)) {
      const std::string name = entry.path().filename().string();
      const bool ours =
          name.starts_with(kFolder) &&
          programs().contains(name.substr(kFolder.size(), name.rfind('-') - kFolder.size()));
      if (ours && fs::exists(entry.path() / "data", none)) found.push_back(entry.path().string());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<std::string> server_folders_since(const std::vector<std::string>& before) {
  std::vector<std::string> found = server_folders();
  std::erase_if(found, [&](const std::string& folder) {
    return std::find(before.begin(), before.end(), folder) != before.end();
  });
  return found;
}

bool gone_in_time(const std::function<bool()>& gone) {
  for (int tenths = 0; tenths < 100 && !gone(); ++tenths) usleep(100'000);
  return gone();
}

std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of('\n');
  if (end == std::string::npos) return "";
  const std::size_t begin = text.rfind('\n', end);
  return text.substr(begin == std::string::npos ? 0 : begin + 1,
                     end - (begin == std::string::npos ? 0 : begin + 1) + 1);
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace fencepost
