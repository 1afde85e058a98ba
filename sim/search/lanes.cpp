#include "sim/search/lanes.hpp"

#include <fmt/format.h>

#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include "sim/process/capacity.hpp"
#include "sim/text/error.hpp"
#include "sim/text/log.hpp"

namespace fencepost {

namespace {

/// What the harness itself needs, and PostgreSQL keeps for administrators.
constexpr int kSpareSessions = 16;

/// All that a history can have open at once, if no worker connects twice as often as its role has
/// sessions: a session that has ended still has its backend until the history is over.
int most_sessions(const Protocol& protocol, const Scenario& scenario) {
  const auto of_roles = [](const Protocol& version, const auto& count) {
    std::size_t sessions = 0;
    for (const Role& role : version.roles)
      sessions += role.sessions.size() * static_cast<std::size_t>(count(role));
    return sessions;
  };
  const Load& load = scenario.load;
  std::size_t sessions = of_roles(protocol, [&](const Role& role) {
    const auto wanted = load.roles.find(role.name);
    return wanted != load.roles.end() ? wanted->second : role.count.value_or(load.workers);
  });
  if (protocol.previous && load.previous > 0)
    sessions += of_roles(*protocol.previous,
                         [&](const Role& role) { return role.count ? 0 : load.previous; });
  return static_cast<int>(sessions) * (scenario.faults.empty() ? 1 : 2) + kSpareSessions;
}

ClusterOptions pinned_to(std::optional<int> core, ClusterOptions options) {
  options.core = core;
  return options;
}

}  // namespace

Lane::Lane(const ClusterOptions& options) : options_(pinned_to(core_.number(), options)) {
  start();
}

Lane::~Lane() {
  if (options_.keep && cluster_ && !told_) fmt::print(stderr, "{}", how_to_connect());
}

void Lane::start() {
  cluster_.emplace(options_);
  simulation_.emplace(*cluster_);
}

// Which of its settings a server does not accept, only it knows.
void Lane::start_for(const Protocol& protocol) {
  try {
    start();
  } catch (const EnvironmentError& error) {
    options_.settings.clear();
    if (protocol.server.empty()) throw;
    start();
    throw InputError(fmt::format("{}: with what [server] says, {}; mend it",
                                 (protocol.folder / "protocol.toml").string(), error.what()));
  }
}

Simulation& Lane::with(const Protocol& protocol, const Scenario& scenario, Means means) {
  const int wanted = most_sessions(protocol, scenario);
  if (wanted > options_.connections || protocol.server != options_.settings) {
    if (options_.keep && cluster_) earlier_ = how_to_connect();
    loaded_ = nullptr;
    simulation_.reset();
    cluster_.reset();
    options_.connections = std::max(wanted, options_.connections);
    options_.settings = protocol.server;
    start_for(protocol);
  }
  if (loaded_ == &protocol && loaded_hash_ == protocol.hash && loaded_by_ == means)
    return *simulation_;
  loaded_ = nullptr;
  simulation_->load(protocol, means);
  loaded_by_ = means;
  loaded_ = &protocol;
  loaded_hash_ = protocol.hash;
  return *simulation_;
}

std::vector<std::string> Lane::take_remarks() {
  std::vector<std::string> now = simulation_->remarks();
  for (const Gap& gap : gaps_)
    if (gap.grave)
      now.push_back(
          fmt::format("this machine does not wholly contain a protocol's code, which could "
                      "{}: run what you trust",
                      gap.what));
  std::erase_if(now, [&](const std::string& remark) { return !taken_.insert(remark).second; });
  return now;
}

std::string Lane::core() const { return core_.number() ? std::to_string(*core_.number()) : "any"; }

std::string Lane::how_to_connect() {
  told_ = true;
  const std::string conninfo =
      loaded_ == nullptr ? cluster_->conninfo("postgres") : simulation_->conninfo();
  // A server that is still ending writes into the folder that would be removed.
  return earlier_ + fmt::format(
                        "connect   psql \"{0}\"\n"
                        "end it    kill -INT {1} && while test -e {2}/data/postmaster.pid; "
                        "do sleep 0.1; done; rm -rf {2}\n",
                        conninfo, cluster_->postmaster(), cluster_->folder().string());
}

struct Lanes::State {
  std::mutex mutex;
  std::condition_variable work_came;
  std::condition_variable work_done;
  const std::vector<LaneTask>* tasks = nullptr;
  std::size_t next = 0;
  std::size_t limit = 0;  ///< tasks from here on are not begun
  int busy = 0;
  bool closing = false;
  std::size_t failed_task = 0;
  std::exception_ptr failure;
  std::vector<std::string> kept;
  std::set<std::string> remarks;  ///< that were said
  std::vector<std::thread> threads;

