#include "tests/bench/measured_lane.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <istream>
#include <memory>
#include <ostream>

#include "model/hash.hpp"
#include "model/properties/property.hpp"
#include "sim/process/capacity.hpp"
#include "sim/search/strategies.hpp"
#include "sim/search/tape.hpp"
#include "tests/bench/cpu.hpp"

namespace fencepost {
namespace {

std::unique_ptr<Choices> choices_of(const BenchRound& round, int seed) {
  static const Tape nothing;
  if (round.answers == Answers::quiet) return std::make_unique<TapeChoices>(nothing);
  const auto number = static_cast<std::uint64_t>(seed);
  return portfolio(number).make(number);
}

double kb_in(const std::filesystem::path& folder) {
  std::uintmax_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    std::error_code gone;
    const auto size = entry.is_regular_file(gone) ? entry.file_size(gone) : 0;
    if (!gone) bytes += size;
  }
  return static_cast<double>(bytes) / 1024;
}

}  // namespace

Scenario scenario_of(const BenchRound& round) {
  Scenario scenario = read_scenario(round.scenario);
  for (const auto& [name, value] : round.load) {
    (name == "workers" ? scenario.load.workers
     : name == "jobs"  ? scenario.load.jobs
                       : scenario.load.items) = value;
    scenario.steps = 1'000'000;
  }
  return scenario;
}

void MeasuredLane::start() {
  loaded_.clear();
  simulation_.reset();
  cluster_.reset();
  cluster_.emplace(options_);
  simulation_.emplace(*cluster_);
}

const Protocol& MeasuredLane::load(const BenchRound& round) {
  const std::string name = round.protocol.string();
  const auto found = protocols_.find(name);
  const Protocol& protocol =
      found != protocols_.end()
          ? found->second
          : protocols_.emplace(name, read_protocol(round.protocol)).first->second;
  int sessions = 16;  // those of the harness and of the server's administrator
  for (const Role& role : protocol.roles)
    sessions += static_cast<int>(role.sessions.size()) *
                role.count.value_or(scenario_of(round).load.workers);
  if (sessions > options_.connections) {
    options_.connections = sessions;
    start();
  }
  if (loaded_ != name) {
    loaded_.clear();
    simulation_->load(protocol);
    loaded_ = name;
  }
  return protocol;
}

Figures MeasuredLane::histories(const BenchRound& round) {
  load(round);
  const Scenario scenario = scenario_of(round);
  const pid_t postmaster = cluster_->postmaster();
  const CpuTime server = server_cpu(postmaster);
  CpuTime own{};
  std::uint64_t digests = fnv1a("");
  long statements = 0, commits = 0, cut = 0;
  for (int seed = 1; seed <= round.seeds; ++seed) {
    const auto choices = choices_of(round, seed);
    const CpuTime before = own_cpu();
    const History history = simulation_->run(scenario, *choices);
    judge_all(history);
    own += own_cpu() - before;
    digests = fnv1a(digest(history), digests);
    for (const Event& event : history.events) {
      if (event.kind != EventKind::statement) continue;
      ++statements;
      commits += event.committed ? 1 : 0;
    }
    cut += history.events.back().note == "cut" ? 1 : 0;
  }
  Figures figures;
  figures.digest = hex_digits(digests);
  figures.numbers = {{"own", static_cast<double>(own.count())},
                     {"server", static_cast<double>((server_cpu(postmaster) - server).count())},
                     {"statements", static_cast<double>(statements)},
                     {"commits", static_cast<double>(commits)},
                     {"cut", static_cast<double>(cut)},
                     {"histories", static_cast<double>(round.seeds)},
                     {"own_kb", static_cast<double>(private_kb({getpid()}))},
                     {"server_kb", static_cast<double>(private_kb(processes_of(postmaster)))},
                     {"folder_kb", kb_in(cluster_->folder())}};
  return figures;
}

Figures MeasuredLane::resets(const BenchRound& round) {
  load(round);
  const Scenario scenario = scenario_of(round);
  CpuTime used{};
  for (int seed = 1; seed <= round.seeds; ++seed) {
    simulation_->run(scenario, *choices_of(round, seed));
    const CpuMeter meter(cluster_->postmaster());
    simulation_->reset(scenario.load);
    used += meter.used();
  }
  Figures figures;
  figures.numbers = {{"cpu", static_cast<double>(used.count())},
                     {"resets", static_cast<double>(round.seeds)}};
  return figures;
}

Figures MeasuredLane::measure(const BenchRound& round) {
  switch (round.what) {
    case What::histories:
      return histories(round);
    case What::resets:
      return resets(round);
    case What::own_statements: {
      const Protocol& protocol = load(round);
      return own_statements(*cluster_, *simulation_, protocol, scenario_of(round), round.seeds);
    }
  }
  return {};
}

void serve_rounds(int core, std::istream& in, std::ostream& out) {
  keep_memory();
  MeasuredLane lane({std::nullopt, core, false});
  for (std::string line; std::getline(in, line);) {
    Figures figures;
    try {
      figures = lane.measure(round_in(line));
    } catch (const std::exception& error) {
      figures = {{}, {}, error.what()};
    }
    out << to_line(figures) << std::endl;
  }
}

}  // namespace fencepost
