/* What the shim learns from PostgreSQL's own hooks. */
#ifndef FENCEPOST_SIM_SHIM_HOOKS_H
#define FENCEPOST_SIM_SHIM_HOOKS_H

#include <stdbool.h>

#include "sim/server/shim_page.h"

/* From here on, statements that are no queries are noted in the slot that `me` points to; it may be
   NULL. False where this server exports too little. */
__attribute__((visibility("hidden"))) bool watch_utilities(struct shim_slot** me);

#endif
