// What the program may assume about where its output goes, the one line of progress on stderr, and
// the only real clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fencepost {

struct Terminal {
  bool in_is_terminal = false;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  bool progress = true;  ///< whether it is shown
  bool color = false;    ///< on stdout
  int width = 120;       ///< of stdout; 0: not a terminal, lines are not cut
  int err_width = 0;     ///< of stderr; 0: not a terminal
};
/// Whether colours are wanted: by themselves on a terminal, unless the environment says otherwise.
enum class ColorWish { automatic, always, never };
/// Asks the kernel, and NO_COLOR, CLICOLOR_FORCE and TERM.
Terminal this_terminal();
/// The same, with what the user said of colours.
Terminal colored(Terminal terminal, ColorWish wish);

/// From now on Ctrl-C, and SIGTERM, is only noted; a third one ends the program at once.
void note_interrupts();
/// Whether the user pressed Ctrl-C, or somebody told us to end.
bool interrupted();
/// Waits for somebody to type a line, or to end stdin; false, at once, when the program is stopped.
bool line_comes();
/// What that was: "Ctrl-C" or "SIGTERM".
std::string_view interrupted_by();

/// How long something that has to end by real time has taken so far.
class Stopwatch {
 public:
  std::chrono::milliseconds elapsed() const;

 private:
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

/// How long `check` may begin new histories: it decides how many there are, never what one of them
/// is.
class TimeBudget {
 public:
  /// Begins now; nullopt: as long as it takes.
  explicit TimeBudget(std::optional<std::chrono::microseconds> lasts) {
    if (lasts) end_ = Clock::now() + *lasts;
  }
  bool used_up() const { return end_ && Clock::now() >= *end_; }

 private:
  using Clock = std::chrono::steady_clock;
  std::optional<Clock::time_point> end_;
};

/// A bar that moves on a terminal; a plain line every ten seconds elsewhere.
class Progress {
 public:
  explicit Progress(const Terminal& terminal);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `what` is done `done` times of `all`; `unit` is what is counted ("histories"), `now` what is
  /// at work, if there is a name for it.
  void show(std::string_view what, std::int64_t done, std::int64_t all, std::string_view unit,
            const std::string& now = "");
  /// `what` is done `done` times of `all`, and whatever else there is to say about it.
  void say(std::string_view what, std::int64_t done, std::int64_t all, const std::string& text);
  /// Takes the bar off the screen, before something else is written.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  bool due(std::string_view what);
  std::string moving(std::string_view what, std::int64_t done, std::int64_t all,
                     const std::string& text) const;
  bool shows_;
  bool moves_;
  std::size_t width_;
  bool shown_ = false;
  std::string stage_;
  Clock::time_point began_;
  Clock::time_point last_;
};

}  // namespace fencepost
