/* quic.h -- opens a client's QUIC Initial packets and yields the CRYPTO frames in them.
 *
 * Shape      QUIC v1 (RFC 9000, 9001), v2 (RFC 9369), the drafts 22 to 34, and the versions of Facebook's apps that
 *            share the drafts' keys. A datagram may hold several packets (coalesced); a hello may lie in shuffled
 *            CRYPTO frames over several datagrams. The keys of Initial packets come from the destination connection
 *            id of the client's first Initial (RFC 9001 5.2), so anyone may open them.
 *            This file opens packets and walks frames; the caller puts the frames in order (reassembly.h) and hands
 *            the contiguous bytes to tls_hello_parse().
 * Keys       How the caller of quic_open_initial() chooses `key_cid`, one client-to-server flow at a time:
 *            1. While the flow has no key id: the packet's own dcid. OK makes it the flow's key id.
 *            2. From then on the flow's key id, although the packet's dcid may be another: after the server's answer
 *               the client addresses the id that the server chose, and the keys stay (RFC 9001 5.2).
 *            3. When that gives NOT_MINE: the packet's own dcid. OK means a Retry (RFC 9000 17.2.5: new keys, and the
 *               whole hello again from offset 0) or a new connection from the same port: it becomes the flow's key
 *               id, and the caller empties its reassembly.
 *            The version is always the packet's own: a client that moves from v1 to v2 in mid-handshake (RFC 9369 4)
 *            keeps the id and derives anew. NOT_MINE from both is a server's Initial, a flow whose beginning was not
 *            captured, or noise; the caller changes nothing. tests/dissectors/test_hellos.c is such a caller.
 * Threads    A struct quic holds cipher handles and a plaintext buffer: one owner at a time, one per worker.
 *            Libgcrypt itself is set up once, whichever thread comes first.
 * Sandbox    quic_new() opens files (libgcrypt asks whether the system is in FIPS mode): call it before a
 *            system-call filter is entered. Nothing else here makes a system call.
 * Ownership  Views of frames point into the struct quic's plaintext and die with the next quic_open_initial().
 * Failure    A packet whose tag does not verify is NOT_MINE: nothing is believed that was not authenticated.
 */
#ifndef TELLTALE_DISSECTORS_QUIC_H
#define TELLTALE_DISSECTORS_QUIC_H

#include "common/byte_reader.h"
#include "dissectors/dissector.h"

#include <stdbool.h>

#define QUIC_CID_MAX  20
#define QUIC_V1       0x00000001u
#define QUIC_V2       0x6b3343cfu
#define QUIC_DRAFT_29 0xff00001du

struct quic_cid {
    uint8_t len; /* 0..QUIC_CID_MAX */
    uint8_t bytes[QUIC_CID_MAX];
};

enum quic_packet_type { QUIC_INITIAL, QUIC_ZERO_RTT, QUIC_HANDSHAKE, QUIC_RETRY, QUIC_VERSION_NEGOTIATION };

/* One long-header packet of a datagram, still protected. */
struct quic_packet {
    uint32_t version;
    enum quic_packet_type type;
    struct quic_cid dcid, scid;
    struct bytes_view token;  /* Initial only */
    struct bytes_view packet; /* from the first header byte to the end of this packet */
    size_t pn_offset;         /* of the packet number within `packet`; 0 for the last two types, which have none */
};

struct quic;                 /* cipher handles and plaintext */
struct quic *quic_new(void); /* NULL when libgcrypt cannot give AES-128-GCM or memory is out */
void quic_free(struct quic *q);

/* Takes the next long-header packet off a datagram's reader. NOT_MINE: a short header, padding, an unknown version
 * (whose layout after the ids is not ours to guess), or the end of the datagram. MALFORMED: a length that lies.
 * TRUNCATED: the header or the declared length goes on beyond the datagram's bytes (a snap length); the packet cannot
 * be authenticated, and what of its header was reached is filled. After anything but OK the rest of the datagram is not
 * looked at. */
enum dissect_outcome quic_next_packet(struct byte_reader *datagram, struct quic_packet *out);

/* Removes the protection of a client's Initial with the keys of `key_cid` (see Keys above).
 * On OK the frames may be walked. The bytes of `p` are not changed. MALFORMED: an Initial too short to be protected.
 * NOT_MINE: another type of packet, or other keys. */
enum dissect_outcome quic_open_initial(struct quic *q, const struct quic_packet *p, const struct quic_cid *key_cid);

struct quic_crypto_frame {
    uint64_t offset; /* of data in the handshake stream; offset + data.len < 2^62 */
    struct bytes_view data;
};

/* The next CRYPTO frame of the packet last opened. OK, NOT_MINE at the end, MALFORMED for a frame that is not allowed
 * or lies (and from then on). Frames returned before a MALFORMED one were authenticated and stand. */
enum dissect_outcome quic_next_crypto(struct quic *q, struct quic_crypto_frame *out);

static inline bool quic_cid_equal(const struct quic_cid *a, const struct quic_cid *b)
{
    if (a->len != b->len)
        return false;
    for (uint8_t i = 0; i < a->len; i++) {
        if (a->bytes[i] != b->bytes[i])
            return false;
    }
    return true;
}

#endif
