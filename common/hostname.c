/* hostname.c -- see hostname.h.
 *
 * One pass: each byte is checked and lowered as it is copied; a label's length is watched on the way.
 * What was left out: punycode. A-labels (xn--...) are kept as they are on the wire; turning them into
 * Unicode for display would open the door to look-alikes.
 */
#include "common/hostname.h"

#include <string.h>

#define LABEL_MAX 63

/* The lower-case form of a byte that may stand in a label, or 0. */
static char label_byte(uint8_t b)
{
    if (b >= 'A' && b <= 'Z')
        return (char)(b | 0x20);
    if ((b >= 'a' && b <= 'z') || (b >= '0' && b <= '9') || b == '-' || b == '_')
        return (char)b;
    return 0;
}

size_t hostname_normalise(const uint8_t *bytes, size_t n, char out[HOSTNAME_MAX + 1])
{
    out[0] = '\0';
    if (n > 0 && bytes[n - 1] == '.')
        n--;
    if (n == 0 || n > HOSTNAME_MAX)
        return 0;
    size_t label = 0;
    for (size_t i = 0; i < n; i++) {
        char c = label_byte(bytes[i]);
        if (bytes[i] == '.' && label > 0) {
            label = 0;
            out[i] = '.';
        } else if (c && label < LABEL_MAX) {
            label++;
            out[i] = c;
        } else {
            out[0] = '\0';
            return 0;
        }
    }
    out[n] = '\0';
    if (label == 0 || hostname_is_address(out, n)) {
        out[0] = '\0';
        return 0;
    }
    return n;
}

/* Dotted numbers of any count are addresses to some resolver or other (inet_aton takes 1 to 4 of them),
 * and no top-level domain is a number (RFC 3696 2), so a name whose last label is one is no host name. */
static bool last_label_is_number(const char *text, size_t n)
{
    size_t i = n;
    while (i > 0 && text[i - 1] >= '0' && text[i - 1] <= '9')
        i--;
    return i < n && (i == 0 || text[i - 1] == '.');
}

bool hostname_is_address(const char *text, size_t n)
{
    if (n == 0)
        return false;
    if (text[0] == '[' || memchr(text, ':', n))
        return true;
    return last_label_is_number(text, n);
}

bool hostname_is_under(const char *name, const char *domain)
{
    size_t n = strlen(name), d = strlen(domain);
    if (d == 0 || n < d || memcmp(name + n - d, domain, d) != 0)
        return false;
    return n == d || name[n - d - 1] == '.';
}

const char *hostname_tail(const char *name, unsigned labels)
{
    const char *at = name + strlen(name);
    while (at > name) {
        if (at[-1] == '.' && --labels == 0)
            break;
        at--;
    }
    return at;
}
