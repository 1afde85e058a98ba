#include "reports/trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <utility>

#include "model/ledger.hpp"
#include "model/polling.hpp"
#include "reports/escaped.hpp"

namespace fencepost {
namespace {

/// How many columns a text takes: its characters, not its bytes.
std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

std::string padded(std::string text, std::size_t width) {
  const std::size_t columns = columns_of(text);
  if (columns < width) text.append(width - columns, ' ');
  return text;
}

std::string cut(const std::string& text, int width) {
  if (width <= 0 || columns_of(text) <= static_cast<std::size_t>(width)) return text;
  std::string out;
  for (std::size_t i = 0, columns = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U) ++columns;
    if (columns >= static_cast<std::size_t>(width)) break;
    out += text[i];
  }
  return out + "…";
}

template <typename T>
std::string shown(const std::optional<T>& value) {
  if (!value) return "-";
  if constexpr (std::is_same_v<T, Instant>)
    return to_text(*value);
  else
    return fmt::format("{}", *value);
}

/// "state ready → owned, token - → 1, lease until - → 30 s": what differs.
std::string difference(const Event& event) {
  if (!event.after) return "gone";
  const JobRecord before = event.before.value_or(JobRecord{});
  const JobRecord& after = *event.after;
  std::string text;
  const auto add = [&](std::string_view name, const std::string& from, const std::string& to) {
    if (event.before && from == to) return;
    if (!event.before && to == "-") return;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name,
                        event.before ? from + " → " + to : to);
  };
  add("state", std::string(to_text(before.state)), std::string(to_text(after.state)));
  add("token", shown(before.token), shown(after.token));
  add("owner", shown(before.owner), shown(after.owner));
  add("lease until", shown(before.lease_until), shown(after.lease_until));
  add("ready at", shown(before.ready_at), shown(after.ready_at));
  add("progress", shown(before.progress), shown(after.progress));
  add("cursor", shown(before.cursor), shown(after.cursor));
  add("attempts", shown(before.attempts), shown(after.attempts));
  return text;
}

struct TraceLine {
  std::string what;
  std::string on;
  std::string result;
  std::string_view color;
};

std::string fault_text(const Event& event) {
  std::string text = fmt::format("{}", to_text(*event.fault));
  std::replace(text.begin(), text.end(), '_', ' ');
  const Fault& fault = fault_of(*event.fault);
  if (event.lasts > 0us || fault.zero_is_a_length)
    text += with_length(fault.length, fault.kind, event.lasts);
  if (!event.boundary.empty()) text += ", at " + event.boundary;
  if (!event.item.empty()) text += ": item " + event.item.text + " can't be processed";
  return text;
}

/// Which of the pooler's backends it was on.
std::string on(const Event& event) {
  return event.backend == 0 ? "" : fmt::format(", on backend {}", event.backend);
}

/// The line of an event that has one of its own.
std::optional<TraceLine> main_line(const Event& event) {
  const std::string named = event.operation + "." + event.statement;
  switch (event.kind) {
    case EventKind::statement:
      return TraceLine{named, event.job.text,
                       (event.committed ? "✓ " : "  ") + event.result + on(event),
                       event.sqlstate.empty() ? "" : kYellow};
    case EventKind::blocked:
      return TraceLine{named, event.job.text, "… waits for a lock" + on(event), kYellow};
    case EventKind::parked:
      return TraceLine{named, event.job.text, "… before its commit" + on(event), kYellow};
    case EventKind::queued:
      return TraceLine{named, event.job.text, "… waits for a backend of the pooler", kYellow};
    case EventKind::committed_inside:
      return TraceLine{named, event.job.text, "✓ commits, and goes on", ""};
    case EventKind::fault:
      return TraceLine{"⚡ " + fault_text(event), "", "", kRed};
    case EventKind::resumed:
      return TraceLine{"▶ goes on", "", "", kYellow};
    case EventKind::work:
      return TraceLine{"works for " + to_text(event.lasts), event.job.text,
                       event.note == kGivenUp ? "and gives up" : "", kDim};
    case EventKind::heal_started:
      return TraceLine{"from here on no new faults", "", "", kDim};
    case EventKind::finished:
      return TraceLine{"end: " + event.note, "", "", kDim};
    default:
      return std::nullopt;
  }
}

