// What the operators over SQL share: a query of a text, with the words of it.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/mutants/sql_edits.hpp"
#include "sql/tree/deep_parts.hpp"
#include "sql/tree/query_view.hpp"

namespace fencepost {

/// One query of a text whose changes are collected.
struct EditReader {
  const DeepParts& parts;
  const Query& query;
  std::vector<SqlEdit>& into;

  /// One change by one splice at these bytes.
  void add(std::string_view change, Clause clause, Splice splice,
           std::set<std::string> columns = {}) const {
    into.push_back({change, clause, {std::move(splice)}, std::move(columns)});
  }
  /// The parts of some bytes, which must not be empty.
  PartRange range(Clause clause) const {
    return {parts.at(clause.begin), parts.at(clause.end - 1)};
  }
  /// The bytes of one part.
  Clause part(std::size_t i) const { return parts.bytes({i, i}); }
  /// The first part of the range that is this word, as deep as its first; kNone where none is.
  std::size_t find(PartRange in, std::string_view word) const;
  /// The columns that an expression names.
  std::set<std::string> columns_in(Clause clause) const;
};

/// A condition as AND, OR and NOT divide it.
struct BooleanPart {
  enum class Kind { leaf, all, any, negated } kind = Kind::leaf;
  PartRange range;  ///< with the parentheses around it
  std::vector<BooleanPart> inside;
};
/// Divides a condition.
BooleanPart boolean_part(const DeepParts& parts, PartRange range);

/// What its conditions, clauses and values may be changed to.
void edit_conditions(const EditReader& reader);
void edit_clauses(const EditReader& reader);
void edit_values(const EditReader& reader);

}  // namespace fencepost
