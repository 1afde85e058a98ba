// `mutate`: whether the gate sees it when one thing in a protocol is broken.
#include "sim/commands/mutate.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/cli/options.hpp"
#include "sim/killing/kill_text.hpp"
#include "sim/search/subjects.hpp"
#include "sim/text/error.hpp"
#include "sim/text/files.hpp"
#include "sim/text/words.hpp"
#include "sim/wide/share.hpp"

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
  ShareFlags share;
  ClusterOptions server;
};

bool is_named(const Mutant& mutant, const std::string& word) {
  return mutant.of == word || mutant.change == word;
}

std::vector<Mutant> wanted(const std::vector<std::string>& changes, const Protocol& protocol) {
  std::vector<Mutant> mutants = mutants_of(protocol);
  check_equivalents(protocol, mutants);
  std::erase_if(mutants, [&](const Mutant& mutant) {
    return !changes.empty() &&
           std::none_of(changes.begin(), changes.end(),
                        [&](const std::string& word) { return is_named(mutant, word); });
  });
  return mutants;
}

/// One slip among several names would be a gate that was not tried.
void demand_met(const std::string& word, const MutantWork& work) {
  for (const std::vector<Mutant>& mutants : work.mutants)
    for (const Mutant& mutant : mutants)
      if (is_named(mutant, word)) return;
  throw InputError(fmt::format(
      "--of names {}, of or by which nothing is changed here; \"mutate --list\" tells what is",
      in_quotes(word)));
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

int list(const MutateFlags& flags, const MutantWork& work) {
  for (std::size_t i = 0; i < work.subjects.size(); ++i)
    for (const Mutant& mutant : work.mutants[i])
      fmt::print("{}\n",
                 flags.work.json ? mutant_json(work.subjects[i].name(), mutant) : to_text(mutant));
  return kHolds;
}

KillPlan kill_plan(const MutateFlags& flags, const Plan& plan) {
  KillPlan killing;
  if (!flags.work.seeds.text.empty()) {
    killing.seeds = plan.seeds;
    killing.last_of_two = plan.seeds.last;
  }
  if (!flags.all) return killing;
  if (flags.work.seeds.text.empty()) killing.seeds.last = kAllSeeds;
  killing.declared = KillPlan::Equivalent::tried;
  return killing;
}

/// What makes two machines try mutants of one thing.
WorkLabel label_of(const MutateFlags& flags, Plan plan, const KillPlan& killing,
                   const MutantWork& work, Shard shard) {
  plan.seeds = killing.seeds;
  WorkLabel label =
      fencepost::label_of(plan, flags.work.scenarios, work.subjects, flags.server, shard.of);
  label.command = "mutate";
  label.changes = flags.of;
  label.last_of_two = killing.last_of_two;
  label.tries_declared = killing.declared == KillPlan::Equivalent::tried;
  return label;
}

/// Which share is tried here; nullopt: all of it.
std::optional<Shard> share_of(const Context& context, const MutateFlags& flags) {
  std::vector<std::string_view> for_merge;
  if (flags.work.json) for_merge.push_back("--json");
  if (flags.junit) for_merge.push_back("--junit");
  return fencepost::share_of(context, flags.share, for_merge);
}

/// Tries them, and has each protocol told as soon as it is done.
void try_all(const Context& context, const MutateFlags& flags, const Plan& plan, KillPlan killing,
             const MutantWork& work, std::optional<Shard> shard,
             const std::function<void(const std::string& protocol, Killing)>& tell) {
  Lanes lanes(plan.jobs, flags.server);
  Progress progress(context.terminal);
  const TimeBudget budget(plan.time_budget);
  const Stopwatch clock;
  for (std::size_t i = 0; i < work.subjects.size() && !interrupted(); ++i) {
    if (shard) {
      // Where each protocol has few, not all of them are the first machine's.
      killing.step = static_cast<std::size_t>(shard->of);
      killing.skip = (static_cast<std::size_t>(shard->number - 1) + i) % killing.step;
    }
    Killing killed = kill_mutants(
        lanes, work.subjects[i], work.mutants[i], killing, [&] { return clock.elapsed(); },
        [&](const Stage& stage) {
          progress.show(stage.what, stage.done, stage.all, stage.unit);
          return !interrupted();
        },
        [&] { return budget.used_up(); });
    progress.clear();
    tell(work.subjects[i].name(), std::move(killed));
  }
  for (const std::string& kept : lanes.end())
    fmt::print(plan.output.json ? stderr : stdout, "{}", kept);
}

int mutate(const Context& context, const MutateFlags& flags) {
  if (flags.list && flags.junit)
    throw InputError(
        "--junit is for what became of mutants, and --list tries none; leave one of them out");
  const std::optional<Shard> shard = flags.list ? std::nullopt : share_of(context, flags);
  const Plan plan = plan_of(flags.work);
  const Gallery gallery(context.data);
  const MutantWork work =
      mutant_work(subjects_of(gallery, plan.protocols, flags.work.scenarios), flags.of);
  if (flags.list) return list(flags, work);
  demand_scenarios(work.subjects);
  const KillPlan killing = kill_plan(flags, plan);
  if (shard) {
    ShardResult result{label_of(flags, plan, killing, work, *shard), shard->number};
    std::int64_t mutants = 0;
    try_all(context, flags, plan, killing, work, shard,
            [&](const std::string&, const Killing& killed) {
              result.tried.push_back(tried_of(killed));
              mutants += static_cast<std::int64_t>(result.tried.back().mutants.size());
            });
    return leave_result(flags.share, result, counted(mutants, "mutant"), nullptr);
  }
  MutantsTold told(flags.work.json ? MutantsTold::As::json : MutantsTold::As::text);
  try_all(
      context, flags, plan, killing, work, shard,
      [&](const std::string& protocol, Killing killed) { told.tell(protocol, std::move(killed)); });
  const int status = told.end(flags.junit);
  if (!interrupted()) return status;
  fmt::print(stderr, "fencepost: stopped by {}, so only what was tried until then is told\n",
             interrupted_by());
  return kInterrupted;
}

}  // namespace

