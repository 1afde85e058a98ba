// Checks subjects: a fixed range of seeds over all scenarios of some protocols, on several lanes;
// the same work and the same verdict every time.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/properties/tally.hpp"
#include "sim/search/failure.hpp"
#include "sim/search/lanes.hpp"
#include "sim/search/subjects.hpp"

namespace fencepost {

/// Both ends included.
struct SeedRange {
  std::uint64_t first = 1;
  std::uint64_t last = 100;
};

/// What a subject came to, and the failures to be told.
struct SubjectResult {
  std::vector<Tally> tallies;  ///< in the order of the subject's scenarios
  std::vector<Failure>
      failures;  ///< one for each unexpected find not told yet, shrunk, in the verdict's order
  ProtocolVerdict verdict;
};

/// How far the work is: called on the caller's thread about ten times a second; false: stop.
struct Stage {
  std::string_view what;  ///< "checking", "shrinking"
  std::string_view unit;  ///< "histories"
  std::int64_t done = 0;
  std::int64_t all = 0;
};
using Meanwhile = std::function<bool(const Stage&)>;

/// The first history in which a part of a property is violated that is not expected, nor saved: as
/// it was found, before anything is made small.
struct Sighting {
  std::size_t subject = 0;
  std::size_t scenario = 0;  ///< among the subject's
  std::uint64_t seed = 0;
  std::string property;  ///< the full name
  Told told;
};
/// Who is told of a check's progress beside Meanwhile; each may be empty.
struct Listener {
  /// On the caller's thread, soon after it was found.
  std::function<void(const Sighting&)> sighted;
  /// On a lane's thread: it begins some histories of that subject's scenario, and drops what this
  /// returns when they are over.
  std::function<std::shared_ptr<void>(std::size_t subject, std::size_t scenario)> begins;
};

/// What of a check is run on this machine.
struct SeedShare {
  SeedRange seeds;      ///< may be empty: the first behind the last
  bool audits = false;  ///< whether it holds the check's first seed, which runs twice
};

/// Whether nothing may be violated, or exactly what each protocol declares under [expect].
enum class Expecting { nothing, as_declared };
/// What a protocol says of its own verdict.
Promise promise_of(const Subject& subject, Expecting expecting);

/// What came of it, and what went wrong before it was done.
struct Checked {
  std::vector<SubjectResult> results;    ///< in the order of the subjects
  std::exception_ptr trouble = nullptr;  ///< nullptr: nothing
};

/// Checks all subjects. Every scenario's first seed runs twice, and a different history the second
/// time is a HarnessError that names the first line that differs. Throws InputError for whatever a
/// server finds wrong in a protocol.
/// The histories are begun in one order, whatever the lanes: the first seed of every scenario, then
/// some more of each, and so on. Once `enough` says so, no more are begun, but that first round is
/// always done; so what is run is a beginning of that order, and its verdict is the same every
/// time. From then on failures are shrunk no further, either.
/// What goes wrong after the first history, as in a lane whose server ends, loses no other history.
Checked check_subjects(Lanes& lanes, const std::vector<Subject>& subjects, SeedRange seeds,
                       Expecting expecting, const Meanwhile& meanwhile,
                       const std::function<bool()>& enough = {}, const Listener& listener = {});

/// A share of it: what its histories came to, and nothing of it judged or made small.
Checked count_subjects(Lanes& lanes, const std::vector<Subject>& subjects, const SeedShare& share,
                       Expecting expecting, const Meanwhile& meanwhile,
                       const std::function<bool()>& enough, const Listener& listener);
/// The rest of it, once all shares are counted: `counted` are their tallies together, merged in the
/// order of their seeds.
Checked judge_counted(Lanes& lanes, const std::vector<Subject>& subjects,
                      std::vector<SubjectResult> counted, Expecting expecting,
                      const Meanwhile& meanwhile, const std::function<bool()>& enough = {});

/// The history of a seed.
History run_seed(Lane& lane, const Protocol& protocol, const Scenario& scenario,
                 std::uint64_t seed);
/// The first event that differs, as a line of each; nullopt where their digests are the same.
struct OtherEvent {
  std::string first, second;
};
std::optional<OtherEvent> first_difference(const History& first, const History& second);
/// Throws HarnessError with the first line that differs.
void demand_same(const History& first, const History& second, const std::string& what);

}  // namespace fencepost
