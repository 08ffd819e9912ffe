/* source_plain.c -- one domain a line: `ads.example.com`, with or without a comment after it.
 *
 * Wildcard lists write `*.example.com` or `.example.com`. Our rules always mean the domain and everything below it, so
 * the mark is dropped. The domain itself is then matched too, although such a list says only "below": nobody who
 * blocks all of a domain's hosts means to spare the one without a label in front.
 */
#include "feeds/source.h"

/* The host on the line, marks dropped; n = 0 when the line is not one host. */
static struct line host_of(struct line line)
{
    line = source_without_comment(line);
    struct line word = line_word(&line);
    if (line_trim(line).n > 0)
        return (struct line){NULL, 0};
    return source_without_wildcard(word);
}

static bool recognises(struct line line)
{
    return source_looks_like_host(host_of(line));
}

static int take(struct line line, struct source_walk *walk)
{
    return source_tell(walk, SOURCE_RULE, host_of(line));
}

const struct source_syntax source_plain = {"domains", false, recognises, take};
