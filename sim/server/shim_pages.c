/* Puts tables back page by page, in the harness's own backend: a part of the preloaded shim that is
   an extension, too. No server headers: everything is a symbol that PostgreSQL 14 to 18 export,
   called with types written out here; where one is missing, nothing is kept.

     know_tables('h16384,b16390,…')  what is kept from here on, and what kind each is
     keep_pages(number)              every page of them, under that number
     put_pages_back(number)          as they were then

   Nobody else may be in a transaction. Nothing of it is logged: the private server never recovers
   from its log. The server's own caches of what a relation holds are told (each `forget` below). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { MAIN_FORK = 0, FORKS = 3 }; /* the map of free space, and that of visibility */
enum { PAGE = 8192, NEW_PAGE = -1, READ_NORMAL = 0 };
enum { NO_LOCK = 0, EXCLUSIVE_LOCK = 7 }; /* one more would be logged */
enum { PAGE_SHARE = 1, PAGE_EXCLUSIVE = 2 };
enum { TREE_WRITE = 2 };
/* By kind in know_tables: a table (also one of large values, or a materialized view), a B-tree,
   another index, a sequence. */
enum { TABLE = 'h', TREE = 'b', INDEX = 'i', SEQUENCE = 's' };
/* What the functions return beside numbers of their own. */
enum { CANNOT = -1, REDEFINED = -2 };
/* Numbers from 0, and the memory of each: more pages are quicker made than compared. */
enum { NUMBERS = 16, MOST_PAGES = 2048 };
/* A planner takes a table that was never vacuumed for one of at least so many pages. */
enum { PLANNED_PAGES = 10 };

struct file_node { /* RelFileNode, RelFileLocator */
  uint32_t space, database, file;
};
struct backend_node { /* RelFileNodeBackend, RelFileLocatorBackend */
  struct file_node node;
  int32_t backend;
};
struct relation { /* what RelationData begins with */
  struct file_node node;
};

static struct relation* (*open_relation)(uint32_t oid, int lock);
static void (*close_relation)(struct relation*, int lock);
static uint32_t (*table_of_index)(uint32_t index, bool missing_ok);
static void* (*storage_of)(struct file_node, int backend);
static bool (*fork_exists)(void* storage, int fork);
static uint32_t (*count_blocks)(void* storage, int fork);
static void (*create_fork)(void* storage, int fork, bool again);
static void (*truncate_relation)(struct relation*, uint32_t blocks);
static int (*read_buffer)(struct relation*, int fork, uint32_t block, int mode, void* strategy);
static void (*lock_buffer)(int buffer, int lock);
static void (*release_buffer)(int buffer);
static void (*mark_dirty)(int buffer);
static void (*forget_relation)(struct relation*);
static void (*forget_storage)(struct backend_node);
static void (*forget_sequences)(void);
static void (*when_redefined)(void (*)(uintptr_t, uint32_t), uintptr_t);
static void (*make_page)(char*, size_t size, size_t special);
static int (*tree_root)(void*, uintptr_t, uintptr_t);
static const char* (*setting)(const char*, bool missing_ok, bool restricted);
static char** buffers;

/* One relation, and under each number what it held. */
struct kept_fork {
  uint32_t blocks;
  char* pages;
};
struct kept {
  uint32_t oid;
  char kind;
  uint32_t present[FORKS]; /* blocks when it was last kept or put back */
  struct kept_fork forks[NUMBERS][FORKS];
};
static struct kept* relations;
static int relation_count;
static bool redefined;

