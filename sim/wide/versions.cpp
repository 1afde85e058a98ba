#include "sim/wide/versions.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <numeric>
#include <set>

#include "model/properties/property.hpp"
#include "reports/escaped.hpp"
#include "sim/text/error.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

std::string verdict_on(const History& history) {
  std::set<std::string> violated;
  for (const Judgement& judgement : judge_all(history))
    for (const Violation& violation : judgement.verdict.violations)
      violated.insert(full_name(*judgement.property, violation));
  return fmt::format("violates {}",
                     violated.empty() ? "nothing" : fmt::format("{}", fmt::join(violated, ", ")));
}

/// All that is run, once read.
struct Work {
  std::vector<NamedProtocol> protocols;
  std::vector<std::vector<NamedScenario>> scenarios;  ///< of each
  SeedRange seeds;
};

class Comparing {
 public:
  Comparing(const std::vector<Postgres>& servers, int jobs, const ClusterOptions& options,
            const Work& work, const Meanwhile& meanwhile)
      : servers_(servers), jobs_(jobs), options_(options), work_(work), meanwhile_(meanwhile) {
    for (const Postgres& each : servers) table_.versions.push_back(each.version);
    for (const NamedProtocol& each : work.protocols) {
      table_.protocols.push_back(each.protocol.name);
      first_.emplace_back();
    }
    table_.made.resize(servers.size(),
                       std::vector<std::vector<MadeHistory>>(work.protocols.size()));
  }

  VersionTable run() && {
    Numbers all(work_.protocols.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    for (std::size_t version = 0; version < servers_.size(); ++version)
      on(version, all, [&](Lane& lane, std::size_t protocol) { make(lane, version, protocol); });
    // Of histories only digests are kept, so those that differ are run again, here and there.
    on(0, differing(1, servers_.size()), [&](Lane& lane, std::size_t protocol) {
      for (std::size_t version = 1; version < servers_.size(); ++version)
        if (const Numbers others = table_.others(version, protocol); !others.empty())
          first_[protocol].emplace(others.front(), again(lane, protocol, others.front()));
    });
    for (std::size_t version = 1; version < servers_.size(); ++version)
      on(version, differing(version, version + 1),
         [&](Lane& lane, std::size_t protocol) { begin(lane, version, protocol); });
    return std::move(table_);
  }

 private:
  /// What a history was, or nothing where it can't be run.
  using MaybeHistory = std::optional<History>;

  using Numbers = std::vector<std::size_t>;

  /// Protocols that differ with any of these versions.
  Numbers differing(std::size_t version, std::size_t end) const {
    Numbers found;
    for (std::size_t protocol = 0; protocol < work_.protocols.size() && !stop_; ++protocol)
      for (std::size_t each = version; each < end; ++each)
        if (!table_.others(each, protocol).empty() && (found.empty() || found.back() != protocol))
          found.push_back(protocol);
    return found;
  }

  void on(std::size_t version, const Numbers& protocols,
          const std::function<void(Lane&, std::size_t)>& look) {
    if (protocols.empty() || stop_) return;
    ClusterOptions options = options_;
    options.bin = servers_[version].bin;
    Lanes lanes(jobs_, options);
    std::atomic<std::int64_t> done = 0;
    std::vector<LaneTask> tasks;
    for (const std::size_t each : protocols)
      tasks.push_back([&, each](Lane& lane) {
        look(lane, each);
        ++done;
      });
    const std::string unit = "protocols on PostgreSQL " + table_.versions[version];
    const auto all = static_cast<std::int64_t>(tasks.size());
    lanes.run(tasks, [&] {
      stop_ = stop_ || !meanwhile_({"comparing", unit, done, all});
      return !stop_;
    });
  }

  void make(Lane& lane, std::size_t version, std::size_t protocol) {
    std::vector<MadeHistory>& made = table_.made[version][protocol];
    for (const NamedScenario& each : work_.scenarios[protocol])
      for (std::uint64_t seed = work_.seeds.first; seed <= work_.seeds.last && !stop_; ++seed) {
        MadeHistory& one = made.emplace_back(MadeHistory{each.scenario.name, seed, "", ""});
        try {
          const History history =
              run_seed(lane, work_.protocols[protocol].protocol, each.scenario, seed);
          one.digest = digest(history);
          one.verdict = verdict_on(history);
        } catch (const InputError& error) {
          one.verdict = "can't be run: " + one_line(error.what());
        }
      }
  }

  MaybeHistory again(Lane& lane, std::size_t protocol, std::size_t history) const {
    const std::size_t seeds = work_.seeds.last - work_.seeds.first + 1;
    try {
      return run_seed(lane, work_.protocols[protocol].protocol,
                      work_.scenarios[protocol][history / seeds].scenario,
                      work_.seeds.first + history % seeds);
    } catch (const InputError&) {
      return std::nullopt;
    }
  }

  void begin(Lane& lane, std::size_t version, std::size_t protocol) {
    const std::size_t history = table_.others(version, protocol).front();
    const MaybeHistory& first = first_[protocol].at(history);
    const MaybeHistory second = again(lane, protocol, history);
    if (!first || !second) return;
    const auto other = first_difference(*first, *second);
    const std::lock_guard guard(mutex_);
    if (other) table_.begins[{version, protocol}] = *other;
  }

  const std::vector<Postgres>& servers_;
  const int jobs_;
  const ClusterOptions& options_;
  const Work& work_;
  const Meanwhile& meanwhile_;
  VersionTable table_;
  std::vector<std::map<std::size_t, MaybeHistory>> first_;  ///< by protocol, with the first version
  std::mutex mutex_;
  std::atomic<bool> stop_ = false;
};

/// Where a protocol's histories differ, and how.
std::string difference_text(const VersionTable& table, std::size_t version, std::size_t protocol,
                            const std::vector<std::size_t>& others) {
  const std::string &here = table.versions[0], &there = table.versions[version];
  const MadeHistory& first = table.made[0][protocol][others.front()];
  std::string text = fmt::format(
      "\n{} on {}: {} of {} histories are others than on {}, first under {} with seed {}\n",
      table.protocols[protocol], there, others.size(), table.made[0][protocol].size(), here,
      first.scenario, first.seed);
  if (const auto begins = table.begins.find({version, protocol}); begins != table.begins.end())
    text += fmt::format("  {:<7} {}\n  {:<7} {}\n", here, begins->second.first, there,
                        begins->second.second);
  constexpr std::size_t kMostNamed = 3;
  std::size_t otherwise = 0;
  for (const std::size_t i : others) {
    const MadeHistory &one = table.made[0][protocol][i], &two = table.made[version][protocol][i];
    if (one.verdict != two.verdict && ++otherwise <= kMostNamed)
      text += fmt::format("  under {} with seed {} it {} on {}, and {} on {}\n", one.scenario,
                          one.seed, one.verdict, here, two.verdict, there);
  }
  if (otherwise > kMostNamed) text += fmt::format("  … and {} more\n", otherwise - kMostNamed);
  return text;
}

}  // namespace

