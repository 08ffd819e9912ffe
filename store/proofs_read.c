/* proofs_read.c -- see proofs.h: kept recordings for those who show them.
 *
 * What is in Redis was checked on its way there, but not by this program: a row that does not read as what it should be is passed over, and
 * every text is made clean.
 */
#include "store/proofs.h"

#include "common/text.h"
#include "store/asker.h"
#include "store/scan_ids.h"
#include "store/schema.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS_MOST 10

/* A row cut at its tabs; each column clean and on the heap. False: another number of columns, or no memory. */
static bool cut(const char *value, char *columns[COLUMNS_MOST], size_t least, size_t most, size_t *n)
{
    *n = 0;
    for (const char *at = value;; at++) {
        size_t len = strcspn(at, "\t");
        if (*n == most || !(columns[*n] = text_clean_copy(at, len)))
            break;
        ++*n;
        at += len;
        if (*at == '\0' && *n >= least)
            return true;
        if (*at == '\0')
            break;
    }
    while (*n > 0)
        free(columns[--*n]);
    return false;
}

static bool number(const char *text, int32_t *out)
{
    char *end;
    long n = strtol(text, &end, 10);
    *out = (int32_t)n;
    return *text && *end == '\0' && n >= STORE_PROOF_UNKNOWN_MS && n <= INT32_MAX;
}

static bool told_from_word(const char *word, enum store_told *out)
{
    for (int i = 0; i < STORE_TOLD_COUNT; i++)
        if (strcmp(word, store_told_word((enum store_told)i)) == 0) {
            *out = (enum store_told)i;
            return true;
        }
    return false;
}

static void free_columns(char **columns, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(columns[i]);
}

static void read_host(struct store_proof *p, const char *value)
{
    char *c[COLUMNS_MOST];
    size_t n;
    int32_t requests, after;
    struct store_proof_host h = {0}, *row;
    if (!cut(value, c, 9, 9, &n))
        return;
    if (!purpose_from_word(c[3], &h.purpose) || !told_from_word(c[5], &h.told) || !number(c[6], &requests) || requests < 0 || !number(c[7], &after) ||
        !(row = store_proof_add_host(p))) {
        free_columns(c, n);
        return;
    }
    *row = (struct store_proof_host){.host = c[0], .tracker = c[1], .organisation = c[2], .role = c[4], .consent = c[8], .purpose = h.purpose, .told = h.told,
                                     .requests = (uint32_t)requests, .after_ms = after};
    free_columns((char *[]){c[3], c[5], c[6], c[7]}, 4);
}

static void read_told(struct store_proof *p, const char *value)
{
    char *c[COLUMNS_MOST];
    size_t n;
    int32_t after;
    struct store_proof_request *row;
    if (!cut(value, c, 10, 10, &n))
        return;
    if (!number(c[7], &after) || !(row = store_proof_add_told(p))) {
        free_columns(c, n);
        return;
    }
    *row = (struct store_proof_request){.host = c[0], .parameter = c[1], .place = c[2], .carried = c[3], .page = c[5], .inside = c[6], .consent = c[8], .with = c[9],
                                        .after_ms = after, .tells_page = strcmp(c[4], "page") == 0};
    free_columns((char *[]){c[4], c[7]}, 2);
}

static void read_chain(struct store_proof *p, const char *value)
{
    char *c[COLUMNS_MOST];
    size_t n;
    struct store_proof_chain *row;
    if (!cut(value, c, 2, STORE_PROOF_STEPS_MOST, &n))
        return;
    if (!(row = store_proof_add_chain(p))) {
        free_columns(c, n);
        return;
    }
    memcpy(row->hosts, c, n * sizeof(*c));
    row->len = n;
}

static bool read_text(struct store_proof *p, const char *field, const char *value)
{
    const struct {
        const char *field;
        char **into;
    } texts[] = {{"site", &p->site}, {"browser", &p->browser}, {"page", &p->page}, {"title", &p->title}};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (strcmp(field, texts[i].field) == 0 && !*texts[i].into) {
            *texts[i].into = text_clean_copy(value, strlen(value));
            return true;
        }
    return false;
}

static void read_number(struct store_proof *p, const char *field, const char *value)
{
    const struct {
        const char *field;
        uint32_t *into;
    } numbers[] = {{"pages", &p->pages}, {"requests", &p->requests}, {"others", &p->third_party}, {"beyond", &p->beyond}};
    int32_t n;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (strcmp(field, numbers[i].field) == 0 && number(value, &n) && n >= 0)
            *numbers[i].into = (uint32_t)n;
}