static bool resolve(void) {
  const struct {
    void* to;
    const char* name;
  } all[] = {{&open_relation, "relation_open"},
             {&close_relation, "relation_close"},
             {&table_of_index, "IndexGetRelation"},
             {&storage_of, "smgropen"},
             {&fork_exists, "smgrexists"},
             {&count_blocks, "smgrnblocks"},
             {&create_fork, "smgrcreate"},
             {&truncate_relation, "RelationTruncate"},
             {&read_buffer, "ReadBufferExtended"},
             {&lock_buffer, "LockBuffer"},
             {&release_buffer, "UnlockReleaseBuffer"},
             {&mark_dirty, "MarkBufferDirty"},
             {&forget_relation, "CacheInvalidateRelcache"},
             {&forget_storage, "CacheInvalidateSmgr"},
             {&forget_sequences, "ResetSequenceCaches"},
             {&when_redefined, "CacheRegisterRelcacheCallback"},
             {&make_page, "PageInit"},
             {&tree_root, "_bt_getroot"},
             {&setting, "GetConfigOption"},
             {&buffers, "BufferBlocks"}};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    void* const found = dlsym(RTLD_DEFAULT, all[i].name);
    if (!found) return false;
    memcpy(all[i].to, &found, sizeof found);
  }
  return atoi(setting("block_size", false, false)) == PAGE;
}

static int server_version(void) {
  *(void**)&setting = dlsym(RTLD_DEFAULT, "GetConfigOption");
  return setting ? atoi(setting("server_version_num", false, false)) : 0;
}

static uint32_t blocks_of(struct relation* relation, int fork) {
  void* const storage = storage_of(relation->node, -1);
  if (fork != MAIN_FORK && !fork_exists(storage, fork)) return 0;
  return count_blocks(storage, fork);
}

static char* page_of(int buffer) { return *buffers + (size_t)(buffer - 1) * PAGE; }

/* An empty table gets an empty page and an empty tree its root, as the first row would make them:
   so nothing grows in a small history, and what the server remembers of them stays right. */
static void give_first_page(struct relation* relation, const struct kept* one) {
  const uint32_t blocks = blocks_of(relation, MAIN_FORK);
  if (one->kind == TABLE && blocks == 0) {
    const int buffer = read_buffer(relation, MAIN_FORK, (uint32_t)NEW_PAGE, READ_NORMAL, NULL);
    lock_buffer(buffer, PAGE_EXCLUSIVE);
    make_page(page_of(buffer), PAGE, 0);
    mark_dirty(buffer);
    release_buffer(buffer);
  }
  if (one->kind != TREE || blocks != 1) return;
  if (server_version() < 160000) {
    release_buffer(tree_root(relation, TREE_WRITE, 0));
    return;
  }
  struct relation* const table = open_relation(table_of_index(one->oid, false), EXCLUSIVE_LOCK);
  release_buffer(tree_root(relation, (uintptr_t)table, TREE_WRITE));
  close_relation(table, NO_LOCK);
}

static void forget(struct kept* one, int number) {
  for (int fork = 0; fork < FORKS; fork++) {
    free(one->forks[number][fork].pages);
    one->forks[number][fork] = (struct kept_fork){0, NULL};
  }
}

/* How many pages it keeps. */
static uint32_t keep(struct kept* one, int number) {
  struct relation* const relation = open_relation(one->oid, EXCLUSIVE_LOCK);
  give_first_page(relation, one);
  uint32_t count = 0;
  for (int fork = 0; fork < FORKS; fork++) {
    struct kept_fork* const kept = &one->forks[number][fork];
    const uint32_t blocks = one->present[fork] = blocks_of(relation, fork);
    kept->pages = blocks <= MOST_PAGES ? malloc((size_t)blocks * PAGE + 1) : NULL;
    kept->blocks = kept->pages ? blocks : 0;
    for (uint32_t block = 0; block < kept->blocks; block++) {
      const int buffer = read_buffer(relation, fork, block, READ_NORMAL, NULL);
      lock_buffer(buffer, PAGE_SHARE);
      memcpy(kept->pages + (size_t)block * PAGE, page_of(buffer), PAGE);
      release_buffer(buffer);
    }
    count += kept->pages ? blocks : MOST_PAGES + 1;
  }
  close_relation(relation, NO_LOCK);
  return count;
}

