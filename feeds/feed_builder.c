/* feed_builder.c -- collects rules from sources.
 *
 * Problem: lists come from everywhere and hold anything. A rule that is too wide (`co.uk`, `com`) accuses everyone, and
 * an address or a single label can never match a name from the wire. So every host passes the one gate here, whatever
 * it came in, a compiled file included: turned into A-labels, normalised, at least two labels, not an address, not a
 * public suffix. What does not pass is counted by reason, and the first ten lines are kept for whoever imports the list.
 */
#include "feeds/feed_builder.h"

#include "common/log.h"
#include "common/text.h"
#include "feeds/builtin.h"
#include "feeds/feed_file.h"
#include "feeds/idn.h"
#include "feeds/public_suffix.h"
#include "feeds/source.h"
#include "feeds/source_header.h"
#include "feeds/suffix_hash.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OWNER_BYTES_MAX 256 /* tracker and organisation of at most 100 bytes each, country, purpose, three NULs */

struct intake {
    struct feed_builder *builder;
    struct source_sink sink;
    struct feed_source source;
    char newest[sizeof("2026-11-22")]; /* the latest date in a table's rows */
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

enum feed_skip feed_builder_gate(const char *host, size_t n, char out[HOSTNAME_MAX + 1], size_t *length)
{
    char ascii[HOSTNAME_MAX + 1];
    if (!idn_is_ascii(host, n)) {
        n = idn_to_ascii(host, n, ascii);
        host = ascii;
    }
    *length = hostname_normalise((const uint8_t *)host, n, out);
    if (*length == 0)
        return hostname_is_address(host, n) ? FEED_SKIP_ADDRESS : FEED_SKIP_NOT_A_HOST;
    size_t labels = count_labels(out);
    if (labels < 2)
        return FEED_SKIP_SINGLE_LABEL;
    if (labels > SUFFIX_LABELS_MAX)
        return FEED_SKIP_TOO_DEEP;
    return public_suffix_is(out) ? FEED_SKIP_PUBLIC_SUFFIX : FEED_SKIP_COUNT;
}

static size_t put_text(char *at, struct line text)
{
    if (text.n)
        memcpy(at, text.at, text.n);
    at[text.n] = '\0';
    return text.n + 1;
}

int feed_builder_intern_owner(struct feed_builder *b, const struct feed_texts *texts, uint32_t *owner)
{
    char packed[OWNER_BYTES_MAX];
    bool fresh;
    *owner = INTERN_NONE;
    if (texts->tracker.n == 0)
        return 0;
    size_t n = put_text(packed, texts->tracker);
    n += put_text(packed + n, texts->organisation);
    n += put_text(packed + n, texts->country);
    packed[n++] = (char)texts->purpose;
    *owner = intern_add(&b->owners, packed, n, &fresh);
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

int feed_builder_enter(struct feed_builder *b, const char *host, size_t n, struct feed_row add, bool *fresh)
{
    bool is_new;
    if (!reserve_row(b))
        return -ENOMEM;
    uint32_t number = intern_add(&b->names, host, n, &is_new);
    if (number == INTERN_NONE)
        return -ENOMEM;
    struct feed_row *row = &b->rows[number];
    if (is_new)
        *row = (struct feed_row){.owner = INTERN_NONE};
    uint32_t is = add.kind & (FEED_ROW_RULE | FEED_ROW_EXCEPTION);
    *fresh = (row->kind & is) != is;
    bool rule = (add.kind & FEED_ROW_RULE) && (!(row->kind & FEED_ROW_RULE) || (row->owner == INTERN_NONE && add.owner != INTERN_NONE));
    if (rule || row->kind == 0) {
        row->owner = add.owner;
        row->source = add.source;
    }
    /* Of two exceptions for one name the one that reaches further counts. */
    bool nearest = (add.kind & FEED_ROW_NEAREST) && (!(row->kind & FEED_ROW_EXCEPTION) || (row->kind & FEED_ROW_NEAREST));
    if (add.kind & FEED_ROW_EXCEPTION)
        row->kind = (row->kind & ~(uint32_t)FEED_ROW_NEAREST) | (nearest ? FEED_ROW_NEAREST : 0);
    row->kind |= is;
    return 0;
}

static void count_skip(void *context, enum feed_skip why)
{
    struct intake *in = context;
    struct feed_source *s = &in->source;
    s->skipped++;
    s->skips[why]++;
    if (why < FEED_SKIP_FIRST_REFUSED)
        return;
    if (s->refused < FEED_REFUSALS_KEPT) {
        struct feed_refusal *r = &s->refusals[s->refused];
        r->line = in->sink.line;
        r->why = why;
        text_clean(in->sink.text.at, in->sink.text.n, r->text, sizeof(r->text));
    }
    s->refused++;
}

static void note_date(struct intake *in, struct line date)
{
    if (date.n == strlen("2026-11-22") && memcmp(date.at, in->newest, date.n) > 0)
        memcpy(in->newest, date.at, date.n);
}

static int take_rule(void *context, const struct source_rule *rule)
{
    static const uint32_t kinds[] = {[SOURCE_RULE] = FEED_ROW_RULE,
                                     [SOURCE_EXCEPTION] = FEED_ROW_EXCEPTION,
                                     [SOURCE_EXCEPTION_NEAREST] = FEED_ROW_EXCEPTION | FEED_ROW_NEAREST};
    struct intake *in = context;
    struct feed_builder *b = in->builder;
    struct feed_row row = {.source = b->source_count, .kind = kinds[rule->kind]};
    struct feed_texts texts = {rule->tracker, rule->organisation, rule->country, rule->purpose};
    char host[HOSTNAME_MAX + 1];
    size_t n;
    bool fresh;
    enum feed_skip why = feed_builder_gate(rule->host.at, rule->host.n, host, &n);
    if (why != FEED_SKIP_COUNT) {
        count_skip(in, why);
        return 0;
    }
    int rc = feed_builder_intern_owner(b, &texts, &row.owner);
    if (rc == 0)
        rc = feed_builder_enter(b, host, n, row, &fresh);
    if (rc < 0)
        return rc;
    if (!fresh)
        in->source.duplicate++;
    else if (rule->kind == SOURCE_RULE)
        in->source.taken++;
    else
        in->source.exceptions++;
    note_date(in, rule->date);
    return 0;
}

int feed_builder_reserve_source(struct feed_builder *b)
{
    struct feed_source *sources = realloc(b->sources, (b->source_count + 1) * sizeof(*sources));
    if (!sources)
        return -ENOMEM;
    b->sources = sources;
    return 0;
}

/* The source counts from now on; its index is what its rows carry. */
void feed_builder_keep_source(struct feed_builder *b, const struct feed_source *source)
{
    b->sources[b->source_count++] = *source;
}

static void put(char *out, size_t room, const char *text)
{
    snprintf(out, room, "%s", text ? text : "");
}

static int parse(struct intake *in, const char *text, size_t n, uint32_t *lines)
{
    const char *syntax;
    crypto_generichash(in->source.hash, sizeof(in->source.hash), (const unsigned char *)text, n, NULL, 0);
    in->sink = (struct source_sink){.context = in, .rule = take_rule, .skip = count_skip};
    int rc = feed_builder_reserve_source(in->builder);
    if (rc == 0)
        rc = source_parse(text, n, &in->sink, lines, &syntax);
    if (rc == 0) {
        put(in->source.syntax, sizeof(in->source.syntax), syntax);
        source_header_read(text, n, in->source.licence, sizeof(in->source.licence), in->source.dated, sizeof(in->source.dated));
        if (!in->source.dated[0])
            put(in->source.dated, sizeof(in->source.dated), in->newest);
    }
    return rc;
}

static void give(const struct feed_source *source, struct feed_source *out)
{
    if (out)
        *out = *source;
}

int feed_builder_add_builtin(struct feed_builder *b, struct feed_source *out)
{
    struct intake in = {.builder = b, .source = {.name = "telltale", .builtin = true}};
    uint32_t lines;
    int rc = parse(&in, builtin_trackers, builtin_trackers_bytes, &lines);
    if (rc < 0) {
        log_error("feeds: the built-in trackers: %s", strerror(-rc));
        return rc;
    }
    put(in.source.version, sizeof(in.source.version), in.newest);
    feed_builder_keep_source(b, &in.source);
    give(&in.source, out);
    return 0;
}

static void name_source(struct feed_source *source, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *last = slash ? slash + 1 : path;
    text_clean(last, strlen(last), source->name, sizeof(source->name));
    snprintf(source->version, sizeof(source->version), "%02x%02x%02x%02x", source->hash[0], source->hash[1], source->hash[2],
             source->hash[3]);
}

int feed_builder_add_text(struct feed_builder *b, const char *name, const char *text, size_t n, struct feed_source *out)
{
    static const char expected[] = "expected one domain a line, a hosts file, ||domain^ rules, dnsmasq settings, a response policy "
                                   "zone, JSON of TrackerDB or Disconnect, telltale's own table or a file of `telltale feeds compile`";
    struct intake in = {.builder = b};
    uint32_t lines = 0;
    if (line_reader_is_binary(text, n)) {
        log_error("%s: not a text file (it has a NUL byte): %s, in UTF-8", name, expected);
        return -EINVAL;
    }
    int rc = parse(&in, text, n, &lines);
    if (rc < 0) {
        log_error("%s: %s", name, strerror(-rc));
        return rc;
    }
    if (in.source.taken + in.source.duplicate + in.source.exceptions == 0) {
        log_error("%s: no host names in it (%u line%s read): %s", name, lines, lines == 1 ? "" : "s", expected);
        return -EINVAL;
    }
    name_source(&in.source, name);
    feed_builder_keep_source(b, &in.source);
    give(&in.source, out);
    return 0;
}

static int add_compiled(struct feed_builder *b, const char *path, const char *bytes, size_t n, struct feed_source *out)
{
    struct feed_set *set;
    int rc = feed_file_read(path, bytes, n, &set);
    if (rc == 0) {
        rc = feed_builder_add_set(b, path, set, out);
        feed_set_free(set);
    }
    return rc;
}

int feed_builder_add_file(struct feed_builder *b, const char *path, struct feed_source *out)
{
    char *text = NULL;
    size_t n = 0;
    int rc = line_reader_load(path, &text, &n);
    if (rc == 0)
        rc = feed_file_is_compiled(text, n) ? add_compiled(b, path, text, n, out) : feed_builder_add_text(b, path, text, n, out);
    free(text);
    return rc;
}

uint32_t feed_builder_sources(const struct feed_builder *b)
{
    return b->source_count;
}

const struct feed_source *feed_builder_source(const struct feed_builder *b, uint32_t index)
{
    return &b->sources[index];
}
