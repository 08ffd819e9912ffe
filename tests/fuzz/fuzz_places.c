/* fuzz_places.c -- any bytes as a database of countries and networks.
 *
 * Input      The file.
 * Claims     What is taken can be asked for any address without harm, and answers with two capitals or nothing; what has neither
 *            countries nor networks is not taken.
 */
#include "sensor/places.h"

#include "common/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void claim(bool holds)
{
    if (!holds)
        abort();
}

static void ask(struct places *p, const struct ip_addr *a)
{
    struct place place = places_of(p, a);
    size_t n = strspn(place.country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    claim(place.country[n] == '\0' && (n == 0 || n == 2));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char name[32];
    log_init("fuzz", (enum log_level)0); /* nothing is written: reasons would drown the fuzzer's own words */
    struct places *p = places_new();
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    claim(p && fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    if (places_add(p, name, 0) == 0) {
        claim(places_built(p, PLACES_COUNTRY) == places_built(p, PLACES_ASN) || places_built(p, PLACES_COUNTRY) == 0 ||
              places_built(p, PLACES_ASN) == 0);
        for (unsigned i = 0; i < 64; i++) { /* each corner of both address spaces */
            struct ip_addr a = {{0}};
            for (unsigned b = 0; b < 16; b++)
                a.bytes[b] = (uint8_t)(i * 37 + b * 11 + (i & 1 ? 0x80 : 0));
            ask(p, &a);
            ask(p, &(struct ip_addr){{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a.bytes[0], a.bytes[1], a.bytes[2], a.bytes[3]}});
        }
    }
    close(fd);
    places_free(p);
    return 0;
}
