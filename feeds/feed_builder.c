/* feed_builder.c -- collects rules from sources.
 *
 * Problem: lists come from everywhere and hold anything. A rule that is too wide (`co.uk`, `com`) accuses everyone, and
 * an address or a single label can never match a name from the wire. So every host passes the one gate here, whatever
 * syntax it came in: normalised, at least two labels, not an address, not a public suffix.
 * What was left out: names outside ASCII. Lists write them as A-labels (xn--...); the few that do not are counted as
 * skipped.
 */
#include "feeds/feed_builder.h"

#include "common/hostname.h"
#include "common/log.h"
#include "common/text.h"
#include "feeds/builtin.h"
#include "feeds/public_suffix.h"
#include "feeds/source.h"
#include "feeds/suffix_hash.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OWNER_BYTES_MAX 256 /* tracker and organisation of at most 100 bytes each, country, purpose, three NULs */

struct intake {
    struct feed_builder *builder;
    struct feed_source source;
    char newest[sizeof(((struct feed_source *)0)->version)]; /* the latest date in a table's rows */
};

struct feed_builder *feed_builder_new(void)
{
    struct feed_builder *b = calloc(1, sizeof(*b));
    if (b && sodium_init() >= 0 && intern_init(&b->names) == 0 && intern_init(&b->owners) == 0)
        return b;
    feed_builder_free(b);
    return NULL;
}

void feed_builder_free(struct feed_builder *b)
{
    if (!b)
        return;
    intern_fini(&b->names);
    intern_fini(&b->owners);
    free(b->rows);
    free(b->sources);
    free(b);
}

static size_t count_labels(const char *host)
{
    size_t labels = 1;
    for (; *host; host++)
        labels += *host == '.';
    return labels;
}

/* The normalised name, when it may stand as a rule; 0 otherwise. */
static size_t usable_host(struct line host, char out[HOSTNAME_MAX + 1])
{
    size_t n = hostname_normalise((const uint8_t *)host.at, host.n, out);
    size_t labels = n ? count_labels(out) : 0;
    return labels >= 2 && labels <= SUFFIX_LABELS_MAX && !public_suffix_is(out) ? n : 0;
}

static size_t put_text(char *at, struct line text)
{
    if (text.n)
        memcpy(at, text.at, text.n);
    at[text.n] = '\0';
    return text.n + 1;
}

static int intern_owner(struct intern *owners, const struct source_rule *rule, uint32_t *owner)
{
    char packed[OWNER_BYTES_MAX];
    bool fresh;
    *owner = INTERN_NONE;
    if (rule->tracker.n == 0)
        return 0;
    size_t n = put_text(packed, rule->tracker);
    n += put_text(packed + n, rule->organisation);
    n += put_text(packed + n, rule->country);
    packed[n++] = (char)rule->purpose;
    *owner = intern_add(owners, packed, n, &fresh);
    return *owner == INTERN_NONE ? -ENOMEM : 0;
}

static bool reserve_row(struct feed_builder *b)
{
    if (b->names.count < b->rows_room)
        return true;
    uint32_t room = b->rows_room * 2 + 256;
    struct feed_row *rows = realloc(b->rows, room * sizeof(*rows));
    if (!rows)
        return false;
    b->rows = rows;
    b->rows_room = room;
    return true;
}

static void skip_line(void *context)
{
    struct intake *in = context;
    in->source.skipped++;
}

static void note_date(struct intake *in, struct line date)
{
    if (date.n == strlen("2026-11-22") && memcmp(date.at, in->newest, date.n) > 0)
        memcpy(in->newest, date.at, date.n);
}

static int take_rule(void *context, const struct source_rule *rule)
{
    struct intake *in = context;
    struct feed_builder *b = in->builder;
    char host[HOSTNAME_MAX + 1];
    size_t n = usable_host(rule->host, host);
    if (n == 0) {
        in->source.skipped++;
        return 0;
    }
    uint32_t owner;
    bool fresh;
    int rc = intern_owner(&b->owners, rule, &owner);
    if (rc < 0 || !reserve_row(b))
        return -ENOMEM;
    uint32_t number = intern_add(&b->names, host, n, &fresh);
    if (number == INTERN_NONE)
        return -ENOMEM;
    struct feed_row *row = &b->rows[number];
    if (fresh || (row->owner == INTERN_NONE && owner != INTERN_NONE))
        *row = (struct feed_row){.owner = owner, .source = b->source_count};
    if (fresh)
        in->source.taken++;
    else
        in->source.duplicate++;
    note_date(in, rule->date);
    return 0;
}

static int parse(struct intake *in, const char *text, size_t n, uint32_t *lines)
{
    struct feed_builder *b = in->builder;
    struct feed_source *sources = realloc(b->sources, (b->source_count + 1) * sizeof(*sources));
    if (!sources)
        return -ENOMEM;
    b->sources = sources;
    struct source_sink sink = {.context = in, .rule = take_rule, .skip = skip_line};
    return source_parse(text, n, &sink, lines);
}

/* The source counts from now on; its index is what its rows carry. */
static void keep_source(struct feed_builder *b, const struct feed_source *source, struct feed_source *out)
{
    b->sources[b->source_count++] = *source;
    if (out)
        *out = *source;
}

int feed_builder_add_builtin(struct feed_builder *b, struct feed_source *out)
{
    struct intake in = {.builder = b, .source.name = "telltale"};
    uint32_t lines;
    int rc = parse(&in, builtin_trackers, builtin_trackers_bytes, &lines);
    if (rc < 0) {
        log_error("feeds: the built-in trackers: %s", strerror(-rc));
        return rc;
    }
    memcpy(in.source.version, in.newest, sizeof(in.source.version));
    keep_source(b, &in.source, out);
    return 0;
}

static void name_source(struct feed_source *source, const char *path, const char *text, size_t n)
{
    unsigned char hash[crypto_generichash_BYTES_MIN];
    const char *slash = strrchr(path, '/');
    const char *last = slash ? slash + 1 : path;
    text_clean(last, strlen(last), source->name, sizeof(source->name));
    crypto_generichash(hash, sizeof(hash), (const unsigned char *)text, n, NULL, 0);
    snprintf(source->version, sizeof(source->version), "%02x%02x%02x%02x", hash[0], hash[1], hash[2], hash[3]);
}

int feed_builder_add_text(struct feed_builder *b, const char *name, const char *text, size_t n, struct feed_source *out)
{
    static const char expected[] = "expected one domain a line, a hosts file, ||domain^ rules or telltale's own table";
    struct intake in = {.builder = b};
    uint32_t lines = 0;
    if (line_reader_is_binary(text, n)) {
        log_error("%s: not a text file (it has a NUL byte): %s, in UTF-8", name, expected);
        return -EINVAL;
    }
    name_source(&in.source, name, text, n);
    int rc = parse(&in, text, n, &lines);
    if (rc < 0) {
        log_error("%s: %s", name, strerror(-rc));
        return rc;
    }
    if (in.source.taken + in.source.duplicate == 0) {
        log_error("%s: no host names in it (%u line%s read): %s", name, lines, lines == 1 ? "" : "s", expected);
        return -EINVAL;
    }
    keep_source(b, &in.source, out);
    return 0;
}

int feed_builder_add_file(struct feed_builder *b, const char *path, struct feed_source *out)
{
    char *text = NULL;
    size_t n = 0;
    int rc = line_reader_load(path, &text, &n);
    if (rc == 0)
        rc = feed_builder_add_text(b, path, text, n, out);
    free(text);
    return rc;
}
