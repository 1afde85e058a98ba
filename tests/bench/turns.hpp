// The side that asks: bench programs of one or two commits, each with a lane of its own on the same
// core, and the same rounds for each in turns.
#pragma once

#include <sys/types.h>

#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/bench/round.hpp"

namespace fencepost {

/// A bench program that answers rounds. It is started when it is first asked, and again after it
/// crashed.
class LaneProcess {
 public:
  LaneProcess(std::filesystem::path program, int core);
  ~LaneProcess();
  LaneProcess(const LaneProcess&) = delete;
  LaneProcess& operator=(const LaneProcess&) = delete;

  void ask(const BenchRound& round);
  /// The answer to what was asked last.
  Figures answer();

 private:
  void start();
  void end();

  std::filesystem::path program_;
  int core_;
  pid_t pid_ = 0;
  std::FILE* to_ = nullptr;
  std::FILE* from_ = nullptr;
};

/// One figure of both programs: the medians, and how much more the one before took, which is the
/// median over turns. Where the other program failed, why.
struct Compared {
  double now = 0;
  double before = 0;
  double ratio = 0;
  Figures now_figures;     ///< of the last turn
  Figures before_figures;  ///< of the last turn; empty where there is no other program
};
/// What a round's figures come to, such as nanoseconds a statement.
using Figure = std::function<double(const Figures&)>;

/// How often a round is measured, after so many turns that do not count.
struct Repeats {
  int count = 7;
  int ahead = 1;
};

/// This program, and perhaps another one to compare it with.
class Turns {
 public:
  Turns(const std::filesystem::path& now, const std::optional<std::filesystem::path>& before,
        int core);
  /// Throws HarnessError where one program's digests differ between turns, EnvironmentError with
  /// why where this one fails.
  Compared measure(const BenchRound& round, const Figure& figure, Repeats repeats = {});
  bool compares() const { return before_ != nullptr; }

 private:
  std::unique_ptr<LaneProcess> now_;
  std::unique_ptr<LaneProcess> before_;
};

}  // namespace fencepost
