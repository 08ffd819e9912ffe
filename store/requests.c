/* requests.c -- see requests.h.
 *
 * The publisher's end is a question at a time on a connection of its own: an answer that takes long must not stand between the writer and
 * its acknowledgements. It is a poll once a second and no blocking command or subscription: a request is rare, a second is soon enough, and
 * a connection that only ever asks cannot be filled by others.
 */
#include "store/requests.h"

#include "common/clock.h"
#include "store/asker.h"
#include "store/complaint.h"
#include "store/connection.h"
#include "store/schema.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_NS (1 * NS_PER_S)
#define RETRY_NS (2 * NS_PER_S)
#define RENEW_NS (3600 * NS_PER_S) /* the key's time to live is renewed */
#define MISS_NS (30 * NS_PER_S)    /* ... and a Redis that was emptied hears it again */
#define HEX "0123456789abcdef"
#define SMALL "abcdefghijklmnopqrstuvwxyz"

enum requests_state { REQUESTS_IDLE, REQUESTS_LOOKING, REQUESTS_TELLING, REQUESTS_MISSING };

/* A command, and its texts one behind the other. */
struct telling {
    int argc;
    const char **argv;
    size_t *lengths;
    char *texts;
    size_t used;
};

struct store_requests {
    char socket[108], request_key[STORE_KEY_MAX], settings_key[STORE_KEY_MAX];
    void (*on_request)(void *context, const struct store_request *r);
    void *context;
    struct store_connection *connection;
    struct store_complaint complaint;
    enum requests_state state;
    uint64_t next_ns, told_ns, missed_ns;
    struct telling telling;
    bool to_tell, changed; /* changed: while the last one was on its way */
    char last_id[STORE_REQUEST_ID_MAX]; /* that on_request() was called with */
};

const char *store_request_member(const struct store_request *r, const char *name)
{
    for (size_t i = 0; i < r->count; i++)
        if (strcmp(r->member[i].name, name) == 0)
            return r->member[i].value;
    return NULL;
}

int store_request_write(const char *socket, const char *installation, const struct store_request *r)
{
    char key[STORE_KEY_MAX];
    struct store_asker *a;
    struct store_reply *reply;
    const char *argv[7 + 2 * STORE_REQUEST_MEMBERS] = {"FCALL", STORE_FUNCTION_REQUEST, "1", key, r->id, r->who, r->change};
    int argc = 7, rc = store_asker_open(socket, &a);
    if (rc < 0)
        return rc;
    store_key_write(key, installation, STORE_KEY_REQUEST, NULL);
    for (size_t i = 0; i < r->count; i++) {
        argv[argc++] = r->member[i].name;
        argv[argc++] = r->member[i].value;
    }
    if ((rc = store_asker_ask(a, argc, argv, &reply)) == 0)
        store_reply_free(reply);
    store_asker_close(a);
    return rc;
}

/* --- the publisher's end ------------------------------------------------------------------------------------------------------ */

struct store_requests *store_requests_new(const char *socket, const char *installation, void (*on_request)(void *context, const struct store_request *r), void *context)
{
    assert(store_installation_is_valid(installation));
    struct store_requests *r = calloc(1, sizeof(*r));
    if (!r)
        return NULL;
    snprintf(r->socket, sizeof(r->socket), "%s", socket);
    store_key_write(r->request_key, installation, STORE_KEY_REQUEST, NULL);
    store_key_write(r->settings_key, installation, STORE_KEY_SETTINGS, NULL);
    r->on_request = on_request;
    r->context = context;
    r->complaint.socket = r->socket;
    return r;
}

static void forget_telling(struct telling *t)
{
    free(t->argv);
    free(t->lengths);
    free(t->texts);
    *t = (struct telling){0};
}

void store_requests_free(struct store_requests *r)
{
    if (!r)
        return;
    forget_telling(&r->telling);
    store_connection_close(r->connection);
    free(r);
}

static void add_word(struct telling *t, const char *word)
{
    size_t n = strlen(word);
    t->argv[t->argc] = memcpy(t->texts + t->used, word, n + 1);
    t->lengths[t->argc++] = n;
    t->used += n + 1;
}

bool store_requests_tell(struct store_requests *r, const char *answered, const struct store_settings_field *fields, size_t n)
{
    assert(n > 0 && n <= STORE_SETTINGS_FIELDS_MOST);
    const char *head[] = {"FCALL", STORE_FUNCTION_SETTINGS, "2", r->settings_key, r->request_key, answered};
    const size_t head_words = sizeof(head) / sizeof(head[0]), words = head_words + 2 * n;
    size_t bytes = 0;
    for (size_t i = 0; i < words; i++)
        bytes += 1 + strlen(i < head_words ? head[i] : (i - head_words) % 2 ? fields[(i - head_words) / 2].value : fields[(i - head_words) / 2].name);
    struct telling t = {.argv = calloc(words, sizeof(*t.argv)), .lengths = calloc(words, sizeof(*t.lengths)), .texts = malloc(bytes)};
    if (!t.argv || !t.lengths || !t.texts) {
        forget_telling(&t);
        return false;
    }
    for (size_t i = 0; i < head_words; i++)
        add_word(&t, head[i]);
    for (size_t i = 0; i < n; i++) {
        add_word(&t, fields[i].name);
        add_word(&t, fields[i].value);
    }
    forget_telling(&r->telling);
    r->telling = t;
    r->to_tell = true;
    r->changed = r->state == REQUESTS_TELLING;
    r->next_ns = 0;
    return true;
}

