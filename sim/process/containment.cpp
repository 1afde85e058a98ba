#include "sim/process/containment.hpp"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>

// What the headers of Debian 12 (Linux 6.1) do not have yet.
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (1ULL << 15)
#endif
#ifndef LANDLOCK_SCOPE_SIGNAL
#define LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET (1ULL << 0)
#define LANDLOCK_SCOPE_SIGNAL (1ULL << 1)
#endif

namespace fencepost {
namespace {

namespace fs = std::filesystem;

/// landlock_ruleset_attr as of Linux 6.12; older ones take it while what they don't know is zero.
struct Rules {
  std::uint64_t files = 0;
  std::uint64_t network = 0;
  std::uint64_t scoped = 0;
};

/// Versions of Landlock that brought something (of Linux 5.19, 6.2, 6.10 and 6.12).
constexpr long kMovesFiles = 2, kTruncates = 3, kDevices = 5, kScopes = 6;

/// 0: the kernel has none.
long landlock_version() {
  const long version =
      syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return version < 0 ? 0 : version;
}

/// What a server does in its own folder.
constexpr std::uint64_t kOwnFiles =
    LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
    LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
    LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_REFER | LANDLOCK_ACCESS_FS_TRUNCATE;
/// And what nobody does anywhere. A link would have whoever copies the folder read what it leads
/// to.
constexpr std::uint64_t kNowhere = LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
                                   LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_IOCTL_DEV;

Rules rules_of(long version) {
  Rules rules;
  rules.files = kOwnFiles | kNowhere;
  if (version < kMovesFiles) rules.files &= ~std::uint64_t{LANDLOCK_ACCESS_FS_REFER};
  if (version < kTruncates) rules.files &= ~std::uint64_t{LANDLOCK_ACCESS_FS_TRUNCATE};
  if (version < kDevices) rules.files &= ~std::uint64_t{LANDLOCK_ACCESS_FS_IOCTL_DEV};
  if (version >= kScopes)
    rules.scoped = LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | LANDLOCK_SCOPE_SIGNAL;
  return rules;
}

void allow(int rules, const fs::path& path, std::uint64_t what) {
  landlock_path_beneath_attr beneath{};
  beneath.allowed_access = what;
  beneath.parent_fd = open(path.c_str(), O_PATH | O_CLOEXEC);
  if (beneath.parent_fd < 0) return;
  syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
  close(beneath.parent_fd);
}

#if defined(__x86_64__)
constexpr std::uint32_t kMachine = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kMachine = AUDIT_ARCH_AARCH64;
#else
#error "which system calls there are on this machine is not written down here"
#endif
/// From here on x86-64 has a second set of calls.
constexpr std::uint32_t kOtherCalls = 0x40000000;

/// What no server needs, and what leads to more rights, to other processes or to other names.
constexpr std::uint32_t kRefusedCalls[] = {SYS_connect,
                                           SYS_ptrace,
                                           SYS_process_vm_readv,
                                           SYS_process_vm_writev,
                                           SYS_pidfd_getfd,
                                           SYS_mount,
                                           SYS_umount2,
                                           SYS_pivot_root,
                                           SYS_chroot,
                                           SYS_move_mount,
                                           SYS_open_tree,
                                           SYS_fsopen,
                                           SYS_fsconfig,
                                           SYS_fsmount,
                                           SYS_fspick,
                                           SYS_mount_setattr,
                                           SYS_unshare,
                                           SYS_setns,
                                           SYS_bpf,
                                           SYS_perf_event_open,
                                           SYS_userfaultfd,
                                           SYS_add_key,
                                           SYS_request_key,
                                           SYS_keyctl,
                                           SYS_open_by_handle_at};
/// What programs do without where it is not there. A ring would open sockets past this filter, and
/// the flags of clone3 are where no filter can read them.
constexpr std::uint32_t kNotThere[] = {SYS_io_uring_setup, SYS_io_uring_enter,
                                       SYS_io_uring_register, SYS_clone3};
constexpr std::uint32_t kNamespaces = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID |
                                      CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;

/// A program that the kernel asks about every system call. Made by the compiler, because nothing
/// may be allocated after a fork.
struct Filter {
  std::array<sock_filter, 128> code{};
  unsigned short length = 0;

