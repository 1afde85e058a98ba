#include "sim/server/find_postgres.hpp"

#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <map>
#include <sstream>

#include "sim/process/child_process.hpp"
#include "sim/text/error.hpp"

namespace fencepost {
namespace {

namespace fs = std::filesystem;
constexpr int oldest = 14;
constexpr int newest = 18;

int leading_number(std::string_view text) {
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

bool executable(const fs::path& file) { return access(file.c_str(), X_OK) == 0; }

std::optional<std::string> version_in(const fs::path& folder) {
  if (!executable(folder / "postgres") || !executable(folder / "initdb")) return std::nullopt;
  const Postgres unknown{folder, {}, 0};
  return version_from_text(
      run({{(folder / "postgres").string(), "--version"}, server_environment(unknown), {}}).output);
}

bool supported(int major) { return major >= oldest && major <= newest; }

}  // namespace

std::optional<std::string> version_from_text(std::string_view text) {
  constexpr std::string_view prefix = "postgres (PostgreSQL) ";
  if (text.substr(0, prefix.size()) != prefix) return std::nullopt;
  text.remove_prefix(prefix.size());
  const std::string version{text.substr(0, text.find_first_not_of("0123456789."))};
  if (version.empty()) return std::nullopt;
  return version;
}

std::vector<fs::path> usual_postgres_folders() {
  std::vector<fs::path> folders;
  const char* path = std::getenv("PATH");
  std::istringstream parts(path ? path : "");
  for (std::string part; std::getline(parts, part, ':');)
    if (!part.empty()) folders.emplace_back(part);
  std::vector<fs::path> packaged;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", none))
    packaged.push_back(entry.path() / "bin");
  const auto major = [](const fs::path& bin) {
    return leading_number(bin.parent_path().filename().string());
  };
  std::sort(packaged.begin(), packaged.end(), [&](const fs::path& left, const fs::path& right) {
    return major(left) > major(right);
  });
  folders.insert(folders.end(), packaged.begin(), packaged.end());
  return folders;
}

std::vector<fs::path> named_folders(const fs::path& named) {
  std::error_code none;
  if (!fs::is_directory(named, none))
    throw EnvironmentError(fmt::format(
        "there is no folder {}, which is named for PostgreSQL's programs; correct it, or "
        "leave --postgres (FENCEPOST_POSTGRES) out",
        named.string()));
  return {fs::absolute(named), fs::absolute(named / "bin")};
}

Postgres find_postgres(const std::vector<fs::path>& folders) {
  std::vector<std::string> unsupported;
  std::vector<std::string> searched;
  for (const fs::path& folder : folders) {
    searched.push_back(folder.string());
    const std::optional<std::string> version = version_in(folder);
    if (!version) continue;
    const int major = leading_number(*version);
    if (supported(major)) return Postgres{folder, *version, major};
    unsupported.push_back(fmt::format("{} in {}", *version, folder.string()));
  }
  if (!unsupported.empty())
    throw EnvironmentError(fmt::format(
        "found only PostgreSQL {}, but the server must be of version {} to {}; install one of "
        "those (on Debian: apt-get install postgresql)",
        fmt::join(unsupported, ", "), oldest, newest));
  throw EnvironmentError(
      fmt::format("no PostgreSQL server: looked for initdb and postgres in {}; install one (on "
                  "Debian: apt-get install postgresql)",
                  fmt::join(searched, ", ")));
}

std::vector<Postgres> every_postgres(const std::vector<fs::path>& folders) {
  std::map<int, Postgres> found;
  const auto look = [&](const fs::path& folder) {
    const std::optional<std::string> version = version_in(folder);
    const int major = version ? leading_number(*version) : 0;
    if (supported(major)) found.try_emplace(major, Postgres{folder, *version, major});
  };
  for (const fs::path& named : folders) {
    const fs::path folder = fs::absolute(named);
    look(folder);
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(folder, none)) {
      look(entry.path());
      look(entry.path() / "bin");
    }
  }
  std::vector<Postgres> all;
  for (const auto& [major, postgres] : found) all.push_back(postgres);
  return all;
}

std::vector<std::string> server_environment(const Postgres& postgres) {
  return {"PATH=/usr/bin:/bin", "LC_ALL=C", "TZ=UTC",
          "LD_LIBRARY_PATH=" + (postgres.bin.parent_path() / "lib").string()};
}

}  // namespace fencepost
