#include "sim/mutants/step_text.hpp"

#include <fmt/format.h>

#include <array>

#include "model/time.hpp"

namespace fencepost {
namespace {

std::string reaction_text(const Reaction& reaction) {
  static constexpr std::array<const char*, 7> words = {"nothing", "done", "lost", "ok",
                                                       "error",   "else", ""};
  return reaction.kind == Reaction::Kind::operation
             ? reaction.operation
             : words[static_cast<std::size_t>(reaction.kind)];
}

std::string run_text(const RunStep& run) {
  std::string more;
  if (run.empty) more += fmt::format(", empty = \"{}\"", reaction_text(*run.empty));
  for (const auto& [state, reaction] : run.sqlstate)
    more += fmt::format(", sqlstate.{} = \"{}\"", state, reaction_text(reaction));
  return more.empty() ? fmt::format("\"{}\"", run.name)
                      : fmt::format("{{ run = \"{}\"{} }}", run.name, more);
}

struct Writer {
  std::string operator()(const RunStep& run) const { return run_text(run); }
  std::string operator()(const TxStep& tx) const {
    std::string more;
    if (!tx.isolation.empty()) more += fmt::format(", isolation = \"{}\"", tx.isolation);
    for (const auto& [state, times] : tx.retry)
      more += fmt::format(", retry.{} = {}", state, times);
    return fmt::format("{{ tx = {}{} }}", text_of(tx.steps), more);
  }
  std::string operator()(const LoopStep& loop) const {
    return fmt::format("{{ loop = {} }}", text_of(loop.steps));
  }
  std::string operator()(const EachStep& each) const {
    return fmt::format("{{ each = \"{}\", do = {} }}", each.statement, text_of(each.steps));
  }
  std::string operator()(const FirstStep& first) const {
    return fmt::format("{{ first = {} }}", text_of(first.steps));
  }
  std::string operator()(const WorkStep& work) const {
    return fmt::format("{{ work = \"{}\" }}", to_text(work.lasts.front()));
  }
  std::string operator()(const SleepStep& sleep) const {
    return fmt::format("{{ sleep = \"{}\" }}", to_text(sleep.lasts));
  }
};

}  // namespace

std::string text_of(const Step& step) { return std::visit(Writer{}, step.what); }

std::string text_of(const std::vector<Step>& steps) {
  std::string text;
  for (const Step& step : steps) text += (text.empty() ? "" : ", ") + text_of(step);
  return "[" + text + "]";
}

}  // namespace fencepost
