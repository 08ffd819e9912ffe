/* device_set.h -- how many distinct devices: a set of keyed hashes.
 *
 * Shape      A device is entered as the first 64 bits of BLAKE2b under a key of the caller's, so that sets under different keys
 *            have nothing in common, and a set says nothing without its key. Grows up to DEVICE_SET_MOST; a full set
 *            takes no more, and its size is then a lower bound.
 * Threads    The caller's lock.
 * Ownership  A zeroed struct is an empty set; fini() wipes and frees.
 */
#ifndef TELLTALE_SENSOR_DEVICE_SET_H
#define TELLTALE_SENSOR_DEVICE_SET_H

#include "sensor/frame.h"

#define DEVICE_SET_MOST 512u
#define DEVICE_HASH_KEY 32

struct device_set {
    uint32_t len, room;
    uint64_t *hashes;
};

void device_set_fini(struct device_set *s);
uint64_t device_hash(const uint8_t key[DEVICE_HASH_KEY], const struct device_key *device);
void device_set_add(struct device_set *s, uint64_t hash);
void device_set_merge(struct device_set *into, const struct device_set *from);

/* As bytes, and back into an empty set. False: the bytes are no set, or end early. */
struct byte_reader;
struct byte_writer;
void device_set_save(const struct device_set *s, struct byte_writer *w);
bool device_set_load(struct device_set *s, struct byte_reader *r);

#endif
