/* Preloaded into the private server, and only there: it makes the server read the simulated clock,
   and publishes in a shared page what every backend waits for. PostgreSQL itself is unmodified:
   everything here is a libc or OpenSSL function that it calls, defined again, or a symbol that it
   exports. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "sim/server/shim_hooks.h"

/* Classes of PostgreSQL's wait events, the same since 10 (wait_event.h). */
enum { WAIT_LOCK = 3, WAIT_ACTIVITY = 5, WAIT_TIMEOUT = 9 };
/* PostgreSQL counts from 2000-01-01. */
static const int64_t postgres_epoch = 946684800000000ll;
/* IDLE_IN_TRANSACTION_SESSION_TIMEOUT (timeout.h), the same in 14 to 18. */
enum { IDLE_IN_TRANSACTION_ID = 7 };

static struct shim_shared* page;
static bool committed_inside; /* just now, and the statement goes on */
static struct shim_slot* me;  /* of this process; NULL in the postmaster */

/* What the server exports. */
static uint32_t** wait_event_info;
static void (*on_transaction_end)(void (*)(int, void*), void*);
static uint32_t (*own_transaction)(void);
static bool (*procedure_runs)(void); /* one that may commit: a CALL or DO */
static void** client_port;
static bool (*timeout_active)(int);
static int64_t (*timeout_finish)(int);
static int idle_session_id, client_check_id; /* they moved between versions */
static int64_t sleep_is_over;                /* microseconds that the next look at the clock adds */

static bool simulated(void) { return page && page->mode == MODE_SIMULATED; }
static bool serves_client(void) { return client_port && *client_port; }

static long futex(SHARED(uint32_t) * word, int operation, uint32_t value) {
  return syscall(SYS_futex, word, operation, value, NULL, NULL, 0);
}

static int wait_for_events(int poll, struct epoll_event* events, int capacity, int timeout) {
  return (int)syscall(SYS_epoll_pwait, poll, events, capacity, timeout, NULL, 8);
}

/* Says that something in a slot changed. */
void publish(void) {
  atomic_fetch_add(&page->event, 1);
  if (page->listening) futex(&page->event, FUTEX_WAKE, 1);
}

static void say_gone(void) {
  if (!me || me->pid != own_process()) return;
  me->state = SLOT_RUNNING;
  me->pid = SLOT_FREED;
  publish();
}

/* Without its page the server would silently live in real time: it must not start at all. */
static void refuse(const char* why) {
  const char* prefix = "fencepost shim: ";
  if (write(2, prefix, strlen(prefix)) < 0 || write(2, why, strlen(why)) < 0 ||
      write(2, "\n", 1) < 0)
    syscall(SYS_exit_group, 4);
  syscall(SYS_exit_group, 3);
}

static struct shim_shared* map_page(const char* path) {
  const int file = open(path, O_RDWR | O_CLOEXEC);
  if (file < 0) refuse("the shared page can't be opened");
  struct stat status;
  if (fstat(file, &status) != 0 || status.st_size < (off_t)sizeof(struct shim_shared))
    refuse("the shared page has another size");
  const uint64_t size = (uint64_t)status.st_size;
  void* address = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (address == MAP_FAILED) refuse("the shared page can't be mapped");
  struct shim_shared* mapped = address;
  if (mapped->magic != FENCEPOST_PAGE_MAGIC || mapped->size != size ||
      size != page_bytes(mapped->slot_count))
    refuse("the shared page is of another version");
  return mapped;
}

static void begin_process(void);

__attribute__((constructor)) static void attach(void) {
  const char* path = getenv("FENCEPOST_PAGE");
  wait_event_info = (uint32_t**)dlsym(RTLD_DEFAULT, "my_wait_event_info");
  if (!path || !wait_event_info) return; /* some other program that the server runs */
  page = map_page(path);
  *(void**)&on_transaction_end = dlsym(RTLD_DEFAULT, "RegisterXactCallback");
  *(void**)&own_transaction = dlsym(RTLD_DEFAULT, "GetTopTransactionIdIfAny");
  *(void**)&procedure_runs = dlsym(RTLD_DEFAULT, "SPI_inside_nonatomic_context");
  client_port = dlsym(RTLD_DEFAULT, "MyProcPort");
  *(void**)&timeout_active = dlsym(RTLD_DEFAULT, "get_timeout_active");
  *(void**)&timeout_finish = dlsym(RTLD_DEFAULT, "get_timeout_finish_time");
  if (!on_transaction_end || !own_transaction || !procedure_runs || !client_port ||
      !timeout_active || !timeout_finish || !watch_utilities(page, &me) ||
      !number_processes(page, &me, begin_process))
    refuse("this server exports too little");
  idle_session_id = dlsym(RTLD_DEFAULT, "TransactionTimeout") ? 9 : 8;
  client_check_id =
      idle_session_id + (dlsym(RTLD_DEFAULT, "IdleStatsUpdateTimeoutPending") ? 2 : 1);
  draw_for(page, &me);
  start_no_programs();
}

