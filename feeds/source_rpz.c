/* source_rpz.c -- response policy zones, in the text form of zones (RFC 1035 5; draft-vixie-dnsop-dns-rpz).
 *
 *     $ORIGIN rpz.example.
 *     ads.example.com       CNAME .              the name does not exist
 *     *.ads.example.com     CNAME .              nor anything below it
 *     nodata.example.com    CNAME *.             it exists and has no address; rpz-drop. says nothing at all
 *     sink.example.com      A     0.0.0.0        local data that leads nowhere
 *     good.example.com      CNAME rpz-passthru.  an exception
 *
 * A name in such a zone is written below the zone's own name, which is not part of it: relative names are taken below
 * $ORIGIN, and then the apex (where SOA stands, else the first $ORIGIN) is cut off. Our rules always mean everything
 * below a name too. In a zone the longest name wins, so an exception does not reach a rule for a name below it.
 * Local data that leads somewhere, and triggers that are not the name asked for (rpz-ip, rpz-nsdname ...), are skipped.
 * What was left out: escapes (\., \097) in names, which no host name has, and $INCLUDE.
 */
#include "feeds/source.h"

#include <string.h>
#include <strings.h>

static bool equals(struct line word, const char *text)
{
    return word.n == strlen(text) && strncasecmp(word.at, text, word.n) == 0;
}

static bool is_number(struct line word)
{
    /* "300", "1h30m" */
    if (word.n == 0 || word.at[0] < '0' || word.at[0] > '9')
        return false;
    for (size_t i = 0; i < word.n; i++)
        if (!((word.at[i] >= '0' && word.at[i] <= '9') || (word.at[i] && strchr("sSmMhHdDwW", word.at[i]))))
            return false;
    return true;
}

static bool is_type(struct line word)
{
    static const char *const types[] = {"CNAME", "SOA", "NS", "A", "AAAA", "TXT", "MX", "PTR", "DNAME", "SRV"};
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (equals(word, types[i]))
            return true;
    return false;
}

static bool is_class_or_ttl(struct line word)
{
    return equals(word, "IN") || is_number(word);
}

static struct line without_comment(struct line line)
{
    const char *mark = line.n ? memchr(line.at, ';', line.n) : NULL;
    if (mark)
        line.n = (size_t)(mark - line.at);
    return line_trim(line);
}

struct record {
    struct line owner; /* n = 0: that of the record before */
    struct line type, data;
};

/* [owner] [ttl] [class] type data */
static bool read_record(struct line line, struct record *r)
{
    struct line rest = line, word = line_word(&rest);
    *r = (struct record){.owner = word};
    if (is_class_or_ttl(word) || (is_type(word) && line_trim(rest).n > 0))
        r->owner = (struct line){NULL, 0};
    else
        word = line_word(&rest);
    for (int i = 0; i < 2 && is_class_or_ttl(word); i++)
        word = line_word(&rest);
    r->type = word;
    r->data = line_trim(rest);
    return is_type(word) && r->data.n > 0;
}

/* Strict, since a row of telltale's table may have "A" in its second column. */
static bool recognises(struct line line)
{
    struct record r;
    bool nowhere;
    line = without_comment(line);
    if (line_starts(line, "$TTL") || line_starts(line, "$ORIGIN"))
        return true;
    if (!read_record(line, &r))
        return false;
    if (equals(r.type, "SOA"))
        return true;
    if (equals(r.type, "A") || equals(r.type, "AAAA"))
        return source_is_address(r.data, &nowhere);
    struct line rest = r.data;
    line_word(&rest);
    return (equals(r.type, "CNAME") || equals(r.type, "NS")) && line_trim(rest).n == 0;
}

static void keep(char out[HOSTNAME_MAX + 1], struct line text)
{
    size_t n = text.n <= HOSTNAME_MAX ? text.n : 0; /* longer is no name; "" stands for not known */
    if (n)
        memcpy(out, text.at, n);
    out[n] = '\0';
}

/* Without the dot at its end, when it has one. */
static struct line without_dot(struct line name)
{
    if (name.n > 0 && name.at[name.n - 1] == '.')
        name.n--;
    return name;
}

