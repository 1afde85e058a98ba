#include "sim/search/regressions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "sim/search/run_file.hpp"
#include "sim/text/error.hpp"
#include "sim/text/files.hpp"
#include "sim/text/log.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

namespace fs = std::filesystem;

/// By name; and of two folders with protocols of one name, the one it was saved for, as long as
/// that one is there. Throws InputError where it was saved for that folder, by another name.
bool belongs(const SavedRun& run, const fs::path& file, const NamedProtocol& protocol) {
  const bool named = run.protocol == protocol.protocol.name;
  if (run.protocol_folder.empty() || protocol.folder.empty())
    return named && run.protocol_folder.empty() && protocol.folder.empty();
  std::error_code none;
  const auto folder = protocol_named_in(file, run.protocol_folder);
  const bool its_folder = folder && fs::equivalent(*folder, protocol.folder, none);
  if (its_folder && !named)
    throw InputError(fmt::format(
        "{}: \"protocol\" is {}, but the protocol in {} is called {}; correct it, or delete the "
        "file",
        place_in(file, "protocol"), in_quotes(run.protocol), protocol.folder,
        in_quotes(protocol.protocol.name)));
  return its_folder || (named && !folder);
}

/// What nobody will ever try is not passed over in silence.
void tell_lost(const SavedRun& run, const fs::path& file, const Gallery& gallery) {
  if (!run.protocol_folder.empty()) {
    if (!protocol_named_in(file, run.protocol_folder))
      log_warning(
          fmt::format("saved failure {} is of the protocol in {}, which is not there, so nobody "
                      "tries it; bring "
                      "the folder back, or delete the file",
                      file.string(), run.protocol_folder));
    return;
  }
  std::vector<std::string> names;
  for (const std::string& name : gallery.protocol_names())
    names.push_back(name.substr(name.rfind('/') + 1));
  if (std::ranges::count(names, run.protocol) == 0)
    throw InputError(fmt::format(
        "{}: \"protocol\" is {}, which is not bundled{}; correct it, or delete the file",
        place_in(file, "protocol"), in_quotes(run.protocol), did_you_mean(run.protocol, names)));
}

/// From its file, or by its name where that is not there.
void find_scenario(const Gallery& gallery, const NamedProtocol& protocol, SavedFailure& saved) {
  const SavedRun& run = saved.run;
  const auto file = scenario_named_in(saved.file, run.scenario_file);
  try {
    saved.scenario = gallery.scenario(file.value_or(run.scenario), protocol);
  } catch (const InputError& error) {
    saved.lost = file ? error.what()
                      : fmt::format("its scenario {} is not there any more; bring it back",
                                    in_quotes(run.scenario));
  }
}

bool expected(const Regression& regression, const Subject& subject, Expecting expecting) {
  const std::string& property = regression.saved.run.property;
  const auto& violates = subject.protocol.protocol.expect.violates;
  return std::ranges::count(subject.known, property) > 0 ||
         (expecting == Expecting::as_declared && std::ranges::count(violates, property) > 0);
}

/// The full name of what is violated first, at that step; empty: nothing.
std::string violated_at(const std::vector<Judgement>& judgements, int step) {
  for (const Judgement& judgement : judgements)
    for (const Violation& violation : judgement.verdict.violations)
      if (violation.step == step) return full_name(*judgement.property, violation);
  return {};
}

void try_again(Lane& lane, const Subject& subject, Regression& regression) {
  const SavedFailure& saved = regression.saved;
  const SavedRun& run = saved.run;
  regression.why = saved.lost;
  if (!saved.scenario) return;
  const Played played = replay(lane, subject.protocol.protocol, saved.scenario->scenario, run);
  const Violation* violation = violation_of(played.judgements, run.property);
  if (violation == nullptr) {
    const std::string now = digest(up_to(played.history, run.until_step));
    regression.same = now == run.digest;
    regression.why = played.misfit;
    if (played.misfit.empty() && !saved.changed && !regression.same)
      regression.why = fmt::format("the digest of its history is {}, but it was saved with {}", now,
                                   in_quotes(run.digest));
    const std::string other = violated_at(played.judgements, run.until_step);
    if (regression.why.empty() && regression.same && !saved.changed && !other.empty())
      regression.why = fmt::format("what is violated in it is {}, not {}", other, run.property);
    if (regression.why.empty()) regression.came = Came::holds_now;
    return;
  }
  regression.came = Came::fails_again;
  Failure failure = failure_of(subject.protocol.protocol, run, *violation, played.history);
  regression.same = failure.run.digest == run.digest;
  failure.file = saved.file;
  failure.changed = saved.changed;
  regression.failure = std::move(failure);
}

/// The command that looks for it again.
std::string search_command(const SavedFailure& saved, const NamedProtocol& protocol,
                           const std::string& program) {
  return fmt::format(
      "{} fuzz {} --scenario {}", program,
      for_shell(protocol.folder.empty() ? protocol.protocol.name : protocol.folder),
      for_shell(saved.scenario->file.empty() ? saved.run.scenario : saved.scenario->file));
}

}  // namespace

