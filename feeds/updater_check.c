/* updater_check.c -- see updater_check.h.
 *
 * The importers are generous: they take what they know and count the rest as skipped. Here the question is another one: is this
 * the whole of what somebody published as a list? So first come the marks of what is none (a page, a binary, another
 * encoding), then what lists never have (endless lines, mostly lines that say nothing), then the rules themselves.
 *
 * The canaries are compared with each rule as its source wrote it, before the gate that drops public suffixes: a list that names
 * `gov.uk` would do no harm, since the rule is not taken, but whoever writes it makes mistakes of that kind.
 */
#include "feeds/updater_check.h"

#include "common/hostname.h"
#include "common/log.h"
#include "feeds/feed_builder.h"
#include "feeds/line_reader.h"
#include "feeds/sites.h"
#include "feeds/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LINES_MAX      2000000u
#define LINE_BYTES_MAX 65536u
#define GARBLED_PERCENT 1u /* of all lines may have bytes that are not UTF-8: comments in an older encoding */
/* Lines that should have been hosts and are none (enum feed_skip): so many even in a short list, or a tenth of the rules. */
#define REFUSED_SPARE 20u
#define REFUSED_TENTH 10u

static const char *const everybodys[] = {"gov.uk", "nhs.uk", "bbc.co.uk", "wikipedia.org"};

/* A domain that no rule may name, since a canary is it or lies below it. */
struct covering {
    const char *domain; /* a tail of the canary */
    const char *canary;
};

struct updater_canaries {
    char **names;
    size_t name_count;
    struct covering *covering; /* sorted by domain */
    size_t covering_count;
};

static int by_domain(const void *a, const void *b)
{
    return strcmp(((const struct covering *)a)->domain, ((const struct covering *)b)->domain);
}

/* Of one domain the plainest canary first. */
static int by_domain_and_length(const void *a, const void *b)
{
    size_t n = strlen(((const struct covering *)a)->canary), m = strlen(((const struct covering *)b)->canary);
    int order = by_domain(a, b);
    return order ? order : (n > m) - (n < m);
}

/* The domain and www. before it. */
static bool add_domain(struct updater_canaries *c, const char *domain)
{
    for (int www = 0; www < 2; www++) {
        char *name = NULL, **names = realloc(c->names, (c->name_count + 1) * sizeof(*names));
        if (names)
            c->names = names;
        if (!names || asprintf(&name, "%s%s", www ? "www." : "", domain) < 0)
            return false;
        c->names[c->name_count++] = name;
    }
    return true;
}

static bool add_own(struct updater_canaries *c, const char *own)
{
    char name[HOSTNAME_MAX + 1];
    while (own[0]) {
        size_t n = strcspn(own, " ,\t");
        size_t host_n = n ? hostname_normalise((const uint8_t *)own, n, name) : 0;
        if (n > 0 && (host_n == 0 || !strchr(name, '.'))) {
            log_error("config: [feeds] canaries: %.*s is no domain such as stmarys.example", (int)n, own);
            return false;
        }
        if (n > 0 && !add_domain(c, name))
            return false;
        own += n + (own[n] != '\0');
    }
    return true;
}

static bool add_sites(struct updater_canaries *c, const char *file)
{
    uint32_t taken, skipped;
    struct site_set *sites = site_set_new();
    bool ok = sites && site_set_add_builtin(sites) == 0 && (!file[0] || site_set_add_file(sites, file, &taken, &skipped) == 0);
    for (uint32_t i = 0; ok && i < site_set_count(sites); i++)
        ok = add_domain(c, site_at(sites, i)->site);
    site_set_free(sites);
    return ok;
}

/* Every tail of every canary, once. */
static bool spread(struct updater_canaries *c)
{
    size_t most = 0, kept = 0;
    for (size_t i = 0; i < c->name_count; i++)
        for (const char *at = c->names[i]; at; at = strchr(at + 1, '.'))
            most++;
    c->covering = calloc(most ? most : 1, sizeof(*c->covering));
    for (size_t i = 0; i < c->name_count && c->covering; i++)
        for (const char *at = c->names[i]; at; at = strchr(at, '.') ? strchr(at, '.') + 1 : NULL)
            c->covering[c->covering_count++] = (struct covering){at, c->names[i]};
    if (!c->covering)
        return false;
    qsort(c->covering, c->covering_count, sizeof(*c->covering), by_domain_and_length);
    for (size_t i = 0; i < c->covering_count; i++)
        if (i == 0 || by_domain(&c->covering[i], &c->covering[kept - 1]) != 0)
            c->covering[kept++] = c->covering[i];
    c->covering_count = kept;
    return true;
}

struct updater_canaries *updater_canaries_new(const char *own, const char *sites)
{
    struct updater_canaries *c = calloc(1, sizeof(*c));
    bool ok = c != NULL;
    for (size_t i = 0; ok && i < sizeof(everybodys) / sizeof(everybodys[0]); i++)
        ok = add_domain(c, everybodys[i]);
    if (ok && add_own(c, own) && add_sites(c, sites) && spread(c))
        return c;
    updater_canaries_free(c);
    return NULL;
}

void updater_canaries_free(struct updater_canaries *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->name_count; i++)
        free(c->names[i]);
    free(c->names);
    free(c->covering);
    free(c);
}

