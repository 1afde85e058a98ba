// What names tell, of statements, columns and labels; and how SQL writes them.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/history.hpp"
#include "sql/tree/schema_view.hpp"

namespace fencepost {

/// Whether one of these is part of the name, whatever the size of its letters.
bool says(std::string_view name, std::initializer_list<std::string_view> words);

/// "claim_job", "FetchNext": to take a job, and not to let one go or keep it.
bool sounds_like_claim(std::string_view statement);
bool sounds_like_heartbeat(std::string_view statement);
bool sounds_like_success(std::string_view statement);
bool sounds_like_failure(std::string_view statement);
bool sounds_like_release(std::string_view statement);
bool sounds_like_reaper(std::string_view statement);

/// "locked_by", "worker_id".
bool sounds_like_owner(std::string_view column);
/// "lock_token", "lease_id": what a claim gets that no other claim has.
bool sounds_like_token(std::string_view column);
/// "locked_at": since when, and not until when.
bool sounds_like_since(std::string_view column);
/// "attempts", "tries".
bool sounds_like_attempts(std::string_view column);
/// "last_error".
bool sounds_like_error(std::string_view name);
/// What a label or a flag of a job's state means, if its name tells.
std::optional<JobState> state_by_name(std::string_view label);

/// What a constant or a statement may be called that is named after it.
std::string as_plain_name(std::string_view text);
/// Whether a type's values are numbers.
bool is_number(std::string_view type);
/// A name as a column of this type can hold it: itself, or a number or a uuid.
std::string as_value_of(std::string_view type, std::string_view name);
/// A time in SQL as the whole number of those that have passed since 1970; 0: as it is.
std::string time_as_number(const std::string& time, Duration unit);
/// A part of a length as people say one: whole seconds, or milliseconds where it is shorter.
Duration part_of(Duration length, int parts);
/// A table's name (sql_name) with its schema where that is not the usual one.
std::string sql_table(const SchemaView& schema, const std::string& table);
/// What the first text in an expression means: "30 s" in now() + interval '30 s'; nullopt where
/// there is none.
std::optional<std::string> first_text_in(std::string_view sql);
/// column = 'a', or column IN ('a', 'b').
std::string sql_is_one_of(const std::string& column, const std::vector<std::string>& labels);

}  // namespace fencepost
