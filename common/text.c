/* text.c -- see text.h.
 *
 * Problem: a device's label, a file's name or a page's address may hold an escape sequence that rewrites the screen, or
 * a right-to-left override that makes one company read as another. Approach: decode UTF-8 strictly (RFC 3629: shortest
 * form only, no surrogates, nothing above U+10FFFF) and copy only what cannot command anything; one U+FFFD stands for
 * each character or stray byte that was refused, so that a reader sees that something was there.
 * Left out: look-alike letters (a Cyrillic "a" is still a letter) and Unicode normalisation. Column widths follow the
 * blocks of Unicode's East Asian Width, coarsely: a table that is one column off is the worst that a gap can do.
 */
#include "common/text.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define REPLACEMENT       "\xef\xbf\xbd" /* U+FFFD */
#define REPLACEMENT_BYTES 3

struct range {
    uint32_t first, last;
};

static const struct range refused[] = {
    {0x0000, 0x001f}, {0x007f, 0x009f}, {0x061c, 0x061c}, {0x200e, 0x200f},
    {0x2028, 0x202e}, {0x2066, 0x2069}, {0xfeff, 0xfeff},
};

static const struct range combining[] = {
    {0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x0610, 0x061a}, {0x064b, 0x065f}, {0x0900, 0x0902},
    {0x093c, 0x093c}, {0x0941, 0x0948}, {0x0e31, 0x0e31}, {0x0e34, 0x0e3a}, {0x0e47, 0x0e4e}, {0x1ab0, 0x1aff},
    {0x1dc0, 0x1dff}, {0x200b, 0x200d}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xe0100, 0xe01ef},
};

static const struct range wide[] = {
    {0x1100, 0x115f}, {0x2e80, 0x303e}, {0x3041, 0xa4cf},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},
    {0xff00, 0xff60}, {0xffe0, 0xffe6}, {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1faff}, {0x20000, 0x3fffd},
};

static bool in_ranges(uint32_t code, const struct range *ranges, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (code >= ranges[i].first && code <= ranges[i].last)
            return true;
    return false;
}

#define IN(code, ranges) in_ranges((code), (ranges), sizeof(ranges) / sizeof((ranges)[0]))

/* RFC 3629 section 3: the bytes of the character that begins here, or 0 when none does. */
static size_t decode(const uint8_t *at, size_t left, uint32_t *code)
{
    uint8_t lead = at[0];
    if (lead < 0x80) {
        *code = lead;
        return 1;
    }
    size_t n = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || left < n)
        return 0;
    uint32_t value = lead & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (at[i] & 0x3fu);
    }
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    if (value < least[n] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        return 0;
    *code = value;
    return n;
}

size_t text_clean(const char *bytes, size_t n, char *out, size_t out_bytes)
{
    assert(out_bytes > 0);
    size_t written = 0;
    for (size_t at = 0; at < n;) {
        uint32_t code = 0;
        size_t taken = decode((const uint8_t *)bytes + at, n - at, &code);
        bool keep = taken > 0 && !IN(code, refused);
        const char *from = keep ? bytes + at : REPLACEMENT;
        size_t length = keep ? taken : REPLACEMENT_BYTES;
        if (length >= out_bytes - written)
            break;
        memcpy(out + written, from, length);
        written += length;
        at += taken ? taken : 1;
    }
    out[written] = '\0';
    return written;
}

char *text_clean_copy(const char *bytes, size_t n)
{
    if (n > (SIZE_MAX - 1) / REPLACEMENT_BYTES)
        return NULL;
    char *out = malloc(TEXT_CLEAN_MAX(n));
    if (out)
        text_clean(bytes, n, out, TEXT_CLEAN_MAX(n));
    return out;
}

/* One character of clean text: its bytes, and the columns it takes. */
static size_t step(const char *clean, size_t left, unsigned *columns)
{
    uint32_t code = 0;
    size_t taken = decode((const uint8_t *)clean, left, &code);
    assert(taken > 0);
    if (taken == 0)
        taken = 1; /* not clean after all: still never a loop without end */
    *columns = IN(code, combining) ? 0 : IN(code, wide) ? 2 : 1;
    return taken;
}

unsigned text_columns(const char *clean, size_t n)
{
    unsigned total = 0, columns;
    for (size_t at = 0; at < n; total += columns)
        at += step(clean + at, n - at, &columns);
    return total;
}

size_t text_head(const char *clean, size_t n, unsigned columns)
{
    unsigned used = 0;
    for (size_t at = 0; at < n;) {
        unsigned more;
        size_t taken = step(clean + at, n - at, &more);
        if (more > columns - used)
            return at;
        used += more;
        at += taken;
    }
    return n;
}

size_t text_tail(const char *clean, size_t n, unsigned columns)
{
    unsigned total = text_columns(clean, n);
    size_t at = 0;
    while (total > columns) {
        unsigned columns_here;
        at += step(clean + at, n - at, &columns_here);
        total -= columns_here;
    }
    return at;
}
