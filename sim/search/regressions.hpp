// Saved failures, which check replays before it looks for new ones: a failure that was found once
// is never found too late again.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/search/checker.hpp"

namespace fencepost {

/// Where a saved failure is kept: in the user's folder for failures, or as a canary in the
/// protocol's own folder "failures", which [expect] promises will always fail.
enum class Kept { in_folder, with_protocol };

/// A failure that was saved before, and where it belongs.
struct SavedFailure {
  std::filesystem::path file;
  Kept kept = Kept::in_folder;
  std::size_t subject = 0;  ///< the subject whose protocol it belongs to
  SavedRun run;
  std::optional<NamedScenario> scenario;
  std::string lost;      ///< why there is no scenario
  bool changed = false;  ///< its protocol or scenario is another version now; it is tried anyway
};

/// What came of a saved failure.
struct Regression {
  SavedFailure saved;
  Came came = Came::not_judged;
  bool same = true;                ///< its history is the one that was saved
  std::string why;                 ///< not_judged: which of its choices, where, and why
  std::optional<Failure> failure;  ///< fails_again
};

/// The files *.json that belong to these subjects, sorted by name: the canaries of each protocol,
/// then those in `folder`. Runs that hold, and scenarios that this subject leaves out by `only`,
/// are not among them. Throws InputError for a file that can't be read, or was edited so that no
/// run can be like it.
std::vector<SavedFailure> saved_failures(const Gallery& gallery,
                                         const std::vector<Subject>& subjects,
                                         const std::vector<std::string>& only,
                                         const std::filesystem::path& folder);

/// Replays them on all lanes: all, or those that were begun when `meanwhile` said stop. `came` is
/// told of each on the caller's thread, in their order and as soon as may be.
std::vector<Regression> replay_saved(Lanes& lanes, const std::vector<Subject>& subjects,
                                     const std::vector<SavedFailure>& saved,
                                     const Meanwhile& meanwhile,
                                     const std::function<void(const Regression&)>& came = {});

/// Whether it keeps its subject from being green: it fails again and was not expected to, or it was
/// to be judged and was not, or it is a canary of a protocol that must fail, and does not.
bool is_surprise(const Regression& regression, const Subject& subject, Expecting expecting);

/// What came of it, as one line. `program` is how the user calls us.
std::string regression_text(const Regression& regression, const Subject& subject,
                            Expecting expecting, const std::string& program);

}  // namespace fencepost
