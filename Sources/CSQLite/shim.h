#pragma once
#include <sqlite3.h>

// sqlite3_config takes variable arguments, which Swift cannot pass. Without its statistics SQLite allocates outside the process-wide
// lock that counts them: a thread that yields while it holds that lock would hold up every other connection.
static inline int portvakt_sqlite_without_statistics(void) {
    return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

// sqlite3_db_config takes variable arguments, too. The connection of a database that is closed last moves the write-ahead log into the
// database, unless it was told to leave it.
static inline int portvakt_sqlite_leave_log(sqlite3 *connection, int leaves) {
    return sqlite3_db_config(connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, leaves, (int *)0);
}