/* Whether it had to be changed. */
static bool put_page(struct relation* relation, int fork, uint32_t block, const char* wanted) {
  const int buffer = read_buffer(relation, fork, block, READ_NORMAL, NULL);
  lock_buffer(buffer, PAGE_EXCLUSIVE);
  const bool differs = memcmp(page_of(buffer), wanted, PAGE) != 0;
  if (differs) {
    memcpy(page_of(buffer), wanted, PAGE);
    mark_dirty(buffer);
  }
  release_buffer(buffer);
  return differs;
}

/* The maps of a table or tree whose own blocks are as many as before are still there, or still not:
   only a vacuum makes them otherwise, and that redefines. */
static bool has_other_size(struct relation* relation, const struct kept* one, bool redefined_now) {
  if (blocks_of(relation, MAIN_FORK) != one->present[MAIN_FORK]) return true;
  for (int fork = MAIN_FORK + 1; (redefined_now || one->kind == INDEX) && fork < FORKS; fork++)
    if (blocks_of(relation, fork) != one->present[fork]) return true;
  return false;
}

/* What grew is cut, with its maps; of the map of free space the server leaves two pages, which are
   emptied. What is missing is added. */
static bool put_fork(struct relation* relation, struct kept* one, int number, int fork,
                     bool same_size) {
  static const char empty[PAGE];
  const struct kept_fork* const kept = &one->forks[number][fork];
  uint32_t there = same_size ? one->present[fork] : blocks_of(relation, fork);
  bool changed = there < kept->blocks;
  if (there == 0 && kept->blocks > 0 && fork != MAIN_FORK)
    create_fork(storage_of(relation->node, -1), fork, false);
  for (; there < kept->blocks; there++)
    put_page(relation, fork, (uint32_t)NEW_PAGE, kept->pages + (size_t)there * PAGE);
  for (uint32_t block = 0; block < there; block++)
    changed |= put_page(relation, fork, block,
                        block < kept->blocks ? kept->pages + (size_t)block * PAGE : empty);
  one->present[fork] = there;
  return changed;
}

/* Whether its size had changed. A session remembers where it last inserted into a table, which
   matters where there is a choice of pages; of a tree, where its root is, which is written in its
   first page; and what not of other indexes. */
static bool put_back(struct kept* one, int number, bool redefined_now) {
  struct relation* const relation = open_relation(one->oid, EXCLUSIVE_LOCK);
  const struct kept_fork* const kept = one->forks[number];
  const bool other_size = has_other_size(relation, one, redefined_now);
  const bool another_load =
      memcmp((uint32_t[FORKS]){kept[0].blocks, kept[1].blocks, kept[2].blocks}, one->present,
             sizeof one->present) != 0;
  const bool same_size = !other_size && !another_load;
  if (!same_size && blocks_of(relation, MAIN_FORK) > kept[MAIN_FORK].blocks)
    truncate_relation(relation, kept[MAIN_FORK].blocks);
  bool first_changed = false;
  if (one->kind == TREE && same_size && kept[MAIN_FORK].blocks > 0)
    first_changed = put_page(relation, MAIN_FORK, 0, kept[MAIN_FORK].pages);
  bool changed = first_changed;
  for (int fork = 0; fork < FORKS; fork++)
    changed |= put_fork(relation, one, number, fork, same_size);
  if (one->kind == TABLE && changed && kept[MAIN_FORK].blocks > 1)
    forget_storage((struct backend_node){relation->node, -1});
  if (one->kind == TREE ? first_changed || !same_size : one->kind == INDEX && changed)
    forget_relation(relation);
  close_relation(relation, NO_LOCK);
  return other_size;
}

/* A relation's definition, its file or what the planner knows of it has changed, or it is new; 0:
   all may have. Our indexes are left out, because we forget them ourselves; what changes one of
   them changes its table. */
static void note_redefined(uintptr_t unused, uint32_t oid) {
  (void)unused;
  for (int i = 0; i < relation_count; i++)
    if (relations[i].oid == oid && (relations[i].kind == TREE || relations[i].kind == INDEX))
      return;
  redefined = true;
}

