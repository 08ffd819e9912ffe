/* fragments.h -- puts the pieces of IP datagrams together.
 *
 * Purpose    A datagram that is too large for its path travels in pieces, and only the first has ports. A DNS answer or
 *            a hello in pieces gives its names when the datagram is whole again.
 * Shape      FRAGMENTS_DATAGRAMS at once, of at most FRAGMENTS_BYTES behind the IP header, pieces in any order. All of
 *            it lies in one struct fragments of about 1.1 MB; zeroed memory is an empty table.
 * Rules      A datagram is what has the same addresses and identification, and in IPv4 the same protocol (RFC 791 3.2;
 *            RFC 8200 4.5 leaves it out). It is dropped when pieces overlap or disagree about its end (RFC 5722; of
 *            IPv4 likewise), when a piece was not captured whole, when it is longer than FRAGMENTS_BYTES, and when it is
 *            not whole FRAGMENTS_LIFE_NS after its first piece. The same piece again is ignored. So are all further
 *            pieces of a datagram that was dropped, and for FRAGMENTS_ECHO_NS those of one that is whole.
 * Units      Bytes; nanoseconds of the capture's clock, which may step back.
 * Threads    One owner.
 * Ownership  The caller's storage; no allocation. Pieces are copied. A whole datagram is lent: its bytes lie in the
 *            table until the next fragments_put() on it.
 * Failure    None. A full table gives up the datagram begun longest ago, those that are dropped or whole first.
 */
#ifndef TELLTALE_DISSECTORS_FRAGMENTS_H
#define TELLTALE_DISSECTORS_FRAGMENTS_H

#include "common/clock.h"
#include "dissectors/packet.h"

#define FRAGMENTS_DATAGRAMS 64
#define FRAGMENTS_BYTES     16384
#define FRAGMENTS_LIFE_NS   (30ull * NS_PER_S)
#define FRAGMENTS_ECHO_NS   (2ull * NS_PER_S)

#define FRAGMENTS_HEADER 40                         /* room for the header that is made; IPv4 needs 20 */
#define FRAGMENTS_WORDS  (FRAGMENTS_BYTES / 8 / 64) /* a bit for each 8 bytes: the unit in which pieces are cut */

enum fragment_outcome {
    FRAGMENT_HELD,    /* kept; more is to come                                                    */
    FRAGMENT_WHOLE,   /* the last that was missing: *whole is filled                              */
    FRAGMENT_IGNORED, /* a duplicate, a straggler of a datagram that is over, or a piece of no use */
    FRAGMENT_DROPPED  /* the datagram is dropped because of this piece                            */
};

struct fragments_counts {
    uint64_t held; /* datagrams with pieces waiting, now */
    uint64_t completed;
    uint64_t overlapped; /* datagrams dropped: pieces overlapped, or disagreed about the end */
    uint64_t timed_out;  /* ... not whole in time, */
    uint64_t evicted;    /* ... pushed out because the table was full, */
    uint64_t too_long;   /* ... longer than FRAGMENTS_BYTES, */
    uint64_t cut;        /* ... with a piece that the capture cut */
    uint64_t bad_pieces; /* pieces ignored: empty, or not the last and no multiple of 8 bytes */
    uint64_t repeated;   /* pieces ignored: duplicates and stragglers */
};

struct whole_datagram {
    struct bytes_view ip; /* what packet_decode_ip() takes: a header without options or extensions, then the payload */
    uint64_t wire_len;    /* the sum of what put() was given with its pieces, duplicates included */
};

struct fragment_key {
    struct ip_addr src, dst;
    uint32_t id;
    uint8_t ip_version;
    uint8_t ip_proto; /* of IPv4; 0 in IPv6 */
    uint8_t pad[2];   /* zero: keys are compared as bytes */
};

struct fragment_datagram {
    uint64_t opened; /* how many were opened before */
    uint64_t deadline_ns;
    uint64_t wire_len;
    uint32_t total;   /* bytes, 0 until the last piece has come */
    uint32_t highest; /* one past the highest byte present      */
    uint32_t units;   /* present                                */
    uint8_t state;    /* private to fragments.c; 0: free        */
    uint8_t ip_proto; /* as the first piece says                */

    /* One bit a unit: present; a piece begins with it. */
    uint64_t have[FRAGMENTS_WORDS], begins[FRAGMENTS_WORDS];
};

struct fragments {
    uint64_t opened;      /* datagrams, ever          */
    uint64_t earliest_ns; /* nothing is over before it */
    struct fragments_counts counts;
    struct fragment_key keys[FRAGMENTS_DATAGRAMS];
    struct fragment_datagram datagrams[FRAGMENTS_DATAGRAMS];
    uint8_t room[FRAGMENTS_DATAGRAMS][FRAGMENTS_HEADER + FRAGMENTS_BYTES];
};

/* Takes a packet whose `fragment` is set. wire_len: what is to be counted for it in whole_datagram.wire_len. Its views
 * must not point into f: a whole datagram that is itself a fragment (of a tunnel's inner packet) is not to be put. */
enum fragment_outcome fragments_put(struct fragments *f, const struct packet *p, uint32_t wire_len, uint64_t now_ns,
                                    struct whole_datagram *whole);

/* Drops what is not whole in time. Call it once in a while; at the end with UINT64_MAX, which drops all that waits. */
void fragments_expire(struct fragments *f, uint64_t now_ns);

/* Datagrams that were not put together, whatever the cause. */
static inline uint64_t fragments_dropped(const struct fragments *f)
{
    const struct fragments_counts *c = &f->counts;
    return c->overlapped + c->timed_out + c->evicted + c->too_long + c->cut;
}

#endif