/* The part of a name that is before `.domain`; the name itself when it is not below it. */
static struct line above(struct line name, const char *domain)
{
    size_t d = strlen(domain);
    if (d > 0 && name.n > d && name.at[name.n - d - 1] == '.' && strncasecmp(name.at + name.n - d, domain, d) == 0)
        name.n -= d + 1;
    return name;
}

static void directive(struct line line, struct source_zone *zone)
{
    struct line word = line_word(&line);
    if (!equals(word, "$ORIGIN"))
        return;
    keep(zone->origin, without_dot(line_word(&line)));
    if (!zone->apex[0])
        memcpy(zone->apex, zone->origin, sizeof(zone->apex));
}

/* The name that a record's owner stands for, in `room` when it had to be put together. n = 0: the apex itself. */
static struct line trigger_of(const struct source_zone *zone, struct line owner, char room[2 * HOSTNAME_MAX + 2])
{
    struct line none = {NULL, 0};
    bool absolute = owner.n > 0 && owner.at[owner.n - 1] == '.';
    size_t o = strlen(zone->origin);
    if (line_equals(owner, "@"))
        return none;
    if (!absolute && o > 0 && strcasecmp(zone->origin, zone->apex) != 0 && owner.n <= HOSTNAME_MAX) {
        memcpy(room, owner.at, owner.n);
        room[owner.n] = '.';
        memcpy(room + owner.n + 1, zone->origin, o);
        return above((struct line){room, owner.n + 1 + o}, zone->apex);
    }
    if (!absolute)
        return owner;
    owner = without_dot(owner);
    return owner.n == strlen(zone->apex) && strncasecmp(owner.at, zone->apex, owner.n) == 0 ? none : above(owner, zone->apex);
}

static bool is_other_trigger(struct line name)
{
    static const char *const kinds[] = {"rpz-ip", "rpz-client-ip", "rpz-nsip", "rpz-nsdname"};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (above(name, kinds[i]).n != name.n)
            return true;
    return false;
}

/* What a record asks for: a rule, an exception, or neither. */
static bool read_action(const struct record *r, enum source_kind *kind)
{
    bool nowhere;
    *kind = SOURCE_RULE;
    if (equals(r->type, "A") || equals(r->type, "AAAA"))
        return source_is_address(r->data, &nowhere) && nowhere;
    if (!equals(r->type, "CNAME"))
        return false;
    if (equals(r->data, "rpz-passthru.") || equals(r->data, "rpz-passthru"))
        *kind = SOURCE_EXCEPTION_NEAREST;
    return *kind != SOURCE_RULE || line_equals(r->data, ".") || line_equals(r->data, "*.") || equals(r->data, "rpz-drop.");
}

static int take_record(const struct record *r, struct source_walk *walk)
{
    char room[2 * HOSTNAME_MAX + 2];
    enum source_kind kind;
    struct line owner = {walk->zone.owner, strlen(walk->zone.owner)};
    if (equals(r->type, "SOA") || equals(r->type, "NS")) {
        if (equals(r->type, "SOA") && owner.n > 0 && owner.at[owner.n - 1] == '.')
            keep(walk->zone.apex, without_dot(owner));
        return 0;
    }
    struct line name = trigger_of(&walk->zone, owner, room);
    if (name.n == 0 || is_other_trigger(name))
        return source_skip(walk, FEED_SKIP_TRIGGER);
    if (!read_action(r, &kind))
        return source_skip(walk, FEED_SKIP_REDIRECT);
    return source_tell(walk, kind, source_without_wildcard(name));
}

static int take(struct line line, struct source_walk *walk)
{
    struct record r;
    line = without_comment(line);
    bool inside = walk->zone.in_parentheses;
    if (line.n > 0 && memchr(line.at, '(', line.n))
        walk->zone.in_parentheses = true;
    if (line.n > 0 && memchr(line.at, ')', line.n))
        walk->zone.in_parentheses = false;
    if (inside || line.n == 0)
        return 0; /* numbers of the SOA */
    if (line.at[0] == '$') {
        directive(line, &walk->zone);
        return 0;
    }
    if (!read_record(line, &r))
        return source_skip(walk, FEED_SKIP_NOT_A_HOST);
    if (r.owner.n > 0)
        keep(walk->zone.owner, r.owner);
    return take_record(&r, walk);
}

const struct source_syntax source_rpz = {"response policy zone", true, recognises, take};
