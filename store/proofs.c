/* proofs.c -- see proofs.h: the struct, and writing it.
 *
 * All of a recording goes in one call, so that there is never half of one; its bounds keep it below what a call takes. A text that is too long
 * is cut at a character, and one that is foreign has no tab in it (text_clean), so that tabs can stand between columns.
 */
#include "store/proofs.h"

#include "common/log.h"
#include "common/text.h"
#include "store/asker.h"
#include "store/library.h"
#include "store/schema.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELDS_MOST (14 + STORE_PROOF_HOSTS_MOST + STORE_PROOF_TOLD_MOST + STORE_PROOF_CHAINS_MOST)
#define ARGUMENTS   (4 + 2 * FIELDS_MOST)
#define COLUMNS_MOST 10
#define ROW_MOST     1200 /* LONGEST_VALUE of store/functions/kept.lua */
_Static_assert(COLUMNS_MOST * 100 + COLUMNS_MOST <= ROW_MOST, "columns of a hundred bytes always fit, so that cutting ends");
_Static_assert(ARGUMENTS <= 512, "a question of store/asker.c has room for so many");

const char *store_told_word(enum store_told told)
{
    static const char *const words[STORE_TOLD_COUNT] = {"nothing", "site", "page"};
    return words[told];
}

bool store_proof_id_is_valid(const char *id)
{
    return strspn(id, "0123456789abcdef") == STORE_PROOF_ID_LEN && id[STORE_PROOF_ID_LEN] == '\0';
}

static void *add(void **array, size_t *len, size_t most, size_t element)
{
    char *larger = *len < most ? reallocarray(*array, *len + 1, element) : NULL;
    if (!larger)
        return NULL;
    *array = larger;
    return memset(larger + (*len)++ * element, 0, element);
}

struct store_proof_host *store_proof_add_host(struct store_proof *p)
{
    return add((void **)&p->hosts, &p->hosts_len, STORE_PROOF_HOSTS_MOST, sizeof(*p->hosts));
}

struct store_proof_request *store_proof_add_told(struct store_proof *p)
{
    return add((void **)&p->told, &p->told_len, STORE_PROOF_TOLD_MOST, sizeof(*p->told));
}

struct store_proof_chain *store_proof_add_chain(struct store_proof *p)
{
    return add((void **)&p->chains, &p->chains_len, STORE_PROOF_CHAINS_MOST, sizeof(*p->chains));
}

static void free_all(char **texts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(texts[i]);
}

void store_proof_fini(struct store_proof *p)
{
    for (size_t i = 0; i < p->hosts_len; i++) {
        struct store_proof_host *h = &p->hosts[i];
        free_all((char *[]){h->host, h->tracker, h->organisation, h->role, h->consent}, 5);
    }
    for (size_t i = 0; i < p->told_len; i++) {
        struct store_proof_request *q = &p->told[i];
        free_all((char *[]){q->host, q->parameter, q->place, q->carried, q->page, q->inside, q->consent, q->with}, 8);
    }
    for (size_t i = 0; i < p->chains_len; i++)
        free_all(p->chains[i].hosts, p->chains[i].len);
    free(p->hosts);
    free(p->told);
    free(p->chains);
    free_all((char *[]){p->site, p->browser, p->page, p->title}, 4);
    memset(p, 0, sizeof(*p));
}

/* Writing ---------------------------------------------------------------------------------------------------------- */

struct question {
    const char *argv[ARGUMENTS];
    int argc;
    char *owned[2 * FIELDS_MOST]; /* of these, what is to be freed */
    size_t owned_len;
    bool failed;
};

static void put_owned(struct question *q, char *text)
{
    q->failed |= !text;
    if (text)
        q->owned[q->owned_len++] = text;
    assert(q->argc < ARGUMENTS);
    q->argv[q->argc++] = text ? text : "";
}

static void put(struct question *q, const char *field, const char *text)
{
    char clean[STORE_PROOF_TEXT + 1];
    q->argv[q->argc++] = field;
    text_clean(text ? text : "", text ? strlen(text) : 0, clean, sizeof(clean));
    put_owned(q, strdup(clean));
}

static void put_number(struct question *q, const char *field, uint64_t n)
{
    char text[24];
    snprintf(text, sizeof(text), "%" PRIu64, n);
    put(q, field, text);
}

/* A column, clean and at most `most` bytes; one that a full row had cut shorter than a text may be says so. */
static size_t write_column(const char *text, size_t most, char out[STORE_PROOF_TEXT + 1])
{
    static const char cut[] = "\xe2\x80\xa6";
    size_t n = text_clean(text ? text : "", text ? strlen(text) : 0, out, STORE_PROOF_TEXT + 1);
    if (n <= most)
        return n;
    n = text_clean(text, strlen(text), out, most + 1 - (sizeof(cut) - 1));
    memcpy(out + n, cut, sizeof(cut));
    return n + sizeof(cut) - 1;
}

/* The columns with tabs between, none longer than `most`; returns the length. */
static size_t write_row(const char *const *columns, size_t n, size_t most, char *out)
{
    char column[STORE_PROOF_TEXT + 1];
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        size_t len = write_column(columns[i], most, column);
        if (i > 0)
            out[at++] = '\t';
        memcpy(out + at, column, len);
        at += len;
    }
    out[at] = '\0';
    return at;
}