  constexpr void add(int what, std::uint32_t value, int then = 0, int otherwise = 0) {
    code.at(length++) = {static_cast<std::uint16_t>(what), static_cast<std::uint8_t>(then),
                         static_cast<std::uint8_t>(otherwise), value};
  }
  constexpr void load(std::size_t offset) {
    add(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
  }
  /// The lower half: what the flags of all these calls are in. Both machines have it first.
  constexpr void load_argument(std::size_t number) {
    load(offsetof(seccomp_data, args) + number * sizeof(std::uint64_t));
  }
  constexpr void refuse(int error) {
    add(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error));
  }
  constexpr void refuse_if(int comparison, std::uint32_t value, int error) {
    add(BPF_JMP | comparison | BPF_K, value, 0, 1);
    refuse(error);
  }
  constexpr void refuse_unless(std::uint32_t value, int error) {
    add(BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0);
    refuse(error);
  }
  constexpr void let_pass() { add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW); }
};

constexpr Filter make_filter() {
  Filter filter;
  filter.load(offsetof(seccomp_data, arch));
  filter.refuse_unless(kMachine, ENOSYS);
  filter.load(offsetof(seccomp_data, nr));
  filter.refuse_if(BPF_JGE, kOtherCalls, ENOSYS);
  for (const std::uint32_t call : kRefusedCalls) filter.refuse_if(BPF_JEQ, call, EPERM);
  for (const std::uint32_t call : kNotThere) filter.refuse_if(BPF_JEQ, call, ENOSYS);
  filter.add(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 4);
  filter.load_argument(0);
  filter.refuse_if(BPF_JSET, kNamespaces, EPERM);
  filter.let_pass();
  for (const std::uint32_t call : {SYS_socket, SYS_socketpair}) {
    filter.add(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 8);
    filter.load_argument(0);
    filter.refuse_unless(AF_UNIX, EACCES);
    filter.load_argument(1);
    filter.add(BPF_ALU | BPF_AND | BPF_K, 0xf);
    filter.refuse_unless(SOCK_STREAM, EACCES);
    filter.let_pass();
  }
  filter.let_pass();
  return filter;
}
constexpr Filter kFilter = make_filter();

/// What a contained process tries, as bits of its exit status.
constexpr int kConnects = 1, kWrites = 2, kSignals = 4;

int tried() {
  int done = 0;
  if (socket(AF_INET, SOCK_STREAM, 0) >= 0) done |= kConnects;
  if (open("/dev/zero", O_WRONLY) >= 0) done |= kWrites;
  if (kill(getppid(), 0) == 0) done |= kSignals;
  return done;
}

}  // namespace

Containment::Containment(const std::vector<fs::path>& writes_in) {
  const long version = landlock_version();
  if (version == 0) return;
  const Rules rules = rules_of(version);
  rules_ = static_cast<int>(syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0));
  if (rules_ < 0) return;
  for (const fs::path& folder : writes_in) allow(rules_, folder, rules.files & kOwnFiles);
  allow(rules_, "/dev/null",
        rules.files & (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE));
}

Containment::~Containment() {
  if (rules_ >= 0) close(rules_);
}

// Without the last flag, Linux before 5.16 would make everything slower (Spectre 4).
void Containment::begin() const {
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (rules_ >= 0) syscall(SYS_landlock_restrict_self, rules_, 0);
  const sock_fprog program{kFilter.length, const_cast<sock_filter*>(kFilter.code.data())};
  syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program);
}

std::vector<Gap> not_contained() {
  const Containment containment({});
  const pid_t pid = fork();
  if (pid == 0) {
    containment.begin();
    _exit(tried());
  }
  int status = 0;
  while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  const int done = pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : ~0;
  std::vector<Gap> found;
  if (done & kConnects)
    found.push_back(
        {"connect to networks and start programs (the kernel has no seccomp filters)", true});
  if (done & kWrites)
    found.push_back(
        {"write wherever its user may (the kernel has no Landlock, or does not use it)", true});
  else if (landlock_version() < kTruncates)
    found.push_back({"cut its user's files short (Landlock is older than Linux 6.2)"});
  if (done & kSignals)
    found.push_back({"end its user's other processes (Landlock is older than Linux 6.12)"});
  return found;
}

}  // namespace fencepost
