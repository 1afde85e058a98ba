#include "model/story.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "model/causes.hpp"

namespace fencepost {
namespace {

/// What is worth telling of one grant.
struct Chapter {
  AttemptId attempt;
  WorkerId worker;
  Sentence begins;
  std::vector<Sentence> faults;
};

/// "advance.save_checkpoint:before" as "before advance.save_checkpoint".
std::string place(const std::string& boundary) {
  const std::size_t colon = boundary.rfind(':');
  if (colon == std::string::npos) return "";
  const std::string point = boundary.substr(colon + 1);
  return fmt::format(" {} {}", point == "before" ? "before" : "after", boundary.substr(0, colon));
}

std::string fault_sentence(const Event& event, const AlikeLengths& alike) {
  const auto known = alike.find(event.step);
  const std::string too =
      known == alike.end() ? "" : fmt::format("; {} does the same", known->second);
  const std::string deed = with_length(fault_of(*event.fault).story, *event.fault, event.lasts);
  return (strikes_everybody(*event.fault) ? deed : event.worker.text + " " + deed) +
         place(event.boundary) + fmt::format(" at {}{}.", to_text(event.at), too);
}

/// Which statements failed, with what and how often, since anything was last done to that job: why
/// nobody gets it. At most three are told, each in the server's own words.
std::string errors_since(const History& history, const Violation& violation) {
  constexpr std::size_t most = 3;
  struct Failed {
    std::string error;
    int times = 1;
    std::string message;
  };
  std::vector<Failed> errors;
  for (const Event& event : history.events) {
    if (event.step > violation.step) break;
    if (event.kind == EventKind::changed && event.job == violation.job) errors.clear();
    if (event.kind != EventKind::statement || event.sqlstate.empty()) continue;
    const std::string error =
        fmt::format("{}.{} failed with {}", event.operation, event.statement, event.sqlstate);
    const auto known = std::find_if(errors.begin(), errors.end(),
                                    [&](const Failed& each) { return each.error == error; });
    if (known != errors.end())
      ++known->times;
    else if (errors.size() < most)
      errors.push_back({error, 1, event.message});
  }
  std::string text;
  for (const auto& [error, times, message] : errors) {
    text += (text.empty() ? "" : ", ") + error + (times > 1 ? fmt::format(" {} times", times) : "");
    // What the violated sentence says is not said twice.
    if (!message.empty() && violation.sentence.find(message) == std::string::npos)
      text += fmt::format(" ({})", message);
  }
  return text.empty() ? text : text + ". ";
}

/// Who did what was violated, else who held the job last; empty: nobody did.
WorkerId who_did_it(const History& history, const Violation& violation) {
  WorkerId holder;
  for (const Event& event : history.events) {
    if (event.step > violation.step) break;
    if (event.step == violation.step && !event.worker.empty()) return event.worker;
    const bool meant =
        violation.attempt ? event.attempt == violation.attempt : event.job == violation.job;
    if (event.kind == EventKind::granted && meant) holder = event.worker;
  }
  return holder;
}

/// Where whoever did it last came, by the pooler, to a backend that was another's, or was not his
/// own of before; empty: he did not, or there is no pooler.
std::string change_of_backend(const History& history, const Violation& violation) {
  const WorkerId who = who_did_it(history, violation);
  std::map<int, WorkerId> users;
  int own = 0;
  std::string text;
  for (const Event& event : history.events) {
    if (event.step > violation.step) break;
    if (event.kind != EventKind::statement || event.backend == 0) continue;
    if (event.worker == who) {
      const WorkerId& before = users[event.backend];
      const std::string which = !before.empty() && before != who
                                    ? fmt::format("on the backend that {} used before", before.text)
                                : own != 0 && own != event.backend
                                    ? "on another backend than before"
                                    : "";
      if (!which.empty())
        text = fmt::format("{} ran {}.{} at {} through the pooler, {}. ", who.text, event.operation,
                           event.statement, to_text(event.at), which);
      own = event.backend;
    }
    users[event.backend] = event.worker;
  }
  return text;
}

/// The chapters of the violated job, and what struck before any of them.
struct Chapters {
  std::vector<Chapter> all;
  std::vector<Sentence> before;
};

Chapters chapters_of(const History& history, const Violation& violation,
                     const AlikeLengths& alike) {
  Chapters chapters;
  std::map<WorkerId, std::size_t> of_worker;
  for (const Event& event : history.events) {
    if (event.step > violation.step) break;
    if (event.kind == EventKind::granted && event.job == violation.job) {
      const bool takes_over = event.before && event.before->state == JobState::owned;
      const std::string verb = !event.giver.empty() ? "{4} gave job {1} to {0} at {2}{3}."
                               : takes_over         ? "{} took job {} over at {}{}."
                                                    : "{} claimed job {} at {}.";
      of_worker[event.worker] = chapters.all.size();
      chapters.all.push_back(
          {event.attempt,
           event.worker,
           {event.step, fmt::format(fmt::runtime(verb), event.worker.text, event.job.text,
                                    to_text(event.at), beside_its_lease(event), event.giver.text)},
           {}});
    }
    const Fault* const fault = fault_in(event);
    if (fault == nullptr || fault->story.empty()) continue;
    const Sentence sentence{event.step, fault_sentence(event, alike)};
    const auto chapter = of_worker.find(event.worker);
    const bool about_it =
        chapter != of_worker.end() && (event.job == violation.job || event.job.empty());
    // What strikes everybody belongs to the grant that runs.
    if (event.worker.empty() && !chapters.all.empty())
      chapters.all.back().faults.push_back(sentence);
    else if (about_it)
      chapters.all[chapter->second].faults.push_back(sentence);
    else if (event.job.empty() || event.job == violation.job)
      chapters.before.push_back(sentence);
  }
  return chapters;
}

/// Whether the violation's own sentence tells of that grant.
bool is_told_by(const Violation& violation, const Chapter& chapter) {
  return chapter.begins.step == violation.step &&
         violation.sentence.starts_with(chapter.worker.text + " ");
}

/// As it begins a text; the names of workers are what they are.
std::string capitalized(std::string text, const History& history) {
  const bool names_worker =
      std::any_of(history.events.begin(), history.events.end(), [&](const Event& event) {
        return !event.worker.empty() && text.starts_with(event.worker.text);
      });
  if (!names_worker && !text.empty() && text.front() >= 'a' && text.front() <= 'z')
    text.front() = static_cast<char>(text.front() - 'a' + 'A');
  return text;
}

}  // namespace

namespace {

/// What is told of the violated job's grants: the violated one, the first and the last two of what
/// led there, because what came long before helps nobody.
struct Grants {
  std::vector<Sentence> told;
  int from = 0;  ///< the step of the first that is told
};

Grants grants_told(const Chapters& chapters, const Violation& violation) {
  const std::vector<Chapter>& all = chapters.all;
  std::size_t from = all.size() > 3 ? all.size() - 3 : 0;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].attempt == violation.attempt && violation.attempt) from = std::min(from, i);
  Grants grants;
  if (all.size() <= 1 && !chapters.before.empty()) grants.told.push_back(chapters.before.back());
  if (from > 1)
    grants.told.push_back(
        {all.front().begins.step,
         fmt::format("Job {} was claimed {} times before.", violation.job.text, from)});
  for (std::size_t i = from; i < all.size(); ++i) {
    if (i == from) grants.from = all[i].begins.step;
    if (i > from && i + 2 < all.size() && all[i].attempt != violation.attempt) continue;
    if (!is_told_by(violation, all[i])) grants.told.push_back(all[i].begins);
    if (!all[i].faults.empty()) grants.told.push_back(all[i].faults.back());
  }
  return grants;
}

