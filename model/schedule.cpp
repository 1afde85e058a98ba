#include "model/schedule.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

namespace fencepost {
std::string deed_of(const Event& event) {
  switch (event.kind) {
    case EventKind::statement: {
      const std::string name = event.operation + "." + event.statement;
      return event.sqlstate.empty() ? name : name + " " + event.sqlstate;
    }
    case EventKind::blocked:
    case EventKind::parked:
    case EventKind::queued:
      return event.operation + "." + event.statement + " …";
    case EventKind::committed_inside:
      return event.operation + "." + event.statement + " ✓ …";
    case EventKind::fault: {
      const std::string kind(event.fault ? to_text(*event.fault) : "?");
      return "⚡ " + kind + (event.boundary.empty() ? "" : " " + event.boundary);
    }
    case EventKind::resumed:
      return "▶";
    default:
      return {};
  }
}

namespace {

/// 32-bit FNV-1a (Fowler, Noll, Vo 1991).
std::uint32_t fnv(std::string_view text) {
  std::uint32_t hash = 2166136261U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash;
}

/// Names things by the order in which they come up.
class Renamed {
 public:
  /// From 0.
  int number(const std::string& name) {
    return numbers_.emplace(name, static_cast<int>(numbers_.size())).first->second;
  }

 private:
  std::map<std::string, int> numbers_;
};

/// A to Z, then Z26, Z27, …
std::string letter(int number) {
  return number < 26 ? std::string(1, static_cast<char>('A' + number)) : fmt::format("Z{}", number);
}

struct DeedLine {
  std::string worker;
  std::string text;
  std::string job;
  std::string polling;  ///< the statement, where this is a claim's that came to nothing so far
};

std::vector<DeedLine> lines_of(const History& history) {
  std::vector<DeedLine> lines;
  for (const Event& event : history.events) {
    const std::string what = deed_of(event);
    if (what.empty()) continue;
    const bool idle = event.kind == EventKind::statement && event.operation == "claim" &&
                      !event.committed && event.sqlstate.empty() && !event.attempt;
    lines.push_back({event.worker.text, what, event.job.text, idle ? event.statement : ""});
  }
  return lines;
}

/// Which lines are polling that found nothing: of the rounds of a worker in a row all but the last,
/// and that one too if nothing of this worker follows.
std::vector<bool> vain(const std::vector<DeedLine>& lines) {
  std::vector<bool> vain(lines.size(), false);
  std::map<std::string, std::vector<std::size_t>> round;
  const auto drop = [&](std::vector<std::size_t>& some) {
    for (const std::size_t i : some) vain[i] = true;
    some.clear();
  };
  for (std::size_t i = 0; i < lines.size(); ++i) {
    auto& current = round[lines[i].worker];
    if (lines[i].polling.empty()) {
      current.clear();
    } else {
      if (!current.empty() && lines[current.front()].polling == lines[i].polling) drop(current);
      current.push_back(i);
    }
  }
  for (auto& [worker, current] : round) drop(current);
  return vain;
}

}  // namespace

std::string schedule_of(const History& history) {
  const std::vector<DeedLine> lines = lines_of(history);
  const std::vector<bool> left_out = vain(lines);
  Renamed workers, jobs;
  std::string schedule;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const DeedLine& line = lines[i];
    if (left_out[i]) continue;
    if (!line.worker.empty()) schedule += letter(workers.number(line.worker)) + " ";
    schedule += line.text;
    if (!line.job.empty()) schedule += fmt::format(" {}", jobs.number(line.job) + 1);
    schedule += '\n';
  }
  return schedule;
}

std::string signature(const std::string& property, const History& history) {
  return fmt::format("{:08x}", fnv(property + "\n" + schedule_of(history)));
}

}  // namespace fencepost