__attribute__((destructor)) static void detach(void) { say_gone(); }

/* PostgreSQL leaves this way after SIGQUIT, past all destructors. */
void _exit(int status) {
  say_gone();
  for (;;) syscall(SYS_exit_group, status);
}

/* ---- timers */

/* Never armed: a real timer under a clock that stands still would fire early, again and again. The
   slot says when the server's own timeouts are due; fencepost sends SIGALRM when it is time. */
int setitimer(__itimer_which_t which, const struct itimerval* new, struct itimerval* old) {
  if (!simulated() || !me || which != ITIMER_REAL)
    return (int)syscall(SYS_setitimer, which, new, old);
  if (old) memset(old, 0, sizeof *old);
  return 0;
}

static uint32_t ends_session(int id) {
  if (id == IDLE_IN_TRANSACTION_ID) return ENDS_IN_TRANSACTION;
  if (id == idle_session_id) return ENDS_IDLE;
  return id == IDLE_IN_TRANSACTION_ID + 1 ? ENDS_TRANSACTION : ENDS_NOTHING;
}

/* The nearest timeout that can change anything, from the server's own table (timeout.h); not from
   setitimer, because the server leaves timers armed for timeouts that it has long disabled. Ids
   from 1: deadlock, lock, statement, three of a standby, idle in transaction, transaction (since
   17), idle session. Behind them, the flush of statistics (since 15) is left out, because it would
   depend on earlier histories, and the check of the client's connection is taken in. */
static void publish_timeout(void) {
  int64_t nearest = 0;
  me->timeout_ends = ENDS_NOTHING;
  for (int id = 1; id <= client_check_id; id++) {
    if (id > idle_session_id && id < client_check_id) continue;
    if (!timeout_active(id)) continue;
    const int64_t at = timeout_finish(id) + postgres_epoch;
    if (nearest != 0 && at >= nearest) continue;
    nearest = at;
    me->timeout_ends = ends_session(id);
  }
  me->timeout_at = nearest;
}

/* ---- the barrier, and commits */

/* Stops there until fencepost lets it go, if it is to. */
static void pass_barrier(uint32_t place) {
  const uint32_t released = me->released;
  const int error = errno;
  if (!(me->hold & place)) return;
  me->held_at = place;
  me->sleep_until = 0;
  publish_timeout();
  me->state = SLOT_HELD;
  publish();
  while ((me->hold & place) && me->released == released) futex(&me->released, FUTEX_WAIT, released);
  me->state = SLOT_RUNNING;
  errno = error;
}

/* A transaction has a number when it changed something. That it logged something is not enough:
   readers clean pages, of the catalogue too, whenever somebody before them left enough to clean. */
static void at_commit(int event, void* unused) {
  (void)unused;
  if (own_transaction() == 0) return;
  if (event == TRANSACTION_COMMITS) pass_barrier(HOLD_COMMIT);
  if (event != TRANSACTION_COMMITTED) return;
  atomic_fetch_add(&me->commits, 1);
  committed_inside = procedure_runs();
}

/* A procedure's next transaction begins with a look at the clock: its last one has given back its
   locks by then, and it has seen nothing yet of what comes after. */
static void stand_behind_commit(void) {
  if (!committed_inside) return;
  committed_inside = false;
  pass_barrier(HOLD_COMMITTED);
}

/* Before it waits for anything, because a client may have sent its first statement by then. */
static void begin_process(void) {
  on_transaction_end(at_commit, NULL);
  on_transaction_end(note_changes, NULL);
}

/* ---- the clock */

/* What the server's clock shows. One that is kept goes on from there, as fast as the machine's. */
static int64_t clock_shown(void) {
  if (simulated()) return page->clock;
  struct timeval now;
  syscall(SYS_gettimeofday, &now, NULL);
  return now.tv_sec * 1000000ll + now.tv_usec + (page ? page->ahead : 0);
}

