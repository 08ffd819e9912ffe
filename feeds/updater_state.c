/* updater_state.c -- see updater_state.h.
 *
 * The reader takes the text apart by the same table that writes it, line by line in one order, then writes what it
 * understood again and compares: whatever differs from our own hand, by damage or by an editor, is no state. That is also what
 * keeps a line break out of a header that we send.
 */
#include "feeds/updater_state.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_LINE "telltale-list-state 1\n"

void updater_state_hash(const char *bytes, size_t n, char hash[UPDATER_HASH_MAX])
{
    unsigned char raw[crypto_generichash_BYTES];
    _Static_assert(2 * sizeof(raw) + 1 == UPDATER_HASH_MAX, "the hash in hexadecimal digits");
    crypto_generichash(raw, sizeof(raw), (const unsigned char *)bytes, n, NULL, 0);
    sodium_bin2hex(hash, UPDATER_HASH_MAX, raw, sizeof(raw));
}

bool updater_state_keeps(const char *value, size_t n, size_t room)
{
    for (size_t i = 0; i < n; i++)
        if (value[i] < ' ' || value[i] > '~')
            return false;
    return n > 0 && n < room && value[0] != ' ' && value[n - 1] != ' ';
}

size_t updater_state_write(const struct updater_state *s, char out[UPDATER_STATE_MAX])
{
    char hash[UPDATER_HASH_MAX];
    int n = snprintf(out, UPDATER_STATE_MAX,
                     FIRST_LINE "url %s\netag %s\nlast-modified %s\nhash %s\nfetched %" PRId64 "\nchecked %" PRId64 "\nrules %" PRId64 "\n", s->url,
                     s->etag, s->last_modified, s->hash, s->fetched_s, s->checked_s, s->rules);
    updater_state_hash(out, (size_t)n, hash);
    n += snprintf(out + n, UPDATER_STATE_MAX - (size_t)n, "check %s\n", hash);
    return (size_t)n;
}

/* Takes "key value\n" off the front; the value into out. */
static bool take_text(const char **at, const char *key, char *out, size_t room)
{
    size_t key_n = strlen(key);
    if (strncmp(*at, key, key_n) != 0 || (*at)[key_n] != ' ')
        return false;
    const char *value = *at + key_n + 1, *end = strchr(value, '\n');
    if (!end || (size_t)(end - value) >= room)
        return false;
    memcpy(out, value, (size_t)(end - value));
    out[end - value] = '\0';
    *at = end + 1;
    return true;
}

static bool take_number(const char **at, const char *key, int64_t *out)
{
    char text[24];
    if (!take_text(at, key, text, sizeof(text)))
        return false;
    *out = strtoll(text, NULL, 10);
    return *out >= 0;
}

bool updater_state_read(const char *text, size_t n, struct updater_state *out)
{
    char copy[UPDATER_STATE_MAX], again[UPDATER_STATE_MAX];
    memset(out, 0, sizeof(*out));
    if (n == 0 || n >= sizeof(copy) || memchr(text, '\0', n))
        return false;
    memcpy(copy, text, n);
    copy[n] = '\0';
    const char *at = copy + strlen(FIRST_LINE);
    return strncmp(copy, FIRST_LINE, strlen(FIRST_LINE)) == 0 && take_text(&at, "url", out->url, sizeof(out->url)) &&
           take_text(&at, "etag", out->etag, sizeof(out->etag)) &&
           take_text(&at, "last-modified", out->last_modified, sizeof(out->last_modified)) &&
           take_text(&at, "hash", out->hash, sizeof(out->hash)) && take_number(&at, "fetched", &out->fetched_s) &&
           take_number(&at, "checked", &out->checked_s) && take_number(&at, "rules", &out->rules) &&
           updater_state_write(out, again) == n && memcmp(again, copy, n) == 0;
}