/* What a planner sees of their sizes, in one number. */
static int64_t shape(int number) {
  uint64_t sum = 14695981039346656037ull; /* FNV-1a (Fowler, Noll, Vo 1991) */
  for (int i = 0; i < relation_count; i++) {
    uint32_t blocks = relations[i].forks[number][MAIN_FORK].blocks;
    if (relations[i].kind == TABLE && blocks < PLANNED_PAGES) blocks = PLANNED_PAGES;
    sum = (sum ^ blocks) * 1099511628211ull;
  }
  return (int64_t)(sum >> 1);
}

/* ---- what makes it an extension */

struct magic14 { /* Pg_magic_struct; since 15 with the name, since 18 with two pointers behind */
  int length, version, arguments, keys, name, float8;
  char extra[32];
  const char *own_name, *own_version;
};
const void* Pg_magic_func(void) {
  static struct magic14 magic = {0, 0, 100, 32, 64, 1, "PostgreSQL", NULL, NULL};
  magic.version = server_version() / 100;
  magic.length = magic.version >= 1800 ? (int)sizeof magic : magic.version >= 1500 ? 56 : 24;
  return &magic;
}

struct function_info { /* Pg_finfo_record */
  int version;
};
struct call { /* FunctionCallInfoBaseData with one argument */
  void *function, *context, *result;
  uint32_t collation;
  bool is_null;
  short count;
  uint64_t argument;
};
static const struct function_info first_version = {1};
const struct function_info* pg_finfo_fencepost_know_tables(void) { return &first_version; }
const struct function_info* pg_finfo_fencepost_keep_pages(void) { return &first_version; }
const struct function_info* pg_finfo_fencepost_put_pages_back(void) { return &first_version; }

/* How many they are, or CANNOT. */
int64_t fencepost_know_tables(struct call* call) {
  static bool listens;
  if (!resolve()) return CANNOT;
  for (int i = 0; i < relation_count; i++)
    for (int number = 0; number < NUMBERS; number++) forget(&relations[i], number);
  relation_count = 0;
  for (const char* at = (const char*)call->argument; *at; at += *at == ',') {
    struct kept* const more = realloc(relations, (size_t)(relation_count + 1) * sizeof *more);
    if (!more) return CANNOT;
    relations = more;
    struct kept* const one = &relations[relation_count++];
    memset(one, 0, sizeof *one);
    one->kind = *at++;
    one->oid = (uint32_t)strtoul(at, (char**)&at, 10);
  }
  if (!listens) when_redefined(note_redefined, 0);
  listens = true;
  return relation_count;
}

/* Whether this backend keeps anything, and has such a number. */
static bool keeps(int number) { return relation_count > 0 && number >= 0 && number < NUMBERS; }

/* Their shape, or CANNOT: there are none, or they are too large. */
int64_t fencepost_keep_pages(struct call* call) {
  const int number = (int)call->argument;
  if (!keeps(number)) return CANNOT;
  uint32_t pages = 0;
  for (int i = 0; i < relation_count; i++) {
    forget(&relations[i], number);
    pages += keep(&relations[i], number);
  }
  redefined = false;
  if (pages <= MOST_PAGES) return shape(number);
  for (int i = 0; i < relation_count; i++) forget(&relations[i], number);
  return CANNOT;
}

/* How many had another size, or REDEFINED: nothing was done, and it will be when asked again. */
int64_t fencepost_put_pages_back(struct call* call) {
  static bool redefined_before;
  const int number = (int)call->argument;
  if (!keeps(number)) return CANNOT;
  if (redefined) {
    redefined = false;
    redefined_before = true;
    return REDEFINED;
  }
  int64_t changed = 0;
  for (int i = 0; i < relation_count; i++)
    changed += put_back(&relations[i], number, redefined_before);
  redefined_before = false;
  forget_sequences();
  return changed;
}
