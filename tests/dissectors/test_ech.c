/* test_ech.c -- the public name of an ECHConfigList, and lists that lie. */
#include "dissectors/ech.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define KNOWN 0xfe0d
#define NAME  "cloudflare-ech.com"

/* A list as it is put together; set() writes a length again, true or not. */
struct list {
    uint8_t bytes[4096];
    size_t n;
    size_t config; /* where the last configuration begins */
};

static struct list l;

static void put(const void *bytes, size_t n)
{
    assert_true(n <= sizeof(l.bytes) - l.n);
    if (n > 0)
        memcpy(l.bytes + l.n, bytes, n);
    l.n += n;
}

static void put_u8(unsigned v)
{
    put(&(uint8_t){(uint8_t)v}, 1);
}

static void put_u16(unsigned v)
{
    put_u8(v >> 8);
    put_u8(v);
}

static void set_u16(size_t at, size_t v)
{
    l.bytes[at] = (uint8_t)(v >> 8);
    l.bytes[at + 1] = (uint8_t)v;
}

static void begin(void)
{
    l.n = 0;
    put_u16(0);
}

/* Key and suites as servers send them: X25519, one suite. */
static void add_config(unsigned version, const char *name, const void *extensions, size_t extensions_len)
{
    static const uint8_t key[32] = {0x5a};
    l.config = l.n;
    put_u16(version);
    put_u16(0);
    put("\x45\0\x20", 3);
    put_u16(sizeof(key));
    put(key, sizeof(key));
    put("\0\4\0\1\0\1", 6);
    put_u8(0);
    put_u8((unsigned)strlen(name));
    put(name, strlen(name));
    put_u16((unsigned)extensions_len);
    put(extensions, extensions_len);
    set_u16(l.config + 2, l.n - l.config - 4);
    set_u16(0, l.n - 2);
}

/* A configuration of another version, whose contents are anybody's. */
static void add_foreign(unsigned version, size_t n)
{
    static const uint8_t any[512] = {0xff, 0xff, 0xff};
    put_u16(version);
    put_u16((unsigned)n);
    put(any, n);
    set_u16(0, l.n - 2);
}

static char name[256];
static size_t name_len;

/* Asks in a heap buffer of exactly this size; `name` is what was found. */
static enum dissect_outcome ask(size_t n)
{
    uint8_t *exact = malloc(n ? n : 1);
    struct bytes_view view;
    assert_non_null(exact);
    memcpy(exact, l.bytes, n);
    enum dissect_outcome rc = ech_public_name((struct bytes_view){.at = n ? exact : NULL, .len = n}, &view);
    assert_true(rc == DISSECT_OK || rc == DISSECT_NOT_MINE || rc == DISSECT_MALFORMED);
    assert_int_equal(rc == DISSECT_OK, view.len > 0);
    assert_true(view.len < sizeof(name));
    if (view.len > 0)
        memcpy(name, view.at, view.len);
    name_len = view.len;
    name[name_len] = '\0';
    free(exact);
    return rc;
}

static void assert_name(const char *wanted)
{
    assert_int_equal(ask(l.n), DISSECT_OK);
    assert_string_equal(name, wanted);
    assert_int_equal(name_len, strlen(wanted));
}

static void a_list_of_one_gives_its_name(void **state)
{
    (void)state;
    begin();
    add_config(KNOWN, NAME, "", 0);
    assert_name(NAME);
}

static void extensions_are_passed_over(void **state)
{
    (void)state;
    begin();
    add_config(KNOWN, NAME, "\xfa\xfa\0\3abc", 7);
    assert_name(NAME);
}

static void the_longest_name_is_read(void **state)
{
    (void)state;
    char longest[256];
    memset(longest, 'n', 255);
    longest[255] = '\0';
    begin();
    add_config(KNOWN, longest, "", 0);
    assert_name(longest);
}

static void configurations_of_unknown_versions_are_passed_over(void **state)
{
    (void)state;
    begin();
    add_foreign(0xfe09, 60);
    add_foreign(0x0000, 0);
    add_foreign(0xfe0e, 512);
    add_config(KNOWN, NAME, "", 0);
    add_foreign(0xffff, 9);
    assert_name(NAME);
}

static void the_first_of_several_names_wins(void **state)
{
    (void)state;
    begin();
    add_config(KNOWN, "first.example", "", 0);
    add_config(KNOWN, "second.example", "", 0);
    assert_name("first.example");
}

static void a_list_without_a_known_version_is_not_ours(void **state)
{
    (void)state;
    begin();
    assert_int_equal(ask(l.n), DISSECT_NOT_MINE); /* an empty list */
    add_foreign(0xfe09, 60);
    add_foreign(0xfe0a, 3);
    assert_int_equal(ask(l.n), DISSECT_NOT_MINE);
}

