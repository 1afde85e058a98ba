#include "sim/cli/terminal.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "reports/escaped.hpp"

namespace fencepost {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kLongestBar = 24, kShortestBar = 4;

volatile std::sig_atomic_t signals = 0;
volatile std::sig_atomic_t first_signal = 0;

/// Who sends one to a process and to its group (timeout, some runners of jobs) means one; the third
/// is of somebody who is tired of waiting.
extern "C" void on_interrupt(int signal) {
  if (signals == 0) first_signal = signal;
  signals = signals + 1;
  if (signals < 3) return;
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

bool set(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

/// 0 where it is not known, or nothing would fit.
int width_of(int descriptor) {
  winsize size{};
  return ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40 ? size.ws_col : 0;
}

std::string bar(std::int64_t done, std::int64_t all, std::size_t length) {
  const auto full =
      static_cast<std::size_t>(all > 0 ? done * static_cast<std::int64_t>(length) / all : 0);
  std::string text;
  for (std::size_t i = 0; i < length; ++i) text += i < full ? "━" : "┄";
  return text;
}

std::string minutes(std::int64_t seconds) {
  return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
}

}  // namespace

void note_interrupts() {
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_interrupt);
}
bool interrupted() { return signals != 0; }
bool line_comes() {
  sigset_t ours, before;
  sigemptyset(&ours);
  sigaddset(&ours, SIGINT);
  sigaddset(&ours, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ours, &before);
  pollfd input{STDIN_FILENO, POLLIN, 0};
  while (!interrupted() && ppoll(&input, 1, nullptr, &before) < 0 && errno == EINTR) {
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return !interrupted();
}
std::string_view interrupted_by() { return first_signal == SIGTERM ? "SIGTERM" : "Ctrl-C"; }

Terminal this_terminal() {
  Terminal terminal;
  terminal.in_is_terminal = isatty(STDIN_FILENO) == 1;
  terminal.out_is_terminal = isatty(STDOUT_FILENO) == 1;
  terminal.err_is_terminal = isatty(STDERR_FILENO) == 1;
  const char* kind = std::getenv("TERM");
  const bool can =
      terminal.out_is_terminal && std::string_view(kind == nullptr ? "" : kind) != "dumb";
  terminal.color = !set("NO_COLOR") && (can || set("CLICOLOR_FORCE"));
  terminal.width = terminal.out_is_terminal ? width_of(STDOUT_FILENO) : 0;
  terminal.err_width = terminal.err_is_terminal ? width_of(STDERR_FILENO) : 0;
  return terminal;
}

Terminal colored(Terminal terminal, ColorWish wish) {
  if (wish != ColorWish::automatic) terminal.color = wish == ColorWish::always;
  return terminal;
}

std::chrono::milliseconds Stopwatch::elapsed() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                               began_);
}

Progress::Progress(const Terminal& terminal)
    : shows_(terminal.progress),
      moves_(terminal.err_is_terminal),
      width_(static_cast<std::size_t>(terminal.err_width > 0 ? terminal.err_width : 80)),
      began_(Clock::now()),
      last_(began_) {}

Progress::~Progress() { clear(); }

/// Whether it is time to say something; a new stage begins to count from now.
bool Progress::due(std::string_view what) {
  const Clock::time_point now = Clock::now();
  if (stage_ != what) {
    stage_ = what;
    began_ = now;
    last_ = now;
  }
  if (!shows_ || (!moves_ && now - last_ < 10s)) return false;
  last_ = now;
  return true;
}

void Progress::show(std::string_view what, std::int64_t done, std::int64_t all,
                    std::string_view unit, const std::string& now) {
  std::string line = fmt::format("{} of {} {}", done, all, unit);
  const auto milliseconds =
      stage_ == what
          ? std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began_).count()
          : 0;
  if (done > 0 && milliseconds > 500) {
    const std::int64_t hundredths = done * 100'000 / milliseconds;
    line += hundredths < 1000
                ? fmt::format(", {}.{:02} a second", hundredths / 100, hundredths % 100)
                : fmt::format(", {} a second", hundredths / 100);
    line += fmt::format(", {} left", minutes((all - done) * milliseconds / done / 1000));
  }
  if (!now.empty()) line += ", " + now;
  say(what, done, all, line);
}

/// The bar gives way to the words.
std::string Progress::moving(std::string_view what, std::int64_t done, std::int64_t all,
                             const std::string& text) const {
  const std::size_t words = what.size() + text.size() + 3, room = width_ - 1;
  const std::size_t length = std::clamp(room > words ? room - words : 0, kShortestBar, kLongestBar);
  return shortened(fmt::format("{} {}  {}", what, bar(done, all, length), text), room);
}

void Progress::say(std::string_view what, std::int64_t done, std::int64_t all,
                   const std::string& text) {
  if (!due(what)) return;
  if (moves_)
    fmt::print(stderr, "\r\x1b[K{}", moving(what, done, all, text));
  else
    fmt::print(stderr, "{}: {}\n", what, text);
  std::fflush(stderr);
  shown_ = true;
}

void Progress::clear() {
  if (moves_ && shown_) fmt::print(stderr, "\r\x1b[K");
  std::fflush(stderr);
  shown_ = false;
}

}  // namespace fencepost
