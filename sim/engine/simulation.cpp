#include "sim/engine/simulation.hpp"

#include <algorithm>
#include <functional>
#include <map>

#include "sim/database/backend_pool.hpp"
#include "sim/database/database.hpp"
#include "sim/database/raw_query.hpp"
#include "sim/engine/run.hpp"
#include "sim/server/cluster.hpp"
#include "sim/text/error.hpp"
#include "sim/worker/known_names.hpp"

namespace fencepost {

namespace {

/// The result of `action`. Where the server is no more, nothing else that went wrong is of
/// interest, and what it was doing then is told.
template <typename Doing, typename Action>
auto with_end_explained(const Cluster& cluster, Doing doing, Action action) {
  std::string when = doing();
  try {
    return action();
  } catch (const SessionLost& error) {
    when = error.doing.empty() ? doing() : fmt::format("fencepost ran {}", error.doing);
    if (!cluster.lost()) throw EnvironmentError(fmt::format("when {}, {}", when, error.what()));
  } catch (const std::exception&) {
    if (!cluster.lost()) throw;
    when = doing();
  }
  throw EnvironmentError(
      fmt::format("{}, when {}; its history is not counted", *cluster.lost(), when));
}

/// A setting that the server refuses is found before any worker connects.
void check_settings(const Protocol& protocol, BackendPool& backends) {
  for (const Role& role : protocol.roles) {
    if (role.settings.empty()) continue;
    try {
      backends.give_back(backends.borrow(1, role.settings));
    } catch (const InputError& error) {
      throw InputError(fmt::format("{}: [role.{}.settings]: {}",
                                   (protocol.folder / "protocol.toml").string(), role.name,
                                   error.what()));
    }
  }
}

/// What decides which jobs a role's claim finds: its statements with what the steps bind, and the
/// settings by which a server hides rows.
std::string claim_of(const Role& role) {
  std::string text = role.makes;
  const std::function<void(const std::vector<Step>&)> add = [&](const std::vector<Step>& steps) {
    for (const Step& step : steps) {
      add(step.inside());
      const auto* const run = std::get_if<RunStep>(&step.what);
      if (run == nullptr) continue;
      text += "\n" + run->name;
      if (run->is_operation) text += " of " + role.name;
      for (const auto& [parameter, source] : run->with)
        text += fmt::format(" {} {} {} {}", parameter, static_cast<int>(source.kind), source.name,
                            source.statement);
    }
  };
  add(role.operations.at("claim"));
  for (const auto& [setting, value] : role.settings)
    if (setting.find('.') != setting.npos || setting == "search_path" || setting == "role")
      text += fmt::format("\n{} {}", setting, value);
  return text;
}

}  // namespace

struct Simulation::State {
  Cluster& cluster;
  const Protocol* protocol = nullptr;
  Declared declared;
  std::unique_ptr<Database> database;
  std::unique_ptr<BackendPool> backends;
  explicit State(Cluster& the_cluster) : cluster(the_cluster) {}

  void load(const Protocol& wanted, Means means) {
    backends.reset();
    if (database) {
      database->close_sessions_by({});
      database->drop();
    }
    database.reset();
    protocol = &wanted;
    database = std::make_unique<Database>(cluster, wanted, "protocol", means);
    backends =
        std::make_unique<BackendPool>(cluster.clock(), database->conninfo(), leftovers_of(wanted));
    database->close_sessions_by([kept = backends.get()] { kept->close_all(); });
    for (const Protocol* version : {&wanted, wanted.previous.get()}) {
      if (version == nullptr) continue;
      check_known_names(*version, database->returned(*version));
      check_settings(*version, *backends);
    }
    declared = wanted.declared;
    declared.columns = database->columns();
    declared.observes_applied = wanted.find("applied") != nullptr;
    std::map<std::string, std::string> first_with;
    for (const Role& role : wanted.roles) {
      if (!role.claims()) continue;
      declared.poll = std::max(declared.poll, role.poll);
      const auto [first, is_first] = first_with.emplace(claim_of(role), role.name);
      if (!is_first) declared.claims_like[role.name] = first->second;
    }
  }

  History run(const Scenario& scenario, Choices& choices, Until until) {
    SIM_CHECK(protocol != nullptr, "no protocol is loaded for {} jobs", scenario.load.jobs);
    Tries tries(choices);
    for (;;) {
      Run in_progress(
          {cluster.clock(), *database, *backends, *protocol, declared, scenario, tries, until},
          tries);
      History history = with_end_explained(
          cluster, [&] { return in_progress.doing(); }, [&] { return in_progress.execute(); });
      if (!tries.again(in_progress.steps())) return history;
    }
  }
};

Simulation::Simulation(Cluster& cluster) : state_(std::make_unique<State>(cluster)) {}

Simulation::~Simulation() {
  state_->backends.reset();
  state_->database.reset();
}

void Simulation::load(const Protocol& protocol, Means means) {
  with_end_explained(
      state_->cluster, [] { return std::string("the protocol was loaded"); },
      [&] { state_->load(protocol, means); });
}

History Simulation::run(const Scenario& scenario, Choices& choices, Until until) {
  return state_->run(scenario, choices, until);
}

void Simulation::reset(const Load& load) {
  SIM_CHECK(state_->database != nullptr, "no protocol is loaded for {} jobs", load.jobs);
  state_->backends->start(state_->database->reset(load));
}

std::vector<std::string> Simulation::remarks() const {
  return state_->database ? state_->database->remarks() : std::vector<std::string>();
}

std::string Simulation::conninfo() const {
  SIM_CHECK(state_->database != nullptr, "no protocol is loaded to connect to");
  return state_->database->conninfo();
}

}  // namespace fencepost
