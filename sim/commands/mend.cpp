// `mend`: which small change of somebody's files would make a protocol hold.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "sim/cli/options.hpp"
#include "sim/mending/mending_text.hpp"
#include "sim/text/error.hpp"
#include "sim/text/files.hpp"

namespace fencepost {
namespace {

struct MendFlags {
  WorkFlags work;
  int histories = MendPlan{}.histories;
  bool list = false;
  std::optional<int> write;
  ClusterOptions server;
};

/// Writes that repair into the user's files, which stay the files that they are: links, owner,
/// mode.
void write_repair(const Subject& subject, const Mending& mending, int number) {
  const std::string& name = subject.protocol.protocol.name;
  if (number > static_cast<int>(mending.mends.size()))
    throw InputError(fmt::format("{}: there is no repair {} to write; {} were found", name, number,
                                 mending.mends.size()));
  const Mend& mend = mending.mends[static_cast<std::size_t>(number) - 1];
  const FileTexts texts = texts_with(subject.protocol.protocol, mend.repair);
  for (const auto& [file, text] : texts)
    if (access(file.c_str(), W_OK) != 0)
      throw InputError(fmt::format("{} can't be written ({}), so no file was; make it writable",
                                   from_here(file), std::strerror(errno)));
  for (const auto& [file, text] : texts) {
    write_text_file(file, text, "the repaired file");
    fmt::print(stderr, "fencepost: wrote repair {} into {}\n", number, from_here(file));
  }
}

int status_of(const Mending& mending) {
  const bool holds = mending.violated.empty();
  if (mending.histories == 0) return kVacuous;
  if (mending.whole && holds) return kHolds;
  if (mending.closed()) return kHolds;
  return mending.whole ? kViolated : kVacuous;
}

int mend(const Context& context, const MendFlags& flags) {
  const Plan plan = plan_of(flags.work);
  const Gallery gallery(context.data);
  const std::vector<Subject> subjects = subjects_of(gallery, plan.protocols, flags.work.scenarios);
  if (flags.list) {
    if (plan.output.json || flags.write)
      throw InputError(fmt::format("--list tells diffs, and tries nothing; leave {} out",
                                   plan.output.json ? "--json" : "--write"));
    for (const Subject& subject : subjects) {
      for (const Repair& repair : repairs_of(subject.protocol.protocol))
        fmt::print("{}\n{}", to_text(repair), diff_of(subject.protocol.protocol, repair));
      fmt::print(stderr, "{}", no_token_text(subject.protocol.protocol));
    }
    return kHolds;
  }
  if (flags.write && subjects.size() > 1) throw InputError("--write is for one protocol; name one");
  int status = kHolds;
  std::vector<std::shared_ptr<const void>> kept;
  Lanes lanes(plan.jobs, flags.server);
  Progress progress(context.terminal);
  const TimeBudget budget(plan.time_budget);
  for (const Subject& subject : subjects) {
    const Mending mending = mend_protocol(
        lanes, subject, {flags.histories},
        [&](const Stage& stage) {
          progress.show(stage.what, stage.done, stage.all, stage.unit);
          return !interrupted();
        },
        [&] { return budget.used_up(); });
    progress.clear();
    kept.push_back(mending.kept);
    demand_unchanged(subject.protocol.protocol);
    fmt::print("{}",
               plan.output.json ? mending_json(subject, mending) : mending_text(subject, mending));
    if (const int own = status_of(mending); status != kViolated && own != kHolds) status = own;
    if (interrupted()) break;
    if (!flags.write || (mending.whole && mending.violated.empty())) continue;
    if (mending.whole) {
      write_repair(subject, mending, *flags.write);
    } else {
      fmt::print(
          stderr,
          "fencepost: nothing is written, because not all repairs were tried; allow for more "
          "with --time-budget\n");
      if (status == kHolds) status = kVacuous;
    }
  }
  for (const std::string& server : lanes.end())
    fmt::print(plan.output.json ? stderr : stdout, "{}", server);
  if (!interrupted()) return status;
  fmt::print(stderr, "fencepost: stopped by {}, so only what was tried until then is told\n",
             interrupted_by());
  return kInterrupted;
}

}  // namespace

Action mend_command(Flags& flags) {
  const auto into = std::make_shared<MendFlags>();
  WorkFlags& work = into->work;
  add_protocols(flags, work);
  flags
      .add("--histories", &into->histories,
           "How many histories of the protocol are looked at, and of each repair that its failing "
           "ones let through; dealt to the scenarios")
      .between(1, 100'000)
      .usually(std::to_string(MendPlan{}.histories));
  flags.add("--list", &into->list, "Only say which repairs would be tried; needs no server");
  flags.add("--write", &into->write, "Write this repair, by its number, into the files")
      .value("NUMBER")
      .between(1, 1000);
  flags.add("--json", &work.json, "JSON lines on stdout, and nothing else there");
  flags.add("--time-budget", &work.time_budget, "Try no more repairs after this time (5m)");
  add_server(flags, into->server);
  return [into](const Context& context) { return mend(context, *into); };
}

}  // namespace fencepost
