// The comments that give statements their names, as people's tools write them: sqlc, yesql, aiosql,
// HugSQL, pugsql and PgTyped.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fencepost {

/// What a comment says of the statement below it.
struct NameLine {
  std::string name;     ///< without marks; empty: it begins like a name line, but is none
  std::string command;  ///< one of sqlc's words ("one", "execrows"), an unknown word as it is
                        ///< written, or empty: it says nothing
};

/// A whole comment, with its -- or /* */, read as a name line; nullopt when it is an ordinary one.
///
///     -- name: claim_job :one             sqlc; also in /* */
///     -- name: claim-job<!                yesql; aiosql, with (parameters) and ! ^ $ # *!
///     -- :name claim-job :<! :1           HugSQL and pugsql; also in /* */
///     /* @name ClaimJob */                PgTyped
std::optional<NameLine> name_line(std::string_view comment);

/// A name without the marks that some tools let it end with: "claim-job<!" is "claim-job".
std::string_view without_marks(std::string_view name);
/// Letters, digits, _, - and ., not beginning with a digit, - or a point.
bool is_statement_name(std::string_view text);

}  // namespace fencepost
