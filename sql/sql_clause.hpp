// What a statement does and on which condition, as far as its words say.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace fencepost {

/// A part of a text: [begin, end) in bytes.
struct Clause {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// The WHERE clause of the statement itself, not of a query inside it: from the word to the last
/// word before RETURNING, ORDER BY, … or the end. nullopt where there is none, or more than one.
std::optional<Clause> where_clause(std::string_view sql);

/// Whether the statement writes by itself or in a WITH: one of its words is INSERT, UPDATE, DELETE
/// or MERGE, other than in FOR UPDATE and DO UPDATE.
bool writes(std::string_view sql);

/// Whether the statement returns rows: a RETURNING of its own, or a query.
bool returns_rows(std::string_view sql);

}  // namespace fencepost
