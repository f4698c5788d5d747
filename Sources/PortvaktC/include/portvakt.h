/* The gate of Portvakt for C: releases something only on a recorded allow.
 *
 * Fail closed: a deadline, a lost connection, an answer that cannot be understood or has run out, an obligation that nobody
 * carries out, a wrong argument: each is a refusal with its reason, never an allow. With no server there is no access.
 *
 * Threads: any number of threads may use one gate at once, each with questions of its own. A question, or a set of options,
 * is used by one thread at a time. Nothing is kept outside the objects that are opened here.
 *
 * Processes: a gate is of the process that opened it, and once one was opened there is none in a child made with fork. There every
 * function of the parent's gate refuses (PORTVAKT_BAD_ARGUMENT), closing it does nothing, and portvakt_gate_open refuses
 * after five seconds. Fork first, or start the child with exec. The library stays loaded until the process ends: dlclose does nothing.
 *
 * Ownership: whatever ends in _new, _open or is given through a `**` argument belongs to the caller, who frees it with the
 * function named beside it. A `const char *` that a ruling gives is the ruling's, and valid until it is freed. What is handed
 * in is copied before the function returns. Every function takes NULL: it does nothing, or refuses.
 *
 * Texts are UTF-8 and end with a NUL.
 */
#ifndef PORTVAKT_H
#define PORTVAKT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PORTVAKT_ABI_VERSION 1

/* The version of the library that is loaded: compare it with PORTVAKT_ABI_VERSION. */
int32_t portvakt_abi_version(void);

typedef struct portvakt_options portvakt_options;
typedef struct portvakt_gate portvakt_gate;
typedef struct portvakt_question portvakt_question;
typedef struct portvakt_ruling portvakt_ruling;

typedef int32_t portvakt_result;
enum {
    /* Done; for a question: a recorded allow that holds and whose obligations have been carried out. */
    PORTVAKT_OK = 0,
    /* The server said no and recorded it, or could not record anything. */
    PORTVAKT_REFUSED = 1,
    /* There is no answer to rely on: treat it as a no. */
    PORTVAKT_UNANSWERED = 2,
    /* NULL, an unknown key, a value that is none of the key's; a question that is not whole, of which nothing was asked. */
    PORTVAKT_BAD_ARGUMENT = 3,
    /* A certificate, a key or an authority cannot be used; for portvakt_gate_open only. */
    PORTVAKT_BAD_FILES = 4,
    /* The host's own release function said that it failed: the decision stands, and what happened is the host's to know. */
    PORTVAKT_RELEASE_FAILED = 5
};

/* ---- Options ---- */

/* Free with portvakt_options_free; opening a gate does not take them. */
portvakt_options *portvakt_options_new(void);
void portvakt_options_free(portvakt_options *options);

/* What is refused stays refused: no gate is opened with these options then, since it would be opened without what was meant.
 * Keys: address (host:port; again for the next one to try), certificate, key, ca, crl (paths), server_name, timeout_ms
 * (1 to 600000; default 2000), reuse_ms (50 to 60000: allows may be used again while the server says so often that nothing
 * has changed; default: never), handles (an obligation that the host carries out by itself; again for another). */
portvakt_result portvakt_options_set(portvakt_options *options, const char *key, const char *value);

/* Carries out an obligation before something is released: 0 when it has, anything else when it failed, which refuses. It is
 * called on a thread of the library's; more than one at a time. It may block, and may ask the gate. The receipt is valid during
 * the call. */
typedef int32_t (*portvakt_obligation_fn)(void *context, const char *obligation, const char *receipt);
portvakt_result portvakt_options_handle(
    portvakt_options *options, const char *obligation, portvakt_obligation_fn carry_out, void *context);

/* ---- The gate ---- */

/* Loads the files and connects with the first question.
 * error: NULL, or gets a sentence on failure (free with portvakt_text_free). gate: free with portvakt_gate_close. */