std::vector<std::size_t> VersionTable::others(std::size_t version, std::size_t protocol) const {
  std::vector<std::size_t> found;
  const auto &first = made[0][protocol], &here = made[version][protocol];
  for (std::size_t i = 0; i < std::min(first.size(), here.size()); ++i)
    if (first[i].digest != here[i].digest || first[i].verdict != here[i].verdict)
      found.push_back(i);
  return found;
}

bool VersionTable::same_verdicts() const {
  for (std::size_t version = 1; version < versions.size(); ++version)
    for (std::size_t protocol = 0; protocol < protocols.size(); ++protocol)
      for (const std::size_t i : others(version, protocol))
        if (made[0][protocol][i].verdict != made[version][protocol][i].verdict) return false;
  return true;
}

std::string to_text(const VersionTable& table) {
  std::size_t width = 8, histories = 0, differing = 0;
  for (const std::string& name : table.protocols) width = std::max(width, name.size());
  std::string text = fmt::format("{:<{}}", "protocol", width), differences;
  for (const std::string& version : table.versions) text += fmt::format("  {:>10}", version);
  text += "\n";
  for (std::size_t protocol = 0; protocol < table.protocols.size(); ++protocol) {
    const std::size_t all = table.made[0][protocol].size();
    histories += all;
    text += fmt::format("{:<{}}  {:>10}", table.protocols[protocol], width, all);
    for (std::size_t version = 1; version < table.versions.size(); ++version) {
      const std::vector<std::size_t> others = table.others(version, protocol);
      differing += others.size();
      text += fmt::format("  {:>10}",
                          others.empty() ? "same" : fmt::format("{} differ", others.size()));
      if (!others.empty()) differences += difference_text(table, version, protocol, others);
    }
    text += "\n";
  }
  const std::string end =
      differing == 0
          ? "every one is the same on all"
          : fmt::format("{} from what {} on {}, and {}",
                        differing == 1 ? "1 differs" : fmt::format("{} differ", differing),
                        differing == 1 ? "it is" : "they are", table.versions.front(),
                        table.same_verdicts() ? "all verdicts are the same" : "so do verdicts");
  return text + differences +
         fmt::format("\n{} of {} on PostgreSQL {}: {}\n",
                     counted(static_cast<std::int64_t>(histories), "history", "histories"),
                     counted(static_cast<std::int64_t>(table.protocols.size()), "protocol"),
                     fmt::join(table.versions, ", "), end);
}

VersionTable compare_versions(const std::vector<Postgres>& servers, int jobs,
                              const ClusterOptions& options, const Gallery& gallery,
                              const std::vector<std::string>& protocols, SeedRange seeds,
                              const Meanwhile& meanwhile) {
  Work work{{}, {}, seeds};
  for (const std::string& name : protocols)
    work.scenarios.push_back(
        gallery.scenarios(work.protocols.emplace_back(gallery.protocol(name))));
  return Comparing(servers, jobs, options, work, meanwhile).run();
}

}  // namespace fencepost
