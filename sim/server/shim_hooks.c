/* A part of the preloaded shim: what statements that are no queries leave in a session, noted in
   its slot when they run, wherever they stand: also in functions; and what transactions changed. No
   server headers: everything is a symbol that PostgreSQL 14 to 18 export, called with types written
   out here. */
#define _GNU_SOURCE
#include "sim/server/shim_hooks.h"

#include <dlfcn.h>
#include <stdint.h>
#include <string.h>

/* ProcessUtility_hook_type, the same in 14 to 18. */
typedef void (*utility)(void* statement, const char* text, bool read_only, int context,
                        void* parameters, void* environment, void* receiver, void* completion);
/* What struct config_generic begins with, the same in 14 to 18. */
struct setting {
  const char* name;
  int context, group;
  const char* about;
};
/* LOCKTAG of a table, the same in 14 to 18. */
struct table_lock {
  uint32_t database, table, none;
  uint16_t nothing;
  uint8_t kind, method;
};
/* PROCESS_UTILITY_TOPLEVEL (utility.h), the same in 14 to 18: what a client sends. */
enum { OF_CLIENT = 0 };
/* Lock modes (lockdefs.h): whoever changes rows of a table holds one of these until its end. */
enum { ROW_EXCLUSIVE = 3, ACCESS_EXCLUSIVE = 8 };

static struct shim_shared* shared;
static struct shim_slot** slot;
static bool excludes; /* this transaction may keep readers out of a table */
static bool goes_on;  /* a client's statement that may do so, whatever it commits meanwhile */
static utility* hook;
static utility run_utility, run_before;
static int (*tag_of)(void* statement);
static const char* (*name_of_tag)(int tag);
static struct setting** (*all_settings)(int* count);
static int (*committed_changes)(void** messages, bool* of_file);
static int (*count_settings)(void); /* until 15, where all_settings takes nothing */
static uint32_t (*own_transaction)(void);
static bool (*holds)(const struct table_lock*, int mode, bool or_stronger); /* the third since 17 */

/* Those that no code has defined. RESET ALL leaves them there, empty. */
static uint32_t count_placeholders(void) {
  int count = 0;
  struct setting** const all = all_settings(&count);
  if (count_settings) count = count_settings();
  uint32_t found = 0;
  for (int i = 0; i < count; i++)
    found += all[i]->about && strcmp(all[i]->about, "GUC placeholder variable") == 0;
  return found;
}

/* What takes a lock that even readers wait for, or waits for one, which they queue behind. */
static bool may_exclude(const char* tag) {
  static const char* const all[] = {"LOCK",    "ALTER",  "DROP",    "TRUNCATE",    "REINDEX",
                                    "CLUSTER", "VACUUM", "REFRESH", "CREATE RULE", "CREATE VIEW"};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    if (strncmp(tag, all[i], strlen(all[i])) == 0) return true;
  return false;
}

static void note_utility(void* statement, const char* text, bool read_only, int context,
                         void* parameters, void* environment, void* receiver, void* completion) {
  const char* const tag = name_of_tag(tag_of(statement));
  const bool may = may_exclude(tag);
  if (context == OF_CLIENT) goes_on = may;
  if (!excludes && may) {
    excludes = true;
    atomic_fetch_add(&shared->excluding, 1);
  }
  (run_before ? run_before : run_utility)(statement, text, read_only, context, parameters,
                                          environment, receiver, completion);
  if (context == OF_CLIENT) goes_on = false;
  /* What it changes was noted by nobody when it was prepared. */
  if (strcmp(tag, "COMMIT PREPARED") == 0) atomic_fetch_add(&shared->definitions, 1);
  if (!*slot) return;
  if (strcmp(tag, "DEALLOCATE ALL") == 0 || strcmp(tag, "DISCARD ALL") == 0)
    atomic_fetch_add(&(*slot)->forgotten, 1);
  if (strcmp(tag, "DISCARD TEMP") == 0) (*slot)->placeholders = count_placeholders();
}

/* What it wrote is visible to others by now, and its locks are not given back yet. */
static uint64_t written_tables(void) {
  uint64_t written = 0;
  for (uint32_t i = 0; i < shared->watched_count; i++) {
    const struct table_lock lock = {shared->watched_database, shared->watched[i], 0, 0, 0, 1};
    for (int mode = ROW_EXCLUSIVE; mode <= ACCESS_EXCLUSIVE && !(written >> i & 1); mode++)
      if (holds(&lock, mode, false)) written |= 1ull << i;
  }
  return written;
}

/* Whoever changes a catalogue has messages for the caches of all others. */
void note_changes(int event, void* unused) {
  (void)unused;
  void* messages = NULL;
  bool of_file = false;
  if (event == TRANSACTION_COMMITS && committed_changes(&messages, &of_file) > 0)
    atomic_fetch_add(&shared->definitions, 1);
  if (event == TRANSACTION_COMMITTED && own_transaction() != 0) {
    atomic_fetch_or(&shared->written, written_tables());
    atomic_fetch_add(&shared->writers, 1);
  }
  /* What is prepared keeps its locks. VACUUM FULL commits before it takes them. */
  if (event == TRANSACTION_ABORTED) goes_on = false;
  if ((event == TRANSACTION_COMMITTED && !goes_on) || event == TRANSACTION_ABORTED) {
    if (excludes) atomic_fetch_sub(&shared->excluding, 1);
    excludes = false;
  }
}

bool watch_utilities(struct shim_shared* page, struct shim_slot** me) {
  shared = page;
  slot = me;
  hook = dlsym(RTLD_DEFAULT, "ProcessUtility_hook");
  *(void**)&run_utility = dlsym(RTLD_DEFAULT, "standard_ProcessUtility");
  *(void**)&tag_of = dlsym(RTLD_DEFAULT, "CreateCommandTag");
  *(void**)&name_of_tag = dlsym(RTLD_DEFAULT, "GetCommandTagName");
  *(void**)&all_settings = dlsym(RTLD_DEFAULT, "get_guc_variables");
  *(void**)&committed_changes = dlsym(RTLD_DEFAULT, "xactGetCommittedInvalidationMessages");
  *(void**)&count_settings = dlsym(RTLD_DEFAULT, "GetNumConfigOptions");
  *(void**)&own_transaction = dlsym(RTLD_DEFAULT, "GetTopTransactionIdIfAny");
  *(void**)&holds = dlsym(RTLD_DEFAULT, "LockHeldByMe");
  if (!hook || !run_utility || !tag_of || !name_of_tag || !all_settings || !committed_changes ||
      !own_transaction || !holds)
    return false;
  run_before = *hook;
  *hook = note_utility;
  return true;
}
