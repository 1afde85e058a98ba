#include "sim/server/cluster.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <deque>
#include <fstream>
#include <vector>

#include "model/hash.hpp"
#include "sim/process/capacity.hpp"
#include "sim/process/child_process.hpp"
#include "sim/server/data_copy.hpp"
#include "sim/server/data_directory.hpp"
#include "sim/server/find_postgres.hpp"
#include "sim/server/server_clock.hpp"
#include "sim/server/server_end.hpp"
#include "sim/text/error.hpp"
#include "sim/text/files.hpp"
#include "sim/text/log.hpp"

namespace fencepost {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// "/.s.PGSQL.5432" and the closing zero must fit into sockaddr_un beside the folder.
constexpr std::size_t longest_socket_folder = 92;
constexpr int start_patience_ms = 60'000, shim_patience_ms = 5'000;
/// The copy of a data directory that no server has used, and copies under numbers of others.
constexpr int kUnused = 0, kFirst = 1;

/// Our own files that are not this program: beside it, or where `make install` puts them.
fs::path tool(const std::string& name) {
  const fs::path here = fs::read_symlink("/proc/self/exe").parent_path();
  for (const fs::path& folder : {here, here.parent_path() / "lib" / "fencepost"})
    if (fs::exists(folder / name)) return folder / name;
  throw EnvironmentError(
      fmt::format("{} is missing beside {}; build it again", name, here.string()));
}

Postgres postgres_of(const ClusterOptions& options) {
  return find_postgres(options.bin ? named_folders(*options.bin) : usual_postgres_folders());
}

std::string last_lines(const fs::path& file) {
  std::ifstream lines(file);
  std::deque<std::string> last;
  for (std::string line; std::getline(lines, line);) {
    last.push_back(line);
    if (last.size() > 5) last.pop_front();
  }
  std::string text;
  for (const std::string& line : last) text += (text.empty() ? "" : " | ") + line;
  return text.empty() ? "its log is empty" : text;
}

/// Twice as many as there can be processes, so that one is found at once.
SlotCount slots_for(int connections) {
  return {std::max(SlotCount{}.count, std::bit_ceil(2 * static_cast<std::uint32_t>(connections)))};
}

/// The eighth line of postmaster.pid is the server's own word on whether it takes connections.
bool is_ready(const fs::path& folder) { return postmaster_line(folder, 8).starts_with("ready"); }

/// Pins the calling thread, and gives it back what it had.
class Pinned {
 public:
  explicit Pinned(std::optional<int> core) {
    if (!core || sched_getaffinity(0, sizeof before_, &before_) != 0) return;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<std::size_t>(*core), &set);
    pinned_ = sched_setaffinity(0, sizeof set, &set) == 0;
    if (!pinned_)
      log_warning(
          fmt::format("core {} is not ours to use ({}); going on unpinned, several times slower",
                      *core, std::strerror(errno)));
  }
  ~Pinned() {
    if (pinned_) sched_setaffinity(0, sizeof before_, &before_);
  }
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;

 private:
  cpu_set_t before_{};
  bool pinned_ = false;
};

/// The watcher process, and through it the server. Its end is the server's end.
class Watcher {
 public:
  Watcher(Invocation command, const fs::path& folder) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
      throw EnvironmentError(fmt::format("a socket can't be made: {}", std::strerror(errno)));
    const int log_file =
        open(log_of(folder).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    mark_as_used(folder, log_file);
    pid_ = start(command, {ends[1], ends[1], log_file});
    close(ends[1]);
    close(log_file);
    socket_ = ends[0];
  }
  ~Watcher() { end(); }
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  void start_server() {
    heard_.clear();
    if (send(socket_, "s", 1, MSG_NOSIGNAL) != 1)
      throw EnvironmentError("the private server's watcher ended before its server began");
  }
  /// What it said by now, after waiting for more for at most that long.
  const std::string& heard(int milliseconds) {
    pollfd file{socket_, POLLIN, 0};
    char buffer[256];
    if (poll(&file, 1, milliseconds) <= 0) return heard_;
    const ssize_t count = recv(socket_, buffer, sizeof buffer, MSG_DONTWAIT);
    if (count > 0) heard_.append(buffer, static_cast<std::size_t>(count));
    if (count == 0) heard_ += "exited with its watcher\n";
    return heard_;
  }
  /// True when it did its work to the end.
  bool end() {
    if (socket_ < 0) return true;
    close(socket_);
    socket_ = -1;
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

 private:
  pid_t pid_ = -1;
  int socket_ = -1;
  std::string heard_;
};

}  // namespace

std::string server_version(const ClusterOptions& options) { return postgres_of(options).version; }

