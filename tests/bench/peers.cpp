#include "tests/bench/peers.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "sim/server/find_postgres.hpp"
#include "sim/text/error.hpp"
#include "sim/text/files.hpp"

namespace fencepost {
namespace {

namespace fs = std::filesystem;

/// The folder of a server's own programs: bin, with lib beside it.
fs::path programs() {
  const Postgres postgres = find_postgres(usual_postgres_folders());
  return fs::canonical(postgres.bin / "postgres").parent_path();
}

CpuTime time_of(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

/// A file that is gone with us.
class Scratch {
 public:
  explicit Scratch(const std::string& text)
      : path_(fs::temp_directory_path() / fmt::format("fencepost-bench-{}", getpid())) {
    static int made = 0;
    path_ += fmt::format("-{}", ++made);
    write_text_file(path_, text, "file");
  }
  ~Scratch() { fs::remove(path_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

}  // namespace

Peers::Peers(const fs::path& protocol, int core)
    : protocol_(read_protocol(protocol)),
      cluster_({std::nullopt, core, false}),
      simulation_(cluster_) {
  simulation_.load(protocol_);
  simulation_.reset({});
}

std::optional<PeerRun> Peers::run(std::vector<std::string> arguments, const std::string& input) {
  if (!fs::exists(arguments[0])) return std::nullopt;
  const Scratch in(input), out("");
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, in.path().c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, 1, out.path().c_str(), O_WRONLY | O_TRUNC, 0);
  posix_spawn_file_actions_adddup2(&files, 1, 2);
  const CpuTime server = server_cpu(cluster_.postmaster());
  pid_t pid = 0;
  const int failed = posix_spawn(&pid, pointers[0], &files, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  int status = 0;
  rusage used{};
  if (failed != 0 || wait4(pid, &status, 0, &used) != pid || status != 0)
    throw EnvironmentError(
        fmt::format("{} failed: {}", arguments[0], read_text_file(out.path(), "output")));
  return PeerRun{time_of(used.ru_utime) + time_of(used.ru_stime) +
                     (server_cpu(cluster_.postmaster()) - server),
                 read_text_file(out.path(), "output")};
}

std::optional<PeerRun> Peers::pgbench(const std::string& script, int transactions) {
  const Scratch file(script);
  return run({programs() / "pgbench", "-n", "-M", "prepared", "-c", "1", "-t",
              std::to_string(transactions), "-f", file.path(), simulation_.conninfo()},
             "");
}

std::optional<PeerRun> Peers::isolationtester(const std::string& spec) {
  return run({programs().parent_path() / "lib/pgxs/src/test/isolation/isolationtester",
              simulation_.conninfo()},
             spec);
}

std::string claims_spec(const Statement& claim, const std::string& setup,
                        const std::string& teardown) {
  std::string spec = fmt::format("setup {{ {} }}\nteardown {{ {} }}\n", setup, teardown);
  for (int session = 1; session <= 3; ++session)
    spec += fmt::format(
        "session s{0}\nstep b{0} {{ BEGIN; }}\nstep t{0} {{ {1}; }}\nstep c{0} {{ COMMIT; }}\n",
        session, claim.sql);
  return spec;
}

}  // namespace fencepost
