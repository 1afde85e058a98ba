// What one machine of several leaves behind of a check, the tallies of its seeds, or of `mutate`,
// what became of its mutants; and what must be the same on all of them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/cli/options.hpp"
#include "sim/search/checker.hpp"
#include "sim/search/regressions.hpp"
#include "sim/wide/shard.hpp"
#include "sim/wide/tried.hpp"

namespace fencepost {

/// A protocol of a check, told apart from its other versions.
struct CheckedProtocol {
  std::string name;
  std::string hash;                              ///< of its files
  std::vector<std::string> known;                ///< by a baseline
  std::map<std::string, std::string> scenarios;  ///< of each by name, the hash of its file
  bool operator==(const CheckedProtocol&) const = default;

  template <typename Self, typename Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("protocol", self.name, Written::always);
    visit("hash", self.hash, Written::always);
    visit("known", self.known, Written::always);
    visit("scenarios", self.scenarios, Written::always);
  }
};

/// What makes two machines work on one thing: all that decides what it comes to.
struct WorkLabel {
  std::string command = "check";  ///< or "mutate"
  int of = 1;                     ///< how many machines
  std::string build;              ///< of fencepost, see build_fingerprint
  std::string server;             ///< its version: "15.18"
  std::uint64_t first_seed = 1;
  std::uint64_t last_seed = 1;
  bool as_expected = false;
  std::vector<std::string> named;  ///< the protocols, as the user named them
  std::vector<std::string> only;   ///< these scenarios; empty: all that there are
  std::vector<CheckedProtocol> protocols;
  // Of mutate alone, see KillPlan.
  std::vector<std::string> changes;  ///< of these statements or by these operators; empty: all
  std::uint64_t last_of_two = 0;
  bool tries_declared = false;
  bool operator==(const WorkLabel&) const = default;

  SeedRange seeds() const { return {first_seed, last_seed}; }
  Expecting expecting() const { return as_expected ? Expecting::as_declared : Expecting::nothing; }

  template <typename Self, typename Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("command", self.command, Written::always);
    visit("of", self.of, Written::always);
    visit("build", self.build, Written::always);
    visit("server", self.server, Written::always);
    visit("first_seed", self.first_seed, Written::always);
    visit("last_seed", self.last_seed, Written::always);
    visit("as_expected", self.as_expected, Written::always);
    visit("named", self.named, Written::always);
    visit("only", self.only, Written::always);
    visit("protocols", self.protocols, Written::always);
    visit("changes", self.changes, Written::always);
    visit("last_of_two", self.last_of_two, Written::always);
    visit("tries_declared", self.tries_declared, Written::always);
  }
};
/// The label of work on these subjects, which the plan names, on so many machines like this one.
WorkLabel label_of(const Plan& plan, const std::vector<std::string>& only,
                   const std::vector<Subject>& subjects, const ClusterOptions& server, int of);
/// The same label, where these are its subjects and this is one of the machines.
WorkLabel label_here(WorkLabel label, const std::vector<Subject>& subjects,
                     const ClusterOptions& server);

/// What came of a saved failure of a subject.
struct SavedOutcome : SavedNote {
  int subject = 0;
  std::optional<Failure> failure;  ///< where it fails again and was not expected to

  template <typename Self, typename Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("subject", self.subject, Written::always);
    SavedNote::fields(self, visit);
    visit("failure", self.failure, Written::unless_usual);
  }
};
/// The regression is of that subject.
SavedOutcome outcome_of(Regression regression, const Subject& subject, Expecting expecting,
                        const std::string& program);

/// What one machine came to.
struct ShardResult {
  WorkLabel label;
  int number = 1;                             ///< of the machine
  std::vector<std::vector<Tally>> tallies{};  ///< by subject, in the order of its scenarios
  std::vector<SavedOutcome> saved{};          ///< of the first machine
  std::vector<TriedMutants> tried{};          ///< by subject, of mutate; of check: none

  Shard shard() const { return {number, label.of}; }
};

/// JSON with one fact on each line, in a fixed order; its last line is a digest of all others.
std::string to_json(const ShardResult& result);
/// Throws InputError with file, line, what was found and what was expected: not JSON, cut off,
/// edited, no result of a shard, of another format.
ShardResult shard_result_from_json(const std::string& text, const std::filesystem::path& file);

/// Whether it says so of itself, whole or not.
bool is_shard_result(const std::string& text);

}  // namespace fencepost