portvakt_result portvakt_gate_open(const portvakt_options *options, portvakt_gate **gate, char **error);
/* Ends what is asked with a refusal and waits for it. No thread may be in another function of this gate, or enter one. */
void portvakt_gate_close(portvakt_gate *gate);
void portvakt_text_free(char *text);

/* How many questions came to this: allowed, reused, denied, unrecorded, or a kind of failure (unreachable, deadline, ...). */
uint64_t portvakt_gate_count(const portvakt_gate *gate, const char *kind);

/* ---- Questions ---- */

/* Free with portvakt_question_free. */
portvakt_question *portvakt_question_new(void);
void portvakt_question_free(portvakt_question *question);

/* What is refused stays refused, as if it were missing: nothing is asked with this question, whatever is set after it.
 * Keys, with the words of the proto files in lower case: actor.employment, actor.person, actor.proxy, action (log.read),
 * object.case, object.meeting, object.person, object.controller, assurance, purpose, need (true, false), area,
 * entry.category, entry.author, entry.about (again for another), entry.topic (again), entry.withheld,
 * entry.needed_for_fa, entry.same_treatment, emergency.reason, emergency.anonymised_insufficient, emergency.minutes,
 * successor, document, necessity, ground, recipient.unit, recipient.service, recipient.person, request_id.
 * Of actor., object. and recipient. one key each: another one beside it is refused. The same key again takes the new value. */
portvakt_result portvakt_question_set(portvakt_question *question, const char *key, const char *value);

/* A whole question has an actor, an action, an object, an assurance and a purpose; need is false when it is not set. One that
 * has any key of entry. also has entry.category and entry.author; one that has any of emergency. has emergency.reason. What is
 * not whole is never asked without the part that was set, nor with one that was not: every function that asks says
 * PORTVAKT_BAD_ARGUMENT.
 * This says which key is missing, as "entry.category is missing: entry.needed_for_fa is about an entry"; NULL: the question is
 * whole. The text is the question's, and valid until this is called again or the question is freed. */
const char *portvakt_question_problem(portvakt_question *question);

/* Asks. Blocks the calling thread for the gate's time-out at most.
 * ruling: NULL, or gets what it came to, also on a refusal (free with portvakt_ruling_free). */
portvakt_result portvakt_check(portvakt_gate *gate, const portvakt_question *question, portvakt_ruling **ruling);

/* Asks, and calls `release` on the calling thread, once, only on PORTVAKT_OK. 0 from it: released; anything else:
 * PORTVAKT_RELEASE_FAILED. */
typedef int32_t (*portvakt_release_fn)(void *context, const char *receipt);
portvakt_result portvakt_disclose(
    portvakt_gate *gate, const portvakt_question *question, portvakt_release_fn release, void *context,
    portvakt_ruling **ruling);

/* Asks many questions in one call, and tells what each came to, in order, on the calling thread, each index once.
 * They are one request: none of them has a request_id (PORTVAKT_BAD_ARGUMENT).
 * An allow that has run out while those before it were told is told as PORTVAKT_UNANSWERED, with the reason expired.
 * The ruling is valid during the call only. Returns PORTVAKT_OK when every question was told. */
typedef void (*portvakt_each_fn)(void *context, size_t index, portvakt_result result, const portvakt_ruling *ruling);
portvakt_result portvakt_check_each(
    portvakt_gate *gate, const portvakt_question *const *questions, size_t count, portvakt_each_fn each, void *context);

/* ---- Rulings ---- */

void portvakt_ruling_free(portvakt_ruling *ruling);
/* 1: a recorded allow. */
int32_t portvakt_ruling_is_allowed(const portvakt_ruling *ruling);
/* The primary reason, as deny.no_consent, or the kind of failure, as unreachable. */
const char *portvakt_ruling_reason(const portvakt_ruling *ruling);
/* A sentence that can be shown to people. */
const char *portvakt_ruling_text(const portvakt_ruling *ruling);
/* Where the decision is recorded: a line to keep; NULL when nothing was. */
const char *portvakt_ruling_receipt(const portvakt_ruling *ruling);

#ifdef __cplusplus
}
#endif

#endif
