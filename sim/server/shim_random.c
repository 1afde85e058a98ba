/* A part of the preloaded shim: the server's random bytes, of which come its UUIDs and the seeds of
   random(). They are drawn from the session's seed. In real time they are the kernel's: there is
   nobody who gives every session a seed of its own. */
#define _GNU_SOURCE
#include <sys/random.h>

#include "sim/server/shim_hooks.h"

static const struct shim_shared* shared;
static struct shim_slot** slot;
static SHARED(uint64_t) own_random = UNSEEDED; /* of a process without a slot */

void draw_for(struct shim_shared* page, struct shim_slot** me) {
  shared = page;
  slot = me;
}

static uint64_t next_random(SHARED(uint64_t) * state) { /* SplitMix64 (Steele, Lea, Flood 2014) */
  uint64_t z = atomic_fetch_add(state, 0x9e3779b97f4a7c15ull) + 0x9e3779b97f4a7c15ull;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

static int draw_real(unsigned char* bytes, int count) {
  for (int drawn = 0; drawn < count;) {
    const ssize_t more = getrandom(bytes + drawn, (size_t)(count - drawn), 0);
    if (more > 0) drawn += (int)more;
  }
  return 1;
}

int RAND_bytes(unsigned char* bytes, int count) {
  if (shared && shared->mode == MODE_REAL) return draw_real(bytes, count);
  uint64_t word = 0;
  for (int i = 0; i < count; i++, word >>= 8) {
    if (i % 8 == 0) word = next_random(slot && *slot ? &(*slot)->random : &own_random);
    bytes[i] = (unsigned char)word;
  }
  return 1;
}
int RAND_status(void) { return 1; }
int RAND_poll(void) { return 1; }
