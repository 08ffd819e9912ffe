/* fuzz_web_body.c -- any bytes as the body of a sign-in.
 *
 * Claims     What is accepted has every member, none longer than allowed and none with a control character; what is not leaves nothing.
 */
#include "dashboard/foreign.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int ok)
{
    if (!ok)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const want[] = {"name", "password"};
    char *got[2], *bytes = malloc(size ? size : 1);
    must(bytes != NULL);
    if (size)
        memcpy(bytes, data, size);
    bool taken = foreign_members(bytes, size, want, 2, got);
    for (int i = 0; i < 2; i++) {
        must(taken == (got[i] != NULL));
        for (const char *c = got[i]; c && *c; c++)
            must((unsigned char)*c >= 0x20 && *c != 0x7f);
        must(!got[i] || strlen(got[i]) <= FOREIGN_MEMBER_MAX);
    }
    foreign_members_free(got, 2);
    free(bytes);
    return 0;
}
