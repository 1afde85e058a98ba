// Whether a changed statement does the same as before, as far as that can be proved from the text
// and the schema alone.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "sim/input/protocol.hpp"
#include "sim/mutants/conditions.hpp"
#include "sim/mutants/sql_edits.hpp"
#include "sql/tree/schema_view.hpp"

namespace fencepost {

/// What of a protocol proofs rest on.
class Equivalence {
 public:
  explicit Equivalence(const Protocol& protocol);

  /// Why a statement with an edit does the same as before, in one sentence; empty where nothing
  /// proves it. `sql` and `now` are the statement's, with $1, $2, …
  std::string proof(const std::string& sql, const SqlEdit& edit, const std::string& now) const;
  /// Why two neighbouring steps may change places: one computes in the worker alone, and neither
  /// needs what the other gives. Empty where that is not so.
  std::string proof_of_swap(const Step& first, const Step& second) const;

 private:
  bool implied(const Query& before, const std::string& sql, const Query& after,
               const std::string& now) const;
  bool is_read(const std::string& column) const;
  void add_words(std::string_view sql);

  const Protocol& protocol_;
  SchemaView schema_;
  std::map<std::string, std::vector<std::string>> checks_;  ///< by table: what CHECK demands
  std::multiset<std::string> schema_words_;
};

}  // namespace fencepost
