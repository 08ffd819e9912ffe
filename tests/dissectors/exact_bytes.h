/* exact_bytes.h -- test bytes in a heap buffer of exactly their size, so that the address sanitizer sees a read of one
 * byte too many; and the bytes of a kept corpus file.
 *
 * Ownership  The caller frees. Failure: the test fails.
 */
#ifndef TELLTALE_TESTS_EXACT_BYTES_H
#define TELLTALE_TESTS_EXACT_BYTES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static inline uint8_t *exact_bytes(const void *bytes, size_t n)
{
    uint8_t *copy = malloc(n ? n : 1);
    if (!copy)
        abort();
    if (n == 0) {
        free(copy);
        return NULL;
    }
    memcpy(copy, bytes, n);
    return copy;
}

/* path: below tests/corpus, as in "dns/answer-https". */
static inline uint8_t *corpus_bytes(const char *path, size_t *n)
{
    char full[4096];
    uint8_t bytes[65536];
    snprintf(full, sizeof(full), "%s/corpus/%s", TESTS_DIR, path);
    FILE *f = fopen(full, "rb");
    if (!f)
        fail_msg("%s: no such corpus file", full);
    *n = fread(bytes, 1, sizeof(bytes), f);
    fclose(f);
    return exact_bytes(bytes, *n);
}

#endif
