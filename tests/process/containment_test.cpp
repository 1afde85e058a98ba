// What a contained process, and a server, can't do; and what is said where a kernel has no means.
#include "sim/process/containment.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <fstream>
#include <functional>

#include "sim/process/child_process.hpp"
#include "sim/server/cluster.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/server_session.hpp"

namespace fencepost {
namespace {

namespace fs = std::filesystem;

/// A folder for all that is gone after the test.
struct Folder {
  fs::path path;
  Folder() {
    std::string name = "/tmp/fencepost-test-XXXXXX";
    path = mkdtemp(name.data());
    chmod(path.c_str(), 0777);
  }
  ~Folder() { fs::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
};

/// The errno of what a process does, contained in that folder; 0: it can.
int contained(const fs::path& folder, const std::function<bool()>& deed) {
  const Containment containment({folder});
  const pid_t pid = fork();
  if (pid == 0) {
    containment.begin();
    _exit(deed() ? 0 : errno);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool written(const fs::path& file) { return open(file.c_str(), O_WRONLY | O_CREAT, 0600) >= 0; }

/// The same of a process for whom one system call is not there, as on an older kernel.
std::vector<std::string> not_contained_without(std::uint32_t call) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t pid = fork();
  if (pid == 0) {
    sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog program{4, code};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
    std::string text;
    for (const Gap& each : not_contained())
      text += (each.grave ? "grave: " : "") + each.what + "\n";
    _exit(write(ends[1], text.data(), text.size()) < 0 ? 1 : 0);
  }
  close(ends[1]);
  std::vector<std::string> found(1);
  for (char byte = 0; read(ends[0], &byte, 1) == 1;)
    if (byte == '\n')
      found.emplace_back();
    else
      found.back() += byte;
  found.pop_back();
  close(ends[0]);
  waitpid(pid, nullptr, 0);
  return found;
}

}  // namespace

TEST_CASE("containment: Unix sockets are the only ones, and lead nowhere", "[process]") {
  const Folder folder;
  for (const int family : {AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_VSOCK})
    CHECK(contained(folder.path, [&] { return socket(family, SOCK_STREAM, 0) >= 0; }) == EACCES);
  CHECK(contained(folder.path, [] { return socket(AF_UNIX, SOCK_DGRAM, 0) >= 0; }) == EACCES);
  CHECK(contained(folder.path, [] { return socket(AF_UNIX, SOCK_STREAM, 0) >= 0; }) == 0);
  CHECK(contained(folder.path, [] { return connect(-1, nullptr, 0) == 0; }) == EPERM);
  CHECK(contained(folder.path, [] { return syscall(SYS_io_uring_setup, 1, nullptr) == 0; }) ==
        ENOSYS);
}

TEST_CASE("containment: what is started is contained, too", "[process]") {
  const Folder folder, outside;
  const auto of_child = [](const fs::path& file) {
    const pid_t pid = fork();
    if (pid == 0) {
      execl("/bin/sh", "sh", "-c", ("echo x >" + file.string()).c_str(), nullptr);
      _exit(1);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    return status == 0;
  };
  CHECK(contained(folder.path, [&] { return of_child(folder.path / "file"); }) == 0);
  CHECK(contained(folder.path, [&] { return of_child(outside.path / "file"); }) != 0);
  CHECK_FALSE(fs::exists(outside.path / "file"));
}

TEST_CASE("containment: it writes in its own folder only", "[process]") {
  const Folder folder, outside;
  std::ofstream(outside.path / "there") << "as it was";
  chmod((outside.path / "there").c_str(), 0666);
  const fs::path there = outside.path / "there";
  CHECK(contained(folder.path, [&] { return written(folder.path / "new"); }) == 0);
  CHECK(contained(folder.path, [&] { return written("/dev/null"); }) == 0);
  CHECK(contained(folder.path, [&] { return written(outside.path / "new"); }) == EACCES);
  CHECK(contained(folder.path, [&] { return written(there); }) == EACCES);
  CHECK(contained(folder.path, [&] { return written("/dev/shm/fencepost-test-shm"); }) == EACCES);
  CHECK(contained(folder.path, [&] { return mkdir((outside.path / "d").c_str(), 0700) == 0; }) ==
        EACCES);
  CHECK(contained(folder.path, [&] { return unlink(there.c_str()) == 0; }) == EACCES);
  CHECK(contained(folder.path, [&] {
          return rename(there.c_str(), (folder.path / "moved").c_str()) == 0;
        }) != 0);
  CHECK(contained(folder.path, [&] {
          return symlink(there.c_str(), (folder.path / "link").c_str()) == 0;
        }) == EACCES);
  CHECK(contained(folder.path,
                  [&] { return link(there.c_str(), (folder.path / "link").c_str()) == 0; }) != 0);
  if (not_contained().empty()) {
    CHECK(contained(folder.path, [&] { return truncate(there.c_str(), 0) == 0; }) == EACCES);
    CHECK(contained(folder.path, [] { return kill(getppid(), 0) == 0; }) == EPERM);
  }
  std::string text;
  std::getline(std::ifstream(there), text);
  CHECK(text == "as it was");
}

TEST_CASE("containment: it gets no rights, and no names of its own", "[process]") {
  const Folder folder;
  CHECK(contained(folder.path, [] { return unshare(CLONE_NEWUSER) == 0; }) == EPERM);
  CHECK(contained(folder.path, [] {
          return syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, nullptr, nullptr, nullptr, 0) >= 0;
        }) == EPERM);
  CHECK(contained(folder.path, [] { return ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0; }) ==
        EPERM);
  CHECK(contained(folder.path, [] { return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1; }) == 0);
}

TEST_CASE("containment: what a kernel has no means for is said, and the rest holds", "[process]") {
  const auto without_landlock = not_contained_without(SYS_landlock_create_ruleset);
  REQUIRE(without_landlock.size() >= 1);
  CHECK(without_landlock.front().starts_with("grave: write wherever its user may"));
  const auto without_filters = not_contained_without(SYS_seccomp);
  REQUIRE(without_filters.size() >= 1);
  CHECK(without_filters.front().starts_with("grave: connect to networks and start programs"));
}

TEST_CASE("containment: the private server is contained, and starts no program", "[process]") {
  const Folder outside;
  TestSession session(shared_cluster());
  const std::string file = (outside.path / "file").string();
  CHECK(session.ask("select lo_from_bytea(4711, 'x')") == "4711");
  // Whatever the C library makes of it; 42501: the file can't be made; 08006: there is no
  // connection.
  CHECK_FALSE(session.ask("copy (select 1) to program 'echo 1 >" + file + "'").empty());
  CHECK(session.ask("copy (select 1) to '" + file + "'") == "42501");
  CHECK(session.ask("select lo_export(4711, '" + file + "')") == "42501");
  CHECK(session.ask("select lo_unlink(4711)") == "1");
  CHECK(session.ask("create subscription s connection 'host=127.0.0.1 port=1' publication p") ==
        "08006");
  CHECK(session.ask("create subscription s connection 'host=/tmp port=1' publication p") ==
        "08006");
  CHECK_FALSE(fs::exists(file));
  std::ifstream status("/proc/" + std::to_string(shared_cluster().postmaster()) + "/status");
  const std::string text{std::istreambuf_iterator<char>(status), {}};
  CHECK(text.find("NoNewPrivs:\t1\n") != text.npos);
  CHECK(text.find("Seccomp:\t2\n") != text.npos);
}

}  // namespace fencepost
