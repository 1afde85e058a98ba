// `doctor`: what this machine can do, tried out.
#include "sim/commands/doctor.hpp"

#include <fmt/ranges.h>

#include <algorithm>

#include "model/properties/property.hpp"
#include "sim/cli/options.hpp"
#include "sim/input/gallery.hpp"
#include "sim/lint/lint_text.hpp"
#include "sim/process/containment.hpp"
#include "sim/search/strategies.hpp"
#include "sim/text/error.hpp"
#include "sim/text/words.hpp"
#include "sim/wide/versions.hpp"
#ifdef REAL_WORKERS
#include "sim/tracing/traced_tree.hpp"
#endif

namespace fencepost {
namespace {

struct DoctorFlags {
  std::vector<std::string> protocols;
  bool thorough = false;
  bool versions = false;
  GivenText seeds;
  ClusterOptions server;
};

void line(std::string_view what, const std::string& found) {
  fmt::print("  {:<14} {}\n", what, found);
}

std::string optional_text(const std::optional<std::string>& value) { return value ? *value : "-"; }

std::string sample_of(const Event& event) {
  const JobRecord& record = *event.after;
  return fmt::format("job {}: state {}, token {}, owner {}, lease until {}, progress {}, cursor {}",
                     event.job.text, to_text(record.state), optional_text(record.token),
                     optional_text(record.owner),
                     record.lease_until ? to_text(*record.lease_until) : "-",
                     record.progress ? std::to_string(*record.progress) : "-",
                     record.cursor ? std::to_string(*record.cursor) : "-");
}

/// One job as observe sees it when it is there, and behind its first claim, where what observe has
/// wrong of owners and leases can be seen.
void show_samples(const History& history) {
  const auto changed = [&](auto fits) {
    return std::find_if(history.events.begin(), history.events.end(), [&](const Event& event) {
      return event.kind == EventKind::changed && event.after && fits(event);
    });
  };
  const auto none = history.events.end();
  const auto granted = std::find_if(history.events.begin(), none, [](const Event& event) {
    return event.kind == EventKind::granted;
  });
  const auto claimed = changed([&](const Event& event) {
    return granted != none && event.step == granted->step && event.job == granted->job;
  });
  const auto before =
      changed([&](const Event& event) { return claimed == none || event.job == claimed->job; });
  line("observe", before == none ? "no job at all: the workload inserts none that observe shows"
                                 : sample_of(*before));
  if (before == none || history.declared.lease_kind == LeaseKind::none) return;
  if (claimed != none)
    line("after a claim", sample_of(*claimed));
  else
    line("after a claim",
         granted != none
             ? "what observe shows of the job is as before, because a lock is its lease"
             : "no claim took a job, as far as observe shows: where one did, its state must "
               "be owned");
}

/// What this protocol can be told to violate, and what not for want of which line.
void judged_or_not(const History& history) {
  constexpr std::size_t width = 100;
  std::vector<std::string> judged;
  std::string not_judged;
  for (const auto& [property, verdict] : judge_all(history)) {
    if (verdict.outcome == Outcome::not_applicable)
      not_judged += fmt::format("  {:<14} {}: {}\n", not_judged.empty() ? "not judged" : "",
                                property->name, verdict.why);
    else if (judged.empty() || judged.back().size() + property->name.size() > width)
      judged.emplace_back(property->name);
    else
      judged.back() += fmt::format(", {}", property->name);
  }
  for (const std::string& row : judged) line(&row == &judged.front() ? "judged" : "", row);
  fmt::print("{}", not_judged);
}

/// Statements of the files that no role runs: was one forgotten?
void show_not_run(std::vector<std::string> names) {
  constexpr std::size_t most = 6;
  if (names.empty()) return;
  const std::size_t more = names.size() > most ? names.size() - most + 1 : 0;
  if (more > 0) {
    names.resize(most - 1);
    names.push_back(fmt::format("{} more", more));
  }
  line("not run", listed(names) + ": no role runs what is called so, and nothing is said of it");
}

/// Known traps in its SQL and program.
void show_traps(const LintReport& traps) {
  const auto counted = [](std::size_t count) {
    return fmt::format("{} known trap{}", count == 0 ? "no" : std::to_string(count),
                       count == 1 ? "" : "s");
  };
  line("traps",
       counted(traps.findings.size()) +
           (traps.ignored.empty() ? "" : fmt::format(", and {} ignored", traps.ignored.size())));
  fmt::print("{}", lint_text(traps));
}

/// What a protocol's code can do to this machine.
std::string containment() {
  std::vector<std::string> gaps;
  for (const Gap& gap : not_contained()) gaps.push_back(gap.what);
  return gaps.empty()
             ? "no network, no other programs, and nothing is written outside of the "
               "server's folder"
             : fmt::format("not wholly: a protocol's code could {}", fmt::join(gaps, ", and "));
}

/// Whether a worker of the user's own can be run as it is.
std::string real_workers() {
#ifdef REAL_WORKERS
  const std::string why = why_not_traced();
  return why.empty() ? "record runs them in simulated time" : why;
#else
  return "a real worker is run in simulated time on x86-64 only";
#endif
}

/// The full product: every protocol under every scenario, 200 runs of one seed, one digest.
int thorough(const Context& context, std::vector<std::string> names, const Gallery& gallery,
             Lane& lane) {
  constexpr int runs = 200;
  if (names.empty()) names = gallery.protocol_names();
  Progress progress(context.terminal);
  for (const std::string& name : names) {
    const NamedProtocol protocol = gallery.protocol(name);
    const std::vector<NamedScenario> scenarios = gallery.scenarios(protocol);
    std::vector<History> usual;
    for (const NamedScenario& each : scenarios) {
      const auto once = [&] { return run_seed(lane, protocol.protocol, each.scenario, 1); };
      const History history = once();
      if (interrupted()) return kInterrupted;
      usual.push_back(history);
      for (int i = 1; i < runs; ++i) {
        if (interrupted()) return kInterrupted;
        demand_same(history, once(),
                    fmt::format("{} under {} with seed 1", name, each.scenario.name));
        progress.show("running", i, runs - 1, "times");
      }
      progress.clear();
      line("deterministic", fmt::format("{} under {}: {} runs of one seed, one digest {}", name,
                                        each.scenario.name, runs, digest(history)));
    }
    for (std::size_t i = 0; i < scenarios.size(); ++i) {
      if (interrupted()) return kInterrupted;
      demand_same(usual[i],
                  lane.with(protocol.protocol, scenarios[i].scenario, {PutBack::rows})
                      .run(scenarios[i].scenario, *portfolio(1).make(1)),
                  fmt::format("{} under {} with seed 1 and tables put back by rows", name,
                              scenarios[i].scenario.name));
    }
    line("put back", name + ": every digest is the same by rows as by pages");
  }
  return kHolds;
}

/// The same histories on every PostgreSQL that there is: of one major version the first.
int versions(const Context& context, const DoctorFlags& flags, const Gallery& gallery) {
  const SeedRange seeds = flags.seeds.text.empty() ? SeedRange{1, 1} : seeds_from(flags.seeds);
  const std::vector<Postgres> servers = every_postgres(
      flags.server.bin ? named_folders(*flags.server.bin) : usual_postgres_folders());
  if (servers.size() < 2)
    throw EnvironmentError(fmt::format(
        "there is {} to compare; install more of PostgreSQL 14 to 18, or name with --postgres a "
        "folder that holds a folder of each",
        servers.empty() ? "no PostgreSQL" : "only PostgreSQL " + servers.front().version));
  Progress progress(context.terminal);
  const VersionTable table =
      compare_versions(servers, static_cast<int>(usable_cores().size()), flags.server, gallery,
                       flags.protocols.empty() ? gallery.protocol_names() : flags.protocols, seeds,
                       [&](const Stage& stage) {
                         progress.show(stage.what, stage.done, stage.all, stage.unit);
                         return !interrupted();
                       });
  progress.clear();
  if (interrupted()) return kInterrupted;
  fmt::print("{}", to_text(table));
  return table.same_verdicts() ? kHolds : kViolated;
}

int doctor(const Context& context, const DoctorFlags& flags) {
  const Gallery gallery(context.data);
  for (const std::string& each : flags.protocols) static_cast<void>(gallery.protocol(each));
  if (flags.versions) return versions(context, flags, gallery);
  if (!flags.seeds.text.empty())
    throw InputError("--seeds is for --versions; add that, or leave it out");
  if (flags.protocols.size() > 1 && !flags.thorough)
    throw InputError(fmt::format(
        "doctor looks at one protocol, and {} are named; name one, or add --thorough or "
        "--versions",
        flags.protocols.size()));
  const std::string name = flags.protocols.empty() ? "hardened" : flags.protocols.front();
  const NamedProtocol protocol = gallery.protocol(name);
  const LintReport traps = lint(protocol.protocol);
  const NamedScenario scenario = gallery.scenario("everything-at-once", protocol);
  line("cores", fmt::format("{}: check runs as many lanes", usable_cores().size()));
  Lane lane(flags.server);
  line("PostgreSQL", fmt::format("{}, in simulated time", lane.cluster().version()));
  line("server", fmt::format("in {}", lane.cluster().folder().string()));
  line("contained", containment());
  line("real workers", real_workers());
  if (flags.thorough) return thorough(context, flags.protocols, gallery, lane);
  constexpr int runs = 20;
  const auto once = [&] { return run_seed(lane, protocol.protocol, scenario.scenario, 1); };
  const History history = once();
  for (int i = 1; i < runs; ++i)
    demand_same(history, once(),
                fmt::format("{} under {} with seed 1", name, scenario.scenario.name));
  line("deterministic", fmt::format("{} under {}: {} runs of one seed, one digest {}", name,
                                    scenario.scenario.name, runs, digest(history)));
  show_samples(history);
  std::string columns;
  for (const std::string& column : history.declared.columns)
    columns += (columns.empty() ? "" : ", ") + column;
  line("columns", columns.empty() ? "only job and state" : columns);
  judged_or_not(history);
  show_not_run(protocol.protocol.not_run);
  show_traps(traps);
  if (flags.server.keep) fmt::print("{}", lane.how_to_connect());
  return kHolds;
}

}  // namespace

int doctor_of(const Context& context, const std::string& protocol, const ClusterOptions& server) {
  DoctorFlags flags;
  flags.protocols = {protocol};
  flags.server = server;
  return doctor(context, flags);
}

Action doctor_command(Flags& flags) {
  const auto into = std::make_shared<DoctorFlags>();
  flags.add("PROTOCOL", &into->protocols, "A bundled name or a folder");
  flags.add("--thorough", &into->thorough,
            "200 runs of one seed of every scenario must have one digest, by pages and by rows");
  flags.add("--versions", &into->versions,
            "Compare histories of every protocol on every PostgreSQL of this machine, or in "
            "folders of --postgres");
  flags.add("--seeds", &into->seeds, "With --versions: how many of each scenario, or a range: 5..9")
      .value("N")
      .usually("1");
  add_server(flags, into->server);
  return [into](const Context& context) { return doctor(context, *into); };
}

}  // namespace fencepost
