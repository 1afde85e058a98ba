/* What the shim learns from PostgreSQL's own hooks, what it forbids, what is drawn, and who its
   processes are. */
#ifndef FENCEPOST_SIM_SHIM_HOOKS_H
#define FENCEPOST_SIM_SHIM_HOOKS_H

#include <stdbool.h>
#include <sys/types.h>

#include "sim/server/shim_shared.h"

/* From here on, statements that are no queries are noted in the slot that `me` points to; it may be
   NULL. False where this server exports too little. */
__attribute__((visibility("hidden"))) bool watch_utilities(struct shim_shared* page,
                                                           struct shim_slot** me);
/* XACT_EVENT_COMMIT, _ABORT and _PRE_COMMIT (xact.h), the same in 14 to 18. */
enum { TRANSACTION_COMMITTED = 0, TRANSACTION_ABORTED = 2, TRANSACTION_COMMITS = 5 };
/* Notes what a transaction changed: what the catalogues say, and rows of watched tables. At its
   events. */
__attribute__((visibility("hidden"))) void note_changes(int event, void* unused);
/* What a slot's `random` is before fencepost writes a seed. */
enum { UNSEEDED = 88172645 };
/* From here on what is drawn comes from the slot that `me` points to, which may be NULL; in real
   time from the kernel. */
__attribute__((visibility("hidden"))) void draw_for(struct shim_shared* page,
                                                    struct shim_slot** me);
/* Says that something in a slot changed. */
__attribute__((visibility("hidden"))) void publish(void);
/* From here on every child of this process, which is the postmaster, has a slot and a number, and
   begins with `begin_process`. A child's slot is `me`. False where this server exports too little.
 */
__attribute__((visibility("hidden"))) bool number_processes(struct shim_shared* page,
                                                            struct shim_slot** me,
                                                            void (*begin_process)(void));
/* Called before a client's process waits: once, it becomes the head of a group of processes whose
   locks do not exclude each other (as those of a parallel query do not), or part of somebody's. */
__attribute__((visibility("hidden"))) void join_locks(void);
/* What the kernel knows this process as. */
__attribute__((visibility("hidden"))) pid_t own_process(void);
/* From here on this process and its children start no other program. */
__attribute__((visibility("hidden"))) void start_no_programs(void);

#endif
