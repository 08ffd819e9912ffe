/* made_words.h -- what the two ends of a made-up conversation say: DNS, TLS, QUIC and HTTP, with a name in it.
 *
 * Shape      Each function writes a message to `out`, of at least WORDS_MOST bytes, and returns its length. Hellos have the size
 *            of today's browsers' (a post-quantum key share of 1216 bytes), so none fits one segment.
 * Threads    One. Failure: none; a name is at most 100 characters.
 */
#ifndef TELLTALE_TESTS_BENCH_MADE_WORDS_H
#define TELLTALE_TESTS_BENCH_MADE_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WORDS_MOST 2600
#define WORDS_QUIC_DATAGRAM 1250

/* A question for the addresses of a name (A, or AAAA with v6), and its answer. */
size_t words_dns_question(uint8_t *out, uint16_t id, const char *name, bool v6);
size_t words_dns_answer(uint8_t *out, uint16_t id, const char *name, bool v6, const uint8_t *address);

/* A TLS record with a ClientHello. random: 32 bytes, used for everything that is random in it. */
size_t words_tls_hello(uint8_t *out, const char *name, const uint8_t *random);

size_t words_http_request(uint8_t *out, const char *name, unsigned page);

/* Datagram 0 or 1 of a client's first flight: Initials, really encrypted, that share a ClientHello. dcid: 8 bytes. */
size_t words_quic_initial(uint8_t *out, const char *name, const uint8_t *dcid, unsigned which);
/* A server's answer to them: the same long header, its body is noise. */
size_t words_quic_answer(uint8_t *out, const uint8_t *noise);
/* A datagram of n bytes after the handshake, from either end. */
size_t words_quic_short(uint8_t *out, const uint8_t *noise, size_t n);

#endif
