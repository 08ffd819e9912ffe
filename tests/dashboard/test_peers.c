/* test_peers.c -- how many connections one address has, and when one has taken too long; what is shown of a certificate. */
#include "dashboard/fingerprint.h"
#include "dashboard/peers.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static struct sockaddr_storage of(const char *text)
{
    struct sockaddr_storage sa = {0};
    struct sockaddr_in *v4 = (void *)&sa;
    struct sockaddr_in6 *v6 = (void *)&sa;
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1)
        v4->sin_family = AF_INET;
    else if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1)
        v6->sin6_family = AF_INET6;
    else
        fail_msg("%s", text);
    return sa;
}

static bool may_join(struct peers *p, const char *text)
{
    struct sockaddr_storage sa = of(text);
    return peers_may_join(p, (struct sockaddr *)&sa);
}

static void nobody_takes_all_connections(void **state)
{
    (void)state;
    struct peers p;
    struct peer *all[PEERS_OF_ADDRESS_MAX], *six[PEERS_OF_ADDRESS_MAX];
    struct sockaddr_storage sa = of("192.168.1.7");
    peers_init(&p);
    for (int i = 0; i < PEERS_OF_ADDRESS_MAX; i++) {
        assert_true(may_join(&p, "192.168.1.7"));
        assert_non_null(all[i] = peers_add(&p, -1, (struct sockaddr *)&sa, 0));
    }
    assert_false(may_join(&p, "192.168.1.7"));
    assert_true(may_join(&p, "192.168.1.8"));
    for (int i = 0; i < PEERS_OF_ADDRESS_MAX; i++) { /* each from another address of one network */
        char text[64];
        snprintf(text, sizeof(text), "2001:db8:0:1::%x", i + 1);
        sa = of(text);
        assert_true(may_join(&p, text));
        assert_non_null(six[i] = peers_add(&p, -1, (struct sockaddr *)&sa, 0));
    }
    assert_false(may_join(&p, "2001:db8:0:1:ffff::9"));
    assert_true(may_join(&p, "2001:db8:0:2::1"));
    peers_remove(&p, all[17]);
    assert_true(may_join(&p, "192.168.1.7"));
    for (int i = 0; i < PEERS_OF_ADDRESS_MAX; i++) {
        if (i != 17)
            peers_remove(&p, all[i]);
        peers_remove(&p, six[i]);
    }
    assert_null(p.first);
    peers_fini(&p);
}

static void this_machine_has_more(void **state)
{
    (void)state;
    struct peers p;
    struct peer *all[PEERS_OF_LOOPBACK_MAX];
    struct sockaddr_storage sa = of("127.0.0.1");
    peers_init(&p);
    for (int i = 0; i < PEERS_OF_LOOPBACK_MAX; i++) {
        assert_true(may_join(&p, "127.0.0.1"));
        all[i] = peers_add(&p, -1, (struct sockaddr *)&sa, 0);
    }
    assert_false(may_join(&p, "127.0.0.1"));
    for (int i = 0; i < PEERS_OF_LOOPBACK_MAX; i++)
        peers_remove(&p, all[i]);
    peers_fini(&p);
}

static void whoever_takes_too_long_is_shut_out(void **state)
{
    (void)state;
    struct peers p;
    int pair[2], viewer[2];
    char byte;
    struct sockaddr_storage sa = of("192.168.1.7");
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, viewer), 0);
    peers_init(&p);
    struct peer *slow = peers_add(&p, pair[0], (struct sockaddr *)&sa, 1000), *watching = peers_add(&p, viewer[0], (struct sockaddr *)&sa, 1000);
    peers_set_deadline(&p, watching, 0);
    peers_end_slow(&p, 999);
    assert_int_equal(recv(pair[1], &byte, 1, MSG_DONTWAIT), -1);
    peers_end_slow(&p, 1000);
    assert_int_equal(recv(pair[1], &byte, 1, MSG_DONTWAIT), 0); /* the end */
    assert_int_equal(recv(viewer[1], &byte, 1, MSG_DONTWAIT), -1);
    peers_remove(&p, slow);
    peers_remove(&p, watching);
    peers_fini(&p);
    for (int i = 0; i < 2; i++) {
        close(pair[i]);
        close(viewer[i]);
    }
}

static void a_fingerprint_is_of_the_first_certificate(void **state)
{
    (void)state;
    char out[FINGERPRINT_MAX];
    /* SHA-256 of "abc" (FIPS 180-4), which stands in the place of a certificate here: base64 YWJj. */
    static const char wanted[] = "BA:78:16:BF:8F:01:CF:EA:41:41:40:DE:5D:AE:22:23:B0:03:61:A3:96:17:7A:9C:B4:10:FF:61:F2:00:15:AD";
    assert_true(fingerprint_of_pem("words before\n-----BEGIN CERTIFICATE-----\nYW\r\nJj\n-----END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\nZGVm\n-----END CERTIFICATE-----\n", out));
    assert_string_equal(out, wanted);
    static const char *const wrong[] = {"", "-----BEGIN CERTIFICATE-----", "-----BEGIN CERTIFICATE-----\nYWJj\n", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----",
                                        "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----", "-----END CERTIFICATE----------BEGIN CERTIFICATE-----"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(fingerprint_of_pem(wrong[i], out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_takes_all_connections),
        cmocka_unit_test(this_machine_has_more),
        cmocka_unit_test(whoever_takes_too_long_is_shut_out),
        cmocka_unit_test(a_fingerprint_is_of_the_first_certificate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