int gettimeofday(struct timeval* restrict now, void* restrict zone) {
  (void)zone;
  stand_behind_commit();
  const int64_t clock = clock_shown() + sleep_is_over;
  sleep_is_over = 0;
  now->tv_sec = clock / 1000000;
  now->tv_usec = clock % 1000000;
  return 0;
}

/* A session measures what is left of a timed wait with the monotonic clock: what it has slept is
 * simulated time, too. */
static bool is_shown(clockid_t id) {
  if (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE) return page;
  return id == CLOCK_MONOTONIC && simulated() && me && serves_client();
}

int clock_gettime(clockid_t id, struct timespec* now) {
  if (is_shown(id)) {
    const int64_t clock = clock_shown();
    now->tv_sec = clock / 1000000;
    now->tv_nsec = (clock % 1000000) * 1000;
    return 0;
  }
  static int (*real)(clockid_t, struct timespec*);
  if (!real) *(void**)&real = dlsym(RTLD_NEXT, "clock_gettime");
  return real(id, now);
}

time_t time(time_t* now) {
  struct timespec exact;
  clock_gettime(CLOCK_REALTIME, &exact);
  if (now) *now = exact.tv_sec;
  return exact.tv_sec;
}

/* ---- waking and waiting */

/* How many wake-ups were counted and are surely delivered. Whoever is between counting and sending
   needs the processor, which may be this one; a sender that was killed in between must not stop us
   for ever. */
static uint32_t delivered_wakes(void) {
  uint32_t wakes = me->wakes;
  for (int i = 0; i < 10000 && me->in_flight != 0; i++) {
    sched_yield();
    wakes = me->wakes;
  }
  return wakes;
}

static void publish_wait(uint32_t event, int64_t sleep_until, uint32_t wakes, uint32_t sends) {
  me->acked = wakes;
  me->heard = sends;
  me->wait_event = event;
  me->sleep_until = sleep_until;
  if (serves_client()) publish_timeout();
  me->state = SLOT_WAITING;
  publish();
}

/* How long a sleep is meant to be. pg_sleep() reckons in floating point seconds and rounds up to
   milliseconds, so under a clock that stands still 0.3 s may come out as 301 ms. A multiple of five
   is what somebody asked for; anything else may be one too many, and if it is not, the server asks
   for the last millisecond again. */
static int64_t meant_microseconds(uint32_t event, int timeout) {
  const bool may_be_rounded = event >> 24 == WAIT_TIMEOUT && timeout > 1 && timeout % 5 != 0;
  return (timeout - (may_be_rounded ? 1 : 0)) * 1000ll;
}

/* Waits in simulated time: a client's backend sleeps until fencepost says that its time has come,
   and a background process does nothing on its own. */
static int wait_simulated(int poll, struct epoll_event* events, int capacity, int timeout) {
  const uint32_t event = **wait_event_info;
  sleep_is_over = 0;
  const uint32_t wakes = delivered_wakes(), sends = me->sends;
  if (wakes != me->acked || sends != me->heard) {
    const int ready = wait_for_events(poll, events, capacity, 0);
    if (ready != 0) return ready;
  }
  const bool timed = timeout > 0 && serves_client();
  const int64_t until = timed ? page->clock + meant_microseconds(event, timeout) : 0;
  if (timed || event >> 24 == WAIT_ACTIVITY) timeout = -1;
  publish_wait(event, until, wakes, sends);
  int ready = wait_for_events(poll, events, capacity, timeout);
  const int error = errno;
  me->state = SLOT_RUNNING;
  if (timed && page->clock >= me->sleep_until) {
    /* Whether the signal came before or in the wait must not matter; other events are reported by
     * the next wait. */
    ready = 0;
    sleep_is_over = event >> 24 ==
                    WAIT_TIMEOUT; /* the other half of the rounding: it must not find 0.1 us left */
  }
  errno = error;
  return ready;
}

int epoll_wait(int poll, struct epoll_event* events, int capacity, int timeout) {
  if (timeout == 0 || !simulated() || !me) return wait_for_events(poll, events, capacity, timeout);
  if (serves_client()) join_locks();
  static uint32_t grants_seen; /* all before the present lock wait */
  const bool locked = **wait_event_info >> 24 == WAIT_LOCK;
  const int ready = wait_simulated(poll, events, capacity, timeout);
  const uint32_t grants = me->grants;
  if (locked && ready > 0 && grants != grants_seen) pass_barrier(HOLD_LOCK);
  if (!locked || ready > 0) grants_seen = grants;
  return ready;
}
