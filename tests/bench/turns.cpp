#include "tests/bench/turns.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "sim/text/error.hpp"

namespace fencepost {

LaneProcess::LaneProcess(std::filesystem::path program, int core)
    : program_(std::move(program)), core_(core) {}

LaneProcess::~LaneProcess() { end(); }

void LaneProcess::start() {
  int requests[2], answers[2];
  if (pipe2(requests, O_CLOEXEC) != 0 || pipe2(answers, O_CLOEXEC) != 0)
    throw EnvironmentError(fmt::format("a pipe can't be made: {}", std::strerror(errno)));
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, requests[0], 0);
  posix_spawn_file_actions_adddup2(&files, answers[1], 1);
  const std::string core = std::to_string(core_);
  std::string name = program_.string(), command = "rounds", argument = core;
  char* arguments[] = {name.data(), command.data(), argument.data(), nullptr};
  const int failed = posix_spawn(&pid_, name.c_str(), &files, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&files);
  close(requests[0]);
  close(answers[1]);
  to_ = fdopen(requests[1], "w");
  from_ = fdopen(answers[0], "r");
  if (failed != 0)
    throw EnvironmentError(fmt::format("{} can't be run: {}", name, std::strerror(failed)));
}

void LaneProcess::end() {
  if (to_ == nullptr) return;
  std::fclose(to_);
  std::fclose(from_);
  to_ = from_ = nullptr;
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
}

void LaneProcess::ask(const BenchRound& round) {
  if (to_ == nullptr) start();
  std::fputs((to_line(round) + "\n").c_str(), to_);
  std::fflush(to_);
}

Figures LaneProcess::answer() {
  std::string line;
  int c = 0;
  while ((c = std::fgetc(from_)) != EOF && c != '\n') line += static_cast<char>(c);
  if (c == '\n') return figures_in(line);
  end();
  return {{}, {}, "it crashed"};
}

Turns::Turns(const std::filesystem::path& now, const std::optional<std::filesystem::path>& before,
             int core)
    : now_(std::make_unique<LaneProcess>(now, core)) {
  if (before) before_ = std::make_unique<LaneProcess>(*before, core);
}

Compared Turns::measure(const BenchRound& round, const Figure& figure, Repeats repeats) {
  std::vector<double> now, before, ratios;
  Compared compared;
  const auto take = [&](LaneProcess& program, Figures& last, std::vector<double>& all, int turn) {
    if (!last.failed.empty()) return;
    program.ask(round);
    Figures figures = program.answer();
    SIM_CHECK(last.digest.empty() || !figures.failed.empty() || figures.digest == last.digest,
              "the same round twice gave the digests {} and {}", last.digest, figures.digest);
    last = std::move(figures);
    if (turn >= repeats.ahead && last.failed.empty()) all.push_back(figure(last));
  };
  for (int turn = 0; turn < repeats.ahead + repeats.count; ++turn) {
    take(*now_, compared.now_figures, now, turn);
    if (const std::string& why = compared.now_figures.failed; !why.empty())
      throw EnvironmentError(fmt::format("{}: {}", round.protocol.string(), why));
    if (before_) take(*before_, compared.before_figures, before, turn);
    if (!now.empty() && now.size() == before.size()) ratios.push_back(before.back() / now.back());
  }
  compared.now = median(now);
  compared.before = median(before);
  compared.ratio = median(ratios);
  return compared;
}

}  // namespace fencepost
