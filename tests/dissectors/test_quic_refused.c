/* test_quic_refused.c -- libgcrypt and the heap refuse, at each call in turn; no key is half made, nothing leaks.
 *
 * The linker leads every call of theirs that quic.c makes through here (-Wl,--wrap). This program sets libgcrypt up
 * itself, as another library in the process may.
 */
#include "dissectors/quic.h"
#include "tests/support/quic_seal.h"
#include "tests/support/quic_vectors.h"

#include <gcrypt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static unsigned refuse_at; /* the call that is refused, counted from 1; 0: none */
static unsigned calls;

static bool refused(void)
{
    return ++calls == refuse_at;
}

#define WRAPPED(name, declared, given)                                                                                 \
    gcry_error_t __real_##name declared;                                                                               \
    gcry_error_t __wrap_##name declared;                                                                               \
    gcry_error_t __wrap_##name declared                                                                                \
    {                                                                                                                  \
        return refused() ? gcry_error(GPG_ERR_NOT_SUPPORTED) : __real_##name given;                                    \
    }

WRAPPED(gcry_md_open, (gcry_md_hd_t * h, int algo, unsigned flags), (h, algo, flags))
WRAPPED(gcry_md_setkey, (gcry_md_hd_t h, const void *key, size_t n), (h, key, n))
WRAPPED(gcry_cipher_open, (gcry_cipher_hd_t * h, int algo, int mode, unsigned flags), (h, algo, mode, flags))
WRAPPED(gcry_cipher_setkey, (gcry_cipher_hd_t h, const void *key, size_t n), (h, key, n))
WRAPPED(gcry_cipher_setiv, (gcry_cipher_hd_t h, const void *iv, size_t n), (h, iv, n))
WRAPPED(gcry_cipher_authenticate, (gcry_cipher_hd_t h, const void *bytes, size_t n), (h, bytes, n))
WRAPPED(gcry_cipher_encrypt, (gcry_cipher_hd_t h, void *out, size_t room, const void *in, size_t n),
        (h, out, room, in, n))
WRAPPED(gcry_cipher_decrypt, (gcry_cipher_hd_t h, void *out, size_t room, const void *in, size_t n),
        (h, out, room, in, n))
WRAPPED(gcry_cipher_checktag, (gcry_cipher_hd_t h, const void *tag, size_t n), (h, tag, n))

unsigned char *__real_gcry_md_read(gcry_md_hd_t h, int algo);
unsigned char *__wrap_gcry_md_read(gcry_md_hd_t h, int algo);
unsigned char *__wrap_gcry_md_read(gcry_md_hd_t h, int algo)
{
    return refused() ? NULL : __real_gcry_md_read(h, algo);
}

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size)
{
    return refused() ? NULL : __real_calloc(n, size);
}

static struct quic *new_with_refusal_at(unsigned n)
{
    refuse_at = n;
    calls = 0;
    struct quic *q = quic_new();
    refuse_at = 0;
    return q;
}

static void without_its_ciphers_there_is_no_quic(void **state)
{
    (void)state;
    struct quic *q = new_with_refusal_at(0);
    assert_non_null(q);
    quic_free(q);
    unsigned all = calls;
    assert_true(all >= 4); /* memory, the hash, two ciphers at least */
    for (unsigned n = 1; n <= all; n++)
        assert_null(new_with_refusal_at(n));
}

static uint8_t datagram[1200];

static enum dissect_outcome open_vector(struct quic *q, unsigned refusal)
{
    struct quic_packet p;
    struct byte_reader r = reader_over(datagram, sizeof(datagram));
    assert_int_equal(quic_next_packet(&r, &p), DISSECT_OK);
    refuse_at = refusal;
    calls = 0;
    enum dissect_outcome rc = quic_open_initial(q, &p, &p.dcid);
    refuse_at = 0;
    return rc;
}

static void assert_no_frames(struct quic *q)
{
    struct quic_crypto_frame f;
    assert_int_equal(quic_next_crypto(q, &f), DISSECT_NOT_MINE);
}

/* After any refusal the same packet opens, so nothing of the failed attempt was kept. */
static void a_refusal_is_another_packets_keys_and_leaves_nothing_behind(void **state)
{
    (void)state;
    struct quic_crypto_frame f;
    struct quic *q = quic_new();
    assert_non_null(q);
    assert_int_equal(open_vector(q, 0), DISSECT_OK);
    unsigned all = calls;
    assert_true(all > 10);
    quic_free(q);
    for (unsigned n = 1; n <= all; n++) {
        q = quic_new();
        assert_non_null(q);
        assert_int_equal(open_vector(q, n), DISSECT_NOT_MINE);
        assert_no_frames(q);
        assert_int_equal(open_vector(q, 0), DISSECT_OK);
        assert_int_equal(quic_next_crypto(q, &f), DISSECT_OK);
        assert_int_equal(f.data.len, 241);
        quic_free(q);
    }
}

int main(void)
{
    if (!gcry_check_version(NULL))
        return 1;
    gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
    gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
    if (quic_seal_hex(vector_v1_packet, datagram, sizeof(datagram)) != sizeof(datagram))
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_its_ciphers_there_is_no_quic),
        cmocka_unit_test(a_refusal_is_another_packets_keys_and_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
