/* har_title.c -- see har_title.h.
 *
 * Chromium writes a page's address where HAR has its title, so the title is taken from the page itself when the recording holds
 * it. The first `<title` outside of nothing in particular is good enough: a script that writes one comes later in a page than its
 * own title. Character references: numeric ones and those that titles use. Left out: other encodings than UTF-8.
 */
#include "reports/har_title.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *find(const char *at, const char *end, const char *word)
{
    size_t n = strlen(word);
    for (; (size_t)(end - at) >= n; at++)
        if (strncasecmp(at, word, n) == 0)
            return at;
    return NULL;
}

static size_t put_character(unsigned long code, char *out)
{
    if (code == 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
        code = 0xfffd;
    if (code < 0x80)
        return out[0] = (char)code, 1;
    size_t more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned char leads[] = {0, 0xc0, 0xe0, 0xf0};
    out[0] = (char)(leads[more] | code >> (6 * more));
    for (size_t i = 1; i <= more; i++)
        out[i] = (char)(0x80 | (code >> (6 * (more - i)) & 0x3f));
    return more + 1;
}

/* "&amp;" at `at`: how many bytes it is long (0: it is none), and the character. */
static size_t reference(const char *at, const char *end, unsigned long *code)
{
    static const struct {
        const char *name;
        unsigned long code;
    } named[] = {{"&amp;", '&'},       {"&lt;", '<'},       {"&gt;", '>'},       {"&quot;", '"'},
                 {"&apos;", '\''},     {"&nbsp;", ' '},     {"&ndash;", 0x2013}, {"&mdash;", 0x2014},
                 {"&lsquo;", 0x2018},  {"&rsquo;", 0x2019}, {"&ldquo;", 0x201c}, {"&rdquo;", 0x201d},
                 {"&hellip;", 0x2026}, {"&pound;", 0xa3},   {"&laquo;", 0xab},   {"&raquo;", 0xbb},
                 {"&middot;", 0xb7},   {"&bull;", 0x2022}};
    char digits[12];
    const char *stop = memchr(at, ';', (size_t)(end - at) < 12 ? (size_t)(end - at) : 12);
    if (!stop)
        return 0;
    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
        if (strlen(named[i].name) == (size_t)(stop + 1 - at) && memcmp(named[i].name, at, strlen(named[i].name)) == 0)
            return *code = named[i].code, (size_t)(stop + 1 - at);
    if (stop - at < 3 || at[1] != '#')
        return 0;
    int hex = (at[2] | 0x20) == 'x';
    size_t n = (size_t)(stop - at) - 2u - (size_t)hex;
    memcpy(digits, at + 2 + hex, n);
    digits[n] = '\0';
    char *behind;
    *code = strtoul(digits, &behind, hex ? 16 : 10);
    return n > 0 && *behind == '\0' ? (size_t)(stop + 1 - at) : 0;
}

static int is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f';
}

size_t har_title(const char *html, size_t n, char out[HAR_TITLE_MAX])
{
    const char *end = html + n, *tag = find(html, end, "<title");
    const char *at = tag ? memchr(tag, '>', (size_t)(end - tag)) : NULL;
    const char *stop = at ? find(at, end, "</title") : NULL;
    size_t len = 0;
    out[0] = '\0';
    if (!stop)
        return 0;
    for (at++; at < stop && is_blank(*at);)
        at++;
    while (at < stop && len + 5 < HAR_TITLE_MAX) {
        unsigned long code;
        size_t used = *at == '&' ? reference(at, stop, &code) : 0;
        if (used > 0)
            len += put_character(code, out + len);
        else
            out[len++] = *at;
        at += used ? used : 1;
    }
    while (len > 0 && is_blank(out[len - 1]))
        len--;
    out[len] = '\0';
    return len;
}