/// The line of an event that belongs to a statement's step.
std::string side_line(const Event& event) {
  const std::string who = event.worker.text;
  const std::string job = "job " + event.job.text;
  switch (event.kind) {
    case EventKind::worker_started:
      return fmt::format("{} starts as {}", who, event.note);
    case EventKind::changed:
      return fmt::format("{}: {}", job, difference(event));
    case EventKind::applied:
      if (event.step == 0) return "";
      if (event.note == kWithItsJob)
        return fmt::format("{}: item {} is no longer listed, nor is its job", job, event.item.text);
      return fmt::format("{}: item {} applied {} → {}", job, event.item.text,
                         event.count_before.value_or(0), event.count_after);
    case EventKind::granted:
      return fmt::format("{} is granted to {} (grant {}){}", job, who, event.attempt.number,
                         event.giver.empty() ? "" : ", by " + event.giver.text);
    case EventKind::revoked:
      return event.fault
                 ? fmt::format("the server forgot grant {} of {}", event.attempt.number, job)
                 : fmt::format("grant {} of {} is revoked", event.attempt.number, job);
    case EventKind::restored:
      return fmt::format("{} is held by {} (grant {}) again", job, who, event.attempt.number);
    case EventKind::released:
      return fmt::format("grant {} of {} is let go", event.attempt.number, job);
    case EventKind::believed:
      return fmt::format("{} believes that it holds {}", who, job);
    case EventKind::let_go:
      return fmt::format("{} no longer believes that it holds {} ({})", who, job, event.note);
    case EventKind::refused:
      return fmt::format("{} learns that it lost {}", who, job);
    case EventKind::forbidden:
      if (event.note == kUnanswered)
        return fmt::format("{} has no answer: {}", event.statement, event.message);
      return fmt::format("{} must never return a row, and returns {}", event.statement,
                         event.result);
    case EventKind::session_ended:
      return fmt::format("session {} ends: {}", event.session.text, event.note);
    case EventKind::lock_held:
      return fmt::format("session {} still holds {}{}", event.session.text, event.note, on(event));
    default:
      return "";
  }
}

std::set<int> steps_of(const std::vector<Mark>& marks) {
  std::set<int> steps;
  for (const Mark& mark : marks) steps.insert(mark.step);
  return steps;
}

class TraceWriter {
 public:
  TraceWriter(const History& history, const TraceOptions& options)
      : options_(options),
        idle_(idle_polls(history)),
        repeats_(repeated_rounds(history, idle_, steps_of(options.marks))),
        text_(options) {
    for (const Event& event : history.events) {
      who_ = std::max(who_, columns_of(event.worker.text));
      if (event.kind == EventKind::statement)
        what_ = std::max(what_, columns_of(event.operation) + 1 + columns_of(event.statement));
    }
  }

  void write(const Event& event) {
    if (options_.until_step > 0 && event.step > options_.until_step) return;
    if (idle_.hidden.contains(event.step) || repeats_.hidden.contains(event.step)) return;
    if (const auto again = repeats_.first.find(event.step); again != repeats_.first.end()) {
      if (is_deed(event.kind)) put_repeats(event, again->second);
      return;
    }
    const auto polls = idle_.first.find(event.step);
    if (polls != idle_.first.end()) {
      if (event.kind == EventKind::statement)
        put(event,
            {fmt::format("polls {} times until {}: nothing to {}", polls->second.rounds,
                         to_text(polls->second.until), event.operation == "claim" ? "claim" : "do"),
             "", "", kDim});
      return;
    }
    if (const auto line = main_line(event)) return put(event, *line);
    const std::string side = side_line(event);
    if (side.empty()) return;
    text_.line(cut(std::string(21 + who_ + 2, ' ') + "· " + visible(side), options_.width), kDim);
  }

  std::string finish() {
    write_marks(options_.until_step > 0 ? options_.until_step + 1 : 1 << 30);
    return text_.take();
  }

 private:
  void put_repeats(const Event& event, const Repeats& again) {
    if (std::exchange(repeats_shown_, event.step) == event.step) return;
    write_marks(event.step);
    const std::string round = again.steps == 1 ? "step" : fmt::format("{} steps", again.steps);
    text_.line(cut(fmt::format("{:>5}  {:>13} … the same {} {} times more, until {}", event.step,
                               to_text(event.at), round, again.rounds, to_text(again.until)),
                   options_.width),
               kDim);
  }
  void put(const Event& event, const TraceLine& line) {
    write_marks(event.step);
    std::string text = fmt::format("{:>5}  {:>13} ", event.step, to_text(event.at));
    text += padded(event.worker.text, who_) + "  " + padded(line.what, what_) + "  " +
            padded(line.on, 4) + " " + line.result;
    while (!text.empty() && text.back() == ' ') text.pop_back();
    text_.line(cut(visible(text), options_.width), line.color);
  }
  void write_marks(int before_step) {
    text_.marks_before(before_step, [](const Mark& mark) {
      return fmt::format("{:>5}  ✗ {}", mark.step, visible(mark.text));
    });
  }

