/* lookup_answer.c -- see lookup_answer.h.
 *
 * People paste what they have: a name from a report, a line of a browser's network panel, the address of a page. Whatever
 * surrounds the host is cut off, never guessed at. One thing a rule cannot say is told in words: the domain that a
 * company's tracker sits on may be the company's own site too, and a name alone does not tell a visit from a disclosure.
 */
#include "cli/lookup_answer.h"

#include "feeds/idn.h"
#include "feeds/public_suffix.h"
#include "feeds/suffix_hash.h"

#include <stdio.h>
#include <string.h>

/* The host part of an address, or the text itself: `https://user@www.example.org:8443/page?x#y`. */
static size_t cut_host(const char **text)
{
    const char *at = *text + strspn(*text, " \t\r\n"), *scheme = strstr(at, "://");
    if (scheme && strcspn(at, "/?#") + 1 > (size_t)(scheme - at))
        at = scheme + 3;
    else if (at[0] == '/' && at[1] == '/')
        at += 2;
    size_t n = strcspn(at, "/?#\\");
    while (n > 0 && strchr(" \t\r\n", at[n - 1]))
        n--;
    for (size_t i = n; i > 0; i--)
        if (at[i - 1] == '@') {
            at += i;
            n -= i;
            break;
        }
    const char *colon = memchr(at, ':', n);
    if (colon && at[0] != '[' && !memchr(colon + 1, ':', n - (size_t)(colon + 1 - at)))
        n = (size_t)(colon - at); /* a port; more colons are an IPv6 address */
    *text = at;
    return n;
}

static size_t normalise(const char *text, size_t n, char host[HOSTNAME_MAX + 1])
{
    char ascii[HOSTNAME_MAX + 1];
    if (!idn_is_ascii(text, n)) {
        n = idn_to_ascii(text, n, ascii);
        text = ascii;
    }
    return hostname_normalise((const uint8_t *)text, n, host);
}

/* The exception on the way that is nearest to the host, or NULL. */
static const char *exception_above(const struct feed_set *set, const char *host)
{
    struct feed_match match;
    bool exception;
    for (const char *at = host; at; at = strchr(at, '.')) {
        at += *at == '.';
        if (feed_match_exact(set, at, strlen(at), &match, &exception) && exception)
            return at;
    }
    return NULL;
}

/* May somebody have opened this name as a page? The registrable domain itself, or one of its usual fronts; and of a kind
 * that people do open. Nobody browses an advertising exchange, and to say so would throw doubt on what was seen. */
static bool is_own_site(const char *host, const char *domain, enum purpose purpose)
{
    if (purpose != PURPOSE_SOCIAL && purpose != PURPOSE_VIDEO && purpose != PURPOSE_TRANSLATE && purpose != PURPOSE_OTHER)
        return false;
    static const char *const fronts[] = {"", "www.", "m.", "mobile.", "web."};
    size_t before = strlen(host) - strlen(domain);
    for (size_t i = 0; i < sizeof(fronts) / sizeof(fronts[0]); i++)
        if (strlen(fronts[i]) == before && strncmp(host, fronts[i], before) == 0)
            return true;
    return false;
}

static void say_found(struct lookup_answer *a)
{
    const char *domain = public_suffix_registrable(a->host), *who = a->match.owner.organisation;
    size_t n = (size_t)(strcmp(a->match.matched, a->host) == 0
                            ? snprintf(a->why, sizeof(a->why), "the rule %s names this very host", a->match.matched)
                            : snprintf(a->why, sizeof(a->why), "it is below %s, the longest rule that covers it", a->match.matched));
    if (a->match.owner.tracker && domain && strcmp(domain, a->match.matched) == 0 && is_own_site(a->host, domain, a->match.owner.purpose))
        snprintf(a->why + n, sizeof(a->why) - n,
                 "; it may also be %.100s's own site, opened as a page by somebody: the name does not tell that from a page of others "
                 "that loads it",
                 who ? who : a->match.owner.tracker);
}

static void say_not_found(struct lookup_answer *a, const struct feed_set *set)
{
    const char *exception = exception_above(set, a->host);
    if (public_suffix_is(a->host))
        snprintf(a->why, sizeof(a->why), "a public suffix: the names below it are many owners', so no rule may cover it");
    else if (exception)
        snprintf(a->why, sizeof(a->why), "a list's exception for %s takes it out of the rules without an owner", exception);
    else
        snprintf(a->why, sizeof(a->why), "no rule of %u covers it", feed_set_rules(set));
}

void lookup_answer(struct lookup_answer *a, const struct feed_set *set, const char *asked)
{
    const char *text = asked;
    size_t n = cut_host(&text);
    *a = (struct lookup_answer){.asked = asked};
    size_t len = normalise(text, n, a->host);
    if (len == 0) {
        snprintf(a->why, sizeof(a->why), "%s",
                 hostname_is_address(text, n) ? "an address, not a host name: trackers are listed by name" : "not a host name");
        return;
    }
    a->found = feed_match(set, a->host, len, &a->match);
    if (a->found)
        say_found(a);
    else
        say_not_found(a, set);
}

static size_t count_labels(const char *name)
{
    size_t labels = 1;
    for (; *name; name++)
        labels += *name == '.';
    return labels;
}

static void take_step(const struct lookup_answer *a, const struct feed_set *set, const char *name, struct lookup_step *s)
{
    bool exception;
    *s = (struct lookup_step){.name = name};
    if (count_labels(name) > SUFFIX_LABELS_MAX)
        s->verdict = LOOKUP_TOO_DEEP;
    else if (public_suffix_is(name))
        s->verdict = LOOKUP_PUBLIC_SUFFIX;
    else if (feed_match_exact(set, name, strlen(name), &s->match, &exception))
        s->verdict = exception ? LOOKUP_EXCEPTION : LOOKUP_RULE;
    s->counts = s->verdict == LOOKUP_RULE && a->found && s->match.rule == a->match.rule;
}

size_t lookup_steps(const struct lookup_answer *a, const struct feed_set *set, struct lookup_step *steps, size_t room)
{
    size_t n = 0;
    for (const char *at = a->host; *a->host && at && n < room; at = strchr(at, '.')) {
        at += *at == '.';
        take_step(a, set, at, &steps[n++]);
    }
    return n;
}

const char *lookup_verdict_word(enum lookup_verdict v)
{
    static const char *const words[] = {"no-rule", "rule", "exception", "public-suffix", "too-deep"};
    return words[v];
}
