/* tls.h -- the ClientHello: who is asked for, before anything is encrypted.
 *
 * Shape      TLS 1.0 to 1.3 records (RFC 8446 5.1), the ClientHello message (RFC 8446 4.1.2), its server_name
 *            (RFC 6066 3), ALPN (RFC 7301) and encrypted_client_hello (RFC 9849) extensions.
 * Threads    Pure; any thread.
 * Ownership  Views point into the input, or into the caller's scratch when the hello spans several records.
 * Failure    OK: the whole hello was read (sni.len may be 0: none was sent). TRUNCATED: not all here; fields that
 *            were reached are filled, the SNI among them when `sni.len > 0`. NOT_MINE: not a ClientHello (an
 *            SSLv2-compatible one and DTLS included). MALFORMED: a server would refuse it. With these two `out` is
 *            all zero.
 */
#ifndef TELLTALE_DISSECTORS_TLS_H
#define TELLTALE_DISSECTORS_TLS_H

#include "dissectors/dissector.h"

#include <stdbool.h>

struct tls_hello {
    struct bytes_view sni;  /* first host_name of server_name, raw; normalise before use */
    struct bytes_view alpn; /* body of the ProtocolNameList: { u8 length, bytes } repeated, exactly to its end */
    bool ech;               /* an outer encrypted_client_hello extension is there (GREASE looks the same) */
    uint16_t legacy_version;
    uint32_t message_len; /* bytes of the whole handshake message, header included; 0 when not known */
};

/* From the first byte of the handshake message (type 1), as QUIC carries it. Bytes after the message are not looked
 * at. */
enum dissect_outcome tls_hello_parse(const uint8_t *handshake, size_t n, struct tls_hello *out);

#define TLS_SCRATCH_BYTES 16384

/* From the first byte of a TLS record, as TCP carries it, over as many records as it takes.
 * scratch is used (and out points into it) when the hello spans records; of a message longer than that over several
 * records, only the first TLS_SCRATCH_BYTES are read.
 * *need is how many bytes of the stream must be there before asking again makes sense. When TRUNCATED it is more than n
 * and never more than where the hello really ends, so it only grows; SIZE_MAX says that no further byte would change
 * the answer. A caller that loses interest before (flow over, buffer full) keeps what the last TRUNCATED filled, or
 * asks once more with what it has. In every other outcome *need is n. */
enum dissect_outcome tls_stream_hello(const uint8_t *stream, size_t n, uint8_t scratch[TLS_SCRATCH_BYTES],
                                      struct tls_hello *out, size_t *need);

/* Could a client's bytes that begin like this be a TLS record with a ClientHello? True for a prefix of 1 to 5 bytes
 * too; false for none. */
bool tls_looks_like_hello(const uint8_t *bytes, size_t n);

#endif
