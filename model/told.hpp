// A violated history with all that it takes to tell it again without a server: what was violated,
// its story, and the SQL behind its statements.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/history.hpp"
#include "model/verdict.hpp"

namespace fencepost {

/// Which run it is: in its file, and in every report of it.
struct RunLabel {
  std::string protocol;  ///< name
  std::string scenario;  ///< name
  std::uint64_t seed = 0;
  std::string property;  ///< full name of the violated part; empty for a run that holds
  std::string digest;    ///< of the history
  int shrunk_from = 0;   ///< steps before shrinking; 0 if it was not shrunk
  bool operator==(const RunLabel&) const = default;
};

/// What came of a saved failure that was tried again.
enum class Came {
  fails_again,
  holds_now,   ///< what it was saved for is not violated in it any more
  not_judged,  ///< it can't be run as it was saved, so it says nothing
};
inline std::span<const std::string_view> names_of(Came) {
  static constexpr std::string_view kNames[] = {"fails_again", "holds_now", "not_judged"};
  return kNames;
}
inline std::string_view to_text(Came came) {
  return names_of(came)[static_cast<std::size_t>(came)];
}

/// What proves a claim to the protocol's own statements. Empty where it is not known.
struct LeaseToken {
  std::vector<std::string> columns;     ///< "started_at"
  std::vector<std::string> parameters;  ///< every parameter that may be bound to one of them
  bool operator==(const LeaseToken&) const = default;

  template <typename Self, typename Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("columns", self.columns, Written::always);
    visit("parameters", self.parameters, Written::always);
  }
};

/// A statement as its user wrote it, and where: "queries.sql:14".
struct SqlSource {
  std::string statement;
  std::string where;
  std::string text;
  bool operator==(const SqlSource&) const = default;

  template <typename Self, typename Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("statement", self.statement, Written::always);
    visit("where", self.where, Written::always);
    visit("text", self.text, Written::in_lines);
  }
};

/// The statement of that name; nullptr where its text is not known.
inline const SqlSource* find_source(const std::vector<SqlSource>& sources,
                                    const std::string& statement) {
  const auto found = std::find_if(sources.begin(), sources.end(), [&](const SqlSource& each) {
    return each.statement == statement;
  });
  return found == sources.end() ? nullptr : &*found;
}

/// All that it takes to tell a violated history.
struct Told {
  Violation violation;
  std::string story;
  History history;                 ///< up to the violated step
  std::vector<SqlSource> sources;  ///< of the statements that it uses, by name
  LeaseToken token;
  bool operator==(const Told&) const = default;

  template <typename Self, typename Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("violation", self.violation, Written::always);
    visit("story", self.story, Written::always);
    visit("declared", self.history.declared, Written::always);
    visit("token", self.token, Written::always);
    visit("sources", self.sources, Written::always);
    visit("events", self.history.events, Written::always);
  }
};

}  // namespace fencepost
