/* line_reader.c -- reading lists that came from anywhere.
 *
 * Lists are read whole: they are small beside memory, the version of a list is a hash of all of it, and its syntax is
 * recognised by looking over it before the first rule is taken. The size is capped while reading, not by asking
 * the file system: a pipe or /dev/zero has no honest size.
 */
#include "feeds/line_reader.h"

#include "common/log.h"
#include "common/opener.h"
#include "common/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Fills a growing buffer from fd until the end of the file or the cap. */
static int read_all(int fd, char **bytes, size_t *n)
{
    size_t room = 1 << 16, have = 0;
    char *buffer = malloc(room);
    int rc = buffer ? 0 : -ENOMEM;
    while (rc == 0) {
        ssize_t got = read(fd, buffer + have, room - have);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            rc = -errno;
        if (got <= 0)
            break;
        have += (size_t)got;
        if (have > LINE_READER_FILE_MAX) {
            rc = -EFBIG;
        } else if (have == room) {
            char *larger = realloc(buffer, room *= 2);
            if (larger)
                buffer = larger;
            else
                rc = -ENOMEM;
        }
    }
    if (rc < 0) {
        free(buffer);
        return rc;
    }
    *bytes = buffer;
    *n = have;
    return 0;
}

int line_reader_load(const char *path, char **bytes, size_t *n)
{
    int fd = opener_open(path, 0);
    int rc = fd < 0 ? fd : read_all(fd, bytes, n);
    if (fd >= 0)
        close(fd);
    if (rc == -EFBIG)
        log_error("%s: larger than %u MB, which no list of names is: split it, or check that it is the file you meant",
                  path, LINE_READER_FILE_MAX >> 20);
    else if (rc < 0)
        log_error("%s: cannot be read: %s", path, strerror(-rc));
    return rc;
}

bool line_reader_is_binary(const char *bytes, size_t n)
{
    return n > 0 && memchr(bytes, '\0', n) != NULL;
}

struct line_reader line_reader_over(const char *bytes, size_t n)
{
    struct line_reader r = {.at = bytes, .end = n ? bytes + n : bytes};
    if (n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
        r.at += 3;
    return r;
}

bool line_reader_next(struct line_reader *r, struct line *line)
{
    while (r->at < r->end) {
        const char *start = r->at;
        const char *stop = memchr(start, '\n', (size_t)(r->end - start));
        r->at = stop ? stop + 1 : r->end;
        if (!stop)
            stop = r->end;
        r->line++;
        if ((size_t)(stop - start) <= LINE_READER_LINE_MAX) {
            *line = line_trim((struct line){start, (size_t)(stop - start)});
            return true;
        }
        r->too_long++;
    }
    return false;
}

uint32_t line_reader_count(const char *bytes, size_t n)
{
    struct line_reader r = line_reader_over(bytes, n);
    for (struct line line; line_reader_next(&r, &line);)
        ;
    return r.line;
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct line line_trim(struct line line)
{
    while (line.n > 0 && is_blank(line.at[line.n - 1]))
        line.n--;
    while (line.n > 0 && is_blank(line.at[0])) {
        line.at++;
        line.n--;
    }
    return line;
}

struct line line_cut(struct line *line, char separator)
{
    struct line head = *line;
    const char *stop = line->n ? memchr(line->at, separator, line->n) : NULL;
    if (!stop) {
        *line = (struct line){NULL, 0};
        return head;
    }
    head.n = (size_t)(stop - head.at);
    line->at = stop + 1;
    line->n -= head.n + 1;
    return head;
}

struct line line_word(struct line *line)
{
    *line = line_trim(*line);
    struct line word = {line->at, 0};
    while (word.n < line->n && !is_blank(line->at[word.n]))
        word.n++;
    if (word.n > 0) {
        line->at += word.n;
        line->n -= word.n;
    }
    return word;
}

bool line_starts(struct line line, const char *prefix)
{
    size_t n = strlen(prefix);
    return line.n >= n && memcmp(line.at, prefix, n) == 0;
}

bool line_equals(struct line line, const char *text)
{
    return line.n == strlen(text) && line_starts(line, text);
}

/* Most lines of most lists: not worth a copy. */
static bool is_plain_ascii(struct line line)
{
    unsigned char bad = 0;
    for (size_t i = 0; i < line.n; i++)
        bad |= line.at[i] < ' ' || line.at[i] > '~';
    return !bad;
}

/* Apart from line_is_clean(), since local variables are zeroed by the compiler: this buffer is larger than most lists' lines together. */
__attribute__((noinline)) static bool is_its_own_clean_copy(struct line line)
{
    char clean[TEXT_CLEAN_MAX(LINE_READER_LINE_MAX)];
    return text_clean(line.at, line.n, clean, sizeof(clean)) == line.n && memcmp(clean, line.at, line.n) == 0;
}

bool line_is_clean(struct line line)
{
    return line.n <= LINE_READER_LINE_MAX && (is_plain_ascii(line) || is_its_own_clean_copy(line));
}
