#include "sim/server/server_place.hpp"

#include <fcntl.h>
#include <fmt/ranges.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include "sim/text/error.hpp"

namespace fencepost {
namespace {

namespace fs = std::filesystem;
constexpr std::uint64_t megabyte = 1024 * 1024;

std::uint64_t free_megabytes(const fs::path& place) {
  struct statvfs status {};
  if (statvfs(place.c_str(), &status) != 0) return 0;
  return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize / megabyte;
}

/// nullopt, with the reason in errno, when no folder can be made there.
std::optional<fs::path> make_folder(const fs::path& place, const std::optional<User>& user) {
  std::string name = (place / "fencepost-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) return std::nullopt;
  if (!user || chown(name.c_str(), user->uid, user->gid) == 0) return fs::path{name};
  rmdir(name.c_str());
  return std::nullopt;
}

}  // namespace

std::vector<fs::path> usual_places() {
  std::error_code none;
  std::vector<fs::path> places{"/dev/shm"};
  const fs::path temporary = fs::temp_directory_path(none);
  for (const fs::path& place : {temporary, fs::path{"/tmp"}, fs::path{"/var/tmp"}})
    if (!place.empty() && std::find(places.begin(), places.end(), place) == places.end())
      places.push_back(place);
  return places;
}

fs::path make_server_folder(const std::vector<fs::path>& places, Megabytes room,
                            const std::optional<User>& user) {
  std::vector<std::string> refused;
  for (const fs::path& place : places) {
    std::error_code none;
    const std::string name = place.string();
    if (!fs::is_directory(place, none)) {
      refused.push_back(name + " is no folder");
    } else if (const std::uint64_t free = free_megabytes(place); free < room.count) {
      refused.push_back(fmt::format("{} has {} MB", name, free));
    } else if (!can_enter(user, place)) {
      refused.push_back(name + " can't be entered by the server's user");
    } else if (const std::optional<fs::path> folder = make_folder(place, user)) {
      return *folder;
    } else {
      refused.push_back(fmt::format("{}: {}", name, std::strerror(errno)));
    }
  }
  throw EnvironmentError(
      fmt::format("no room for a private server, which needs {} MB: {}; make room there or set "
                  "TMPDIR to a folder that has it",
                  room.count, fmt::join(refused, ", ")));
}

bool can_be_executed(const fs::path& file) {
  const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  void* page = mmap(nullptr, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE, descriptor, 0);
  close(descriptor);
  if (page == MAP_FAILED) return false;
  munmap(page, 1);
  return true;
}

}  // namespace fencepost
