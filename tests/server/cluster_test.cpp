// A private server comes from nothing, and leaves nothing, whatever ends it.
#include "sim/server/cluster.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include "sim/process/child_process.hpp"
#include "sim/server/server_end.hpp"
#include "sim/text/error.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/server_session.hpp"

namespace fencepost {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// The System V segments that this process made: the one thing of a server that is in no folder of
/// ours.
int segments_of(pid_t creator) {
  std::ifstream lines("/proc/sysvipc/shm");
  int count = 0;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream columns(line);
    long key = 0, id = 0, mode = 0, size = 0, made_by = 0;
    columns >> key >> id >> mode >> size >> made_by;
    if (made_by == creator) ++count;
  }
  return count;
}

int parent_of(int pid) {
  const std::string status = text_of("/proc/" + std::to_string(pid) + "/stat");
  std::istringstream rest(status.substr(status.rfind(')') + 1));
  std::string state;
  int parent = 0;
  rest >> state >> parent;
  return parent;
}

/// Every process that works in the server's data directory.
std::set<int> processes_of(const fs::path& folder) {
  std::set<int> pids;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const int pid = std::atoi(entry.path().filename().c_str());
    if (pid > 0 && belongs_to_server(pid, folder)) pids.insert(pid);
  }
  return pids;
}

/// tests/server/cluster_owner.cpp, running, in a process group of its own.
struct Owner {
  pid_t pid = 0;
  int output = -1;
  pid_t postmaster = 0;
  fs::path folder;

  /// Runs it until it says that all is ready.
  explicit Owner(const std::vector<std::string>& arguments = {}) {
    begin(arguments);
    std::string said;
    for (char byte = 0; byte != '\n' && read(output, &byte, 1) == 1;) said += byte;
    std::istringstream words(said);
    std::string ready;
    words >> ready >> postmaster >> folder;
    INFO(said);
    REQUIRE(ready == "ready");
  }
  /// Runs it with a PostgreSQL that never gets ready.
  explicit Owner(const fs::path& bin) { begin({bin.string()}); }
  ~Owner() { close(output); }
  Owner(const Owner&) = delete;
  Owner& operator=(const Owner&) = delete;

  void begin(const std::vector<std::string>& arguments) {
    int ends[2];
    REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
    Invocation command{
        {fs::read_symlink("/proc/self/exe").parent_path() / "cluster_owner"}, {}, {}};
    command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
    for (char** each = environ; *each != nullptr; ++each) command.environment.push_back(*each);
    pid = start(command, {ends[1], ends[1], STDERR_FILENO});
    close(ends[1]);
    output = ends[0];
  }

  bool output_ended() const {
    char byte = 0;
    return read(output, &byte, 1) == 0;
  }
};

TEST_CASE("cluster: nothing is left of a server that ended", "[sim]") {
  fs::path folder;
  pid_t postmaster = 0;
  {
    Cluster cluster{{}};
    folder = cluster.folder();
    postmaster = cluster.postmaster();
    TestSession session(cluster);
    CHECK(session.ask("select 1") == "1");
    CHECK(fs::exists(folder));
    CHECK(segments_of(postmaster) == 1);
  }
  CHECK_FALSE(fs::exists(folder));
  CHECK(kill(postmaster, 0) == -1);
  CHECK(segments_of(postmaster) == 0);
}

TEST_CASE("cluster: nothing is left when its owner, or the owner's whole process group, is killed",
          "[sim]") {
  const bool whole_group = GENERATE(false, true);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  Owner owner;
  const pid_t watcher = parent_of(owner.postmaster);
  REQUIRE(processes_of(owner.folder).size() >= 4);
  kill(whole_group ? -owner.pid : owner.pid, SIGKILL);
  CHECK(waitpid(owner.pid, nullptr, 0) == owner.pid);
  CHECK(owner.output_ended());
  int status = -1;
  CHECK(waitpid(watcher, &status, 0) == watcher);
  CHECK(status == 0);
  CHECK(processes_of(owner.folder).empty());
  CHECK(kill(owner.postmaster, 0) == -1);
  CHECK_FALSE(fs::exists(owner.folder));
  CHECK(segments_of(owner.postmaster) == 0);
  CHECK(waitpid(-1, nullptr, WNOHANG) <= 0);
  prctl(PR_SET_CHILD_SUBREAPER, 0);
}

