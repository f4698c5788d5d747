/* The gate for C against a real daemon. Arguments: address, folder of certificates, and what to do:
 *   all       every case but those of a dead daemon
 *   threads   200 threads on one gate, 5 questions each
 *   few       200 threads on one gate, one question each: for valgrind, which is slow enough for answers to run out
 *   fork      a child process with its parent's gate, and with one that it wants to open
 *   dead      nobody listens: everything is refused
 * Ends with 0 when everything came out as it must.
 */
#define _POSIX_C_SOURCE 200809L
#include <portvakt.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 200, QUESTIONS_PER_THREAD = 5, BATCH = 2500 };

static int failures;

#define EXPECT(condition)                                                          \
    do {                                                                           \
        if (!(condition)) {                                                        \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
            failures++;                                                            \
        }                                                                          \
    } while (0)

static const char *certs;

static portvakt_options *options(const char *address, const char *timeout) {
    char path[4096];
    portvakt_options *made = portvakt_options_new();
    EXPECT(portvakt_options_set(made, "address", address) == PORTVAKT_OK);
    snprintf(path, sizeof path, "%s/journal.pem", certs);
    EXPECT(portvakt_options_set(made, "certificate", path) == PORTVAKT_OK);
    snprintf(path, sizeof path, "%s/journal.key", certs);
    EXPECT(portvakt_options_set(made, "key", path) == PORTVAKT_OK);
    snprintf(path, sizeof path, "%s/ca.pem", certs);
    EXPECT(portvakt_options_set(made, "ca", path) == PORTVAKT_OK);
    snprintf(path, sizeof path, "%s/crl.pem", certs);
    EXPECT(portvakt_options_set(made, "crl", path) == PORTVAKT_OK);
    EXPECT(portvakt_options_set(made, "timeout_ms", timeout) == PORTVAKT_OK);
    return made;
}

static portvakt_gate *gate_with(portvakt_options *made) {
    portvakt_gate *gate = NULL;
    char *error = NULL;
    EXPECT(portvakt_gate_open(made, &gate, &error) == PORTVAKT_OK);
    if (error) fprintf(stderr, "%s\n", error);
    portvakt_text_free(error);
    portvakt_options_free(made);
    return gate;
}

static portvakt_question *reading(const char *employment, const char *category) {
    portvakt_question *question = portvakt_question_new();
    EXPECT(portvakt_question_set(question, "actor.employment", employment) == PORTVAKT_OK);
    EXPECT(portvakt_question_set(question, "action", "log.read") == PORTVAKT_OK);
    EXPECT(portvakt_question_set(question, "object.case", "sak") == PORTVAKT_OK);
    EXPECT(portvakt_question_set(question, "assurance", "high") == PORTVAKT_OK);
    EXPECT(portvakt_question_set(question, "purpose", "samordning") == PORTVAKT_OK);
    EXPECT(portvakt_question_set(question, "need", "true") == PORTVAKT_OK);
    if (category) {
        EXPECT(portvakt_question_set(question, "entry.category", category) == PORTVAKT_OK);
        EXPECT(portvakt_question_set(question, "entry.author", "skole") == PORTVAKT_OK);
        EXPECT(portvakt_question_set(question, "entry.about", "barn") == PORTVAKT_OK);
    }
    return question;
}

static int32_t released(void *context, const char *receipt) {
    EXPECT(receipt && strncmp(receipt, "portvakt-receipt/1 decisions/", 29) == 0);
    ++*(int *)context;
    return 0;
}

static int32_t broken(void *context, const char *receipt) {
    (void)receipt;
    ++*(int *)context;
    return 1;
}

static void single(portvakt_gate *gate) {
    int runs = 0;
    portvakt_ruling *ruling = NULL;
    portvakt_question *question = reading("radgiver", "education");
    EXPECT(portvakt_question_set(question, "request_id", "c-1") == PORTVAKT_OK);
    EXPECT(portvakt_disclose(gate, question, released, &runs, &ruling) == PORTVAKT_OK);
    EXPECT(runs == 1 && portvakt_ruling_is_allowed(ruling));
    EXPECT(strcmp(portvakt_ruling_reason(ruling), "allow.consent") == 0);
    EXPECT(strlen(portvakt_ruling_text(ruling)) > 0 && portvakt_ruling_receipt(ruling));
    portvakt_ruling_free(ruling);
    EXPECT(portvakt_disclose(gate, question, broken, &runs, NULL) == PORTVAKT_RELEASE_FAILED);
    EXPECT(runs == 2);
    portvakt_question_free(question);

    question = reading("no-such", "education");
    EXPECT(portvakt_disclose(gate, question, released, &runs, &ruling) == PORTVAKT_REFUSED);
    EXPECT(runs == 2 && !portvakt_ruling_is_allowed(ruling) && portvakt_ruling_receipt(ruling));
    EXPECT(strncmp(portvakt_ruling_reason(ruling), "deny.", 5) == 0);
    portvakt_ruling_free(ruling);
    EXPECT(portvakt_check(gate, question, NULL) == PORTVAKT_REFUSED);
    portvakt_question_free(question);
}

