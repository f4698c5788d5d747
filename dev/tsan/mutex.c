/* Tells the thread sanitizer what it cannot see of Swift's `Mutex`.
 *
 * On Linux a contended `Mutex` is taken and given back in the functions below, of libswiftSynchronization.so: by the kernel
 * (futex(2), FUTEX_LOCK_PI) and by code that was compiled without the sanitizer. So it reports races of what the mutex guards, but only
 * where two threads met there. `dev/sanitize` loads this library before that one; each function does what the runtime's own does and
 * says that the mutex was acquired or released. `dev/tsan/check.swift` holds both: with it a contended mutex is clean, and a real race
 * is found.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>

/* Of the sanitizer's, in programs that have it; programs without it (a test's openssl) load this too. */
__attribute__((weak)) void __tsan_acquire(void *address);
__attribute__((weak)) void __tsan_release(void *address);

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *self

typedef SWIFT void (*lock_function)(uint32_t thread, SELF);
typedef SWIFT void (*unlock_function)(SELF);
typedef SWIFT _Bool (*try_function)(SELF);

#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
#define TRY "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"

SWIFT void lock_slow(uint32_t thread, SELF) __asm__(LOCK);
SWIFT void unlock_slow(SELF) __asm__(UNLOCK);
SWIFT _Bool try_slow(SELF) __asm__(TRY);

static void *next(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (!found) abort();
    return found;
}

SWIFT void lock_slow(uint32_t thread, SELF) {
    static _Atomic(lock_function) original;
    if (!original) original = (lock_function)next(LOCK);
    original(thread, self);
    if (__tsan_acquire) __tsan_acquire(self);
}

SWIFT void unlock_slow(SELF) {
    static _Atomic(unlock_function) original;
    if (!original) original = (unlock_function)next(UNLOCK);
    if (__tsan_release) __tsan_release(self);
    original(self);
}

SWIFT _Bool try_slow(SELF) {
    static _Atomic(try_function) original;
    if (!original) original = (try_function)next(TRY);
    _Bool taken = original(self);
    if (taken && __tsan_acquire) __tsan_acquire(self);
    return taken;
}
