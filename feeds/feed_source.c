/* feed_source.c -- what became of a list, in words. */
#include "feeds/feed.h"

#include "common/log.h"

#include <stdio.h>
#include <stdlib.h>

const char *feed_skip_word(enum feed_skip why)
{
    static const char *const words[FEED_SKIP_COUNT] = {
#define X(name, word, phrase) word,
        FEED_SKIPS(X)
#undef X
    };
    return words[why];
}

const char *feed_skip_phrase(enum feed_skip why)
{
    static const char *const phrases[FEED_SKIP_COUNT] = {
#define X(name, word, phrase) phrase,
        FEED_SKIPS(X)
#undef X
    };
    return phrases[why];
}

/* "; 12,000 skipped: 11,000 for a part of a site, 1,000 hiding parts of a page" */
static void describe_skips(const struct feed_source *s, FILE *out)
{
    const char *between = ": ";
    if (s->skipped == 0)
        return;
    fprintf(out, "; %u skipped", s->skipped);
    for (int i = 0; i < FEED_SKIP_COUNT; i++) {
        if (s->skips[i] == 0)
            continue;
        fprintf(out, "%s%u %s", between, s->skips[i], feed_skip_phrase((enum feed_skip)i));
        between = ", ";
    }
}

void feed_source_log(const struct feed_source *s, const char *path)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    if (!out)
        return;
    fprintf(out, "%u rules taken", s->taken);
    if (s->duplicate)
        fprintf(out, ", %u were there already", s->duplicate);
    if (s->exceptions)
        fprintf(out, ", %u exceptions", s->exceptions);
    describe_skips(s, out);
    if (fclose(out) == 0)
        log_info("feeds: %s: %s%s%s", path, s->syntax, s->syntax[0] ? ": " : "", text);
    free(text);
    uint32_t shown = s->refused < FEED_REFUSALS_KEPT ? s->refused : FEED_REFUSALS_KEPT;
    for (uint32_t i = 0; i < shown; i++) {
        const struct feed_refusal *r = &s->refusals[i];
        if (r->line > 0)
            log_warning("feeds: %s:%u: %s: %s", path, r->line, feed_skip_phrase(r->why), r->text);
        else
            log_warning("feeds: %s: %s: %s", path, feed_skip_phrase(r->why), r->text);
    }
    if (s->refused > shown)
        log_warning("feeds: %s: and %u more", path, s->refused - shown);
}