/// All faults, where they are few: then none of them is there by chance, because it is of a history
/// that was made small.
std::vector<Sentence> few_faults(const History& history, const Violation& violation,
                                 const AlikeLengths& alike) {
  constexpr std::size_t few = 4;
  std::vector<Sentence> sentences;
  for (const Event& event : history.events) {
    if (event.step > violation.step) break;
    const Fault* const fault = fault_in(event);
    if (fault != nullptr && !fault->story.empty())
      sentences.push_back({event.step, fault_sentence(event, alike)});
  }
  return sentences.size() <= few ? sentences : std::vector<Sentence>{};
}

}  // namespace

// In the order in which it happened, and nothing twice.
std::string story(const History& history, const Violation& violation, const AlikeLengths& alike) {
  auto [told, from] = grants_told(chapters_of(history, violation, alike), violation);
  for (const std::vector<Sentence>& more :
       {few_faults(history, violation, alike), causes_of(history, violation, from)})
    told.insert(told.end(), more.begin(), more.end());
  std::stable_sort(told.begin(), told.end(),
                   [](const Sentence& a, const Sentence& b) { return a.step < b.step; });
  std::string text;
  std::set<std::string> said;
  for (const Sentence& sentence : told)
    if (said.insert(sentence.text).second) text += sentence.text + " ";
  text += errors_since(history, violation) + change_of_backend(history, violation);
  std::string last = violation.sentence;
  if (!last.empty() && last.back() != '.') last += '.';
  return text.empty() ? capitalized(last, history) : text + "Then " + last;
}

}  // namespace fencepost
