/* fingerprint.c -- see fingerprint.h. */
#include "dashboard/fingerprint.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BEGINS "-----BEGIN CERTIFICATE-----"
#define ENDS "-----END CERTIFICATE-----"

bool fingerprint_of_pem(const char *pem, char out[FINGERPRINT_MAX])
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    const char *from = strstr(pem, BEGINS), *to = from ? strstr(from, ENDS) : NULL;
    out[0] = '\0';
    if (!to)
        return false;
    from += strlen(BEGINS);
    size_t n = 0, room = (size_t)(to - from);
    unsigned char *der = malloc(room + 1);
    bool right = der && sodium_base642bin(der, room + 1, from, room, " \t\r\n", &n, NULL, sodium_base64_VARIANT_ORIGINAL) == 0 && n > 0;
    if (right)
        crypto_hash_sha256(hash, der, n);
    for (size_t i = 0; right && i < sizeof(hash); i++)
        snprintf(out + 3 * i, FINGERPRINT_MAX - 3 * i, i + 1 < sizeof(hash) ? "%02X:" : "%02X", hash[i]);
    free(der);
    return right;
}
