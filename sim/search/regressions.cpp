#include "sim/search/regressions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "sim/search/run_file.hpp"
#include "sim/text/error.hpp"
#include "sim/text/files.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

namespace fs = std::filesystem;

/// By name; and of two folders with protocols of one name, the one it was saved for, as long as
/// that one is there.
bool belongs(const SavedRun& run, const fs::path& file, const NamedProtocol& protocol) {
  if (run.protocol != protocol.protocol.name) return false;
  if (run.protocol_folder.empty() || protocol.folder.empty())
    return run.protocol_folder.empty() && protocol.folder.empty();
  std::error_code none;
  const auto folder = protocol_named_in(file, run.protocol_folder);
  return !folder || fs::equivalent(*folder, protocol.folder, none);
}

std::optional<NamedScenario> scenario_of(const Gallery& gallery, const SavedRun& run,
                                         const NamedProtocol& protocol) {
  try {
    return gallery.scenario(run.scenario_file.empty() ? run.scenario : run.scenario_file, protocol);
  } catch (const InputError&) {
    return std::nullopt;
  }
}

bool expected(const Regression& regression, const Subject& subject, Expecting expecting) {
  const std::string& property = regression.saved.run.property;
  const auto& violates = subject.protocol.protocol.expect.violates;
  return std::ranges::count(subject.known, property) > 0 ||
         (expecting == Expecting::as_declared && std::ranges::count(violates, property) > 0);
}

void try_again(Lane& lane, const Subject& subject, Regression& regression) {
  const SavedRun& run = regression.saved.run;
  if (!regression.saved.scenario) {
    regression.came = Came::fits_no_more;
    regression.why = fmt::format("its scenario {} is not there any more", in_quotes(run.scenario));
    return;
  }
  const Played played =
      replay(lane, subject.protocol.protocol, regression.saved.scenario->scenario, run);
  const Violation* violation = violation_of(played.judgements, run.property);
  if (violation == nullptr) {
    regression.came = played.misfit.empty() ? Came::fails_no_more : Came::fits_no_more;
    regression.why = played.misfit;
    return;
  }
  regression.came = Came::fails_again;
  Failure failure = failure_of(subject.protocol.protocol, run, *violation, played.history);
  failure.file = regression.saved.file;
  failure.changed = regression.saved.changed;
  regression.failure = std::move(failure);
}

}  // namespace

std::vector<SavedFailure> saved_failures(const Gallery& gallery,
                                         const std::vector<Subject>& subjects,
                                         const std::vector<std::string>& only,
                                         const fs::path& folder) {
  std::vector<SavedFailure> all;
  const auto add = [&](const fs::path& file, Kept kept, std::size_t index) {
    const NamedProtocol& protocol = subjects[index].protocol;
    SavedFailure saved{file, kept, index, read_run(file), {}, false};
    const SavedRun& run = saved.run;
    const bool ours = kept == Kept::with_protocol || belongs(run, file, protocol);
    const bool wanted = only.empty()
                            ? !protocol.protocol.left_open.contains(run.scenario)
                            : std::find(only.begin(), only.end(), run.scenario) != only.end();
    if (!ours || !wanted || run.property.empty()) return;
    saved.scenario = scenario_of(gallery, run, protocol);
    saved.changed = run.protocol_hash != protocol.protocol.hash ||
                    (saved.scenario && run.scenario_hash != saved.scenario->scenario.hash);
    all.push_back(std::move(saved));
  };
  for (std::size_t i = 0; i < subjects.size(); ++i)
    for (const fs::path& file :
         files_in(subjects[i].protocol.protocol.folder / "failures", ".json"))
      add(file, Kept::with_protocol, i);
  for (const fs::path& file : files_in(folder, ".json"))
    for (std::size_t i = 0; i < subjects.size(); ++i) add(file, Kept::in_folder, i);
  return all;
}

std::vector<Regression> replay_saved(Lanes& lanes, const std::vector<Subject>& subjects,
                                     const std::vector<SavedFailure>& saved,
                                     const Meanwhile& meanwhile,
                                     const std::function<void(const Regression&)>& came) {
  std::vector<Regression> regressions;
  for (const SavedFailure& each : saved) regressions.push_back({each, {}, {}, {}});
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
  return regressions;
}

bool is_red(const Regression& regression, const Subject& subject, Expecting expecting) {
  if (regression.came == Came::fails_again) return !expected(regression, subject, expecting);
  return expecting == Expecting::as_declared && regression.saved.kept == Kept::with_protocol;
}

std::string regression_text(const Regression& regression, const Subject& subject,
                            Expecting expecting) {
  const SavedFailure& saved = regression.saved;
  const std::string& property = saved.run.property;
  std::string text = "saved failure " + saved.file.string();
  const std::string changed = "its protocol or scenario has changed since";
  const std::string same =
      "neither its protocol nor its scenario has changed since, so fencepost has";
  switch (regression.came) {
    case Came::fails_again:
      text += fmt::format(" fails again{}: {}{}",
                          expected(regression, subject, expecting) ? ", as expected" : "", property,
                          saved.changed ? "; " + changed : "");
      break;
    case Came::fails_no_more:
      text += fmt::format(" no longer fails: {} holds in it; ", property);
      text += saved.changed ? changed +
                                  ": fixed? Then leave the file, and check tries it every "
                                  "time, or delete it"
                            : same + ": delete it, and let fuzz look for it again";
      break;
    case Came::fits_no_more:
      text += fmt::format(" no longer fits: {}", regression.why);
      if (saved.scenario)
        text += fmt::format(
            "; {}, and the file proves nothing any more: delete it, and let fuzz "
            "look for it again",
            saved.changed ? changed : same);
      break;
  }
  if (regression.came != Came::fails_again && is_red(regression, subject, expecting))
    text += fmt::format(
        "; [expect] needs it as a canary: save a failure of {} there again, or take "
        "the file out",
        property);
  return text;
}

}  // namespace fencepost
