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
  std::optional<NamedScenario> scenario;  ///< nullopt: there is none of that name any more
  bool changed = false;  ///< its protocol or scenario is another version now; it is tried anyway
};

/// What came of a saved failure.
enum class Came { fails_again, fails_no_more, fits_no_more };
struct Regression {
  SavedFailure saved;
  Came came = Came::fails_no_more;
  std::string why;                 ///< fits_no_more: which of its choices, where, and why
  std::optional<Failure> failure;  ///< fails_again
};

/// The files *.json that belong to these subjects, sorted by name: the canaries of each protocol,
/// then those in `folder`. Runs that hold, and scenarios that this subject leaves out by `only`,
/// are not among them. Throws InputError for a file that can't be read.
std::vector<SavedFailure> saved_failures(const Gallery& gallery,
                                         const std::vector<Subject>& subjects,
                                         const std::vector<std::string>& only,
                                         const std::filesystem::path& folder);

/// Replays them all, on all lanes. `came` is told of each on the caller's thread, in their order
/// and as soon as may be.
std::vector<Regression> replay_saved(Lanes& lanes, const std::vector<Subject>& subjects,
                                     const std::vector<SavedFailure>& saved,
                                     const Meanwhile& meanwhile,
                                     const std::function<void(const Regression&)>& came = {});

/// Whether a subject is red because of it: it fails again and was not expected to, or it is a
/// canary of a protocol that must fail, and does not.
bool is_red(const Regression& regression, const Subject& subject, Expecting expecting);

/// What came of it, as one line.
std::string regression_text(const Regression& regression, const Subject& subject,
                            Expecting expecting);

}  // namespace fencepost
