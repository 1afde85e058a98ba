#include "model/story.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <vector>

namespace fencepost {
namespace {

/// A sentence, and the step that it tells of.
struct Sentence {
  int step = 0;
  std::string text;
};

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

std::string fault_sentence(const Event& event) {
  const std::string deed = with_length(fault_of(*event.fault).story, *event.fault, event.lasts);
  return (strikes_everybody(*event.fault) ? deed : event.worker.text + " " + deed) +
         place(event.boundary) + fmt::format(" at {}.", to_text(event.at));
}

/// Which statements failed, with what and how often, since anything was last done to that job: why
/// nobody gets it. At most three are told.
std::string errors_since(const History& history, const Violation& violation) {
  constexpr std::size_t most = 3;
  std::vector<std::pair<std::string, int>> errors;
  for (const Event& event : history.events) {
    if (event.step > violation.step) break;
    if (event.kind == EventKind::changed && event.job == violation.job) errors.clear();
    if (event.kind != EventKind::statement || event.sqlstate.empty()) continue;
    const std::string error =
        fmt::format("{}.{} failed with {}", event.operation, event.statement, event.sqlstate);
    const auto known = std::find_if(errors.begin(), errors.end(),
                                    [&](const auto& each) { return each.first == error; });
    if (known != errors.end())
      ++known->second;
    else if (errors.size() < most)
      errors.emplace_back(error, 1);
  }
  std::string text;
  for (const auto& [error, times] : errors)
    text += (text.empty() ? "" : ", ") + error + (times > 1 ? fmt::format(" {} times", times) : "");
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

Chapters chapters_of(const History& history, const Violation& violation) {
  Chapters chapters;
  std::map<WorkerId, std::size_t> of_worker;
  for (const Event& event : history.events) {
    if (event.step > violation.step) break;
    if (event.kind == EventKind::granted && event.job == violation.job) {
      const bool takes_over = event.before && event.before->state == JobState::owned;
      const std::string verb =
          takes_over ? "{} took job {} over at {}." : "{} claimed job {} at {}.";
      of_worker[event.worker] = chapters.all.size();
      chapters.all.push_back({event.attempt,
                              event.worker,
                              {event.step, fmt::format(fmt::runtime(verb), event.worker.text,
                                                       event.job.text, to_text(event.at))},
                              {}});
    }
    const Fault* const fault = fault_in(event);
    if (fault == nullptr || fault->story.empty()) continue;
    const Sentence sentence{event.step, fault_sentence(event)};
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

// The violated grant's chapter, the one before it and the one after it; what came long before
// helps nobody. In the order in which it happened.
std::string story(const History& history, const Violation& violation) {
  const Chapters chapters = chapters_of(history, violation);
  const std::vector<Chapter>& all = chapters.all;
  std::vector<Sentence> told;
  if (all.size() <= 1 && !chapters.before.empty()) told.push_back(chapters.before.back());
  std::size_t from = all.size() > 3 ? all.size() - 3 : 0;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].attempt == violation.attempt && violation.attempt) from = std::min(from, i);
  for (std::size_t i = from; i < all.size(); ++i) {
    if (i > from && i + 2 < all.size() && all[i].attempt != violation.attempt) continue;
    if (!is_told_by(violation, all[i])) told.push_back(all[i].begins);
    if (!all[i].faults.empty()) told.push_back(all[i].faults.back());
  }
  std::stable_sort(told.begin(), told.end(),
                   [](const Sentence& a, const Sentence& b) { return a.step < b.step; });
  std::string text;
  for (const Sentence& sentence : told) text += sentence.text + " ";
  text += errors_since(history, violation) + change_of_backend(history, violation);
  std::string last = violation.sentence;
  if (!last.empty() && last.back() != '.') last += '.';
  return text.empty() ? capitalized(last, history) : text + "Then " + last;
}

namespace {

/// What one worker asked in vain since anything else happened to it, round by round.
struct Polling {
  std::vector<std::vector<const Event*>> rounds;
};

/// The first rounds, so many of them.
void draw_together(const Polling& polling, std::size_t idle, IdleSteps& out) {
  if (idle < 2) return;
  const Event* const first = polling.rounds.front().front();
  out.first[first->step] = {static_cast<int>(idle), polling.rounds[idle - 1].back()->at};
  for (std::size_t i = 0; i < idle; ++i)
    for (const Event* statement : polling.rounds[i])
      if (statement->step != first->step) out.hidden.insert(statement->step);
}

/// A claim that found nothing; or anything that changed nothing, of a role that claims nothing.
bool is_idle(const Event& event, const std::set<WorkerId>& claim_nothing) {
  return event.kind == EventKind::statement && !event.committed && event.sqlstate.empty() &&
         !event.attempt && (event.operation == "claim" || claim_nothing.contains(event.worker));
}

bool same_statement(const Event& a, const Event& b) {
  return a.operation == b.operation && a.statement == b.statement;
}

}  // namespace

// A round begins with the statement that began the worker's first one. What comes of a later
// statement of a round, or strikes within one, belongs to the last round.
IdleSteps idle_polls(const History& history) {
  IdleSteps out;
  std::map<WorkerId, Polling> workers;
  std::set<WorkerId> claim_nothing;
  for (const Event& event : history.events) {
    if (event.worker.empty()) continue;
    Polling& polling = workers[event.worker];
    if (event.kind == EventKind::worker_started && !event.claims)
      claim_nothing.insert(event.worker);
    if (is_idle(event, claim_nothing)) {
      const bool new_round =
          polling.rounds.empty() || same_statement(event, *polling.rounds.front().front());
      if (new_round) polling.rounds.emplace_back();
      polling.rounds.back().push_back(&event);
      continue;
    }
    const bool own_round = event.kind == EventKind::statement && !polling.rounds.empty() &&
                           same_statement(event, *polling.rounds.front().front());
    // The last round led somewhere, unless this begins another one.
    const std::size_t rounds = polling.rounds.size();
    draw_together(polling, own_round || rounds == 0 ? rounds : rounds - 1, out);
    polling.rounds.clear();
  }
  for (const auto& [worker, polling] : workers) draw_together(polling, polling.rounds.size(), out);
  return out;
}

bool is_deed(EventKind kind) {
  switch (kind) {
    case EventKind::statement:
    case EventKind::blocked:
    case EventKind::committed_inside:
    case EventKind::parked:
    case EventKind::queued:
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

/// What an event of this kind adds to a schedule; empty: nothing.
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