/* Bytes of the UTF-8 character at `at` (RFC 3629), 0 when it is none. */
static size_t character_bytes(const unsigned char *at, size_t left)
{
    size_t n = at[0] < 0x80 ? 1 : at[0] >= 0xc2 && at[0] < 0xe0 ? 2 : at[0] >= 0xe0 && at[0] < 0xf0 ? 3 : at[0] >= 0xf0 && at[0] < 0xf5 ? 4 : 0;
    if (n == 0 || n > left)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    bool overlong = (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xf0 && at[1] < 0x90);
    bool beyond = (at[0] == 0xed && at[1] >= 0xa0) || (at[0] == 0xf4 && at[1] >= 0x90);
    return overlong || beyond ? 0 : n;
}

static bool is_utf8(const char *bytes, size_t n)
{
    const unsigned char *at = (const unsigned char *)bytes;
    for (size_t step; n > 0; at += step, n -= step)
        if ((step = character_bytes(at, n)) == 0)
            return false;
    return true;
}

static bool begins_page(const char *line, size_t n)
{
    static const char *const marks[] = {"<!doctype", "<html", "<head", "<body", "<?xml", "<script"};
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        if (n >= strlen(marks[i]) && strncasecmp(line, marks[i], strlen(marks[i])) == 0)
            return true;
    return false;
}

static bool refuse(char reason[UPDATER_REASON_MAX], const char *why)
{
    snprintf(reason, UPDATER_REASON_MAX, "%s", why);
    return false;
}

/* What shows without knowing any syntax that this is no list. */
static bool check_text(const char *bytes, size_t n, char reason[UPDATER_REASON_MAX])
{
    uint32_t lines = 0, garbled = 0;
    if (n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
        bytes += 3;
        n -= 3;
    }
    /* JSON may stand on one line. */
    bool json = n > 0 && bytes[strspn(bytes, " \t\r\n")] == '{';
    if (n == 0)
        return refuse(reason, "an empty text came");
    if (line_reader_is_binary(bytes, n) || (n >= 2 && (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0)))
        return refuse(reason, "wrong character set: it has NUL bytes, as UTF-16 and files that are no text have; lists are UTF-8");
    for (const char *at = bytes, *end = bytes + n; at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t line_n = (size_t)((stop ? stop : end) - at), indent = strspn(at, " \t");
        lines++;
        garbled += !is_utf8(at, line_n);
        if (indent < line_n && begins_page(at + indent, line_n - indent))
            return refuse(reason, "a web page came instead of a list (HTML)");
        if (line_n > LINE_BYTES_MAX && !json)
            return refuse(reason, "it has a line longer than 64 kB, which no list has");
        if (lines > LINES_MAX)
            return refuse(reason, "it has more than 2,000,000 lines");
        at = stop ? stop + 1 : end;
    }
    if ((uint64_t)garbled * 100 > (uint64_t)lines * GARBLED_PERCENT) {
        snprintf(reason, UPDATER_REASON_MAX, "wrong character set: %u of %u lines are not UTF-8", garbled, lines);
        return false;
    }
    return true;
}

struct look {
    const struct updater_canaries *canaries;
    uint32_t rules, refused;
    char rule[HOSTNAME_MAX + 1]; /* the first that covers a canary */
    const char *canary;          /* NULL: none so far */
};

static int on_rule(void *context, const struct source_rule *rule)
{
    struct look *l = context;
    char host[HOSTNAME_MAX + 1];
    if (rule->kind != SOURCE_RULE)
        return 0;
    l->rules++;
    if (l->canary || hostname_normalise((const uint8_t *)rule->host.at, rule->host.n, host) == 0)
        return 0;
    struct covering key = {.domain = host};
    const struct covering *hit = bsearch(&key, l->canaries->covering, l->canaries->covering_count, sizeof(key), by_domain);
    if (hit) {
        l->canary = hit->canary;
        memcpy(l->rule, host, sizeof(host));
    }
    return 0;
}

static void on_skip(void *context, enum feed_skip why)
{
    struct look *l = context;
    l->refused += why >= FEED_SKIP_FIRST_REFUSED;
}

uint32_t updater_check_count(const char *name, const char *bytes, size_t n)
{
    struct feed_source source = {.taken = 0};
    struct feed_builder *b = feed_builder_new();
    bool taken = b && feed_builder_add_text(b, name, bytes, n, &source) == 0;
    feed_builder_free(b);
    return taken ? source.taken : 0;
}

bool updater_check_list(const struct updater_canaries *c, const char *name, const char *bytes, size_t n, uint32_t *rules,
                        char reason[UPDATER_REASON_MAX])
{
    struct look look = {.canaries = c};
    struct source_sink sink = {.context = &look, .rule = on_rule, .skip = on_skip};
    if (!check_text(bytes, n, reason))
        return false;
    if (source_parse(bytes, n, &sink, NULL, NULL) < 0)
        return refuse(reason, "memory is out");
    if (look.canary) {
        snprintf(reason, UPDATER_REASON_MAX, "its rule %s covers %s, which no list of trackers may", look.rule, look.canary);
        return false;
    }
    if (look.refused > REFUSED_SPARE && look.refused > look.rules / REFUSED_TENTH) {
        snprintf(reason, UPDATER_REASON_MAX, "it is no list: %u lines should be hosts and are none, %u are", look.refused, look.rules);
        return false;
    }
    *rules = look.rules ? updater_check_count(name, bytes, n) : 0;
    return *rules > 0 || refuse(reason, "it is no list: no rule for a host name is in it");
}

bool updater_check_size(uint32_t before, uint32_t now, char reason[UPDATER_REASON_MAX])
{
    if ((uint64_t)now * 2 >= before && now <= (uint64_t)before * 2)
        return true;
    snprintf(reason, UPDATER_REASON_MAX, "it has %u rules where the list in force has %u: %s", now, before,
             now < before ? "less than half" : "more than twice as many");
    return false;
}
