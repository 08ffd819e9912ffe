/* tests_read.c -- see tests.h: staff tests for those who show them.
 *
 * What is in Redis was checked on its way there, but not by this program: a value that does not read as what it should be is passed over.
 */
#include "store/tests.h"

#include "store/asker.h"
#include "store/scan_ids.h"
#include "store/schema.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS_MOST 9
#define VALUE_MAX    1400

static uint32_t number_of(const char *text)
{
    char *end;
    unsigned long long n = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == '\0' && n <= UINT32_MAX ? (uint32_t)n : 0;
}

/* Cuts a copy at its tabs. Returns how many columns there are. */
static int cut(char *copy, const char *value, char *columns[COLUMNS_MOST])
{
    int n = 0;
    if (strlen(value) >= VALUE_MAX)
        return 0;
    strcpy(copy, value);
    for (char *at = copy; n < COLUMNS_MOST; at++) {
        columns[n++] = at;
        at += strcspn(at, "\t");
        if (*at == '\0')
            return n;
        *at = '\0';
    }
    return 0;
}

static void tell_host(const struct store_test_listener *l, const char *host, const char *value)
{
    char copy[VALUE_MAX], *column[COLUMNS_MOST];
    struct store_test_host h = {.host = host};
    if (!l->host || cut(copy, value, column) != 9 || !purpose_from_word(column[2], &h.purpose) || !evidence_from_word(column[3], &h.evidence))
        return;
    h.tracker = column[0];
    h.organisation = column[1];
    h.after_ms = number_of(column[4]);
    h.visits_with = number_of(column[5]);
    h.connections = number_of(column[6]);
    h.matched = column[7];
    h.feed = column[8];
    l->host(l->context, &h);
}

static void tell_link(const struct store_test_listener *l, const char *field, const char *name)
{
    char *host;
    unsigned long place = strtoul(field, &host, 10);
    if (l->link && host != field && *host == ':' && place < 8)
        l->link(l->context, host + 1, (unsigned)place, name);
}

static void tell_leak(const struct store_test_listener *l, const char *number, const char *value)
{
    char copy[VALUE_MAX], *column[COLUMNS_MOST];
    if (l->leak && cut(copy, value, column) == 3)
        l->leak(l->context, number_of(number), column[0], column[1], column[2]);
}

static void note_session(struct store_test_session *s, const char *field, const char *value)
{
    if (strcmp(field, "site") == 0)
        s->site = value;
    else if (strcmp(field, "reason") == 0)
        s->reason = value;
    else if (strcmp(field, "started") == 0)
        s->hour_s = number_of(value);
    else if (strcmp(field, "minutes") == 0)
        s->minutes = number_of(value);
    else if (strcmp(field, "visits") == 0)
        s->visits = number_of(value);
    else if (strcmp(field, "beyond") == 0)
        s->beyond = number_of(value);
    else if (strcmp(field, "state") == 0)
        for (int i = 0; i < STORE_TEST_STATES; i++)
            if (strcmp(value, store_test_state_word((enum store_test_state)i)) == 0)
                s->state = (enum store_test_state)i;
}

static void tell(const struct store_test_listener *l, const struct store_reply *hash)
{
    struct store_test_session session = {.site = "", .reason = ""};
    bool demo = false;
    for (size_t i = 0; i + 1 < store_reply_count(hash); i += 2) {
        const char *field = store_reply_text(store_reply_item(hash, i), NULL), *value = store_reply_text(store_reply_item(hash, i + 1), NULL);
        if (strncmp(field, "host:", 5) == 0)
            tell_host(l, field + 5, value);
        else if (strncmp(field, "link:", 5) == 0)
            tell_link(l, field + 5, value);
        else if (strncmp(field, "leak:", 5) == 0)
            tell_leak(l, field + 5, value);
        else if (strcmp(field, "demo") == 0)
            demo = true;
        else
            note_session(&session, field, value);
    }
    if (l->session)
        l->session(l->context, &session, demo);
}

int store_test_read(struct store_asker *a, const char *installation, const char *id, const struct store_test_listener *l)
{
    char key[STORE_KEY_MAX];
    struct store_reply *hash;
    if (!store_test_id_is_valid(id))
        return -ENOENT;
    store_key_write(key, installation, STORE_KEY_TEST, id);
    const char *argv[] = {"HGETALL", key};
    int rc = store_asker_ask(a, 2, argv, &hash);
    if (rc < 0)
        return rc;
    size_t n = store_reply_count(hash);
    if (n > 0)
        tell(l, hash);
    store_reply_free(hash);
    return n > 0 ? 0 : -ENOENT;
}

struct listing {
    void (*each)(void *context, const char *id);
    void *context;
};

static void on_id(void *context, const char *id)
{
    const struct listing *l = context;
    if (store_test_id_is_valid(id))
        l->each(l->context, id);
}

int store_test_list(struct store_asker *a, const char *installation, void (*each)(void *context, const char *id), void *context)
{
    struct listing l = {each, context};
    return store_scan_ids(a, installation, STORE_KEY_TEST, on_id, &l);
}
