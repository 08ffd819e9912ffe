/* fuzz_leak.c -- any bytes as a request's address, Referer and body, with and without a page to look for.
 *
 * Claims     Findings are few, their parameter is clean and short, what they carry lies in printable text; a redacted
 *            address holds no value of its query and is clean.
 */
#include "common/leak.h"
#include "common/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int ok)
{
    if (!ok)
        abort();
}

static void check(void *context, const struct leak *l)
{
    unsigned *told = context;
    char again[LEAK_PARAMETER_MAX * 3 + 1], shown[512];
    struct url_parts u;
    must(++*told <= LEAK_FOUND_MAX);
    size_t n = strlen(l->parameter);
    must(n < LEAK_PARAMETER_MAX && text_clean(l->parameter, n, again, sizeof(again)) == n &&
         strcmp(again, l->parameter) == 0);
    if (l->address.len == 0)
        return;
    must(url_split(l->address.at, l->address.len, &u));
    must(url_redact(l->address.at, l->address.len, URL_REQUEST, shown, sizeof(shown)) > 0 && !strchr(shown, '#'));
    if (l->carrier.len)
        must(url_split(l->carrier.at, l->carrier.len, &u));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct leak_scanner *s;
    static const struct leak_page pages[] = {
        {{"https://www.themix.org.uk/a-page?x=1", 36}, {"A page of The Mix", 17}},
        {{"http://t.example", 16}, {"Home", 4}},
    };
    if (!s)
        must((s = leak_scanner_new()) != NULL);
    /* The parts are behind each other, a byte 0xff between two. */
    struct url_text parts[4] = {{0}};
    char *copies[4];
    for (size_t i = 0; i < 4; i++) {
        const uint8_t *stop = size ? memchr(data, 0xff, size) : NULL;
        size_t n = stop && i < 3 ? (size_t)(stop - data) : size;
        must((copies[i] = malloc(n ? n : 1)) != NULL);
        if (n)
            memcpy(copies[i], data, n);
        parts[i] = (struct url_text){copies[i], n};
        size_t used = n + (n < size);
        data += used;
        size -= used;
    }
    struct leak_request r = {.address = parts[0], .referer = parts[1], .body = parts[2], .content_type = parts[3]};
    unsigned told = 0;
    leak_scan(s, &r, check, &told);
    r.pages = pages;
    r.pages_len = 2;
    told = 0;
    leak_scan(s, &r, check, &told);
    for (size_t i = 0; i < 4; i++)
        free(copies[i]);
    return 0;
}
