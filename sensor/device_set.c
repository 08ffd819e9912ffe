/* device_set.c -- see device_set.h. Sets are small: a search goes through all of it. */
#include "sensor/device_set.h"

#include "sensor/byte_writer.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

void device_set_fini(struct device_set *s)
{
    if (s->hashes)
        sodium_memzero(s->hashes, s->room * sizeof(*s->hashes));
    free(s->hashes);
    memset(s, 0, sizeof(*s));
}

uint64_t device_hash(const uint8_t key[DEVICE_HASH_KEY], const struct device_key *device)
{
    unsigned char message[17], hash[crypto_generichash_BYTES_MIN];
    uint64_t out;
    memcpy(message, device->bytes, 16);
    message[16] = device->is_mac;
    crypto_generichash(hash, sizeof(hash), message, sizeof(message), key, DEVICE_HASH_KEY);
    memcpy(&out, hash, sizeof(out));
    sodium_memzero(message, sizeof(message));
    return out;
}

static bool make_room(struct device_set *s)
{
    if (s->len < s->room)
        return true;
    uint32_t room = s->room ? 2 * s->room : 8;
    uint64_t *hashes = s->len < DEVICE_SET_MOST ? malloc(room * sizeof(*hashes)) : NULL;
    if (!hashes)
        return false;
    if (s->hashes) {
        memcpy(hashes, s->hashes, s->len * sizeof(*hashes));
        sodium_memzero(s->hashes, s->room * sizeof(*s->hashes));
        free(s->hashes);
    }
    s->hashes = hashes;
    s->room = room;
    return true;
}

void device_set_add(struct device_set *s, uint64_t hash)
{
    for (uint32_t i = 0; i < s->len; i++)
        if (s->hashes[i] == hash)
            return;
    if (make_room(s))
        s->hashes[s->len++] = hash;
}

void device_set_merge(struct device_set *into, const struct device_set *from)
{
    for (uint32_t i = 0; i < from->len; i++)
        device_set_add(into, from->hashes[i]);
}

void device_set_save(const struct device_set *s, struct byte_writer *w)
{
    writer_u32be(w, s->len);
    for (uint32_t i = 0; i < s->len; i++)
        writer_u64be(w, s->hashes[i]);
}

bool device_set_load(struct device_set *s, struct byte_reader *r)
{
    uint32_t n = reader_u32be(r);
    if (r->short_read || n > DEVICE_SET_MOST)
        return false;
    for (uint32_t i = 0; i < n; i++)
        device_set_add(s, reader_u64be(r));
    return !r->short_read && s->len == n;
}
