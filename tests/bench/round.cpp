#include "tests/bench/round.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "sim/text/error.hpp"

namespace fencepost {
namespace {

const std::vector<std::string> kWhat = {"histories", "resets", "own_statements"};

/// Each word's name and value, in their order.
std::vector<std::pair<std::string, std::string>> words_in(const std::string& line) {
  std::vector<std::pair<std::string, std::string>> words;
  std::istringstream in(line);
  for (std::string word; std::getline(in, word, '\t');) {
    const auto sign = std::min(word.find('='), word.size());
    words.emplace_back(word.substr(0, sign), word.substr(std::min(sign + 1, word.size())));
  }
  return words;
}

}  // namespace

std::string to_line(const BenchRound& round) {
  std::string line =
      fmt::format("what={}\tprotocol={}\tscenario={}\tseeds={}\tquiet={}",
                  kWhat[static_cast<std::size_t>(round.what)], round.protocol.string(),
                  round.scenario.string(), round.seeds, round.answers == Answers::quiet ? 1 : 0);
  for (const auto& [name, value] : round.load) line += fmt::format("\t{}={}", name, value);
  return line;
}

BenchRound round_in(const std::string& line) {
  BenchRound round;
  for (const auto& [name, value] : words_in(line)) {
    if (name == "what") {
      const auto found = std::find(kWhat.begin(), kWhat.end(), value);
      if (found == kWhat.end()) throw InputError("there is no measurement " + value);
      round.what = static_cast<What>(found - kWhat.begin());
    } else if (name == "protocol") {
      round.protocol = value;
    } else if (name == "scenario") {
      round.scenario = value;
    } else if (name == "seeds") {
      round.seeds = std::stoi(value);
    } else if (name == "quiet") {
      round.answers = value == "1" ? Answers::quiet : Answers::drawn;
    } else if (name == "workers" || name == "jobs" || name == "items") {
      round.load[name] = std::stoi(value);
    } else {
      throw InputError("a round has no " + name);
    }
  }
  return round;
}

std::string to_line(const Figures& figures) {
  std::string failed = figures.failed;
  std::replace_if(
      failed.begin(), failed.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
  std::string line = fmt::format("digest={}\tfailed={}", figures.digest, failed);
  for (const auto& [name, value] : figures.numbers) line += fmt::format("\t{}={:.0f}", name, value);
  return line;
}

Figures figures_in(const std::string& line) {
  Figures figures;
  for (const auto& [name, value] : words_in(line)) {
    if (name == "digest")
      figures.digest = value;
    else if (name == "failed")
      figures.failed = value;
    else
      figures.numbers[name] = std::stod(value);
  }
  return figures;
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace fencepost
