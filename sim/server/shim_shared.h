/* The page that fencepost and the shim in its server share, byte for byte: C on the server's side,
   C++ on ours. fencepost writes the clock, `mode` and what is watched, `next_number`, `beside`, and
   of a slot `hold`, `released` and, of one that sleeps, its end. A backend writes the rest of its
   own slot, and counts `event` and `definitions`. Both write `random`, fencepost the seed, a
   backend each next state, and `written` and `writers`: a backend adds, and fencepost takes. A
   waker counts `wakes`, `sends`, `in_flight` and `grants` of the slot that it wakes. The postmaster
   takes slots and gives them back, with their `number` and `started_as`, and writes its own pid. */
#ifndef FENCEPOST_SIM_SHIM_SHARED_H
#define FENCEPOST_SIM_SHIM_SHARED_H

#include <stdint.h>

#ifdef __cplusplus
#include <atomic>
#define SHARED(type) std::atomic<type>
#else
#include <stdatomic.h>
#define SHARED(type) _Atomic type
#endif

/* Both sides refuse a page whose magic or size differs: an old shim beside a new program would
 * corrupt silently. */
#define FENCEPOST_PAGE_MAGIC 0x66656e6365703130ull
/* 2027-01-15 08:00:00 UTC in Unix microseconds: where every history starts. */
#define FENCEPOST_EPOCH 1800000000000000ll

/* What a slot's `number` and `pid` say when they are of no process: never used, about to begin,
   ended. */
enum { SLOT_EMPTY = 0, SLOT_CLAIMED = -2, SLOT_FREED = -1 };
/* No kernel gives a process a higher id. Above it are fencepost's own sessions, the one that
   observes and the one that does so beside somebody's locks; then what is counted because nobody
   has a number for it; and the sessions of histories. */
enum {
  HIGHEST_PID = 4194304,
  OWN_NUMBER = 4890001,
  BESIDE_NUMBER = 4890002,
  FIRST_NUMBER = 4900000,
  FIRST_SESSION = 5000001
};
/* What the process of a slot does. */
enum { SLOT_RUNNING = 0, SLOT_WAITING = 1, SLOT_HELD = 2 };
/* What a slot's timeout does to a session that waits for its client: nothing, or it ends it as one
   that idles in a transaction, whose transaction takes too long (since 17), or that idles. */
enum { ENDS_NOTHING = 0, ENDS_IN_TRANSACTION = 1, ENDS_TRANSACTION = 2, ENDS_IDLE = 3 };
/* Where a backend may stand at its barrier, as bits of `hold`: behind a lock wait that another
   process ended, because several that one commit woke would race; before a transaction with a
   number commits; and behind such a commit inside of a statement that goes on. */
enum { HOLD_LOCK = 1, HOLD_COMMIT = 2, HOLD_COMMITTED = 4 };
/* Whether the server lives in simulated time; in real time the shim only moves the clock. */
enum { MODE_REAL = 0, MODE_SIMULATED = 1 };
/* As many tables can be watched: one for each bit of `written`. */
enum { WATCHED_TABLES = 64 };

/* One backend of the server, or what is left of it. */
struct shim_slot {
  SHARED(int32_t) number;      /* what the server and SQL know it as, until its end was noticed */
  SHARED(int32_t) pid;         /* until it ends */
  SHARED(int32_t) started_as;  /* the same, until its end was noticed */
  SHARED(uint32_t) generation; /* counts the processes that used this slot */
  SHARED(uint32_t) state;
  SHARED(uint32_t) wait_event; /* PostgreSQL's own: the class is in the top byte */
  /* Quiet means: waiting, acked == wakes, nothing in flight. `wakes` is counted before whatever may
     wake the process; `in_flight` is above zero while a counted signal may not have been delivered
     yet. */
  SHARED(uint32_t) wakes;
  SHARED(uint32_t) acked;
  SHARED(uint32_t) in_flight;
  /* The same for what its client sends: who sleeps, or waits for a lock, does not look at it. */
  SHARED(uint32_t) sends;
  SHARED(uint32_t) heard;
  SHARED(uint32_t)
  grants; /* latch wake-ups by other processes: a lock wait that ends without one was not granted */
  SHARED(uint32_t) hold;     /* HOLD_…: where it is to stand */
  SHARED(uint32_t) held_at;  /* HOLD_…: where it stands, while its state is held */
  SHARED(uint32_t) released; /* futex of the barrier */
  SHARED(int64_t)
  timeout_at; /* the nearest of the backend's own timeouts, Unix microseconds; 0: none */
  SHARED(uint32_t) timeout_ends;
  SHARED(int64_t) sleep_until; /* the end of a timed wait; 0: none */
  SHARED(uint64_t) random;
  SHARED(uint64_t) commits;      /* of transactions that changed something */
  SHARED(uint32_t) forgotten;    /* counts how often SQL dropped all prepared statements */
  SHARED(uint32_t) placeholders; /* settings that SQL made up, at the last DISCARD TEMP */
};

/* The file, but for its slots. */
struct shim_shared {
  uint64_t magic;
  uint64_t size;         /* of the whole file */
  SHARED(int64_t) clock; /* Unix microseconds */
  SHARED(int64_t) ahead; /* in real time: how far the server's clock is ahead of the machine's */
  SHARED(uint32_t) mode;
  SHARED(uint32_t) event;      /* futex: counts everything that a slot publishes */
  SHARED(uint32_t) listening;  /* fencepost sleeps on `event` */
  uint32_t slot_count;         /* written when the page is made */
  SHARED(int32_t) postmaster;  /* its pid */
  SHARED(int32_t) next_number; /* of the process that the server starts next; 0: any */
  SHARED(int32_t)
  beside; /* whose locks are no locks for the process that begins next; 0: nobody's */
  SHARED(uint32_t) excluding; /* how many transactions may keep readers out of a table */
  SHARED(uint64_t)
  definitions; /* counts transactions that changed what the server's catalogues say */
  SHARED(uint64_t)
  written; /* bit i: a transaction that may have changed rows of watched[i] has committed */
  SHARED(uint32_t) writers; /* how many have that did anything but read */
  SHARED(uint32_t) watched_database;
  SHARED(uint32_t) watched_count;
  SHARED(uint32_t) watched[WATCHED_TABLES];
};

/* They stand behind the page. */
static inline struct shim_slot* slots_of(struct shim_shared* page) {
  return (struct shim_slot*)(page + 1);
}
static inline uint64_t page_bytes(uint32_t slot_count) {
  return sizeof(struct shim_shared) + slot_count * (uint64_t)sizeof(struct shim_slot);
}

#endif
