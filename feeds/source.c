/* source.c -- recognises what syntax a list is in, and walks over it.
 *
 * Lists name no format. Each syntax says of a line whether it can only be its own; the syntax with most such lines
 * has the file. The difference matters for two of them. In a list of blocking rules `example.com##.advert` hides a
 * picture and `example.com` is a piece of a URL, so nothing but ||example.com^ may be taken there as a host; in a zone
 * a name alone is half a record.
 */
#include "feeds/source.h"

#include "feeds/source_json.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

static const struct source_syntax *const syntaxes[] = {&source_abp,     &source_hosts, &source_rpz,
                                                       &source_dnsmasq, &source_table, &source_plain};
#define SYNTAXES (sizeof(syntaxes) / sizeof(syntaxes[0]))

/* A line that begins so is a comment, or a header, in one syntax or another, and a rule for a host in none. */
static bool says_nothing(struct line line)
{
    return line.n == 0 || line.at[0] == '#' || line.at[0] == '!' || line.at[0] == '[' || line.at[0] == ';';
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

struct line source_without_wildcard(struct line word)
{
    if (line_starts(word, "*."))
        return (struct line){word.at + 2, word.n - 2};
    if (line_starts(word, "."))
        return (struct line){word.at + 1, word.n - 1};
    return word;
}

bool source_is_address(struct line word, bool *nowhere)
{
    static const unsigned char zero[16];
    static const unsigned char loopback[16] = {[15] = 1};
    unsigned char bytes[16];
    char text[64];
    struct line rest = word;
    *nowhere = false;
    word = line_cut(&rest, '%');
    if (word.n == 0 || word.n >= sizeof(text))
        return false;
    memcpy(text, word.at, word.n);
    text[word.n] = '\0';
    if (inet_pton(AF_INET, text, bytes) == 1) {
        *nowhere = memcmp(bytes, zero, 4) == 0 || bytes[0] == 127;
        return true;
    }
    if (inet_pton(AF_INET6, text, bytes) == 1) {
        *nowhere = memcmp(bytes, zero, 16) == 0 || memcmp(bytes, loopback, 16) == 0;
        return true;
    }
    return false;
}

int source_tell(const struct source_walk *walk, enum source_kind kind, struct line host)
{
    struct source_rule rule = {.kind = kind, .host = host, .purpose = PURPOSE_OTHER};
    return walk->sink->rule(walk->sink->context, &rule);
}

int source_skip(const struct source_walk *walk, enum feed_skip why)
{
    walk->sink->skip(walk->sink->context, why);
    return 0;
}

static size_t whose_line(struct line line)
{
    size_t i = 0;
    while (i < SYNTAXES && !syntaxes[i]->recognises(line))
        i++;
    return i;
}

/* What most lines are in, SYNTAXES when nothing is recognised. */
static size_t syntax_of(const char *text, size_t n)
{
    uint32_t count[SYNTAXES + 1] = {0};
    size_t most = 0;
    struct line_reader reader = line_reader_over(text, n);
    for (struct line line; line_reader_next(&reader, &line);) {
        if (line_starts(line, "[Adblock") || line_starts(line, "[uBlock"))
            return 0; /* source_abp */
        if (!says_nothing(line))
            count[whose_line(line)]++;
    }
    for (size_t i = 1; i < SYNTAXES; i++)
        if (count[i] > count[most])
            most = i;
    /* One that stands alone must have more lines than all others together: a few of its lines in a list of names are
     * somebody's mistake. */
    uint32_t others = 0;
    for (size_t i = 0; i < SYNTAXES; i++)
        others += i == most ? 0 : count[i];
    if (count[most] == 0 || (syntaxes[most]->alone && count[most] <= others))
        return SYNTAXES;
    return most;
}

static void skip_too_long(struct source_sink *sink, uint32_t first, uint32_t count)
{
    sink->text = (struct line){NULL, 0};
    for (uint32_t i = 0; i < count; i++) {
        sink->line = first + i;
        sink->skip(sink->context, FEED_SKIP_TOO_LONG);
    }
}

static int take_line(size_t alone, struct line line, struct source_walk *walk)
{
    if (says_nothing(line))
        return 0;
    size_t whose = alone < SYNTAXES ? alone : whose_line(line);
    return whose < SYNTAXES ? syntaxes[whose]->take(line, walk) : source_skip(walk, FEED_SKIP_NOT_A_HOST);
}

int source_parse(const char *text, size_t n, struct source_sink *sink, uint32_t *lines, const char **syntax)
{
    const char *name = NULL;
    if (source_json_is(text, n)) {
        int rc = source_json_parse(text, n, sink, &name);
        if (lines)
            *lines = line_reader_count(text, n);
        if (syntax)
            *syntax = name;
        return rc == -EINVAL && !name ? source_skip(&(struct source_walk){.sink = sink}, FEED_SKIP_NOT_A_HOST) : rc;
    }
    size_t main_one = syntax_of(text, n);
    size_t alone = main_one < SYNTAXES && syntaxes[main_one]->alone ? main_one : SYNTAXES;
    struct line_reader reader = line_reader_over(text, n);
    struct source_walk walk = {.sink = sink};
    uint32_t too_long = 0;
    int rc = 0;
    for (struct line line; rc == 0 && line_reader_next(&reader, &line);) {
        uint32_t passed = reader.too_long - too_long;
        skip_too_long(sink, reader.line - passed, passed);
        too_long = reader.too_long;
        sink->line = reader.line;
        sink->text = line;
        rc = take_line(alone, line, &walk);
    }
    if (rc == 0)
        skip_too_long(sink, reader.line - (reader.too_long - too_long) + 1, reader.too_long - too_long);
    if (lines)
        *lines = reader.line;
    if (syntax)
        *syntax = main_one < SYNTAXES ? syntaxes[main_one]->name : NULL;
    return rc;
}
