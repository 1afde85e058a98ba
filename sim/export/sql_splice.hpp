// A user's SQL with values in the place of its parameters, and what else a text must be turned into
// so that a script can hold it. Everything that is not named here stays byte for byte.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/input/protocol.hpp"

namespace fencepost {

/// NULL, 'text', or E'text' where it holds a backslash: reads back as the same text whatever
/// standard_conforming_strings says.
std::string sql_literal(const std::optional<std::string>& value);
/// Letters, digits and _, beginning with a letter: "w1.2/main" is "w1_2_main".
std::string plain_name(std::string_view text);

/// A prepared statement as the server understands it.
struct ParameterTypes {
  std::vector<std::string> names;  ///< of $1, $2, …: "bigint"
};
/// The statement's text with literals for its parameters. A literal stands for a parameter of the
/// same unknown type, so PostgreSQL finds the same meaning; a parameter that is used more than once
/// has the type of its first use everywhere, hence the cast. Precondition: one value for each
/// parameter.
std::string spliced(const Statement& statement,
                    const std::vector<std::optional<std::string>>& values,
                    const ParameterTypes& types);

/// Whether the text asks the server for the time anywhere, also inside of function bodies.
bool asks_for_the_time(std::string_view sql);
/// CURRENT_TIMESTAMP and its relatives are grammar, not functions: they become simulated.now() with
/// the cast that they mean, also in dollar quotes. Everything else is left as it is.
std::string with_simulated_time(std::string_view sql);
/// Without } in any byte: a text becomes an E'' one, a quoted name a U&"" one, a comment has a )
/// instead. nullopt where that can't be said in another way.
std::optional<std::string> without_closing_braces(std::string_view sql);
/// The first word, in capitals, and the second ("ROLLBACK TO"): which kind of statement it is.
std::string leading_words(std::string_view sql);

}  // namespace fencepost
