#pragma once
#include <sqlite3.h>

// sqlite3_config takes variable arguments, which Swift cannot pass. Without its statistics SQLite allocates outside the process-wide
// lock that counts them: a thread that yields while it holds that lock would hold up every other connection.
static inline int portvakt_sqlite_without_statistics(void) {
    return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}