/* Whether the question is not whole, for want of this key. */
static int lacks(portvakt_question *question, const char *key) {
    const char *problem = portvakt_question_problem(question);
    return problem && strncmp(problem, key, strlen(key)) == 0;
}

static void untold(void *context, size_t index, portvakt_result result, const portvakt_ruling *ruling) {
    (void)context, (void)index, (void)result, (void)ruling;
    EXPECT(!"nothing is asked, so nothing is told");
}

static void arguments(portvakt_gate *gate) {
    int runs = 0;
    portvakt_ruling *ruling = (portvakt_ruling *)&runs;
    portvakt_question *question = portvakt_question_new();
    EXPECT(portvakt_check(gate, question, &ruling) == PORTVAKT_BAD_ARGUMENT && ruling == NULL);
    EXPECT(lacks(question, "actor.employment"));
    EXPECT(portvakt_question_set(question, "action", "log.steal") == PORTVAKT_BAD_ARGUMENT);
    EXPECT(portvakt_question_set(question, "colour", "red") == PORTVAKT_BAD_ARGUMENT);
    EXPECT(portvakt_question_set(question, "actor.person", "") == PORTVAKT_BAD_ARGUMENT);
    EXPECT(portvakt_question_set(question, "actor.person", "\xff\xfe") == PORTVAKT_BAD_ARGUMENT);
    EXPECT(portvakt_question_set(question, NULL, NULL) == PORTVAKT_BAD_ARGUMENT);
    EXPECT(portvakt_question_set(NULL, "action", "log.read") == PORTVAKT_BAD_ARGUMENT);
    /* How the person was identified, and what it is for, are said: nothing is assumed. */
    EXPECT(portvakt_question_set(question, "actor.employment", "radgiver") == PORTVAKT_OK);
    EXPECT(portvakt_question_set(question, "action", "log.read") == PORTVAKT_OK);
    EXPECT(portvakt_question_set(question, "object.case", "sak") == PORTVAKT_OK);
    EXPECT(lacks(question, "assurance"));
    EXPECT(portvakt_question_set(question, "assurance", "high") == PORTVAKT_OK);
    EXPECT(lacks(question, "purpose"));
    EXPECT(portvakt_check(gate, question, &ruling) == PORTVAKT_BAD_ARGUMENT && ruling == NULL);
    portvakt_question_free(question);
    /* Half an entry is no entry: it might have hidden something. Half an emergency is none. */
    static const char *const halves[][3] = {
        {"entry.withheld", "danger", "entry.category"},
        {"entry.needed_for_fa", "true", "entry.category"},
        {"entry.same_treatment", "false", "entry.category"},
        {"entry.category", "health", "entry.author"},
        {"emergency.minutes", "30", "emergency.reason"},
        {"emergency.anonymised_insufficient", "true", "emergency.reason"},
    };
    for (size_t i = 0; i < sizeof halves / sizeof halves[0]; i++) {
        question = reading("radgiver", NULL);
        EXPECT(portvakt_question_problem(question) == NULL);
        EXPECT(portvakt_question_set(question, halves[i][0], halves[i][1]) == PORTVAKT_OK);
        EXPECT(lacks(question, halves[i][2]));
        EXPECT(portvakt_check(gate, question, &ruling) == PORTVAKT_BAD_ARGUMENT && ruling == NULL);
        EXPECT(portvakt_disclose(gate, question, released, &runs, NULL) == PORTVAKT_BAD_ARGUMENT && runs == 0);
        const portvakt_question *many[] = {question};
        EXPECT(portvakt_check_each(gate, many, 1, untold, NULL) == PORTVAKT_BAD_ARGUMENT);
        portvakt_question_free(question);
    }
    /* What was refused is not left out: with a mark of the entry less it might be allowed. */
    static const char *const slips[][2] = {{"entry.withheld", "wieghty"}, {"entry.whitheld", "weighty"}, {NULL, "x"}};
    for (size_t i = 0; i < 3; i++) {
        question = reading("radgiver", "education");
        EXPECT(portvakt_question_set(question, slips[i][0], slips[i][1]) == PORTVAKT_BAD_ARGUMENT);
        EXPECT(lacks(question, slips[i][0] ? slips[i][0] : "a key"));
        EXPECT(portvakt_disclose(gate, question, released, &runs, &ruling) == PORTVAKT_BAD_ARGUMENT && runs == 0);
        EXPECT(portvakt_question_set(question, "entry.withheld", "weighty") == PORTVAKT_OK);
        EXPECT(portvakt_check(gate, question, NULL) == PORTVAKT_BAD_ARGUMENT);
        portvakt_question_free(question);
    }
    EXPECT(portvakt_question_problem(NULL) == NULL);
    question = reading("radgiver", NULL);
    EXPECT(portvakt_check(NULL, question, NULL) == PORTVAKT_BAD_ARGUMENT);
    EXPECT(portvakt_disclose(gate, question, NULL, NULL, NULL) == PORTVAKT_BAD_ARGUMENT);
    EXPECT(portvakt_check_each(gate, NULL, 1, NULL, NULL) == PORTVAKT_BAD_ARGUMENT);
    portvakt_question_free(question);
    EXPECT(portvakt_ruling_reason(NULL) == NULL && portvakt_ruling_is_allowed(NULL) == 0);
    EXPECT(portvakt_gate_count(NULL, "allowed") == 0);
    portvakt_ruling_free(NULL);
    portvakt_question_free(NULL);
    portvakt_options_free(NULL);
    portvakt_gate_close(NULL);
    portvakt_text_free(NULL);

    portvakt_options *empty = portvakt_options_new();
    portvakt_gate *none = gate;
    char *error = NULL;
    EXPECT(portvakt_options_set(empty, "address", "nowhere") == PORTVAKT_BAD_ARGUMENT);
    EXPECT(portvakt_options_set(empty, "timeout_ms", "0") == PORTVAKT_BAD_ARGUMENT);
    EXPECT(portvakt_options_set(empty, "reuse_ms", "1") == PORTVAKT_BAD_ARGUMENT);
    EXPECT(portvakt_options_set(empty, "handles", "everything") == PORTVAKT_BAD_ARGUMENT);
    EXPECT(portvakt_gate_open(empty, &none, &error) == PORTVAKT_BAD_ARGUMENT && none == NULL);
    EXPECT(error && strncmp(error, "address was refused", 19) == 0);
    portvakt_text_free(error);
    portvakt_options_free(empty);
    empty = portvakt_options_new();
    EXPECT(portvakt_gate_open(empty, &none, &error) == PORTVAKT_BAD_ARGUMENT && none == NULL && error);
    portvakt_text_free(error);
    EXPECT(portvakt_options_set(empty, "address", "127.0.0.1:1") == PORTVAKT_OK);
    EXPECT(portvakt_options_set(empty, "certificate", "/nowhere.pem") == PORTVAKT_OK);
    EXPECT(portvakt_options_set(empty, "key", "/nowhere.key") == PORTVAKT_OK);
    EXPECT(portvakt_options_set(empty, "ca", "/nowhere.pem") == PORTVAKT_OK);
    EXPECT(portvakt_gate_open(empty, &none, &error) == PORTVAKT_BAD_FILES && none == NULL);
    EXPECT(error && strstr(error, "/nowhere"));
    portvakt_text_free(error);
    portvakt_options_free(empty);
}