  const TraceOptions& options_;
  IdleSteps idle_;
  RepeatedSteps repeats_;
  int repeats_shown_ = 0;
  MarkedText text_;
  std::size_t who_ = 2;
  std::size_t what_ = 10;
};

std::string indented(const std::string& text, std::string_view by) {
  std::istringstream lines(text);
  std::string out;
  for (std::string line; std::getline(lines, line);) out += fmt::format("{}{}\n", by, line);
  return out;
}

std::string record_text(const JobRecord& record) {
  std::string text(to_text(record.state));
  const auto add = [&](std::string_view name, const std::string& value) {
    text += fmt::format(", {} {}", name, value);
  };
  if (record.owner) add("owner", *record.owner);
  if (record.token) add("token", *record.token);
  if (record.lease_until) add("lease until", to_text(*record.lease_until));
  if (record.progress) add("progress", std::to_string(*record.progress));
  if (record.cursor) add("cursor", std::to_string(*record.cursor));
  if (record.attempts) add("attempts", std::to_string(*record.attempts));
  return text;
}

/// What is so after a step.
struct World {
  std::map<JobId, JobRecord> jobs;
  std::map<JobId, std::map<WorkerId, AttemptId>> believers;
};

World world_after(const History& history, int step) {
  World world;
  for (const Event& event : history.events) {
    if (event.step > step) break;
    if (event.kind == EventKind::changed && event.after) world.jobs[event.job] = *event.after;
    if (event.kind == EventKind::changed && !event.after) world.jobs.erase(event.job);
    if (event.kind == EventKind::believed) world.believers[event.job][event.worker] = event.attempt;
    if (event.kind == EventKind::let_go) world.believers[event.job].erase(event.worker);
  }
  return world;
}

std::string world_text(const World& world) {
  std::string text;
  for (const auto& [job, record] : world.jobs) {
    text += fmt::format("       job {}: {}; ", visible(job.text), visible(record_text(record)));
    const auto believers = world.believers.find(job);
    if (believers == world.believers.end() || believers->second.empty()) {
      text += "nobody believes that it holds it\n";
      continue;
    }
    std::string names;
    for (const auto& [worker, attempt] : believers->second)
      names += (names.empty() ? "" : " and ") + worker.text;
    text += fmt::format("{} {} to hold it\n", visible(names),
                        believers->second.size() == 1 ? "believes" : "believe");
  }
  return text;
}

}  // namespace

void MarkedText::line(const std::string& text, std::string_view color) {
  const bool plain = options_.color == Color::off || color.empty();
  text_ += plain ? text : std::string(color) + text + std::string(kPlain);
  text_ += '\n';
}

std::string trace(const History& history, const TraceOptions& options) {
  TraceWriter writer(history, options);
  for (const Event& event : history.events) writer.write(event);
  return writer.finish();
}

std::string trace_step(const History& history, int step, const TraceOptions& options) {
  TraceOptions here = options;
  std::erase_if(here.marks, [&](const Mark& mark) { return mark.step != step; });
  TraceWriter writer(history, here);
  for (const Event& event : history.events)
    if (event.step == step) writer.write(event);
  return writer.finish();
}

std::optional<EventLine> event_line(const Event& event) {
  const std::optional<TraceLine> line = main_line(event);
  if (!line) return std::nullopt;
  return EventLine{line->what, line->on, line->result};
}

std::string event_note(const Event& event) { return side_line(event); }

std::string step_text(const History& history, int step, const TraceOptions& options,
                      const std::vector<SqlSource>& sources) {
  std::string text = trace_step(history, step, options);
  if (text.empty()) return text;
  for (const Event& event : history.events) {
    if (event.step != step || event.kind != EventKind::statement) continue;
    if (const SqlSource* source = find_source(sources, event.statement))
      text += fmt::format("       {}\n{}", visible(source->where),
                          indented(visible_lines(source->text), "         "));
  }
  return text + world_text(world_after(history, step));
}

}  // namespace fencepost