  bool has_work() const { return tasks != nullptr && next < limit; }

  void serve(const ClusterOptions& options) {
    std::optional<Lane> lane;
    int served = 0;
    std::unique_lock lock(mutex);
    for (;;) {
      work_came.wait(lock, [&] { return closing || has_work(); });
      if (closing) {
        if (lane && options.keep) kept.push_back(lane->how_to_connect());
        if (lane)
          log_info(fmt::format("the lane on core {} ends after {} tasks", lane->core(), served));
        return;
      }
      const std::size_t index = next++;
      const LaneTask& task = (*tasks)[index];
      ++busy;
      lock.unlock();
      std::exception_ptr thrown;
      try {
        if (!lane) {
          lane.emplace(options);
          log_info(fmt::format("a lane begins on core {}", lane->core()));
        }
        ++served;
        task(*lane);
      } catch (const EnvironmentError&) {
        thrown = std::current_exception();
        if (!options.keep) lane.reset();
      } catch (...) {
        thrown = std::current_exception();
      }
      lock.lock();
      --busy;
      for (const std::string& remark : lane ? lane->take_remarks() : std::vector<std::string>())
        if (remarks.insert(remark).second) log_warning(remark);
      if (thrown) fail(index, thrown);
      work_done.notify_all();
    }
  }
  /// Of several failures the first task's counts, so that what is reported does not depend on who
  /// was faster.
  void fail(std::size_t index, std::exception_ptr thrown) {
    if (!failure || index < failed_task) {
      failure = thrown;
      failed_task = index;
    }
    limit = std::min(limit, index);
  }
};

Lanes::Lanes(int count, const ClusterOptions& options) : state_(std::make_unique<State>()) {
  keep_memory();
  for (int i = 0; i < count; ++i)
    state_->threads.emplace_back([state = state_.get(), options] { state->serve(options); });
}

int Lanes::count() const { return static_cast<int>(state_->threads.size()); }

Lanes::~Lanes() {
  for (const std::string& kept : end()) fmt::print(stderr, "{}", kept);
}

std::vector<std::string> Lanes::end() {
  {
    const std::lock_guard guard(state_->mutex);
    state_->closing = true;
    state_->work_came.notify_all();
  }
  for (std::thread& thread : state_->threads) thread.join();
  state_->threads.clear();
  return std::move(state_->kept);
}

void Lanes::run(const std::vector<LaneTask>& tasks, const std::function<bool()>& meanwhile) {
  using namespace std::chrono_literals;
  std::unique_lock lock(state_->mutex);
  state_->tasks = &tasks;
  state_->next = 0;
  state_->limit = tasks.size();
  state_->failure = nullptr;
  state_->work_came.notify_all();
  const auto over = [&] { return !state_->has_work() && state_->busy == 0; };
  while (!over()) {
    state_->work_done.wait_for(lock, 100ms, over);
    lock.unlock();
    const bool go_on = meanwhile();
    lock.lock();
    if (!go_on) state_->limit = std::min(state_->limit, state_->next);
  }
  state_->tasks = nullptr;
  if (state_->failure) std::rethrow_exception(state_->failure);
}

}  // namespace fencepost
