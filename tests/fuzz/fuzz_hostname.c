/* fuzz_hostname.c -- any bytes as a host name.
 *
 * Input      A name, and after a NUL a second one.
 * Claims     What comes out is the one spelling: safe characters, sane lengths, no address, and normalising it again
 *            changes nothing. A name is under each of its own tails, and under a second name only at a label's edge.
 */
#include "common/hostname.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

static size_t check_name(const uint8_t *bytes, size_t n, char out[HOSTNAME_MAX + 1])
{
    char again[HOSTNAME_MAX + 1];
    size_t len = hostname_normalise(bytes, n, out);
    must(strlen(out) == len && len <= HOSTNAME_MAX);
    if (len == 0)
        return 0;
    must(len == n || len + 1 == n);
    must(strspn(out, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == len);
    must(out[0] != '.' && out[len - 1] != '.' && !strstr(out, ".."));
    must(!hostname_is_address(out, len));
    must(hostname_normalise((const uint8_t *)out, len, again) == len && strcmp(again, out) == 0);
    for (unsigned labels = 1; labels < 6; labels++)
        must(hostname_is_under(out, hostname_tail(out, labels)));
    return len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char a[HOSTNAME_MAX + 1], b[HOSTNAME_MAX + 1];
    if (size == 0)
        return 0;
    const uint8_t *nul = memchr(data, 0, size);
    size_t n = nul ? (size_t)(nul - data) : size;
    size_t len = check_name(data, n, a);
    size_t rest = nul ? check_name(nul + 1, size - n - 1, b) : 0;
    hostname_is_address((const char *)data, size);
    if (len > 0 && rest > 0 && hostname_is_under(a, b)) {
        must(strcmp(a + len - rest, b) == 0);
        must(len == rest || a[len - rest - 1] == '.');
    }
    return 0;
}
