#include "sim/server/data_directory.hpp"

#include <fcntl.h>
#include <fmt/ranges.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "model/hash.hpp"
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

/// What settings, a connection's text and the loader take for more than a part of a name.
constexpr std::string_view kSpecial = " \t\n\r\v\f,:'\"\\$";

/// nullopt, with the reason in errno, when no folder can be made there.
std::optional<fs::path> make_folder(const fs::path& place, const std::optional<User>& user) {
  std::string name = (place / fmt::format("fencepost-{}-XXXXXX", getpid())).string();
  if (mkdtemp(name.data()) == nullptr) return std::nullopt;
  if (!user || chown(name.c_str(), user->uid, user->gid) == 0) return fs::path{name};
  rmdir(name.c_str());
  return std::nullopt;
}

/// Counts the changes of what initdb is asked for, so that no old cache is used.
constexpr int cache_format = 2;

/// A folder of our own; nullopt where there is no home.
std::optional<fs::path> cache_folder() {
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache && *cache == '/')
    return fs::path{cache} / "fencepost";
  if (const char* home = std::getenv("HOME"); home && *home == '/')
    return fs::path{home} / ".cache" / "fencepost";
  return std::nullopt;
}

/// Servers of one version may be built differently, so where they are belongs to the name.
std::string cache_name(const Postgres& postgres) {
  return fmt::format("data-{}-{}-{}", postgres.version, fingerprint(postgres.bin.string()),
                     cache_format);
}

void copy_for(const std::optional<User>& user, const fs::path& from, const fs::path& to) {
  fs::copy(from, to, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
  fs::permissions(to, fs::perms::owner_all);
  give_to(user, to);
  for (const auto& entry : fs::recursive_directory_iterator(to)) give_to(user, entry.path());
}

void run_initdb(const Postgres& postgres, const std::optional<User>& user, const fs::path& data,
                const std::function<bool()>& stopped) {
  const Finished finished = run(
      {{(postgres.bin / "initdb").string(), "-D", data.string(), "-U", kSuperuser, "-A", "trust",
        "-E", "UTF8", "--no-locale", "--no-sync", "--no-instructions", "--wal-segsize=1"},
       server_environment(postgres),
       user,
       SIGTERM,
       {},
       stopped});
  if (stopped != nullptr && stopped())
    throw EnvironmentError("stopped before the private server was up");
  if (finished.status == could_not_start)
    throw EnvironmentError(
        fmt::format("{} could not be started{}; it must be readable and executable for that user",
                    (postgres.bin / "initdb").string(),
                    user ? fmt::format(" as the system user {}", user->uid) : std::string{}));
  if (finished.status != 0)
    throw EnvironmentError(fmt::format("{} failed with status {}: {}",
                                       (postgres.bin / "initdb").string(), finished.status,
                                       finished.output));
}

/// The last step is a rename: nobody ever sees half a directory, and of several lanes any may win.
void keep_copy(const fs::path& data, const fs::path& cached) {
  std::error_code none;
  fs::create_directories(cached.parent_path(), none);
  std::string draft = (cached.parent_path() / "draft-XXXXXX").string();
  if (mkdtemp(draft.data()) == nullptr) return;
  fs::copy(data, fs::path{draft} / "data", fs::copy_options::recursive, none);
  if (!none) fs::rename(fs::path{draft} / "data", cached, none);
  fs::remove_all(draft, none);
}

bool copy_cached(const std::optional<User>& user, const fs::path& cached, const fs::path& data) {
  std::error_code none;
  if (!fs::exists(cached / "PG_VERSION", none)) return false;
  try {
    copy_for(user, cached, data);
    return true;
  } catch (const fs::filesystem_error&) {
    fs::remove_all(data, none);
    return false;
  }
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
  for (const fs::path& named : places) {
    std::error_code none;
    const fs::path place = fs::canonical(named, none);
    const std::string name = place.empty() ? named.string() : place.string();
    if (!fs::is_directory(place, none)) {
      refused.push_back(name + " is no folder");
    } else if (name.find_first_of(kSpecial) != name.npos) {
      refused.push_back(name + " has a blank or one of , : ' \" \\ $ in its name");
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

void give_to(const std::optional<User>& user, const fs::path& path) {
  if (user && lchown(path.c_str(), user->uid, user->gid) != 0)
    throw EnvironmentError(fmt::format("{} can't be given to the server's user: {}", path.string(),
                                       std::strerror(errno)));
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

fs::path data_of(const fs::path& folder) { return folder / "data"; }
fs::path clock_of(const fs::path& folder) { return folder / "clock"; }
fs::path log_of(const fs::path& folder) { return folder / "server.log"; }

std::string postmaster_line(const fs::path& folder, int number) {
  std::ifstream file(data_of(folder) / "postmaster.pid");
  std::string line;
  for (int i = 0; i < number; ++i)
    if (!std::getline(file, line)) return {};
  return line;
}

void make_data_directory(const Postgres& postgres, const std::optional<User>& user,
                         const fs::path& folder, Prepared prepared,
                         const std::function<bool()>& stopped) {
  const fs::path data = data_of(folder);
  const std::optional<fs::path> cache = cache_folder();
  const fs::path cached = cache ? *cache / cache_name(postgres) : fs::path{};
  std::error_code none;
  if (cache && prepared == Prepared::is_made_anew) fs::remove_all(cached, none);
  if (cache && copy_cached(user, cached, data)) return;
  run_initdb(postgres, user, data, stopped);
  if (cache) keep_copy(data, cached);
}

std::string server_settings(const Postgres& postgres, const fs::path& socket_folder,
                            int connections) {
  std::string settings = fmt::format(
      "listen_addresses = ''\n"
      "unix_socket_directories = '{}'\n"
      "port = 5432\n"
      "max_connections = {}\n"
      "shared_buffers = 16MB\n"
      "dynamic_shared_memory_type = mmap\n"
      "huge_pages = off\n"
      // Every session is lost with it, and fencepost says so.
      "restart_after_crash = off\n"
      // Nothing here needs to survive the machine.
      "fsync = off\n"
      "full_page_writes = off\n"
      "synchronous_commit = on\n"
      "min_wal_size = 2MB\n"
      "max_wal_size = 32MB\n"
      "wal_init_zero = off\n"
      // Nothing happens that no session asked for.
      "autovacuum = off\n"
      "autovacuum_freeze_max_age = 2000000000\n"
      "bgwriter_lru_maxpages = 0\n"
      "checkpoint_timeout = 1d\n"
      "checkpoint_completion_target = 0\n"
      "max_logical_replication_workers = 0\n"
      "wal_sender_timeout = 0\n"
      "track_counts = off\n"
      // The same plan every time.
      "jit = off\n"
      "max_parallel_workers_per_gather = 0\n"
      "max_parallel_workers = 0\n"
      "max_parallel_maintenance_workers = 0\n"
      "plan_cache_mode = force_generic_plan\n"
      // The same text everywhere.
      "timezone = 'UTC'\n"
      "log_timezone = 'UTC'\n"
      "datestyle = 'iso, mdy'\n"
      "lc_messages = 'C'\n"
      "lc_monetary = 'C'\n"
      "lc_numeric = 'C'\n"
      "lc_time = 'C'\n"
      "default_text_search_config = 'pg_catalog.english'\n"
      // Sessions' errors are results, not news; the log would grow with the number of histories.
      "log_min_messages = fatal\n"
      "log_checkpoints = off\n",
      socket_folder.string(), connections);
  if (postgres.major >= 18) settings += "io_method = sync\n";
  return settings;
}

}  // namespace fencepost
