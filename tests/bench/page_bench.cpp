// How long a failure's page takes and how large it is, for histories of 20, 200 and 2,000 steps.
#include <fmt/format.h>

#include <chrono>

#include "reports/failure_page.hpp"
#include "reports/svg.hpp"

namespace fencepost {
namespace {

/// Two workers that take one job from each other again and again, each with a chunk of work.
History history_of(int steps) {
  History history;
  JobRecord record;
  record.state = JobState::owned;
  int attempt = 0;
  for (int step = 1; step <= steps; ++step) {
    const auto add = [&](EventKind kind) -> Event& {
      Event& event = history.events.emplace_back();
      event.kind = kind;
      event.step = step;
      event.at = Instant{step * 250ms};
      event.worker = {attempt % 2 == 0 ? "w1" : "w2"};
      event.session = {event.worker.text + "/main"};
      event.job = {"1"};
      event.attempt = {attempt};
      return event;
    };
    const bool claims = step % 20 == 1;
    if (claims) ++attempt;
    Event& statement = add(EventKind::statement);
    statement.operation = claims ? "claim" : "advance";
    statement.statement = claims ? "claim_job" : "save_progress";
    statement.bound = {{"job_id", "1"}, {"progress", std::to_string(step)}};
    statement.result = "1 row: job_id=1, epoch=" + std::to_string(attempt);
    statement.committed = step % 3 == 1;
    if (!statement.committed) continue;
    const JobRecord before = record;
    record.progress = step;
    record.token = std::to_string(attempt);
    record.lease_until = Instant{step * 250ms + 30s};
    add(EventKind::changed).before = before;
    history.events.back().after = record;
    if (!claims) continue;
    if (attempt > 1) add(EventKind::revoked).attempt = {attempt - 1};
    add(EventKind::granted).after = record;
    add(EventKind::believed);
  }
  return history;
}

void measure(int steps) {
  const History history = history_of(steps);
  FailureReport report;
  report.protocol = "bench";
  report.scenario = "bench";
  report.property = "progress_monotone.progress";
  report.told.violation = {"progress", steps, history.events.back().at, {"1"}, {1}, "it fell"};
  report.told.history = history;
  report.replay = "fencepost replay bench.json";
  for (const std::string name : {"claim_job", "save_progress"})
    report.told.sources.push_back(
        {name, "queries.sql:1",
         "UPDATE jobs SET progress = :progress WHERE id = :job_id -- " + name});
  const auto began = std::chrono::steady_clock::now();
  const std::string page = failure_page(report);
  const auto between = std::chrono::steady_clock::now();
  const std::string picture = diagram_svg(report);
  const auto ended = std::chrono::steady_clock::now();
  const auto ms = [](auto span) { return std::chrono::duration<double, std::milli>(span).count(); };
  fmt::print("{:>5} steps: page {:>7.1f} kB in {:>6.1f} ms, picture {:>6.1f} kB in {:>6.1f} ms\n",
             steps, static_cast<double>(page.size()) / 1000, ms(between - began),
             static_cast<double>(picture.size()) / 1000, ms(ended - between));
  if (std::FILE* const file = std::fopen(fmt::format("page-{}.html", steps).c_str(), "wb")) {
    std::fwrite(page.data(), 1, page.size(), file);
    std::fclose(file);
  }
}

}  // namespace
}  // namespace fencepost

int main() {
  for (const int steps : {20, 200, 2000}) fencepost::measure(steps);
}
