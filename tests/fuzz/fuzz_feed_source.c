/* fuzz_feed_source.c -- a list from anywhere, through recognition, import, compilation and matching.
 *
 * Beyond memory errors it holds the room's promises: every rule that a list leaves can be found by its own name and by
 * a host below it, a match is a label-aligned tail of what was asked, and none is a public suffix.
 */
#include "feeds/feed_builder.h"
#include "feeds/public_suffix.h"

#include "common/hostname.h"
#include "common/log.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool promise)
{
    if (!promise)
        abort();
}

static void check_rule(const struct feed_set *set, const char *name, size_t n, bool exceptions)
{
    struct feed_match match;
    char below[HOSTNAME_MAX + 3] = "w.";
    bool exception;
    if (!feed_match_exact(set, name, n, &match, &exception) || exception)
        return; /* an exception took it out, or is what it is */
    check(feed_match(set, name, n, &match) && strcmp(match.matched, name) == 0);
    check(match.rule < feed_set_rules(set) && !public_suffix_is(match.matched));
    memcpy(below + 2, name, n + 1);
    if (exceptions)
        return; /* one of them may be just below */
    check(feed_match(set, below, n + 2, &match) && hostname_is_under(below, match.matched));
    memcpy(below, "ww", 2);
    if (feed_match(set, below, n + 2, &match))
        check(hostname_is_under(below, match.matched) && strcmp(match.matched, name) != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    log_init("fuzz", 0); /* a line for each refused input would be all there is to see */
    struct feed_builder *b = feed_builder_new();
    struct feed_source source;
    if (b && feed_builder_add_text(b, "list", (const char *)data, size, &source) == 0) {
        struct feed_set *set = feed_builder_compile(b);
        check(set && feed_set_rules(set) <= source.taken + source.exceptions);
        check(source.exceptions > 0 || feed_set_rules(set) == source.taken);
        for (uint32_t i = 0; i < b->names.count; i++)
            check_rule(set, intern_text(&b->names, i), intern_length(&b->names, i), source.exceptions > 0);
        feed_set_free(set);
    }
    feed_builder_free(b);
    return 0;
}
