// Copies of a server's data directory, beside it, so that a server can begin again where it was
// when it was shut down: with the same data, and the same numbers of transactions and objects.
#pragma once

#include <filesystem>
#include <optional>

#include "sim/process/child_process.hpp"

namespace fencepost {

/// What the data in a server's folder are now, as a copy of that number. The server must have been
/// shut down. Throws EnvironmentError, with what is wanted and what there is, when there is no
/// room.
void keep_data(const std::filesystem::path& folder, int number);
/// Whether there is a copy of that number.
bool has_kept_data(const std::filesystem::path& folder, int number);
/// Makes the data what they were; only files that are others than in the copy are written, and
/// belong to the user. The server must not run.
void put_data_back(const std::filesystem::path& folder, int number,
                   const std::optional<User>& user);

}  // namespace fencepost
