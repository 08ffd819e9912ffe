/* source_dnsmasq.c -- settings of dnsmasq(8) that keep names from being resolved.
 *
 *     address=/ads.example.com/a.example.net/0.0.0.0    address=/ads.example.com/    address=/ads.example.com/#
 *     server=/ads.example.com/    local=/ads.example.com/
 *
 * All of them mean the domain and everything below it, as our rules do. An address that is somebody's, and a server to
 * ask, say how a name is resolved and not that it is blocked: skipped. `server=/good.example.com/#` hands a name back
 * to the usual servers, which makes it an exception; dnsmasq lets the longest name win, so a rule for a name below it
 * stands. Other settings of such a file are none of ours.
 */
#include "feeds/source.h"

static bool recognises(struct line line)
{
    return line_starts(line, "address=/") || line_starts(line, "server=/") || line_starts(line, "local=/");
}

/* What stands behind the last slash says what is done with the names before it. */
static bool decide(struct line line, bool address, struct line value, enum source_kind *kind)
{
    bool nowhere;
    *kind = SOURCE_RULE;
    if (value.n == 0)
        return true;
    if (!address) {
        *kind = SOURCE_EXCEPTION_NEAREST;
        return line_equals(value, "#") && line_starts(line, "server=");
    }
    return line_equals(value, "#") || (source_is_address(value, &nowhere) && nowhere);
}

/* A comment begins after a blank only: a '#' behind a slash is a value. */
static struct line without_comment(struct line line)
{
    for (size_t i = 1; i < line.n; i++)
        if (line.at[i] == '#' && (line.at[i - 1] == ' ' || line.at[i - 1] == '\t'))
            line.n = i;
    return line_trim(line);
}

static int take(struct line line, struct source_walk *walk)
{
    enum source_kind kind;
    line = without_comment(line);
    bool address = line_starts(line, "address=");
    struct line names = line;
    line_cut(&names, '/');
    size_t end = names.n;
    while (end > 0 && names.at[end - 1] != '/')
        end--;
    if (end == 0)
        return source_skip(walk, FEED_SKIP_NOT_A_HOST); /* address=/name without the second slash */
    struct line value = {names.at + end, names.n - end};
    if (!decide(line, address, value, &kind))
        return source_skip(walk, FEED_SKIP_REDIRECT);
    names.n = end - 1;
    int rc = 0;
    while (rc == 0 && names.at)
        rc = source_tell(walk, kind, source_without_wildcard(line_cut(&names, '/')));
    return rc;
}

const struct source_syntax source_dnsmasq = {"dnsmasq settings", false, recognises, take};
