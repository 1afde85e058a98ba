#include "sim/engine/task_environment.hpp"

#include <algorithm>
#include <utility>

#include "sim/text/error.hpp"

namespace fencepost {
namespace {

/// What one fiber of a process sees of its run.
class TaskEnvironment : public WorkerEnvironment {
 public:
  TaskEnvironment(const World& world, Journal& journal, Fleet& fleet, Task& task)
      : world_(world), journal_(journal), fleet_(fleet), task_(task), process_(task.process) {}

  std::string conninfo(const std::string& session) override {
    check_alive();
    task_.open(session);
    return world_.database.conninfo();
  }
  void announce(const Call& call) override { task_.announce(call); }
  void check_alive() override {
    if (process_.dead()) throw WorkerGone{};
  }
  void sleep(Duration lasts) override { pause(lasts, Sleep::pause); }
  void sleep_drawn(const std::vector<Length>& lengths) override {
    process_.asker.pass_by("sleep");
    sleep(fleet_.choose_length(process_, "sleep", "sleep", lengths));
  }
  void wait_for_poll(Duration lasts) override {
    if (process_.take_notification() || process_.stopping()) return check_alive();
    check_alive();
    task_.sleep_until(fleet_.next_poll(process_, lasts), Sleep::poll);
    check_alive();
    process_.woke(world_.clock.now());
    process_.take_notification();
  }
  bool stopping() const override { return process_.stopping(); }
  std::string work(const JobId& job, const WorkStep& step) override {
    const Duration wanted = fleet_.work_time(process_, step.lasts);
    const Duration takes = std::min(wanted, step.timeout.value_or(wanted));
    journal_.begin_step();
    Event& event = journal_.note(EventKind::work, process_);
    event.lasts = takes;
    if (!job.empty()) event.job = job;
    if (takes < wanted) event.note = kGivenUp;
    const JobId of = event.job;
    if (takes > 0us) pause(takes, Sleep::work);
    if (takes < wanted) return "the work takes longer than " + to_text(takes);
    if (!fleet_.is_poisoned(of)) return {};
    meet_poison().job = of;
    return "job " + of.text + " can't be processed";
  }
  Instant clock() override { return process_.clock_at(world_.clock.now()); }
  void believe(const std::vector<JobId>& jobs) override { fleet_.believe(process_, jobs); }
  void let_go(const std::string& reason) override {
    if (task_.belief <= 0 || believes()) fleet_.let_go(process_, reason);
  }
  bool let_go_of(const JobId& job, const std::string& reason) override {
    return fleet_.let_go_of(process_, job, reason);
  }
  bool acted() const override { return process_.doings().acted; }
  void end_round() override { fleet_.end_round(process_); }
  bool believes() const override {
    return process_.believing() && (task_.belief <= 0 || task_.belief == process_.belief());
  }
  void refused(const Call& call) override {
    Event& event = journal_.note(EventKind::refused, process_);
    const auto [job, attempt] = task_.acts_for(call.job);
    event.job = job;
    event.attempt = attempt;
    event.operation = call.operation;
    event.statement = call.statement;
  }
  bool take_lease_lost() override { return process_.take_lost_lease(); }
  void note_lease_lost() override { process_.lose_lease(); }
  void stuck(const Call& call, const std::string& sqlstate, const std::string& message) override {
    journal_.begin_step();
    Event& event = journal_.note(EventKind::statement, process_);
    const auto [job, attempt] = task_.acts_for(call.job);
    event.job = job;
    event.attempt = attempt;
    event.operation = call.operation;
    event.statement = call.statement;
    event.bound = call.bound;
    event.sqlstate = sqlstate;
    event.message = message;
    event.result = "error " + sqlstate;
    event.note = kInWorker;
  }
  SqlResult let(const Statement& statement, const std::vector<Value>& arguments) override {
    return world_.database.let(statement, arguments);
  }
  std::string poison_in(const Row& row) override {
    for (const ItemId& item : fleet_.poisoned_items()) {
      for (const auto& [column, value] : row) {
        if (!value || *value != item.text) continue;
        meet_poison().item = item;
        return item.text;
      }
    }
    return {};
  }
  std::string identity() const override { return process_.identity; }
  std::string host() const override { return process_.host(); }
  int rounds_before() const override { return process_.rounds_before; }
  int jobs() const override { return world_.scenario.load.jobs; }

 private:
  Event& meet_poison() {
    journal_.begin_step();
    Event& event = journal_.note(EventKind::fault, process_);
    event.fault = FaultKind::poison;
    return event;
  }
  void pause(Duration lasts, Sleep why) {
    check_alive();
    task_.sleep_until(world_.clock.now() + process_.by_its_clock(lasts), why);
    check_alive();
  }

  const World& world_;
  Journal& journal_;
  Fleet& fleet_;
  Task& task_;
  Process& process_;
};

}  // namespace

std::unique_ptr<WorkerEnvironment> make_environment(const World& world, Journal& journal,
                                                    Fleet& fleet, Task& task) {
  return std::make_unique<TaskEnvironment>(world, journal, fleet, task);
}

}  // namespace fencepost
