/* feed_image.h -- the compiled rules: one block of memory, the same on disk as in memory (feeds/ only).
 *
 *     header | lines | whos | sources | keys | strings      every place is an offset from the block's begin, no pointers
 *
 * Lines      A hash table whose bucket is one cache line. A name's hash chooses its line; the line has a 16-bit slot
 *            for each of up to 27 names: 7 bits of the hash and the name's length. A name that is not in the set
 *            agrees with none of them, 98 times of 100, so a miss costs the one cache line and no key is looked at:
 *            the line is filter and table in one. A full line sends names on to the next and says so in 16 filter
 *            bits.
 * Keys       The names of one line lie one after the other in the order of its slots: where a name begins follows
 *            from the lengths before it, so no offset is stored for it. A match is confirmed by the key's bytes; a
 *            collision can cost time but never match.
 * Whos       Who owns a rule and which source said so, one entry for each pair that occurs. The commonest pair (a
 *            large list without owners) is implied; any other stands in front of its key. A name that is no rule but an
 *            exception has its own kind of who.
 * Sources    What each list was and what was taken from it, for `telltale feeds list` and for compiling anew.
 * Checksum   BLAKE2b over everything behind it. It tells damage; who makes a hostile file makes its checksum, so a file
 *            is looked over whole before the matcher sees it (feed_check.c).
 * Size       2.8 bytes a name, its key, and a NUL (tests/bench/bench_matcher.c prints it).
 * Order      Numbers are in the machine's own byte order, which the header shows.
 */
#ifndef TELLTALE_FEEDS_FEED_IMAGE_H
#define TELLTALE_FEEDS_FEED_IMAGE_H

#include "feeds/feed.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>

#define FEED_IMAGE_MAGIC      "TELLFEED"
#define FEED_IMAGE_VERSION    3u
#define FEED_IMAGE_BYTE_ORDER 0x01020304u

#define FEED_LINE_SLOTS 27u
#define FEED_CHAIN_MAX  24u /* a name lies less than this many lines from its own; else another layout is tried */

/* A slot, from the lowest bit: 7 bits length, registrable, own who, 7 bits of the hash. An empty one is 0. */
#define FEED_SLOT_LENGTH      0x007fu
#define FEED_SLOT_REGISTRABLE 0x0080u
#define FEED_SLOT_OWN_WHO     0x0100u
#define FEED_SLOT_IDENTITY    0xfe7fu
#define FEED_HASH_SHIFT       9

#define FEED_WHO_BYTES 4u
#define FEED_TEXT_MAX  100u /* bytes of a tracker's or an organisation's name */

/* A length of 127 stands for 127 and more: in such a key's place stands its offset in the strings, four bytes, and 124
 * are wasted, so that every key's place is one byte larger than its slot's length. Such names are too rare to care. */
#define FEED_LONG_LENGTH 127u

typedef uint16_t feed_lanes __attribute__((vector_size(16)));

union feed_line {
    struct {
        uint32_t keys_at;    /* of the first slot's key, in the keys */
        uint32_t first_rule; /* number of the first slot's rule */
        uint16_t overflow;   /* bit (hash >> 7 & 15): a name with that hash was sent on to the next line */
        uint16_t slot[FEED_LINE_SLOTS];
    };
    feed_lanes lanes[4];
};
_Static_assert(sizeof(union feed_line) == 64, "a line of the table is a cache line");

/* A who's kind. An owner that no source said of this very name comes from the rule above it. */
#define FEED_WHO_RULE      1u
#define FEED_WHO_OWN       2u /* its own source named the owner: no exception reaches it */
#define FEED_WHO_EXCEPTION 4u /* without FEED_WHO_RULE: takes out the rules without an owner above it */
#define FEED_WHO_NEAREST   8u
#define FEED_WHO_KINDS     15u

struct feed_who {
    uint32_t tracker, organisation, country; /* offsets in the strings; 0: nobody said */
    uint32_t feed;
    uint32_t purpose;
    uint32_t kind;
    uint32_t source; /* index in the sources */
};

struct feed_image_source {
    uint32_t name, version, syntax, licence, dated; /* offsets in the strings */
    uint32_t builtin;                               /* 0 or 1 */
    uint32_t taken, duplicate, exceptions, refused;
    uint32_t skips[FEED_SKIP_COUNT];
    uint8_t hash[32];
};

#define FEED_CHECKSUM_BYTES 32u

struct feed_image {
    alignas(64) char magic[8];
    uint32_t byte_order;
    uint32_t version;
    uint8_t checksum[FEED_CHECKSUM_BYTES]; /* of all that follows */
    uint64_t bytes; /* of the whole image */
    uint64_t seed;
    uint64_t lines_at, whos_at, sources_at, keys_at, strings_at;
    uint32_t lines, whos, sources, rules;
    uint32_t labels_max;  /* of the deepest rule */
    uint32_t default_who; /* of rules without FEED_SLOT_OWN_WHO */
    uint32_t provenance;  /* offset in the strings */
    uint32_t unused;      /* 0 */
};
#define FEED_CHECKSUM_FROM (offsetof(struct feed_image, bytes))

/* A feed_who with its texts found: what the matcher copies out. */
struct feed_resolved {
    struct feed_owner owner;
    const char *feed;
    uint32_t kind;
};

struct feed_set {
    const struct feed_image *image;
    struct feed_resolved *whos;
    size_t bytes; /* of both */
    atomic_uint holders;
};

/* Memory for an image of so many bytes, zeroed, to free(): aligned as struct feed_image, large ones to large pages. */
char *feed_image_new(uint64_t bytes);
/* The set of an image that was checked or made here; takes it over. NULL: out of memory (the image is freed too). */
struct feed_set *feed_image_set(const struct feed_image *image);

/* Where in the table a hash belongs, and what its slot says of it. */
static inline uint32_t feed_home_line(uint64_t hash, uint32_t lines)
{
    return (uint32_t)((hash >> 32) * lines >> 32);
}

static inline uint16_t feed_slot_identity(uint64_t hash, size_t length)
{
    uint16_t short_length = (uint16_t)(length < FEED_LONG_LENGTH ? length : FEED_LONG_LENGTH);
    return (uint16_t)((hash & 0x7f) << FEED_HASH_SHIFT | short_length);
}

static inline uint16_t feed_overflow_bit(uint64_t hash)
{
    return (uint16_t)(1u << (hash >> 7 & 15));
}

#endif
