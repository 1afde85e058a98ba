// `mutate`: whether the gate sees it when one thing in a protocol is broken.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/cli/options.hpp"
#include "sim/killing/kill_text.hpp"
#include "sim/killing/killing.hpp"
#include "sim/search/subjects.hpp"
#include "sim/text/error.hpp"
#include "sim/text/files.hpp"

namespace fencepost {
namespace {

/// As many as `check` takes without a word.
constexpr std::uint64_t kAllSeeds = 100;

struct MutateFlags {
  WorkFlags work;
  std::vector<std::string> of;
  bool all = false;
  bool list = false;
  std::optional<std::filesystem::path> junit;
  ClusterOptions server;
};

std::vector<Mutant> wanted(const MutateFlags& flags, const Protocol& protocol) {
  std::vector<Mutant> mutants = mutants_of(protocol);
  check_equivalents(protocol, mutants);
  std::erase_if(mutants, [&](const Mutant& mutant) {
    return !flags.of.empty() &&
           std::none_of(flags.of.begin(), flags.of.end(), [&](const std::string& word) {
             return mutant.of == word || mutant.change == word;
           });
  });
  return mutants;
}

struct Work {
  Subject subject;
  std::vector<Mutant> mutants;
};

/// A protocol in which nothing is to be changed is told and left out, unless no other is left.
std::vector<Work> work_of(const std::vector<Subject>& subjects, const MutateFlags& flags) {
  std::vector<Work> all;
  std::vector<std::string> nothing;
  for (const Subject& subject : subjects) {
    const Protocol& protocol = subject.protocol.protocol;
    if (std::vector<Mutant> mutants = wanted(flags, protocol); !mutants.empty())
      all.push_back({subject, std::move(mutants)});
    else
      nothing.push_back(fmt::format("{}: there is nothing to change{}", protocol.name,
                                    flags.of.empty() ? "" : " of what --of names; leave it out"));
  }
  if (all.empty()) throw InputError(fmt::format("{}", fmt::join(nothing, "\n")));
  for (const std::string& sentence : nothing) fmt::print(stderr, "fencepost: {}\n", sentence);
  return all;
}

/// 1 where the gate is blind: something that is promised can be broken unseen, or what is declared
/// to be equivalent is not.
int status_of(const Killing& killing) {
  const auto any = [&](const auto& is) {
    return std::any_of(killing.mutants.begin(), killing.mutants.end(), is);
  };
  if (any([](const MutantFate& fate) {
        return fate.became == Became::survived || (fate.declared && fate.became == Became::caught);
      }))
    return kViolated;
  return any([](const MutantFate& fate) { return fate.became == Became::not_tried; }) ? kVacuous
                                                                                      : kHolds;
}

int mutate(const Context& context, const MutateFlags& flags) {
  const Plan plan = plan_of(flags.work);
  const Gallery gallery(context.data);
  const std::vector<Work> work =
      work_of(subjects_of(gallery, plan.protocols, flags.work.scenarios), flags);
  if (flags.list) {
    for (const auto& [subject, mutants] : work)
      for (const Mutant& mutant : mutants)
        fmt::print("{}\n", plan.output.json ? mutant_json(subject.protocol.protocol.name, mutant)
                                            : to_text(mutant));
    return kHolds;
  }
  KillPlan killing;
  if (!flags.work.seeds.text.empty()) {
    killing.seeds = plan.seeds;
    killing.last_of_two = plan.seeds.last;
  }
  if (flags.all) {
    killing.seeds.last = std::max(killing.seeds.last, kAllSeeds);
    killing.declared = KillPlan::Equivalent::tried;
  }
  std::vector<std::pair<std::string, Killing>> all;
  int status = kHolds;
  Lanes lanes(plan.jobs, flags.server);
  Progress progress(context.terminal);
  const TimeBudget budget(plan.time_budget);
  const Stopwatch clock;
  for (const auto& [subject, mutants] : work) {
    Killing killed = kill_mutants(
        lanes, subject, mutants, killing, [&] { return clock.elapsed(); },
        [&](const Stage& stage) {
          progress.show(stage.what, stage.done, stage.all, stage.unit);
          return !interrupted();
        },
        [&] { return budget.used_up(); });
    progress.clear();
    const std::string& name = subject.protocol.protocol.name;
    fmt::print("{}", plan.output.json ? killing_json(name, killed) : killing_text(name, killed));
    // What is blind outweighs what was not tried.
    if (const int own = status_of(killed); status != kViolated && own != kHolds) status = own;
    all.emplace_back(name, std::move(killed));
    if (interrupted()) break;
  }
  for (const std::string& kept : lanes.end())
    fmt::print(plan.output.json ? stderr : stdout, "{}", kept);
  if (flags.junit) write_text_file(*flags.junit, killing_junit(all), "the JUnit file");
  if (!interrupted()) return status;
  fmt::print(stderr, "fencepost: stopped by {}, so only what was tried until then is told\n",
             interrupted_by());
  return kInterrupted;
}

}  // namespace

Action mutate_command(Flags& flags) {
  const auto into = std::make_shared<MutateFlags>();
  WorkFlags& work = into->work;
  add_protocols(flags, work);
  flags.add("--of", &into->of,
            "Only changes of this statement, function or operation, or by this operator; may be "
            "given again");
  flags.add("--seeds", &work.seeds,
            "How many seeds of each scenario a mutant gets at most, or a range such as 5..9; "
            "without: 5, and 100 of the two scenarios that caught its neighbours");
  flags.add("--all", &into->all,
            "100 seeds, as check has, and also mutants that protocol.toml declares equivalent");
  flags.add("--list", &into->list, "Only say which mutants there are; needs no server");
  flags.add("--json", &work.json, "JSON lines on stdout, and nothing else there");
  flags.add("--junit", &into->junit, "Write what became of them into this file, as JUnit XML");
  flags.add("--time-budget", &work.time_budget, "Try no more mutants after this time (5m)");
  add_server(flags, into->server);
  return [into](const Context& context) { return mutate(context, *into); };
}

}  // namespace fencepost
