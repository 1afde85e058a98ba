// Watches a real worker's sessions: which statements it runs, in which order, and where what it
// passes them seems to come from.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "sim/wire/requests.hpp"

namespace fencepost {

/// A parameter, over all times that its statement ran.
struct RecordedParameter {
  std::set<std::string> sources;  ///< "id of select_jobs": answers that had it, or each element of
                                  ///< an array, every time
  std::set<std::string> values;   ///< at most a few

  /// It came of no answer, and was the same several times.
  bool is_constant(int times) const { return sources.empty() && values.size() == 1 && times > 1; }
};

/// A statement's text, and what was seen of it.
struct RecordedStatement {
  std::string name;  ///< "update_jobs_2"
  std::string sql;
  int times = 0;
  bool returns_rows = false;
  std::set<std::string> errors;  ///< that the server answered with
  std::vector<RecordedParameter> parameters;
};

/// Of one worker.
class Recorder {
 public:
  void sent(int session, const std::vector<SentStatement>& statements);
  void answered(int session, const ServerAnswer& answer);
  /// Time passes: what was sent since is a round. Returns whether it was as the two before.
  bool end_round(bool wrote);

  /// In the order in which they first ran; without what only begins or ends transactions.
  const std::vector<RecordedStatement>& statements() const { return statements_; }
  /// What it made the schema of, where it did: CREATE, ALTER and so on, in their order.
  const std::vector<std::string>& definitions() const { return definitions_; }
  /// What was sent between two moments at which the worker waited, as names: "BEGIN, select_jobs,
  /// COMMIT"; each with how often it came in a row.
  const std::vector<std::pair<std::string, int>>& rounds() const { return rounds_; }

 private:
  RecordedStatement& recorded(const std::string& sql);
  void look_for_sources(RecordedStatement& statement, const std::vector<std::string>& values);

  std::vector<RecordedStatement> statements_;
  std::vector<std::string> definitions_;
  std::map<std::string, int> names_;  ///< how often one was given
  /// By "column of statement": the values of its last answer that had any.
  std::map<std::string, std::set<std::string>> answers_;
  std::map<int, std::string> running_;  ///< by session: the statement's name
  std::string round_;
  std::vector<std::pair<std::string, int>> rounds_;
  int equal_ = 0;
};

}  // namespace fencepost
