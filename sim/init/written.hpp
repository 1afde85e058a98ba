// A protocol's folder, written of a guess.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "sim/init/guess.hpp"

namespace fencepost {

/// protocol.toml: runs as it stands; each guess that nobody confirmed is a line of its own under
/// [init], and what was not found is a comment with its question. Names of files are taken as from
/// `folder`.
std::string written_protocol(const InitFiles& files, const QueueGuess& guess,
                             const std::filesystem::path& folder);
/// fencepost.sql: what the tables mean, and a job for them.
std::string written_sql(const InitFiles& files, const QueueGuess& guess);
/// Rows that must be there before anything runs, as SQL; empty: none.
std::string written_rows(const InitFiles& files, const QueueGuess& guess);

}  // namespace fencepost
