#include "sim/engine/simulation.hpp"

#include <algorithm>

#include "sim/database/backend_pool.hpp"
#include "sim/database/database.hpp"
#include "sim/engine/run.hpp"
#include "sim/server/cluster.hpp"
#include "sim/text/error.hpp"

namespace fencepost {

struct Simulation::State {
  Cluster& cluster;
  const Protocol* protocol = nullptr;
  Declared declared;
  std::unique_ptr<Database> database;
  std::unique_ptr<BackendPool> pool;
  explicit State(Cluster& the_cluster) : cluster(the_cluster) {}

  History run(const Scenario& scenario, Choices& choices, Until until, StatementLog* log) {
    SIM_CHECK(protocol != nullptr, "no protocol is loaded");
    Tries tries(choices);
    for (;;) {
      Run in_progress(
          {cluster.clock(), *database, *pool, *protocol, declared, scenario, tries, until, log},
          tries);
      History history = in_progress.execute();
      if (!tries.again(in_progress.steps())) return history;
      if (log != nullptr) log->clear();
    }
  }
};

namespace {

/// A setting that the server refuses is found before any worker connects.
void check_settings(const Protocol& protocol, BackendPool& pool) {
  for (const Role& role : protocol.roles) {
    if (role.settings.empty()) continue;
    try {
      pool.give_back(pool.borrow(1, role.settings));
    } catch (const InputError& error) {
      throw InputError(fmt::format("{}: [role.{}.settings]: {}",
                                   (protocol.folder / "protocol.toml").string(), role.name,
                                   error.what()));
    }
  }
}

}  // namespace

Simulation::Simulation(Cluster& cluster) : state_(std::make_unique<State>(cluster)) {}

Simulation::~Simulation() {
  state_->pool.reset();
  state_->database.reset();
}

void Simulation::load(const Protocol& protocol, Means means) {
  state_->pool.reset();
  if (state_->database) {
    state_->database->close_sessions_by({});
    state_->database->drop();
  }
  state_->database.reset();
  state_->protocol = &protocol;
  state_->database = std::make_unique<Database>(state_->cluster, protocol, "protocol", means);
  state_->pool = std::make_unique<BackendPool>(state_->cluster.clock(),
                                               state_->database->conninfo(), traces_of(protocol));
  state_->database->close_sessions_by([pool = state_->pool.get()] { pool->close_all(); });
  check_settings(protocol, *state_->pool);
  if (protocol.previous) check_settings(*protocol.previous, *state_->pool);
  state_->declared = protocol.declared;
  state_->declared.columns = state_->database->columns();
  state_->declared.observes_applied = protocol.find("applied") != nullptr;
  for (const Role& role : protocol.roles)
    if (role.claims()) state_->declared.poll = std::max(state_->declared.poll, role.poll);
}

History Simulation::run(const Scenario& scenario, Choices& choices, Until until) {
  return state_->run(scenario, choices, until, nullptr);
}

History Simulation::run_logged(const Scenario& scenario, Choices& choices, StatementLog& log) {
  return state_->run(scenario, choices, {}, &log);
}

void Simulation::reset(const Load& load) { state_->pool->start(state_->database->reset(load)); }

std::string Simulation::remark() const {
  return state_->database ? state_->database->remark() : "";
}

std::string Simulation::conninfo() const { return state_->database->conninfo(); }

}  // namespace fencepost
