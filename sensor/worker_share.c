/* worker_share.c -- see worker_share.h.
 *
 * SipHash, as in the flow table: a plain hash modulo the workers can be undone by anybody, who then sends from addresses that all
 * belong to one worker until its ring is full. It costs about 20 ns a frame, and nothing with one worker.
 */
#include "sensor/worker_share.h"

#include <sodium.h>
#include <string.h>

_Static_assert(sizeof(((struct worker_share *)0)->key) == crypto_shorthash_KEYBYTES, "the key of SipHash");

void worker_share_init(struct worker_share *s, unsigned workers)
{
    s->workers = workers;
    randombytes_buf(s->key, sizeof(s->key));
}

unsigned worker_share_of(const struct worker_share *s, const struct device_key *device)
{
    uint8_t text[sizeof(device->bytes) + 1];
    uint64_t hash;
    if (s->workers <= 1)
        return 0;
    memcpy(text, device->bytes, sizeof(device->bytes));
    text[sizeof(device->bytes)] = device->is_mac;
    crypto_shorthash((uint8_t *)&hash, text, sizeof(text), s->key);
    return (unsigned)((hash >> 32) * s->workers >> 32);
}
