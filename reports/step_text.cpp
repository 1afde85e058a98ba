#include "reports/step_text.hpp"

#include <fmt/format.h>

#include <map>
#include <sstream>

#include "reports/escaped.hpp"

namespace fencepost {
namespace {

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

std::string step_text(const History& history, int step, const TraceOptions& options,
                      const FindSource& find) {
  std::string text = trace_step(history, step, options);
  if (text.empty()) return text;
  for (const Event& event : history.events) {
    if (event.step != step || event.kind != EventKind::statement) continue;
    if (const auto source = find(event.statement))
      text += fmt::format("       {}\n{}", visible(source->where),
                          indented(visible_lines(source->text), "         "));
  }
  return text + world_text(world_after(history, step));
}

}  // namespace fencepost
