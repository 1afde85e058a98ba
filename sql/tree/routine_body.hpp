// The SQL inside of a function, as far as it can be told without running it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace fencepost {

/// SQL inside of another text: `sql` without its first `prefix` bytes stands there from `begin` on.
struct BodyQuery {
  std::size_t begin = 0;
  std::size_t prefix = 0;
  std::string sql;
};

/// The queries of a function or procedure, in the order of its text, from the text that defines it:
/// a body in SQL as a whole, and of PL/pgSQL its statements, without INTO and what stands behind
/// it, and its conditions, as SELECT 1 WHERE …; none of another language.
std::vector<BodyQuery> body_queries(std::string_view definition);

}  // namespace fencepost
