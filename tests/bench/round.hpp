// One measurement that a bench program is asked for, and its answer: one line of text each, so that
// programs of two commits can be asked in turns.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace fencepost {

/// What is measured.
enum class What {
  histories,       ///< whole histories, with their verdicts: cpu, statements, digest
  resets,          ///< only what puts the database back after each: cpu, resets
  own_statements,  ///< a quiet history beside its own statements, sent in simpler ways
};
/// Who answers a history's questions.
enum class Answers { drawn, quiet };

/// A request. Protocol and scenario are files, so that both programs read the same.
struct BenchRound {
  What what = What::histories;
  std::filesystem::path protocol;
  std::filesystem::path scenario;
  int seeds = 1;  ///< from 1 on; of own_statements: how often it is repeated
  Answers answers = Answers::drawn;
  std::map<std::string, int> load = {};  ///< of workers, jobs and items: instead of the scenario's
};

/// An answer: figures by name, in nanoseconds of CPU time, numbers or kB, and one digest over all
/// histories. Where it failed there is none of them, but why.
struct Figures {
  std::map<std::string, double> numbers = {};
  std::string digest = {};
  std::string failed = {};
};

/// One line, without its end: words apart by tabs.
std::string to_line(const BenchRound& round);
std::string to_line(const Figures& figures);
/// What was written by `to_line`. Throws InputError for a request that is none.
BenchRound round_in(const std::string& line);
Figures figures_in(const std::string& line);

/// The middle one of them, by size; 0 of none.
double median(std::vector<double> values);

}  // namespace fencepost
