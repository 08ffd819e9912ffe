/* fuzz_ech.c -- any bytes, as an ECHConfigList.
 *
 * Besides memory errors: a name lies within the input, there is one exactly when the outcome is OK, and a list without its
 * last byte is never right, because each length counts to the end.
 */
#include "dissectors/ech.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes_view name;
    enum dissect_outcome rc = ech_public_name((struct bytes_view){.at = data, .len = size}, &name);
    must(rc == DISSECT_OK || rc == DISSECT_MALFORMED || rc == DISSECT_NOT_MINE);
    must((rc == DISSECT_OK) == (name.len > 0));
    must(name.len == 0 ||
         (name.len < 256 && name.at > data && name.len < size && (size_t)(name.at - data) < size - name.len));
    if (rc == DISSECT_OK) {
        uint8_t *cut = malloc(size - 1);
        must(cut != NULL);
        memcpy(cut, data, size - 1);
        must(ech_public_name((struct bytes_view){.at = cut, .len = size - 1}, &name) == DISSECT_MALFORMED);
        free(cut);
    }
    return 0;
}
