#include "reports/diagram.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "model/polling.hpp"
#include "reports/trace.hpp"

namespace fencepost {
namespace {

constexpr std::size_t kMostWorkers = 12;
constexpr Duration kAlwaysLong = 60s;

/// Workers in order of their first event; behind the dozenth, those that the violated job knows
/// come first, and all others share the last column.
class WorkerColumns {
 public:
  WorkerColumns(const History& history, const JobId& job) {
    std::vector<std::string> all;
    std::set<std::string> involved;
    for (const Event& event : history.events) {
      if (event.worker.empty()) continue;
      const std::string name = column_name(event.worker);
      if (std::find(all.begin(), all.end(), name) == all.end()) all.push_back(name);
      if (event.job == job && !job.empty()) involved.insert(name);
    }
    if (all.size() > kMostWorkers) {
      std::stable_partition(all.begin(), all.end(),
                            [&](const std::string& name) { return involved.contains(name); });
      all.resize(kMostWorkers - 1);
      all.emplace_back("others");
    }
    names_ = std::move(all);
    for (std::size_t i = 0; i < names_.size(); ++i) index_[names_[i]] = i;
    names_.emplace_back("server");
  }
  std::optional<std::size_t> of(const WorkerId& worker) const {
    if (worker.empty()) return std::nullopt;
    const auto found = index_.find(column_name(worker));
    return found != index_.end() ? found->second : names_.size() - 2;
  }
  const std::vector<std::string>& names() const { return names_; }

 private:
  std::vector<std::string> names_;
  std::map<std::string, std::size_t> index_;
};

Shape shape_of(const Event& event) {
  switch (event.kind) {
    case EventKind::statement:
      return !event.sqlstate.empty() ? Shape::failed
             : event.committed       ? Shape::commit
                                     : Shape::statement;
    case EventKind::committed_inside:
      return Shape::commit;
    case EventKind::blocked:
    case EventKind::parked:
    case EventKind::queued:
      return Shape::waits;
    case EventKind::fault:
      return Shape::fault;
    case EventKind::resumed:
      return Shape::goes_on;
    case EventKind::work:
      return Shape::work;
    default:
      return Shape::note;
  }
}

/// The sign with which a trace begins a text; a picture has a shape instead.
std::string without_sign(std::string text) {
  for (const std::string_view sign : {"✓ ", "⚡ ", "▶ ", "… ", "✗ "})
    if (text.starts_with(sign)) text.erase(0, sign.size());
  const std::size_t first = text.find_first_not_of(' ');
  return first == std::string::npos ? "" : text.substr(first);
}

/// The lease of one job, as the database last said.
struct RunningLease {
  WorkerId worker;
  std::optional<Instant> until;
  Instant since{};
  bool has_end = false;  ///< a row says that it ended
};

class DiagramRows {
 public:
  DiagramRows(const History& history, const WorkerColumns& columns, int violated_step)
      : columns_(columns),
        idle_(idle_polls(history)),
        repeats_(repeated_rounds(history, idle_, {violated_step})) {
    for (const Event& event : history.events) {
      tell_ended_leases(event);
      add(event);
      follow(event);
    }
  }
  std::vector<DiagramRow> take() { return std::move(rows_); }