/* A child has none of its parent's threads: every function refuses there, none waits for ever. */
static void forked(portvakt_gate *gate, portvakt_options *made) {
    pid_t child = fork();
    EXPECT(child >= 0);
    if (child == 0) {
        int runs = 0;
        char *error = NULL;
        portvakt_gate *own = NULL;
        portvakt_question *question = reading("radgiver", "education");
        const portvakt_question *questions[] = {question};
        alarm(30);
        failures = 0;
        EXPECT(portvakt_disclose(gate, question, released, &runs, NULL) == PORTVAKT_BAD_ARGUMENT && runs == 0);
        EXPECT(portvakt_check_each(gate, questions, 1, untold, NULL) == PORTVAKT_BAD_ARGUMENT);
        EXPECT(portvakt_gate_count(gate, "allowed") == 0);
        portvakt_gate_close(gate);
        EXPECT(portvakt_gate_open(made, &own, &error) == PORTVAKT_BAD_ARGUMENT && own == NULL);
        EXPECT(error && strstr(error, "forked"));
        _exit(failures);
    }
    int status = 1;
    EXPECT(waitpid(child, &status, 0) == child && status == 0);
    portvakt_options_free(made);
}

struct told {
    size_t next;
    size_t allowed;
};

static void each(void *context, size_t index, portvakt_result result, const portvakt_ruling *ruling) {
    struct told *told = context;
    EXPECT(index == told->next++);
    EXPECT((result == PORTVAKT_OK) == (portvakt_ruling_is_allowed(ruling) == 1));
    if (result == PORTVAKT_OK) told->allowed++;
}