std::vector<SavedFailure> saved_failures(const Gallery& gallery,
                                         const std::vector<Subject>& subjects,
                                         const std::vector<std::string>& only,
                                         const fs::path& folder) {
  std::vector<SavedFailure> all;
  const auto add = [&](const fs::path& file, Kept kept, std::size_t index, SavedRun run) {
    const Protocol& protocol = subjects[index].protocol.protocol;
    const auto is_run = [&](const NamedScenario& each) {
      return each.scenario.name == run.scenario;
    };
    const bool wanted = only.empty() ? !protocol.left_open.contains(run.scenario)
                                     : std::ranges::count(only, run.scenario) > 0 ||
                                           std::ranges::any_of(subjects[index].scenarios, is_run);
    if (!wanted || run.property.empty()) return;
    SavedFailure saved{file, kept, index, std::move(run), {}, {}, false};
    find_scenario(gallery, subjects[index].protocol, saved);
    saved.changed = saved.run.protocol_hash != protocol.hash ||
                    (saved.scenario && saved.run.scenario_hash != saved.scenario->scenario.hash);
    if (!saved.changed) demand_workers(file, saved.run, protocol);
    all.push_back(std::move(saved));
  };
  for (std::size_t i = 0; i < subjects.size(); ++i)
    for (const fs::path& file :
         files_in(subjects[i].protocol.protocol.folder / "failures", ".json"))
      add(file, Kept::with_protocol, i, read_run(file));
  for (const fs::path& file : files_in(folder, ".json")) {
    const SavedRun run = read_run(file);
    bool lost = true;
    for (std::size_t i = 0; i < subjects.size(); ++i) {
      if (!belongs(run, file, subjects[i].protocol)) continue;
      lost = false;
      add(file, Kept::in_folder, i, run);
    }
    if (lost) tell_lost(run, file, gallery);
  }
  return all;
}

std::vector<Regression> replay_saved(Lanes& lanes, const std::vector<Subject>& subjects,
                                     const std::vector<SavedFailure>& saved,
                                     const Meanwhile& meanwhile,
                                     const std::function<void(const Regression&)>& came) {
  std::vector<Regression> regressions;
  for (const SavedFailure& each : saved) regressions.emplace_back().saved = each;
  std::vector<std::atomic<bool>> tried(regressions.size());
  std::vector<LaneTask> tasks;
  for (std::size_t i = 0; i < regressions.size(); ++i)
    tasks.push_back([&, i](Lane& lane) {
      try_again(lane, subjects[regressions[i].saved.subject], regressions[i]);
      tried[i] = true;
    });
  std::size_t announced = 0;
  const auto tell = [&] {
    for (; announced < tried.size() && tried[announced]; ++announced)
      if (came) came(regressions[announced]);
  };
  lanes.run(tasks, [&] {
    tell();
    return meanwhile({"replaying saved failures", "failures",
                      std::count(tried.begin(), tried.end(), true),
                      static_cast<std::int64_t>(tasks.size())});
  });
  tell();
  std::vector<Regression> done;
  for (std::size_t i = 0; i < tried.size(); ++i)
    if (tried[i]) done.push_back(std::move(regressions[i]));
  return done;
}

bool is_surprise(const Regression& regression, const Subject& subject, Expecting expecting) {
  const bool canary =
      expecting == Expecting::as_declared && regression.saved.kept == Kept::with_protocol;
  if (regression.came == Came::holds_now) return canary;
  const bool demanded = canary && regression.came == Came::not_judged;
  return demanded || !expected(regression, subject, expecting);
}

std::string regression_text(const Regression& regression, const Subject& subject,
                            Expecting expecting, const std::string& program) {
  const SavedFailure& saved = regression.saved;
  const std::string& property = saved.run.property;
  const std::string changed = "its protocol or scenario has changed since";
  const std::string edited = "so the file was edited, or is of another fencepost";
  std::string text = "saved failure " + saved.file.string();
  switch (regression.came) {
    case Came::fails_again:
      text +=
          fmt::format(" fails again{}: {}{}",
                      expected(regression, subject, expecting) ? ", as expected" : "", property,
                      saved.changed      ? "; " + changed
                      : !regression.same ? "; its history is not the one that was saved, " + edited
                                         : "");
      break;
    case Came::holds_now:
      text += fmt::format(" holds now: {} is no longer violated in it", property);
      text += saved.changed ? ", and " + changed +
                                  "; leave the file, and check tries it every time, or delete it"
                            : ", although its history is the same, so fencepost judges otherwise; "
                              "delete the file";
      break;
    case Came::not_judged:
      text += fmt::format(" no longer fits, and was not judged: {}", regression.why);
      text += saved.scenario
                  ? fmt::format("; {}; delete the file, and let \"{}\" look for it again",
                                saved.changed ? changed : "nothing else has changed, " + edited,
                                search_command(saved, subject.protocol, program))
                  : ", or delete the file";
      break;
  }
  if (regression.came != Came::fails_again && saved.kept == Kept::with_protocol &&
      expecting == Expecting::as_declared)
    text += fmt::format(
        "; [expect] needs it as a canary: save a failure of {} there again, or take "
        "the file out",
        property);
  return text;
}

}  // namespace fencepost