TEST_CASE("cluster: nothing is left when its owner is killed while the data directory is made",
          "[sim]") {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  std::string bin = "/tmp/fencepost-slow-XXXXXX";
  REQUIRE(mkdtemp(bin.data()) != nullptr);
  chmod(bin.c_str(), 0755);
  const std::string pipe = bin + "/pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  REQUIRE(chmod(pipe.c_str(), 0666) == 0);
  std::ofstream(bin + "/postgres") << "#!/bin/sh\necho 'postgres (PostgreSQL) 15.1'\n";
  std::ofstream(bin + "/initdb") << "#!/bin/sh\necho $2 >" << pipe << "\nexec sleep 1000\n";
  for (const char* name : {"/postgres", "/initdb"}) chmod((bin + name).c_str(), 0755);
  const Owner owner{fs::path{bin}};
  std::string data;
  std::ifstream(pipe) >> data;
  CHECK(fs::exists(fs::path{data}.parent_path()));
  kill(owner.pid, SIGKILL);
  int collected = 0;
  // The owner, its watcher and initdb; the tests' own server goes on.
  while (collected < 3 && waitpid(-1, nullptr, 0) > 0) ++collected;
  CHECK(collected == 3);
  CHECK(waitpid(-1, nullptr, WNOHANG) <= 0);
  CHECK_FALSE(fs::exists(fs::path{data}.parent_path()));
  fs::remove_all(bin);
  prctl(PR_SET_CHILD_SUBREAPER, 0);
}

TEST_CASE("cluster: nothing is left when the watcher is killed first", "[sim]") {
  fs::path folder;
  pid_t postmaster = 0;
  {
    Cluster cluster{{}};
    folder = cluster.folder();
    postmaster = cluster.postmaster();
    kill(parent_of(cluster.postmaster()), SIGKILL);
  }
  CHECK(processes_of(folder).empty());
  CHECK_FALSE(fs::exists(folder));
  CHECK(segments_of(postmaster) == 0);
}

TEST_CASE("cluster: a server that can't go on is told with what it said", "[sim]") {
  Cluster cluster{{}};
  CHECK(cluster.lost() == std::nullopt);
  std::ofstream(log_of(cluster.folder()), std::ios::app)
      << "[7] PANIC:  could not write to file \"x\": No space left on device\n[7] HINT:  none\n";
  kill(cluster.postmaster(), SIGQUIT);
  CHECK(
      cluster.lost() ==
      "the private server came to an end: could not write to file \"x\": No space left on device");
}