static void read_field(struct store_proof *p, const char *field, const char *value)
{
    if (strncmp(field, "host:", 5) == 0)
        read_host(p, value);
    else if (strncmp(field, "told:", 5) == 0)
        read_told(p, value);
    else if (strncmp(field, "chain:", 6) == 0)
        read_chain(p, value);
    else if (strcmp(field, "recorded") == 0 && strlen(value) == 10 && strspn(value, "0123456789-") == 10)
        memcpy(p->recorded, value, 11);
    else if (strcmp(field, "kept") == 0)
        p->kept_hour_s = strtoull(value, NULL, 10);
    else if (strcmp(field, "complete") == 0)
        p->complete = strcmp(value, "yes") == 0;
    else if (strcmp(field, "answered") == 0)
        p->answered = strcmp(value, "yes") == 0;
    else if (strcmp(field, "demo") == 0)
        p->demo = true;
    else if (!read_text(p, field, value))
        read_number(p, field, value);
}

/* A hash has no order: by time, as the browser asked. */
static int host_order(const void *a, const void *b)
{
    const struct store_proof_host *x = a, *y = b;
    if (x->after_ms != y->after_ms)
        return x->after_ms < y->after_ms ? -1 : 1;
    return strcmp(x->host, y->host);
}

static int told_order(const void *a, const void *b)
{
    const struct store_proof_request *x = a, *y = b;
    if (x->after_ms != y->after_ms)
        return x->after_ms < y->after_ms ? -1 : 1;
    int order = strcmp(x->host, y->host);
    return order ? order : strcmp(x->parameter, y->parameter);
}

static int finish(struct store_proof *p)
{
    char **texts[] = {&p->site, &p->browser, &p->page, &p->title};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (!*texts[i] && !(*texts[i] = strdup("")))
            return -ENOMEM;
    if (p->hosts_len > 1)
        qsort(p->hosts, p->hosts_len, sizeof(*p->hosts), host_order);
    if (p->told_len > 1)
        qsort(p->told, p->told_len, sizeof(*p->told), told_order);
    return 0;
}

int store_proof_read(struct store_asker *a, const char *installation, const char *id, struct store_proof *out)
{
    char key[STORE_KEY_MAX];
    struct store_reply *hash;
    memset(out, 0, sizeof(*out));
    if (!store_proof_id_is_valid(id))
        return -ENOENT;
    store_key_write(key, installation, STORE_KEY_PROOF, id);
    const char *argv[] = {"HGETALL", key};
    int rc = store_asker_ask(a, 2, argv, &hash);
    if (rc < 0)
        return rc;
    memcpy(out->id, id, sizeof(out->id));
    size_t n = store_reply_count(hash);
    for (size_t i = 0; i + 1 < n; i += 2)
        read_field(out, store_reply_text(store_reply_item(hash, i), NULL), store_reply_text(store_reply_item(hash, i + 1), NULL));
    store_reply_free(hash);
    rc = n > 0 ? finish(out) : -ENOENT;
    if (rc < 0)
        store_proof_fini(out);
    return rc;
}

int store_proof_is_of(struct store_asker *a, const char *installation, const char *id, const char *site)
{
    char key[STORE_KEY_MAX];
    struct store_reply *reply;
    if (!store_proof_id_is_valid(id))
        return 0;
    store_key_write(key, installation, STORE_KEY_PROOF, id);
    const char *argv[] = {"HMGET", key, "site"};
    int rc = store_asker_ask(a, 3, argv, &reply);
    if (rc < 0)
        return rc;
    const char *text = store_reply_text(store_reply_item(reply, 0), NULL);
    rc = text && strcmp(text, site) == 0;
    store_reply_free(reply);
    return rc;
}

struct listing {
    void (*each)(void *context, const char *id);
    void *context;
};

static void on_id(void *context, const char *id)
{
    const struct listing *l = context;
    if (store_proof_id_is_valid(id))
        l->each(l->context, id);
}

int store_proof_list(struct store_asker *a, const char *installation, void (*each)(void *context, const char *id), void *context)
{
    struct listing l = {each, context};
    return store_scan_ids(a, installation, STORE_KEY_PROOF, on_id, &l);
}