 private:
  void add(const Event& event) {
    if (const auto again = repeats_.first.find(event.step); again != repeats_.first.end())
      return add_repeats(event, again->second);
    if (repeats_.hidden.contains(event.step)) return rows_.back().events.push_back(&event);
    const auto polls = idle_.first.find(event.step);
    const bool hidden = idle_.hidden.contains(event.step);
    if (hidden && event.kind == EventKind::statement) return;
    const bool idle = polls != idle_.first.end() || hidden;
    if (polls != idle_.first.end() && event.kind == EventKind::statement) {
      DiagramRow& row = begin(event, Shape::polls);
      row.what = fmt::format("polls {} times until {}", polls->second.rounds,
                             to_text(polls->second.until));
      row.result = event.operation == "claim" ? "nothing to claim" : "nothing to do";
    } else if (const auto line = idle ? std::nullopt : event_line(event)) {
      DiagramRow& row = begin(event, shape_of(event));
      row.what = without_sign(line->what);
      row.on = line->on;
      row.result = without_sign(line->result);
    } else {
      const std::string note = idle ? "" : event_note(event);
      if (!note.empty()) add_note(event, note);
      if (rows_.empty()) begin(event, Shape::note).what = "the beginning";
    }
    rows_.back().events.push_back(&event);
  }
  void add_repeats(const Event& event, const Repeats& again) {
    if (rows_.empty() || rows_.back().step != event.step) {
      DiagramRow& row = begin(event, Shape::polls);
      row.what =
          fmt::format("{}, {} times more until {}",
                      again.steps == 1 ? "the same" : fmt::format("the same {} steps", again.steps),
                      again.rounds, to_text(again.until));
    }
    rows_.back().events.push_back(&event);
  }
  DiagramRow& begin(const Event& event, Shape shape) {
    DiagramRow row;
    row.shape = shape;
    row.step = event.step;
    row.at = event.at;
    row.column = columns_.of(event.worker);
    row.worker = event.worker;
    return rows_.emplace_back(std::move(row));
  }
  void add_note(const Event& event, const std::string& note) {
    const bool belongs = !rows_.empty() && rows_.back().step == event.step &&
                         rows_.back().at == event.at && rows_.back().shape != Shape::lease_ends &&
                         event.kind != EventKind::worker_started;
    if (belongs) return rows_.back().notes.push_back(note);
    const std::string name = event.worker.text + " ";
    begin(event, Shape::note).what =
        !event.worker.empty() && note.starts_with(name) ? note.substr(name.size()) : note;
  }
  void tell_ended_leases(const Event& event) {
    for (auto& [job, lease] : leases_) {
      if (lease.has_end || !lease.until || server_time(event) < *lease.until) continue;
      lease.has_end = true;
      Event end;
      end.step = rows_.back().step;
      end.at = std::max(rows_.back().at, *lease.until - event.server_ahead);
      end.job = job;
      DiagramRow& row = begin(end, Shape::lease_ends);
      row.column = columns_.names().size() - 1;
      row.on = job.text;
      row.what = fmt::format("the lease of {} on job {} {}", lease.worker.text, job.text,
                             *lease.until <= lease.since ? "had ended before it began" : "ends");
    }
  }
  void follow(const Event& event) {
    const bool owned = event.after && event.after->state == JobState::owned;
    if (event.kind == EventKind::granted)
      leases_[event.job] = {event.worker, event.after ? event.after->lease_until : std::nullopt,
                            server_time(event), false};
    if (event.kind == EventKind::changed && !owned) leases_.erase(event.job);
    const auto lease = leases_.find(event.job);
    if (lease == leases_.end() || event.kind != EventKind::changed || !owned) return;
    if (lease->second.until != event.after->lease_until) {
      lease->second.until = event.after->lease_until;
      lease->second.has_end = false;
    }
  }

  const WorkerColumns& columns_;
  IdleSteps idle_;
  RepeatedSteps repeats_;
  std::map<JobId, RunningLease> leases_;
  std::vector<DiagramRow> rows_;
};

/// DiagramRows with a pause between those that lie far apart, by the history's own measure.
std::vector<DiagramRow> with_pauses(std::vector<DiagramRow> rows) {
  if (rows.empty()) return rows;
  const Duration span = rows.back().at - rows.front().at;
  const Duration longest = std::min(span / 10, kAlwaysLong);
  std::vector<DiagramRow> out;
  for (DiagramRow& row : rows) {
    const Duration passed = out.empty() ? 0us : row.at - out.back().at;
    if (passed > 1ms && passed >= longest) {
      DiagramRow pause;
      pause.shape = Shape::pause;
      pause.step = out.back().step;
      pause.at = out.back().at;
      pause.passed = passed;
      out.push_back(std::move(pause));
    }
    out.push_back(std::move(row));
  }
  return out;
}

/// The last row of the violated step; a statement's, if it has one.
std::size_t violated_row_of(const std::vector<DiagramRow>& rows, const Violation& violation) {
  std::size_t found = 0;
  bool by_statement = false;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].shape == Shape::pause || rows[i].shape == Shape::lease_ends) continue;
    const bool statement = rows[i].shape == Shape::statement || rows[i].shape == Shape::commit ||
                           rows[i].shape == Shape::failed;
    const bool same = rows[i].step == violation.step;
    if (rows[i].step > violation.step || (by_statement && !(same && statement))) continue;
    found = i;
    by_statement = same && statement;
  }
  return found;
}

/// A violation of which no row tells, such as one amid idle polling, gets a row of its own.
std::vector<DiagramRow> with_violation(std::vector<DiagramRow> rows, const Violation& violation) {
  const auto later = [&](const DiagramRow& row) { return row.step > violation.step; };
  const auto has_row = [&](const DiagramRow& row) { return row.step == violation.step; };
  if (violation.step <= 0 || std::any_of(rows.begin(), rows.end(), has_row)) return rows;
  const auto place = std::find_if(rows.begin(), rows.end(), later);
  DiagramRow row;
  row.step = violation.step;
  row.at = place == rows.begin() ? violation.at : std::max(std::prev(place)->at, violation.at);
  row.what = "by now it is certain";
  rows.insert(place, std::move(row));
  return rows;
}

}  // namespace

Diagram diagram_of(const History& history, const Violation& violation) {
  const WorkerColumns columns(history, violation.job);
  Diagram diagram;
  diagram.columns = columns.names();
  diagram.rows =
      with_pauses(with_violation(DiagramRows(history, columns, violation.step).take(), violation));
  if (diagram.rows.empty()) diagram.rows.emplace_back().what = "the beginning";
  diagram.violated_row = violated_row_of(diagram.rows, violation);
  diagram.rows[diagram.violated_row].violated = true;
  add_stretches(diagram, violation.job);
  return diagram;
}

}  // namespace fencepost
