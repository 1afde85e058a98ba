#include "model/story.hpp"

#include <fmt/format.h>

#include <map>
#include <vector>

#include "model/idle_polls.hpp"

namespace fencepost {
namespace {

/// What is worth telling of one attempt.
struct Chapter {
  AttemptId attempt;
  WorkerId worker;
  std::vector<std::string> sentences;
};

/// "advance.save_checkpoint:before" as "before advance.save_checkpoint".
std::string place(const std::string& boundary) {
  const std::size_t colon = boundary.rfind(':');
  if (colon == std::string::npos) return "";
  const std::string point = boundary.substr(colon + 1);
  return fmt::format(" {} {}", point == "before" ? "before" : "after", boundary.substr(0, colon));
}

std::string fault_sentence(const Event& event) {
  const std::string told = with_length(fault_of(*event.fault).story, *event.fault, event.lasts);
  return (strikes_everybody(*event.fault) ? told : event.worker.text + " " + told) +
         place(event.boundary) + fmt::format(" at {}.", to_text(event.at));
}

}  // namespace

// The violated attempt's chapter, the one before it and the one after it; what came long before
// helps nobody.
std::string story(const History& history, const Violation& violation) {
  std::vector<Chapter> chapters;
  std::map<WorkerId, std::size_t> of_worker;
  std::vector<std::string> before_any_claim;
  for (const Event& event : history.events) {
    if (event.step > violation.step) break;
    if (event.kind == EventKind::granted && event.job == violation.job) {
      const bool takes_over = event.before && event.before->state == JobState::owned;
      const std::string verb = takes_over ? "took job {} over at {}." : "claimed job {} at {}.";
      of_worker[event.worker] = chapters.size();
      chapters.push_back({event.attempt,
                          event.worker,
                          {event.worker.text + " " +
                           fmt::format(fmt::runtime(verb), event.job.text, to_text(event.at))}});
    }
    const Fault* const fault = fault_in(event);
    if (fault == nullptr || fault->story.empty()) continue;
    const auto chapter = of_worker.find(event.worker);
    const bool about_it =
        chapter != of_worker.end() && (event.job == violation.job || event.job.empty());
    // What strikes everybody belongs to the attempt that runs.
    if (event.worker.empty() && !chapters.empty())
      chapters.back().sentences.push_back(fault_sentence(event));
    else if (about_it)
      chapters[chapter->second].sentences.push_back(fault_sentence(event));
    else if (event.job.empty() || event.job == violation.job)
      before_any_claim.push_back(fault_sentence(event));
  }
  std::string text;
  if (chapters.size() <= 1 && !before_any_claim.empty()) text += before_any_claim.back() + " ";
  std::size_t from = chapters.size() > 3 ? chapters.size() - 3 : 0;
  for (std::size_t i = 0; i < chapters.size(); ++i)
    if (chapters[i].attempt == violation.attempt && violation.attempt) from = std::min(from, i);
  for (std::size_t i = from; i < chapters.size(); ++i) {
    if (i > from && i + 2 < chapters.size() && chapters[i].attempt != violation.attempt) continue;
    const auto& sentences = chapters[i].sentences;
    text += sentences.front() + " ";
    if (sentences.size() > 1) text += sentences.back() + " ";
  }
  std::string last = violation.sentence;
  if (!last.empty() && last.back() != '.') last += '.';
  return text + "Then " + last;
}

bool is_deed(EventKind kind) {
  switch (kind) {
    case EventKind::statement:
    case EventKind::blocked:
    case EventKind::fault:
    case EventKind::resumed:
    case EventKind::work:
    case EventKind::heal_started:
    case EventKind::finished:
      return true;
    default:
      return false;
  }
}

int story_steps(const History& history, int until_step) {
  const IdleSteps idle = idle_polls(history);
  int steps = 0;
  for (const Event& event : history.events) {
    if (until_step > 0 && event.step > until_step) continue;
    if (idle.hidden.contains(event.step)) continue;
    if (idle.first.contains(event.step) ? event.kind == EventKind::statement : is_deed(event.kind))
      ++steps;
  }
  return steps;
}

}  // namespace fencepost