static void every_truncation_is_malformed(void **state)
{
    (void)state;
    begin();
    add_foreign(0xfe09, 11);
    add_config(KNOWN, NAME, "\xfa\xfa\0\1x", 5);
    add_config(KNOWN, "second.example", "", 0);
    for (size_t n = 0; n < l.n; n++)
        assert_int_equal(ask(n), DISSECT_MALFORMED);
    assert_name(NAME);
}

/* The list cut, with outer lengths that say so: it ends within the configuration, and every inner length finds out. */
static void every_truncation_of_a_configuration_is_malformed(void **state)
{
    (void)state;
    begin();
    add_config(KNOWN, NAME, "\xfa\xfa\0\1x", 5);
    for (size_t n = l.config + 4; n < l.n; n++) {
        set_u16(0, n - 2);
        set_u16(l.config + 2, n - l.config - 4);
        assert_int_equal(ask(n), DISSECT_MALFORMED);
    }
    for (size_t n = l.config + 1; n < l.config + 4; n++) {
        set_u16(0, n - 2);
        assert_int_equal(ask(n), DISSECT_MALFORMED);
    }
}

static void bytes_after_the_list_are_malformed(void **state)
{
    (void)state;
    begin();
    add_config(KNOWN, NAME, "", 0);
    put_u8(0);
    assert_int_equal(ask(l.n), DISSECT_MALFORMED);
}

static void bytes_after_the_extensions_are_malformed(void **state)
{
    (void)state;
    begin();
    add_config(KNOWN, NAME, "", 0);
    put_u8(0);
    set_u16(l.config + 2, l.n - l.config - 4);
    set_u16(0, l.n - 2);
    assert_int_equal(ask(l.n), DISSECT_MALFORMED);
}

static void a_name_of_no_bytes_is_malformed(void **state)
{
    (void)state;
    begin();
    add_config(KNOWN, "", "", 0);
    assert_int_equal(ask(l.n), DISSECT_MALFORMED);
}

/* Each length field, with every lie it can tell. */
static void no_length_may_lie(void **state)
{
    (void)state;
    static const struct {
        size_t at; /* in the list */
        unsigned bytes;
    } lengths[] = {
        {0, 2},                               /* the list */
        {2 + 2, 2},                           /* the configuration */
        {2 + 4 + 3, 2},                       /* the public key */
        {2 + 4 + 3 + 2 + 32, 2},              /* the suites */
        {2 + 4 + 3 + 2 + 32 + 6 + 1, 1},      /* the name */
        {2 + 4 + 3 + 2 + 32 + 6 + 2 + 18, 2}, /* the extensions */
    };
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        begin();
        add_config(KNOWN, NAME, "\xfa\xfa\0\1x", 5);
        bool wide = lengths[i].bytes == 2;
        uint8_t *field = l.bytes + lengths[i].at;
        unsigned honest = wide ? (unsigned)field[0] << 8 | field[1] : field[0];
        for (unsigned lie = 0; lie < (wide ? 65536u : 256u); lie++) {
            if (lie == honest)
                continue;
            if (wide)
                set_u16(lengths[i].at, lie);
            else
                field[0] = (uint8_t)lie;
            enum dissect_outcome rc = ask(l.n);
            /* A shorter field may happen to leave bytes that read as the next fields; never the same name as before. */
            assert_true(rc == DISSECT_MALFORMED || name_len != strlen(NAME) || strcmp(name, NAME) != 0);
        }
    }
}

static void noise_is_survived(void **state)
{
    (void)state;
    srand(9849);
    for (int round = 0; round < 20000; round++) {
        begin();
        add_foreign(0xfe09, (size_t)rand() % 8);
        add_config(KNOWN, NAME, "\xfa\xfa\0\1x", 5);
        for (int change = rand() % 4; change >= 0; change--)
            l.bytes[(size_t)rand() % l.n] = (uint8_t)(rand() % 2 ? rand() : rand() % 4);
        ask((size_t)rand() % (l.n + 1));
        ask(l.n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_of_one_gives_its_name),
        cmocka_unit_test(extensions_are_passed_over),
        cmocka_unit_test(the_longest_name_is_read),
        cmocka_unit_test(configurations_of_unknown_versions_are_passed_over),
        cmocka_unit_test(the_first_of_several_names_wins),
        cmocka_unit_test(a_list_without_a_known_version_is_not_ours),
        cmocka_unit_test(every_truncation_is_malformed),
        cmocka_unit_test(every_truncation_of_a_configuration_is_malformed),
        cmocka_unit_test(bytes_after_the_list_are_malformed),
        cmocka_unit_test(bytes_after_the_extensions_are_malformed),
        cmocka_unit_test(a_name_of_no_bytes_is_malformed),
        cmocka_unit_test(no_length_may_lie),
        cmocka_unit_test(noise_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