std::string build_fingerprint() {
  std::uint64_t hash = fnv1a("");
  for (const fs::path& file : {fs::path("/proc/self/exe"), tool("fencepost_shim.so")}) {
    const std::optional<std::string> bytes = bytes_of(file);
    if (!bytes) throw EnvironmentError(fmt::format("{} can't be read", file.string()));
    hash = fnv1a(*bytes, hash);
  }
  return hex_digits(hash);
}

struct Cluster::State {
  ClusterOptions options;
  Postgres postgres;
  std::optional<User> user;
  Pinned pinned;
  fs::path folder;
  fs::path socket_folder;
  fs::path shim;
  std::vector<fs::path> folders;  ///< all that must go
  std::optional<ServerClock> clock;
  std::optional<Watcher> watcher;
  std::optional<Guard> guard;
  pid_t postmaster = 0;
  bool up = false;

  explicit State(const ClusterOptions& given)
      : options(given), postgres(postgres_of(given)), user(server_user()), pinned(given.core) {}
  ~State() { end(); }

  fs::path new_folder(const std::vector<fs::path>& places, Megabytes room) {
    folders.push_back(make_server_folder(places, room, user));
    return folders.back();
  }

  /// Unix socket paths are short, whatever TMPDIR says.
  fs::path place_for_socket() {
    if (folder.string().size() <= longest_socket_folder) return folder;
    return new_folder({"/tmp", "/dev/shm", "/var/tmp"}, Megabytes{0});
  }

  /// A copy that the server's user can read. By rename: a running server may have the old one
  /// mapped.
  fs::path put_shim_in(const fs::path& home) {
    fs::copy_file(tool("fencepost_shim.so"), home / "shim.new",
                  fs::copy_options::overwrite_existing);
    give_to(user, home / "shim.new");
    fs::rename(home / "shim.new", home / "fencepost_shim.so");
    return home / "fencepost_shim.so";
  }

  /// In a file system that lets it run.
  fs::path install_shim() {
    fs::path file = put_shim_in(folder);
    for (const fs::path& place : usual_places()) {
      if (can_be_executed(file)) return file;
      try {
        file = put_shim_in(new_folder({place}, Megabytes{1}));
      } catch (const EnvironmentError&) {
        continue;  // the next one may be there, and have room
      }
    }
    if (can_be_executed(file)) return file;
    throw EnvironmentError(
        "no folder for the server's shim: everything that has room is mounted noexec; set TMPDIR "
        "to one that is not");
  }

  /// The watcher comes first, so that nothing is left either when we are killed while the data are
  /// made.
  void launch(Prepared prepared) {
    folder = new_folder(usual_places(), server_room);
    socket_folder = place_for_socket();
    shim = install_shim();
    watcher.emplace(watcher_command(), folder);
    make_data(prepared);
    // The guard is the first to lose patience.
    clock.emplace(clock_of(folder).string(), Patience{2 * options.limits.patience() + 10s},
                  slots_for(options.connections));
    give_to(user, clock_of(folder));
    watcher->start_server();
  }

  void make_data(Prepared prepared) {
    make_data_directory(postgres, user, folder, prepared, options.limits.stopped);
    std::ofstream file(data_of(folder) / "postgresql.conf");
    file << server_settings(postgres, socket_folder, options.connections);
    for (const auto& [name, value] : options.settings) {
      file << name << " = '";
      for (const char c : value) file << (c == '\'' ? "''" : std::string(1, c));
      file << "'\n";
    }
  }

  /// SIGQUIT ends it at once, SIGINT after it has written everything down.
  void stop(int how) {
    guard.reset();
    if (belongs_to_server(postmaster, folder)) kill(postmaster, how);
    for (int waited = 0; waited < start_patience_ms; waited += 100)
      if (watcher->heard(100).find("exited") != std::string::npos) return;
    throw EnvironmentError(
        fmt::format("the private server does not end: {}", last_lines(log_of(folder))));
  }

  void start_again() {
    postmaster = 0;
    watcher->start_server();
    if (!comes_up())
      throw EnvironmentError(
          fmt::format("the private server did not start again: {}", last_lines(log_of(folder))));
    guard.emplace(folder, postmaster, options.limits);
  }

  void begin_anew() {
    stop(SIGQUIT);
    if (has_kept_data(folder, kUnused)) {
      put_data_back(folder, kUnused, user);
    } else {
      fs::remove_all(data_of(folder));
      make_data(Prepared::may_be_used);
      keep_data(folder, kUnused);
    }
    start_again();
  }