MutantWork mutant_work(const std::vector<Subject>& subjects,
                       const std::vector<std::string>& changes) {
  MutantWork work;
  std::vector<std::string> nothing;
  for (const Subject& subject : subjects) {
    const Protocol& protocol = subject.protocol.protocol;
    if (std::vector<Mutant> mutants = wanted(changes, protocol); !mutants.empty()) {
      work.subjects.push_back(subject);
      work.mutants.push_back(std::move(mutants));
    } else {
      nothing.push_back(fmt::format("{}: there is nothing to change{}", protocol.name,
                                    changes.empty() ? "" : " of what --of names; leave it out"));
    }
  }
  if (work.subjects.empty()) throw InputError(fmt::format("{}", fmt::join(nothing, "\n")));
  for (const std::string& word : changes) demand_met(word, work);
  for (const std::string& sentence : nothing) fmt::print(stderr, "fencepost: {}\n", sentence);
  return work;
}

void MutantsTold::tell(const std::string& protocol, Killing killing) {
  fmt::print("{}",
             as_ == As::json ? killing_json(protocol, killing) : killing_text(protocol, killing));
  all_.emplace_back(protocol, std::move(killing));
}

// What is blind outweighs what was not tried.
int MutantsTold::end(const std::optional<std::filesystem::path>& junit) const {
  if (junit) write_text_file(*junit, killing_junit(all_), "the JUnit file");
  int status = kHolds;
  for (const auto& [protocol, killing] : all_)
    if (const int own = status_of(killing); status != kViolated && own != kHolds) status = own;
  return status;
}

Action mutate_command(Flags& flags) {
  const auto into = std::make_shared<MutateFlags>();
  WorkFlags& work = into->work;
  add_protocols(flags, work);
  flags.add(
      "--of", &into->of,
      "Only of this statement, function or operation, or by this operator; may be given again");
  flags.add("--seeds", &work.seeds,
            "Seeds of each scenario at most, or a range: 5..9; without: 5, and 100 of the two "
            "scenarios that caught its neighbours");
  flags.add("--all", &into->all,
            "100 seeds, as check has, unless --seeds says how many, and also mutants that "
            "protocol.toml declares equivalent");
  flags.add("--list", &into->list, "Only say which mutants there are; needs no server");
  flags.add("--json", &work.json, "JSON lines on stdout, and nothing else there");
  flags.add("--junit", &into->junit, "Write what became of them into this file, as JUnit XML")
      .output();
  flags.add("--time-budget", &work.time_budget, "Try no more mutants after this time (5m)");
  add_share(flags, into->share, "One machine's share of the mutants, for merge; or auto",
            "fencepost-mutants");
  add_server(flags, into->server);
  return [into](const Context& context) { return mutate(context, *into); };
}

}  // namespace fencepost
