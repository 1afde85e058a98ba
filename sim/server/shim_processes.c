/* A part of the preloaded shim: the server's processes. SQL sees their ids (pg_backend_pid()),
   keeps them, and compares them, so every child of the postmaster has a number instead, which it
   and all others know it by: getpid, fork, waitpid and kill speak of numbers. No kernel gives a
   process such a number. And none of them starts another program (COPY … PROGRAM, what an untrusted
   language or a setting such as archive_command runs), whoever asks for it. Only here can that be
   said: before its own start the server would not start either. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/server/shim_hooks.h"

static struct shim_shared* shared;
static struct shim_slot** slot; /* NULL in the postmaster */
static void (*begin)(void);
static pid_t own_number; /* 0 in the postmaster, which is known by its pid */
/* What the server exports. */
static void** own_entry; /* MyProc */
static void (*lead_group)(void);
static bool (*join_group)(void* leader, int pid);
static void* (*entry_of)(int pid);

pid_t own_process(void) { return (pid_t)syscall(SYS_getpid); }

static struct shim_slot* find_slot(int32_t number) {
  for (uint32_t i = 0; i < shared->slot_count; i++) {
    struct shim_slot* found = &slots_of(shared)[((uint32_t)number + i) % shared->slot_count];
    const int32_t owner = found->number;
    if (owner == number) return found;
    if (owner == SLOT_EMPTY) return NULL;
  }
  return NULL;
}

/* ---- the postmaster's part: only it takes slots, and only it gives them back, when their process
   has ended and was waited for */

static int32_t next_number(void) {
  static int32_t others = FIRST_NUMBER;
  const int32_t wanted = atomic_exchange(&shared->next_number, 0);
  return wanted > 0 && !find_slot(wanted) ? wanted : ++others;
}

/* The number is written last: whoever finds the slot by it finds it ready. */
static struct shim_slot* take_slot(int32_t number) {
  struct shim_slot* free = NULL;
  for (uint32_t i = 0; i < shared->slot_count && !free; i++) {
    struct shim_slot* const each = &slots_of(shared)[((uint32_t)number + i) % shared->slot_count];
    if (each->number == SLOT_EMPTY || each->number == SLOT_FREED) free = each;
  }
  if (!free) return NULL;
  free->pid = SLOT_CLAIMED;
  free->state = SLOT_RUNNING;
  free->wakes = free->acked = free->sends = free->heard = free->in_flight = 0;
  free->grants = free->hold = free->held_at = 0;
  free->timeout_at = free->sleep_until = 0;
  free->wait_event = free->forgotten = free->placeholders = 0;
  free->random = UNSEEDED;
  free->commits = 0;
  atomic_fetch_add(&free->generation, 1);
  free->number = number;
  return free;
}

static void give_slot_back(struct shim_slot* taken) {
  taken->pid = SLOT_FREED;
  taken->started_as = 0;
  taken->number = SLOT_FREED;
}

static void begin_child(struct shim_slot* taken) {
  own_number = taken->number;
  *slot = taken;
  taken->pid = own_process();
  begin();
}

/* It can be signalled at once, but may have ended by now. */
static void note_child(struct shim_slot* taken, pid_t child) {
  int32_t before = SLOT_CLAIMED;
  taken->started_as = child;
  atomic_compare_exchange_strong(&taken->pid, &before, child);
}

pid_t fork(void) {
  static pid_t (*real)(void);
  if (!real) *(void**)&real = dlsym(RTLD_NEXT, "fork");
  if (!shared || *slot) return real();
  struct shim_slot* const taken = take_slot(next_number());
  if (!taken) {
    errno = EAGAIN;
    return -1;
  }
  const int32_t number = taken->number;
  const pid_t child = real();
  if (child == 0) begin_child(taken);
  if (child > 0) note_child(taken, child);
  if (child < 0) give_slot_back(taken);
  return child > 0 ? number : child;
}

pid_t waitpid(pid_t pid, int* status, int options) {
  const pid_t ended = (pid_t)syscall(SYS_wait4, pid, status, options, NULL);
  if (ended <= 0 || !shared || *slot) return ended;
  for (uint32_t i = 0; i < shared->slot_count; i++) {
    struct shim_slot* const each = &slots_of(shared)[i];
    if (each->number <= 0 || each->started_as != ended) continue;
    const int32_t number = each->number;
    give_slot_back(each);
    publish();
    return number;
  }
  return ended;
}

/* ---- everybody's */

pid_t getpid(void) { return own_number ? own_number : own_process(); }

/* The wake-up is counted before it happens: a backend that was just woken never looks quiet. */
int kill(pid_t pid, int signal_number) {
  const pid_t number = pid > 0 ? pid : -pid;
  if (!shared || number <= HIGHEST_PID) return (int)syscall(SYS_kill, pid, signal_number);
  struct shim_slot* const target = find_slot(number);
  const pid_t process = target ? target->pid : SLOT_FREED;
  if (process <= 0) {
    errno = ESRCH;
    return -1;
  }
  const pid_t whom = pid > 0 ? process : -process;
  if (target == *slot || signal_number == 0) return (int)syscall(SYS_kill, whom, signal_number);
  atomic_fetch_add(&target->in_flight, 1);
  if (signal_number == SIGURG) atomic_fetch_add(&target->grants, 1);
  atomic_fetch_add(&target->wakes, 1);
  const int result = (int)syscall(SYS_kill, whom, signal_number);
  const int error = errno;
  atomic_fetch_sub(&target->in_flight, 1);
  errno = error;
  return result;
}

/* Where others look for locks, a group that has only one process is that process. */
void join_locks(void) {
  static bool joined;
  if (joined || !*own_entry) return;
  joined = true;
  if (own_number >= FIRST_SESSION) lead_group();
  if (own_number != BESIDE_NUMBER) return;
  const int32_t whose = atomic_exchange(&shared->beside, 0);
  void* const leader = whose ? entry_of(whose) : NULL;
  if (leader) join_group(leader, whose);
}

/* What an earlier postmaster left in the page is nobody's. */
bool number_processes(struct shim_shared* page, struct shim_slot** me,
                      void (*begin_process)(void)) {
  own_entry = dlsym(RTLD_DEFAULT, "MyProc");
  *(void**)&lead_group = dlsym(RTLD_DEFAULT, "BecomeLockGroupLeader");
  *(void**)&join_group = dlsym(RTLD_DEFAULT, "BecomeLockGroupMember");
  *(void**)&entry_of = dlsym(RTLD_DEFAULT, "BackendPidGetProc");
  if (!own_entry || !lead_group || !join_group || !entry_of) return false;
  slot = me;
  begin = begin_process;
  shared = page;
  for (uint32_t i = 0; i < shared->slot_count; i++)
    if (slots_of(shared)[i].number != SLOT_EMPTY) give_slot_back(&slots_of(shared)[i]);
  shared->excluding = 0;
  shared->postmaster = own_process();
  return true;
}

/* Calls of other machines are refused already (sim/process/containment.cpp). Where the kernel has
   no filters nothing is changed; `fencepost doctor` says so. */
void start_no_programs(void) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execve, 1, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execveat, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof code / sizeof *code, code};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program);
}
