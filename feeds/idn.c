/* idn.c -- see idn.h. */
#include "feeds/idn.h"

#include <idn2.h>
#include <string.h>

#define NAME_MAX_BYTES (4 * HOSTNAME_MAX) /* no name whose A-labels fit is longer in UTF-8 */

bool idn_is_ascii(const char *name, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)name[i] >= 0x80)
            return false;
    return true;
}

size_t idn_to_ascii(const char *name, size_t n, char out[HOSTNAME_MAX + 1])
{
    char text[NAME_MAX_BYTES + 1];
    uint8_t *ascii = NULL;
    out[0] = '\0';
    if (n == 0 || n > NAME_MAX_BYTES || memchr(name, '\0', n))
        return 0;
    memcpy(text, name, n);
    text[n] = '\0';
    size_t length = 0;
    if (idn2_lookup_u8((const uint8_t *)text, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) == IDN2_OK &&
        strlen((const char *)ascii) <= HOSTNAME_MAX) {
        length = strlen((const char *)ascii);
        memcpy(out, ascii, length + 1);
    }
    idn2_free(ascii);
    return length;
}
