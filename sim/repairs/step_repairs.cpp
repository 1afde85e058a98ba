// What a program might have noticed, and what it might have done in one transaction.
#include <fmt/format.h>

#include <algorithm>

#include "sim/repairs/repair_facts.hpp"

namespace fencepost {
namespace {

class StepRepairs {
 public:
  StepRepairs(const RepairFacts& facts, const StepList& list, std::vector<Repair>& into)
      : facts_(facts),
        list_(list),
        steps_(list.steps->items),
        of_(list.role + "." + (list.operation.empty() ? "program" : list.operation)),
        into_(into) {}

  void all() {
    for (const TomlNode& step : steps_) outcome(step);
    if (list_.in_transaction) return;
    for (std::size_t i = 0; i + 1 < steps_.size(); ++i) join(i);
    join_all();
  }

 private:
  void add(std::string_view change, std::vector<FileEdit> edits) {
    into_.push_back({{change}, {of_}, std::move(edits)});
  }
  FileEdit put(std::size_t at, std::string text) const {
    return facts_.in_toml({at, at}, std::move(text));
  }

  /// nullptr where a step does not run a statement that may be changed.
  const ReadStatement* asked_by(const TomlNode& step) const {
    const std::string name = run_by(step);
    return name.empty() ? nullptr : facts_.find(name);
  }

  /// A statement that writes, and whose step goes on as if it had changed a row.
  void outcome(const TomlNode& step) {
    const ReadStatement* read = asked_by(step);
    if (read == nullptr) return;
    const TomlNode* empty = step.find("empty");
    const bool ignored = empty != nullptr && empty->text == "ok";
    const Command command = read->statement->command;
    const bool counts = command == Command::execrows;
    const bool writes = std::any_of(read->queries.begin(), read->queries.end(),
                                    [](const Query& query) { return query.writes(); });
    if (!ignored && (empty != nullptr || !writes || (!counts && command != Command::exec))) return;
    for (const char* word : {"lost", "nothing"}) {
      if (word == std::string_view("nothing") && list_.operation != "claim") continue;
      std::vector<FileEdit> edits = noticed(step, empty, word);
      if (command == Command::exec) {
        const auto line = facts_.with_command(*read, "execrows");
        if (!line) return;
        edits.push_back(*line);
      }
      add("outcome", std::move(edits));
    }
  }
  std::vector<FileEdit> noticed(const TomlNode& step, const TomlNode* empty,
                                const std::string& word) const {
    if (empty != nullptr)
      return {facts_.in_toml(facts_.bytes(*empty), fmt::format("\"{}\"", word))};
    return facts_.with_key(step, fmt::format("empty = \"{}\"", word));
  }

  /// A plain transaction's steps; nullptr for another step, or one that says more.
  static const TomlNode* transaction(const TomlNode& step) {
    const TomlNode* inside = step.find("tx");
    return inside != nullptr && step.entries.size() == 1 && !inside->items.empty() ? inside
                                                                                   : nullptr;
  }
  static bool takes_time(const TomlNode& step) {
    return step.find("work") != nullptr || step.find("sleep") != nullptr;
  }

  void join(std::size_t i) {
    const TomlNode& first = steps_[i];
    const TomlNode& second = steps_[i + 1];
    const TomlNode* before = transaction(first);
    if (before == nullptr && asked_by(first) == nullptr) return;
    if (before != nullptr) {
      std::size_t next = i + 1;
      while (next + 1 < steps_.size() && takes_time(steps_[next])) ++next;
      if (asked_by(steps_[next]) == nullptr) return;
      const std::size_t at = facts_.bytes(before->items.back()).end;
      return add("join", {put(at, ", " + facts_.text(steps_[next])), without(next)});
    }
    if (const TomlNode* behind = transaction(second)) {
      const std::size_t at = facts_.bytes(behind->items.front()).begin;
      return add("join", {put(at, facts_.text(first) + ", "), without(i)});
    }
    if (asked_by(second) == nullptr) return;
    around(i, i + 1);
  }
  void around(std::size_t first, std::size_t last) {
    add("join", {put(facts_.bytes(steps_[first]).begin, "{ tx = ["),
                 put(facts_.bytes(steps_[last]).end, "] }")});
  }
  void join_all() {
    const bool plain = std::all_of(steps_.begin(), steps_.end(),
                                   [&](const TomlNode& step) { return asked_by(step) != nullptr; });
    if (plain && steps_.size() > 2) around(0, steps_.size() - 1);
  }
  /// A step that is not there, nor the comma beside it.
  FileEdit without(std::size_t i) const {
    if (i == 0)
      return facts_.in_toml({facts_.bytes(steps_[0]).begin, facts_.bytes(steps_[1]).begin}, "");
    return facts_.in_toml({facts_.bytes(steps_[i - 1]).end, facts_.bytes(steps_[i]).end}, "");
  }

  const RepairFacts& facts_;
  const StepList& list_;
  const std::vector<TomlNode>& steps_;
  const std::string of_;
  std::vector<Repair>& into_;
};

}  // namespace

void repair_steps(const RepairFacts& facts, std::vector<Repair>& into) {
  for (const StepList& list : step_lists(facts)) StepRepairs(facts, list, into).all();
}

}  // namespace fencepost
