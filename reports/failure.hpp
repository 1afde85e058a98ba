// A violated history as every report shows it: what is told of it, where it is saved, and how it is
// run again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "model/decided.hpp"
#include "model/told.hpp"
#include "reports/trace.hpp"

namespace fencepost {

/// Where a failure lies, from where its report is; empty: not saved there.
struct FailureFiles {
  std::string file;  ///< its saved run
  std::string page;  ///< its page

  template <typename Self, typename Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("file", self.file, Written::always);
    visit("page", self.page, Written::always);
  }
};

/// One failure: the one value that every report of it is a function of.
struct FailureReport : RunLabel, FailureFiles {
  Told told;
  std::string replay;                 ///< the command that shows it again
  std::string file_text;              ///< the text of its file
  std::vector<FailsAfter> chances{};  ///< in order of step; empty: nobody asked when it was decided
};

/// How failures are shown as text.
struct TextOptions {
  TraceOptions trace;
  std::size_t most_lines = 0;  ///< of a trace; its middle is left out where it is longer; 0: all
  /// The folder of the report, whose pages are named; nullopt: none are.
  std::optional<std::filesystem::path> pages = {};
};

/// Verdict, story, trace, and as the last line the command that replays it.
std::string failure_text(const FailureReport& report, const TextOptions& options);

/// At which step the failure was decided, and by how much, in one sentence; empty where nobody
/// asked.
std::string decided_sentence(const FailureReport& report);

/// "mine under stall, seed 7, 12 steps (found in 90)"; the steps are those of its story.
std::string where_found(const FailureReport& report);

}  // namespace fencepost