TEST_CASE("cluster: what a server started ends with it, and also when it ends by itself", "[sim]") {
  std::string folder = "/tmp/fencepost-test-XXXXXX";
  REQUIRE(mkdtemp(folder.data()) != nullptr);
  const std::string pipe = folder + "/pipe", go = folder + "/go", program = folder + "/postgres";
  for (const std::string& path : {pipe, go}) REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  const bool by_itself = GENERATE(false, true);
  // Not PostgreSQL, but what one would be that started a program in a session of its own.
  std::ofstream(program) << "#!/bin/sh\nsetsid sh -c 'echo $$ >" << pipe
                         << "; exec sleep 1000' &\nread line <" << go << "\n";
  for (const std::string& path : {folder, pipe, go, program}) chmod(path.c_str(), 0777);
  int ends[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  const User user = server_user().value_or(User{getuid(), getgid()});
  const fs::path watcher = fs::read_symlink("/proc/self/exe").parent_path() / "fencepost_watcher";
  const pid_t pid = start(
      {{watcher, "end", std::to_string(user.uid), std::to_string(user.gid), "", program, folder},
       {"PATH=/usr/bin:/bin"},
       {}},
      {ends[1], ends[1], STDERR_FILENO});
  close(ends[1]);
  REQUIRE(write(ends[0], "s", 1) == 1);
  pid_t started = 0;
  std::ifstream(pipe) >> started;
  CHECK(started > 0);
  if (by_itself) std::ofstream(go) << "\n";
  std::string said;
  for (char byte = 0; by_itself && said.find("exited") == said.npos;)
    if (read(ends[0], &byte, 1) == 1) said += byte;
  if (by_itself) CHECK(kill(started, 0) == -1);
  close(ends[0]);
  CHECK(waitpid(pid, nullptr, 0) == pid);
  CHECK(kill(started, 0) == -1);
  CHECK_FALSE(fs::exists(folder));
}

TEST_CASE("cluster: a server that is kept goes on in real time from where it stood", "[sim]") {
  ClusterOptions options;
  options.keep = true;
  fs::path folder;
  pid_t postmaster = 0;
  std::string conninfo;
  {
    Cluster cluster{options};
    folder = cluster.folder();
    postmaster = cluster.postmaster();
    conninfo = cluster.conninfo("postgres");
    cluster.clock().set(Instant{} + 1h);
  }
  std::set<std::string> drawn;
  for (int session = 0; session < 2; ++session) {
    PGconn* connection = PQconnectdb(conninfo.c_str());
    REQUIRE(PQstatus(connection) == CONNECTION_OK);
    PGresult* result = PQexec(connection,
                              "select clock_timestamp() between '2027-01-15 09:00:00.01+00' and "
                              "'2027-01-15 09:20:00+00', gen_random_uuid() from pg_sleep(0.01)");
    CHECK(std::string(PQgetvalue(result, 0, 0)) == "t");
    drawn.insert(PQgetvalue(result, 0, 1));
    PQclear(result);
    PQfinish(connection);
  }
  CHECK(drawn.size() == 2);
  end_server(postmaster, folder);
  CHECK(processes_of(folder).empty());
  fs::remove_all(folder);
}

TEST_CASE("cluster: a server to be kept outlives its killed owner and does not hold its output",
          "[sim]") {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  Owner owner(std::vector<std::string>{"keep"});
  const pid_t watcher = parent_of(owner.postmaster);
  kill(owner.pid, SIGKILL);
  CHECK(waitpid(owner.pid, nullptr, 0) == owner.pid);
  CHECK(owner.output_ended());
  CHECK(waitpid(watcher, nullptr, 0) == watcher);
  CHECK(kill(owner.postmaster, 0) == 0);
  end_server(owner.postmaster, owner.folder);
  CHECK(processes_of(owner.folder).empty());
  fs::remove_all(owner.folder);
  prctl(PR_SET_CHILD_SUBREAPER, 0);
}

TEST_CASE("cluster: two servers of one program have clocks of their own", "[sim]") {
  Cluster one{{}};
  Cluster other{{}};
  one.clock().set(Instant{} + 5s);
  TestSession in_one(one);
  TestSession in_other(other);
  CHECK(in_one.ask("select now()") == "2027-01-15 08:00:05+00");
  CHECK(in_other.ask("select now()") == "2027-01-15 08:00:00+00");
}

TEST_CASE("cluster: the server has no TCP port, and its settings are ours", "[sim]") {
  Cluster& cluster = shared_cluster();
  TestSession session(cluster);
  CHECK(session.ask("select current_setting('listen_addresses'), current_setting('timezone'), "
                    "current_setting('wal_segment_size'), current_setting('plan_cache_mode')") ==
        "|UTC|1MB|force_generic_plan");
  CHECK(session.ask("show server_version").rfind(cluster.version(), 0) == 0);
}

TEST_CASE("cluster: a prepared data directory that is broken is made anew", "[sim]") {
  std::string cache = "/tmp/fencepost-cache-XXXXXX";
  REQUIRE(mkdtemp(cache.data()) != nullptr);
  const char* home = std::getenv("XDG_CACHE_HOME");
  const std::string before = home != nullptr ? home : "";
  setenv("XDG_CACHE_HOME", cache.c_str(), 1);
  { Cluster fills{{}}; }
  int broken = 0;
  for (const auto& entry : fs::directory_iterator(fs::path{cache} / "fencepost"))
    broken += fs::remove(entry.path() / "global" / "pg_control") ? 1 : 0;
  CHECK(broken == 1);
  {
    Cluster cluster{{}};
    TestSession session(cluster);
    CHECK(session.ask("select 1") == "1");
  }
  setenv("XDG_CACHE_HOME", "/proc/nowhere", 1);
  {
    Cluster cluster{{}};
    TestSession session(cluster);
    CHECK(session.ask("select 2") == "2");
  }
  if (home != nullptr)
    setenv("XDG_CACHE_HOME", before.c_str(), 1);
  else
    unsetenv("XDG_CACHE_HOME");
  fs::remove_all(cache);
}

TEST_CASE("cluster: a folder without PostgreSQL is refused", "[sim]") {
  std::string folder = "/tmp/fencepost-empty-XXXXXX";
  REQUIRE(mkdtemp(folder.data()) != nullptr);
  ClusterOptions options;
  options.bin = folder;
  CHECK_THROWS_MATCHES(
      Cluster{options}, EnvironmentError,
      Catch::Matchers::Message("no PostgreSQL server: looked for initdb and postgres in " + folder +
                               ", " + folder +
                               "/bin; install one (on Debian: apt-get install postgresql)"));
  fs::remove(folder);
}

}  // namespace
}  // namespace fencepost
