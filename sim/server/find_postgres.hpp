// Which PostgreSQL the private server is made of.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fencepost {

struct Postgres {
  std::filesystem::path bin;  ///< the folder of initdb and postgres
  std::string version;        ///< "15.18"
  int major = 0;
};

/// Reads "postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)"; nullopt for anything else.
std::optional<std::string> version_from_text(std::string_view text);
/// Where servers usually are: the folders of PATH, then /usr/lib/postgresql/*/bin, newest first.
std::vector<std::filesystem::path> usual_postgres_folders();
/// Where to look when somebody names a folder: the programs are in it, or in its bin; absolute,
/// because a server works in a folder of its own. Throws EnvironmentError when there is none.
std::vector<std::filesystem::path> named_folders(const std::filesystem::path& named);
/// The first of the folders that holds a server of a supported version (14 to 18). Throws
/// EnvironmentError that says where it looked, what it found there, and what to install.
Postgres find_postgres(const std::vector<std::filesystem::path>& folders);
/// One server of each supported version that the folders hold, or that folders in them do; the
/// oldest first.
std::vector<Postgres> every_postgres(const std::vector<std::filesystem::path>& folders);
/// What a server's program is run with: nothing of the user's own settings may reach it.
std::vector<std::string> server_environment(const Postgres& postgres);

}  // namespace fencepost
