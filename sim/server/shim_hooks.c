/* A part of the preloaded shim: what statements that are no queries leave in a session, noted in
   its slot when they run, wherever they stand: also in functions. No server headers: everything is
   a symbol that PostgreSQL 14 to 18 export, called with types written out here. */
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

static struct shim_shared* shared;
static struct shim_slot** slot;
static utility* hook;
static utility run_utility, run_before;
static int (*tag_of)(void* statement);
static const char* (*name_of_tag)(int tag);
static struct setting** (*all_settings)(int* count);
static int (*committed_changes)(void** messages, bool* of_file);
static int (*count_settings)(void); /* until 15, where all_settings takes nothing */

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

static void note_utility(void* statement, const char* text, bool read_only, int context,
                         void* parameters, void* environment, void* receiver, void* completion) {
  const char* const tag = name_of_tag(tag_of(statement));
  (run_before ? run_before : run_utility)(statement, text, read_only, context, parameters,
                                          environment, receiver, completion);
  /* What it changes was noted by nobody when it was prepared. */
  if (strcmp(tag, "COMMIT PREPARED") == 0) atomic_fetch_add(&shared->definitions, 1);
  if (!*slot) return;
  if (strcmp(tag, "DEALLOCATE ALL") == 0 || strcmp(tag, "DISCARD ALL") == 0)
    atomic_fetch_add(&(*slot)->forgotten, 1);
  if (strcmp(tag, "DISCARD TEMP") == 0) (*slot)->placeholders = count_placeholders();
}

/* Whoever changes a catalogue has messages for the caches of all others. */
void note_definitions(int event, void* unused) {
  (void)unused;
  if (event != TRANSACTION_COMMITS) return;
  void* messages = NULL;
  bool of_file = false;
  if (committed_changes(&messages, &of_file) > 0) atomic_fetch_add(&shared->definitions, 1);
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
  if (!hook || !run_utility || !tag_of || !name_of_tag || !all_settings || !committed_changes)
    return false;
  run_before = *hook;
  *hook = note_utility;
  return true;
}
