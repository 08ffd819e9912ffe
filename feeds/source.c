/* source.c -- recognises what syntax a list is in, and walks over it.
 *
 * Lists name no format. Each syntax says of a line whether it can only be its own; the syntax with most such lines
 * has the file. The difference matters for one of them: in a list of blocking rules `example.com##.advert` hides a
 * picture and `example.com` is a piece of a URL, so nothing but ||example.com^ may be taken there as a host.
 */
#include "feeds/source.h"

#include <string.h>

static const struct source_syntax *const syntaxes[] = {&source_abp, &source_hosts, &source_table, &source_plain};
#define SYNTAXES (sizeof(syntaxes) / sizeof(syntaxes[0]))

/* A line that begins so is a comment, or a header, in one syntax or another, and a rule for a host in none. */
static bool says_nothing(struct line line)
{
    return line.n == 0 || line.at[0] == '#' || line.at[0] == '!' || line.at[0] == '[';
}

struct line source_without_comment(struct line line)
{
    const char *hash = line.n ? memchr(line.at, '#', line.n) : NULL;
    if (hash)
        line.n = (size_t)(hash - line.at);
    return line_trim(line);
}

bool source_looks_like_host(struct line word)
{
    bool dot = false;
    for (size_t i = 0; i < word.n; i++) {
        unsigned char c = (unsigned char)word.at[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && c != '-' && c != '_' && c != '.' && c < 0x80)
            return false;
        dot |= c == '.' && i + 1 < word.n;
    }
    return dot;
}

static const struct source_syntax *whose_line(struct line line)
{
    for (size_t i = 0; i < SYNTAXES; i++)
        if (syntaxes[i]->recognises(line))
            return syntaxes[i];
    return NULL;
}

static bool is_blocking_list(const char *text, size_t n)
{
    uint32_t blocking = 0, other = 0;
    struct line_reader reader = line_reader_over(text, n);
    for (struct line line; line_reader_next(&reader, &line);) {
        const struct source_syntax *syntax = says_nothing(line) ? NULL : whose_line(line);
        blocking += syntax == &source_abp;
        other += syntax && syntax != &source_abp;
        if (line_starts(line, "[Adblock") || line_starts(line, "[uBlock"))
            return true;
    }
    return blocking > other;
}

int source_parse(const char *text, size_t n, const struct source_sink *sink, uint32_t *lines)
{
    bool blocking_list = is_blocking_list(text, n);
    struct line_reader reader = line_reader_over(text, n);
    int rc = 0;
    for (struct line line; rc == 0 && line_reader_next(&reader, &line);) {
        if (says_nothing(line))
            continue;
        const struct source_syntax *syntax = blocking_list ? &source_abp : whose_line(line);
        if (syntax)
            rc = syntax->take(line, sink);
        else
            sink->skip(sink->context);
    }
    for (uint32_t i = 0; i < reader.too_long; i++)
        sink->skip(sink->context);
    *lines = reader.line;
    return rc;
}
