/* fuzz_text.c -- whatever the bytes, clean text holds nothing that commands, is clean already, and is cut in one piece.
 *
 * The first two bytes choose the size of the buffer and a width; the rest is the text.
 */
#include "common/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Says, without the code under test, that no byte pattern of what is refused is left. */
static void check_harmless(const char *text, size_t n)
{
    static const char *const refused[] = {"\xd8\x9c",     "\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x80\xa8",
                                          "\xe2\x80\xa9", "\xe2\x80\xaa", "\xe2\x80\xab", "\xe2\x80\xac",
                                          "\xe2\x80\xad", "\xe2\x80\xae", "\xe2\x81\xa6", "\xe2\x81\xa7",
                                          "\xe2\x81\xa8", "\xe2\x81\xa9", "\xef\xbb\xbf"};
    for (size_t i = 0; i < n; i++) {
        uint8_t c = (uint8_t)text[i], next = i + 1 < n ? (uint8_t)text[i + 1] : 0;
        if (c < 0x20 || c == 0x7f || (c == 0xc2 && next < 0xa0))
            abort();
    }
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        if (strstr(text, refused[i]))
            abort();
}

static void check_clean_twice_is_once(const char *text, size_t n)
{
    char *again = text_clean_copy(text, n);
    if (!again || strlen(again) != n || memcmp(again, text, n) != 0)
        abort();
    free(again);
}

static void check_cuts(const char *clean, size_t n, unsigned width)
{
    size_t head = text_head(clean, n, width), tail = text_tail(clean, n, width);
    if (head > n || tail > n || text_columns(clean, head) > width || text_columns(clean + tail, n - tail) > width)
        abort();
    check_clean_twice_is_once(clean, head);
    check_clean_twice_is_once(clean + tail, n - tail);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    size_t room = (size_t)data[0] + 1;
    unsigned width = data[1];
    const char *text = (const char *)data + 2;
    size -= 2;

    char *clean = text_clean_copy(text, size);
    if (!clean)
        abort();
    size_t n = strlen(clean);
    check_harmless(clean, n);
    check_clean_twice_is_once(clean, n);
    check_cuts(clean, n, width);

    char *cut = malloc(room);
    if (!cut)
        abort();
    size_t kept = text_clean(text, size, cut, room);
    if (kept >= room || kept > n || memcmp(cut, clean, kept) != 0 || cut[kept] != '\0')
        abort();
    check_clean_twice_is_once(cut, kept);
    free(cut);
    free(clean);
    return 0;
}