static void give_up(struct store_requests *r, const char *why)
{
    store_complain(&r->complaint, "settings: %s; trying again", why);
    store_connection_close(r->connection);
    r->connection = NULL;
    r->state = REQUESTS_IDLE;
    r->next_ns = clock_monotonic_ns() + RETRY_NS;
}

static void ask(struct store_requests *r)
{
    uint64_t now_ns = clock_monotonic_ns();
    bool misses = !r->to_tell && now_ns >= r->missed_ns + MISS_NS;
    const char *look[] = {misses ? "EXISTS" : "HGETALL", misses ? r->settings_key : r->request_key};
    const size_t lengths[2] = {strlen(look[0]), strlen(look[1])};
    int rc = r->to_tell ? store_connection_append(r->connection, r->telling.argc, r->telling.argv, r->telling.lengths)
                        : store_connection_append(r->connection, 2, look, lengths);
    r->state = r->to_tell ? REQUESTS_TELLING : misses ? REQUESTS_MISSING : REQUESTS_LOOKING;
    if (misses)
        r->missed_ns = now_ns;
    if (rc < 0)
        give_up(r, "out of memory");
}

static void begin_if_due(struct store_requests *r)
{
    uint64_t now_ns = clock_monotonic_ns();
    if (r->telling.argc > 0 && now_ns >= r->told_ns + RENEW_NS)
        r->to_tell = true;
    if (now_ns < r->next_ns || (!r->to_tell && !r->on_request))
        return;
    r->next_ns = now_ns + LOOK_NS;
    if (!r->connection && store_connection_open(r->socket, &r->connection) < 0)
        return; /* the writer says that Redis is away */
    ask(r);
}

static bool copy_word(const char *text, const char *letters, char *out, size_t size)
{
    size_t n = strlen(text);
    if (n == 0 || n >= size || strspn(text, letters) != n)
        return false;
    memcpy(out, text, n + 1);
    return true;
}

/* One field of the request into its place; a wrong one makes the whole request wrong. */
static bool take_field(struct store_request *q, const char *name, const struct store_reply *value)
{
    size_t n;
    const char *text = store_reply_text(value, &n);
    if (strlen(text) != n)
        return false;
    if (strcmp(name, "id") == 0)
        return copy_word(text, HEX, q->id, sizeof(q->id)) && n == STORE_REQUEST_ID_MAX - 1;
    if (strcmp(name, "who") == 0)
        return copy_word(text, SMALL, q->who, sizeof(q->who));
    if (strcmp(name, "change") == 0)
        return copy_word(text, SMALL, q->change, sizeof(q->change));
    if (strncmp(name, "value:", 6) != 0 || q->count == STORE_REQUEST_MEMBERS || n >= STORE_REQUEST_VALUE_MAX ||
        !copy_word(name + 6, SMALL, q->member[q->count].name, STORE_REQUEST_WORD_MAX))
        return false;
    memcpy(q->member[q->count++].value, text, n + 1);
    return true;
}

static void on_looked(struct store_requests *r, const struct store_reply *reply)
{
    struct store_request q = {0};
    size_t n = store_reply_count(reply);
    bool right = n > 0;
    for (size_t i = 0; i + 1 < n && right; i += 2)
        right = take_field(&q, store_reply_text(store_reply_item(reply, i), NULL), store_reply_item(reply, i + 1));
    if (n == 0 || !right || !q.id[0] || !q.who[0] || !q.change[0] || strcmp(q.id, r->last_id) == 0)
        return; /* none; not as the dashboard writes it: it dies within the hour; or answered, and not gone yet */
    memcpy(r->last_id, q.id, sizeof(r->last_id));
    r->on_request(r->context, &q);
}

static void on_reply(struct store_requests *r, const struct store_reply *reply)
{
    enum requests_state was = r->state;
    if (store_reply_kind(reply) == STORE_REPLY_ERROR && store_error_is_early(store_reply_text(reply, NULL))) {
        r->state = REQUESTS_IDLE;
        r->next_ns = clock_monotonic_ns() + LOOK_NS / 5;
        return;
    }
    if (store_reply_kind(reply) == STORE_REPLY_ERROR) {
        give_up(r, store_reply_text(reply, NULL));
        return;
    }
    store_complaint_clear(&r->complaint);
    r->state = REQUESTS_IDLE;
    if (was == REQUESTS_LOOKING) {
        on_looked(r, reply);
        return;
    }
    if (was == REQUESTS_MISSING) {
        r->to_tell |= store_reply_integer(reply) == 0 && r->telling.argc > 0;
        return;
    }
    r->told_ns = clock_monotonic_ns();
    r->to_tell = r->changed;
    r->changed = false;
}

bool store_requests_run(struct store_requests *r)
{
    if (r->state == REQUESTS_IDLE) {
        begin_if_due(r);
        if (r->state == REQUESTS_IDLE)
            return r->to_tell;
    }
    struct store_reply *reply = NULL;
    int rc = store_connection_pump(r->connection);
    if (rc >= 0)
        rc = store_connection_next(r->connection, &reply);
    if (rc > 0)
        on_reply(r, reply);
    else if (rc < 0)
        give_up(r, store_connection_problem(r->connection));
    store_reply_free(reply);
    return r->to_tell;
}