/* A row: where it would be longer than the store takes, its longest columns are cut, all to the same length. */
static void put_row(struct question *q, const char *field, size_t number, const char *const *columns, size_t n)
{
    char name[32], row[COLUMNS_MOST * (STORE_PROOF_TEXT + 1)];
    assert(n <= COLUMNS_MOST);
    snprintf(name, sizeof(name), "%s:%zu", field, number);
    put_owned(q, strdup(name));
    for (size_t most = STORE_PROOF_TEXT; write_row(columns, n, most, row) > ROW_MOST; most--)
        ;
    put_owned(q, strdup(row));
}

static void put_host(struct question *q, size_t i, const struct store_proof_host *h)
{
    char requests[16], after[16];
    snprintf(requests, sizeof(requests), "%" PRIu32, h->requests);
    snprintf(after, sizeof(after), "%" PRId32, h->after_ms);
    put_row(q, "host", i, (const char *const[]){h->host, h->tracker, h->organisation, purpose_word(h->purpose), h->role, store_told_word(h->told), requests, after, h->consent}, 9);
}

static void put_told(struct question *q, size_t i, const struct store_proof_request *r)
{
    char after[16];
    snprintf(after, sizeof(after), "%" PRId32, r->after_ms);
    put_row(q, "told", i, (const char *const[]){r->host, r->parameter, r->place, r->carried, r->tells_page ? "page" : "site", r->page, r->inside, after, r->consent, r->with}, 10);
}

static void put_all(struct question *q, const struct store_proof *p)
{
    put(q, "label", "recording");
    put(q, "site", p->site);
    put_number(q, "kept", p->kept_hour_s);
    put(q, "recorded", p->recorded);
    put(q, "browser", p->browser);
    put(q, "page", p->page);
    put(q, "title", p->title);
    put_number(q, "pages", p->pages);
    put_number(q, "requests", p->requests);
    put_number(q, "others", p->third_party);
    put_number(q, "beyond", p->beyond);
    put(q, "complete", p->complete ? "yes" : "no");
    put(q, "answered", p->answered ? "yes" : "no");
    if (p->demo)
        put(q, "demo", "yes");
    for (size_t i = 0; i < p->hosts_len; i++)
        put_host(q, i, &p->hosts[i]);
    for (size_t i = 0; i < p->told_len; i++)
        put_told(q, i, &p->told[i]);
    for (size_t i = 0; i < p->chains_len; i++)
        put_row(q, "chain", i, (const char *const *)p->chains[i].hosts, p->chains[i].len);
}

/* How many there are but this one, each once (a walk over names may tell one twice). */
struct count {
    const char *but;
    char ids[STORE_PROOFS_MOST][STORE_PROOF_ID_MAX];
    size_t n;
};

static void on_id(void *context, const char *id)
{
    struct count *c = context;
    bool counted = strcmp(id, c->but) == 0 || c->n == STORE_PROOFS_MOST;
    for (size_t i = 0; i < c->n && !counted; i++)
        counted = strcmp(c->ids[i], id) == 0;
    if (!counted)
        memcpy(c->ids[c->n++], id, STORE_PROOF_ID_MAX);
}

static int find_room(struct store_asker *a, const char *installation, const char *id)
{
    struct count c = {.but = id};
    int rc = store_proof_list(a, installation, on_id, &c);
    if (rc < 0 || c.n < STORE_PROOFS_MOST)
        return rc;
    log_error("store: %s: " STORE_PROOFS_FULL, installation, STORE_PROOFS_MOST);
    return -ENOSPC;
}

/* NULL installation: nothing is added, so there is room. */
static int ask(const char *socket, const char *installation, const char *id, const struct question *q)
{
    struct store_asker *a;
    struct store_reply *reply;
    int rc = store_asker_open(socket, &a);
    if (rc < 0)
        return rc;
    if ((rc = store_library_load(a)) == 0 && (rc = installation ? find_room(a, installation, id) : 0) == 0 && (rc = store_asker_ask(a, q->argc, (const char **)(uintptr_t)q->argv, &reply)) == 0)
        store_reply_free(reply);
    store_asker_close(a);
    return rc;
}

static void begin(struct question *q, const char *key)
{
    const char *const head[] = {"FCALL", STORE_FUNCTION_PROOF, "1", key};
    memcpy(q->argv, head, sizeof(head));
    q->argc = 4;
}

int store_proof_write(const char *socket, const char *installation, const struct store_proof *p)
{
    char key[STORE_KEY_MAX];
    struct question *q = calloc(1, sizeof(*q));
    if (!q)
        return -ENOMEM;
    assert(store_proof_id_is_valid(p->id));
    store_key_write(key, installation, STORE_KEY_PROOF, p->id);
    begin(q, key);
    put_all(q, p);
    int rc = q->failed ? -ENOMEM : ask(socket, installation, p->id, q);
    free_all(q->owned, q->owned_len);
    free(q);
    return rc;
}

int store_proof_remove(const char *socket, const char *installation, const char *id)
{
    char key[STORE_KEY_MAX];
    struct question *q = store_proof_id_is_valid(id) ? calloc(1, sizeof(*q)) : NULL;
    if (!q)
        return store_proof_id_is_valid(id) ? -ENOMEM : 0;
    store_key_write(key, installation, STORE_KEY_PROOF, id);
    begin(q, key);
    int rc = ask(socket, NULL, id, q);
    free(q);
    return rc;
}