static void batch(portvakt_gate *gate) {
    portvakt_question *questions[BATCH];
    struct told told = {0, 0};
    for (int i = 0; i < BATCH; i++) questions[i] = reading(i % 5 == 4 ? "no-such" : "radgiver", "education");
    EXPECT(
        portvakt_check_each(gate, (const portvakt_question *const *)questions, BATCH, each, &told) == PORTVAKT_OK);
    EXPECT(told.next == BATCH && told.allowed == BATCH / 5 * 4);
    /* One request: the id of a single question would be left out of it. */
    EXPECT(portvakt_question_set(questions[1], "request_id", "own") == PORTVAKT_OK);
    EXPECT(
        portvakt_check_each(gate, (const portvakt_question *const *)questions, 2, untold, NULL) ==
        PORTVAKT_BAD_ARGUMENT);
    for (int i = 0; i < BATCH; i++) portvakt_question_free(questions[i]);
    EXPECT(portvakt_check_each(gate, NULL, 0, each, &told) == PORTVAKT_OK);
}

struct seat {
    portvakt_gate *gate;
    int questions;
    int allowed;
};

static void *ask(void *context) {
    struct seat *seat = context;
    portvakt_question *question = reading("radgiver", "education");
    for (int i = 0; i < seat->questions; i++) {
        portvakt_ruling *ruling = NULL;
        int runs = 0;
        if (portvakt_disclose(seat->gate, question, released, &runs, &ruling) == PORTVAKT_OK && runs == 1) {
            seat->allowed++;
        } else {
            fprintf(stderr, "not allowed: %s\n", portvakt_ruling_reason(ruling));
        }
        portvakt_ruling_free(ruling);
    }
    portvakt_question_free(question);
    return NULL;
}

static void threads(portvakt_gate *gate, int questions) {
    pthread_t threads[THREADS];
    struct seat seats[THREADS];
    for (int i = 0; i < THREADS; i++) {
        seats[i] = (struct seat){gate, questions, 0};
        EXPECT(pthread_create(&threads[i], NULL, ask, &seats[i]) == 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        EXPECT(seats[i].allowed == questions);
    }
    EXPECT(portvakt_gate_count(gate, "allowed") == (uint64_t)(THREADS * questions));
}

static void dead(portvakt_gate *gate) {
    int runs = 0;
    portvakt_ruling *ruling = NULL;
    portvakt_question *question = reading("radgiver", "education");
    EXPECT(portvakt_disclose(gate, question, released, &runs, &ruling) == PORTVAKT_UNANSWERED);
    EXPECT(runs == 0 && !portvakt_ruling_is_allowed(ruling) && portvakt_ruling_receipt(ruling) == NULL);
    const char *reason = portvakt_ruling_reason(ruling);
    EXPECT(strcmp(reason, "unreachable") == 0 || strcmp(reason, "deadline") == 0);
    EXPECT(portvakt_gate_count(gate, reason) == 1);
    EXPECT(strlen(portvakt_ruling_text(ruling)) > 0);
    portvakt_ruling_free(ruling);
    EXPECT(portvakt_question_set(question, "emergency.reason", "acute danger") == PORTVAKT_OK);
    EXPECT(portvakt_question_set(question, "emergency.minutes", "30") == PORTVAKT_OK);
    EXPECT(portvakt_check(gate, question, NULL) == PORTVAKT_UNANSWERED);
    struct told told = {0, 0};
    const portvakt_question *questions[] = {question, question};
    EXPECT(portvakt_check_each(gate, questions, 2, each, &told) == PORTVAKT_OK);
    EXPECT(told.next == 2 && told.allowed == 0);
    portvakt_question_free(question);
}

int main(int count, char **values) {
    if (count != 4) return 2;
    EXPECT(portvakt_abi_version() == PORTVAKT_ABI_VERSION);
    certs = values[2];
    portvakt_options *made = options(values[1], strcmp(values[3], "dead") == 0 ? "2000" : "120000");
    EXPECT(portvakt_options_set(made, "handles", "log") == PORTVAKT_OK);
    portvakt_gate *gate = gate_with(made);
    if (!gate) return 1;
    if (strcmp(values[3], "all") == 0) {
        single(gate);
        arguments(gate);
        batch(gate);
    } else if (strcmp(values[3], "fork") == 0) {
        single(gate);
        forked(gate, options(values[1], "2000"));
        single(gate);
    } else if (strcmp(values[3], "threads") == 0) {
        threads(gate, QUESTIONS_PER_THREAD);
    } else if (strcmp(values[3], "few") == 0) {
        threads(gate, 1);
    } else {
        dead(gate);
    }
    portvakt_gate_close(gate);
    if (failures == 0) printf("%s: as it must be\n", values[3]);
    return failures == 0 ? 0 : 1;
}