  Invocation watcher_command() const {
    const User runs_as = user.value_or(User{getuid(), getgid()});
    const std::string how = options.keep ? "keep" : options.contained ? "end" : "free";
    Invocation command{{tool("fencepost_watcher").string(), how, std::to_string(runs_as.uid),
                        std::to_string(runs_as.gid), shim.string(),
                        (postgres.bin / "postgres").string(), folder.string()},
                       server_environment(postgres),
                       {}};
    for (const fs::path& each : folders)
      if (each != folder) command.arguments.push_back(each.string());
    return command;
  }

  /// False when the server did not come up.
  bool comes_up() {
    for (int waited = 0; waited < start_patience_ms && !is_ready(folder); waited += 2)
      if (watcher->heard(2).find("exited") != std::string::npos || stopped()) break;
    const std::string& heard = watcher->heard(0);
    if (heard.rfind("started ", 0) == 0) postmaster = std::stoi(heard.substr(8));
    up = postmaster != 0 && is_ready(folder);
    return up;
  }

  /// A process is in the clock's list when it has begun to run, and on a busy machine that is
  /// later.
  bool has_shim() {
    for (int waited = 0; waited < shim_patience_ms && clock->processes().empty(); waited += 2)
      watcher->heard(2);
    return !clock->processes().empty();
  }

  bool stopped() const { return options.limits.stopped != nullptr && options.limits.stopped(); }

  void end() {
    guard.reset();
    if (!watcher) return remove_folders();
    const bool ended = watcher->end() && !options.keep;
    watcher.reset();
    clock.reset();
    if (options.keep && up)
      return log_info(fmt::format("the server in {} is kept", folder.string()));
    if (!ended) end_server(belongs_to_server(postmaster, folder) ? postmaster : 0, folder);
    remove_folders();
    log_info(fmt::format("the server in {} has ended", folder.string()));
  }

  void remove_folders() {
    std::error_code none;
    for (const fs::path& each : folders) fs::remove_all(each, none);
    folders.clear();
  }
};

/// A data directory that was prepared earlier and does not start is made anew, once.
Cluster::Cluster(const ClusterOptions& options) : state_(std::make_unique<State>(options)) {
  demand_sessions(options.connections);
  sweep(usual_places());
  for (const Prepared prepared : {Prepared::may_be_used, Prepared::is_made_anew}) {
    state_->launch(prepared);
    if (state_->comes_up()) break;
    if (state_->stopped()) throw EnvironmentError("stopped before the private server was up");
    const std::string reason = last_lines(log_of(state_->folder));
    state_->end();
    if (prepared == Prepared::is_made_anew)
      throw EnvironmentError(fmt::format("the private server ({}, PostgreSQL {}) did not start: {}",
                                         state_->postgres.bin.string(), state_->postgres.version,
                                         reason));
  }
  if (!state_->has_shim())
    throw EnvironmentError(fmt::format("the private server does not load the shim: {}",
                                       last_lines(log_of(state_->folder))));
  state_->guard.emplace(state_->folder, state_->postmaster, options.limits);
  log_info(fmt::format("the server in {} is up: PostgreSQL {}", state_->folder.string(),
                       state_->postgres.version));
}

Cluster::~Cluster() = default;

void Cluster::begin_anew() { state_->begin_anew(); }

void Cluster::keep(int number) {
  SIM_CHECK(number >= 0, "copy {}", number);
  state_->stop(SIGINT);
  keep_data(state_->folder, kFirst + number);
  state_->start_again();
}

void Cluster::put_back(int number) {
  SIM_CHECK(number >= 0 && has_kept_data(state_->folder, kFirst + number), "copy {}", number);
  state_->stop(SIGQUIT);
  put_data_back(state_->folder, kFirst + number, state_->user);
  state_->start_again();
}

ServerClock& Cluster::clock() { return *state_->clock; }
std::optional<std::string> Cluster::lost() const {
  return state_->guard ? state_->guard->lost() : std::nullopt;
}

/// The log would grow with every session that a fault ends; only a superuser says so by itself. The
/// rest keeps out what libpq would take from the environment.
std::string Cluster::conninfo(const std::string& database, const std::string& role) const {
  return fmt::format(
      "host={} port=5432 user={} dbname={} client_encoding=UTF8 gssencmode=disable "
      "sslmode=disable{}",
      state_->socket_folder.string(), role, database,
      role == kSuperuser ? " options='-c log_min_messages=panic'" : "");
}

std::string Cluster::version() const { return state_->postgres.version; }
pid_t Cluster::postmaster() const { return state_->postmaster; }
const fs::path& Cluster::folder() const { return state_->folder; }
const fs::path& Cluster::shim() const { return state_->shim; }

}  // namespace fencepost
