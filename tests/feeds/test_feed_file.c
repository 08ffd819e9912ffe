#include "feeds/feed_builder.h"
#include "feeds/feed_check.h"
#include "feeds/feed_file.h"

#include "tests/feeds/said.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <cmocka.h>

#define LONG "a-label-of-forty-letters-that-goes-on-and-on.a-label-of-forty-letters-that-goes-on-and-on.a-label-of-forty-letters-too-on.example.com"

static const char table[] = "adnxs.com\tXandr\tMicrosoft\tUS\tad-exchange\n";
static const char list[] = "! Licence: CC0\n! Last modified: 23 Nov 2026\n||a.example.com^\n||b.secure.adnxs.com^\n||" LONG "^\n"
                           "||example.net^\n@@||good.example.net^\n||x.example.org/path\n";

static struct feed_set *compile(bool builtin)
{
    struct feed_builder *b = feed_builder_new();
    struct feed_source source;
    assert_non_null(b);
    if (builtin)
        assert_int_equal(feed_builder_add_builtin(b, &source), 0);
    assert_int_equal(feed_builder_add_text(b, "table.tsv", table, strlen(table), &source), 0);
    assert_int_equal(feed_builder_add_text(b, "list.txt", list, strlen(list), &source), 0);
    struct feed_set *set = feed_builder_compile(b);
    assert_non_null(set);
    feed_builder_free(b);
    return set;
}

static const char *bytes_of(const struct feed_set *set)
{
    return (const char *)set->image;
}

/* Reads from an exactly sized heap buffer; NULL when refused. */
static struct feed_set *read_exact(const char *bytes, size_t n, struct said *said)
{
    struct feed_set *set = NULL;
    char *exact = malloc(n ? n : 1);
    memcpy(exact, bytes, n);
    said_begin(said);
    int rc = feed_file_read("some/list.feed", exact, n, &set);
    said_end(said);
    free(exact);
    assert_int_equal(rc, set ? 0 : -EINVAL);
    return set;
}

static void a_compiled_set_read_again_answers_as_before(void **state)
{
    (void)state;
    struct feed_set *set = compile(false);
    struct said said;
    struct feed_match match;
    struct feed_set *again = read_exact(bytes_of(set), set->image->bytes, &said);
    assert_non_null(again);
    feed_set_free(set);
    assert_true(feed_match(again, "x.secure.adnxs.com", 18, &match));
    assert_string_equal(match.matched, "adnxs.com");
    assert_string_equal(match.owner.organisation, "Microsoft");
    assert_true(match.registrable);
    assert_true(feed_match(again, LONG, strlen(LONG), &match));
    assert_true(strncmp(match.feed, "list.txt@", 9) == 0);
    assert_false(feed_match(again, "good.example.net", 16, &match));
    assert_true(feed_match(again, "bad.example.net", 15, &match));
    assert_int_equal(feed_set_sources(again), 2);
    struct feed_source source;
    feed_set_source(again, 1, &source);
    assert_string_equal(source.licence, "CC0");
    assert_string_equal(source.dated, "23 Nov 2026");
    assert_string_equal(source.syntax, "blocking rules");
    assert_int_equal(source.taken, 4);
    assert_int_equal(source.exceptions, 1);
    assert_int_equal(source.skips[FEED_SKIP_PATH], 1);
    feed_set_free(again);
}

static void the_same_sources_give_the_same_bytes(void **state)
{
    (void)state;
    struct feed_set *one = compile(true), *two = compile(true);
    assert_int_equal(one->image->bytes, two->image->bytes);
    assert_memory_equal(bytes_of(one), bytes_of(two), one->image->bytes);
    feed_set_free(one);
    feed_set_free(two);
}

static void another_name_gives_another_seed(void **state)
{
    (void)state;
    struct feed_set *one = compile(true), *two = compile(false);
    assert_int_not_equal(one->image->seed, two->image->seed);
    feed_set_free(one);
    feed_set_free(two);
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    struct feed_set *set = compile(false);
    struct said said;
    for (size_t n = 0; n < set->image->bytes; n++) {
        assert_null(read_exact(bytes_of(set), n, &said));
        assert_non_null(strstr(said.text, "some/list.feed: a compiled list that cannot be used: "));
        assert_non_null(strstr(said.text, "compile it again with `telltale feeds compile`\n"));
    }
    feed_set_free(set);
}

static void every_flipped_bit_is_refused(void **state)
{
    (void)state;
    struct feed_set *set = compile(false);
    size_t n = set->image->bytes;
    struct said said;
    char *bytes = malloc(n);
    memcpy(bytes, bytes_of(set), n);
    for (size_t bit = 0; bit < n * 8; bit++) {
        bytes[bit / 8] ^= (char)(1 << bit % 8);
        if (bit / 8 >= strlen(FEED_IMAGE_MAGIC)) /* without its magic it is no compiled file */
            assert_null(read_exact(bytes, n, &said));
        bytes[bit / 8] ^= (char)(1 << bit % 8);
    }
    free(bytes);
    feed_set_free(set);
}

static void sign(char *bytes, size_t n)
{
    crypto_generichash((unsigned char *)bytes + offsetof(struct feed_image, checksum), FEED_CHECKSUM_BYTES,
                       (unsigned char *)bytes + FEED_CHECKSUM_FROM, n - FEED_CHECKSUM_FROM, NULL, 0);
}

static bool ask(void *context, const struct feed_entry *e)
{
    struct feed_match match;
    char below[300];
    int n = snprintf(below, sizeof(below), "w.%s", e->name);
    feed_match(context, below, (size_t)n, &match);
    return true;
}

/* Whoever made the file made the checksum too: what is not refused must be harmless. */
static void every_flipped_bit_under_a_right_checksum_is_refused_or_harmless(void **state)
{
    (void)state;
    struct feed_set *set = compile(false);
    size_t n = set->image->bytes, accepted = 0, refused = 0, keys_refused = 0;
    struct said said;
    char *bytes = malloc(n);
    for (size_t bit = FEED_CHECKSUM_FROM * 8; bit < n * 8; bit++) {
        memcpy(bytes, bytes_of(set), n);
        bytes[bit / 8] ^= (char)(1 << bit % 8);
        sign(bytes, n);
        struct feed_set *hostile = read_exact(bytes, n, &said);
        refused += hostile == NULL;
        keys_refused += !hostile && bit / 8 >= set->image->keys_at && bit / 8 < set->image->strings_at;
        if (!hostile)
            continue;
        accepted++;
        assert_true(feed_image_each(hostile->image, ask, hostile));
        struct feed_builder *b = feed_builder_new();
        assert_int_equal(feed_builder_add_set(b, "x", hostile, NULL), 0);
        feed_builder_free(b);
        feed_set_free(hostile);
    }
    /* Letters of a licence may change, those of a rule may not: its place in the table says what it is. (The bytes that a
     * long key leaves unused may, and a key's who may become another one that is there.) */
    size_t keys = set->image->strings_at - set->image->keys_at;
    assert_true(accepted > 0 && refused > 0 && keys_refused + 128 * 8 + 6 * 8 > keys * 8);
    free(bytes);
    feed_set_free(set);
}

static void another_format_and_another_machine_are_named(void **state)
{
    (void)state;
    struct feed_set *set = compile(false);
    size_t n = set->image->bytes;
    struct said said;
    char *bytes = malloc(n);
    memcpy(bytes, bytes_of(set), n);
    struct feed_image *head = (void *)bytes;
    head->version = 1;
    assert_null(read_exact(bytes, n, &said));
    assert_non_null(strstr(said.text, "it has format 1 and this program reads 3; compile it again"));
    head->byte_order = 0x04030201;
    assert_null(read_exact(bytes, n, &said));
    assert_non_null(strstr(said.text, "another kind of machine"));
    free(bytes);
    feed_set_free(set);
}

static unsigned files_in(const char *folder)
{
    unsigned n = 0;
    DIR *d = opendir(folder);
    assert_non_null(d);
    for (const struct dirent *e; (e = readdir(d));)
        n += e->d_name[0] != '.';
    closedir(d);
    return n;
}

static void a_file_is_replaced_whole_and_nothing_is_left_beside_it(void **state)
{
    (void)state;
    char path[128], folder[128];
    struct stat st;
    struct feed_set *set = compile(true), *read = NULL;
    said_file(path, "out.feed", "old", 3);
    snprintf(folder, sizeof(folder), "%.*s", (int)(strrchr(path, '/') - path), path);
    mode_t mask = umask(022);
    assert_int_equal(feed_file_write(path, set), 0);
    umask(mask);
    assert_int_equal(files_in(folder), 1);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0644);
    const char *paths[] = {path};
    assert_int_equal(feed_load(paths, 1, &read), 0);
    assert_memory_equal(bytes_of(read), bytes_of(set), set->image->bytes);
    feed_set_free(read);
    feed_set_free(set);
    said_remove(path);
}

static void what_cannot_be_written_is_named(void **state)
{
    (void)state;
    struct feed_set *set = compile(false);
    struct said said;
    said_begin(&said);
    assert_int_equal(feed_file_write("/nonexistent/out.feed", set), -ENOENT);
    assert_int_equal(feed_file_write("/dev/null", set), -EEXIST);
    said_end(&said);
    assert_non_null(strstr(said.text, "/nonexistent/out.feed: cannot be written: No such file or directory\n"));
    assert_non_null(strstr(said.text, "/dev/null: is there and is no file"));
    feed_set_free(set);
}

static void a_compiled_file_adds_to_a_builder_what_its_lists_would(void **state)
{
    (void)state;
    char path[128];
    struct feed_source source;
    struct feed_match match;
    static const char more[] = "more.example.com\nz.good.example.net\n";
    struct feed_set *set = compile(true);
    said_file(path, "out.feed", bytes_of(set), set->image->bytes);
    struct feed_builder *b = feed_builder_new();
    assert_int_equal(feed_builder_add_builtin(b, NULL), 0);
    assert_int_equal(feed_builder_add_text(b, "more.txt", more, strlen(more), NULL), 0);
    assert_int_equal(feed_builder_add_file(b, path, &source), 0);
    assert_int_equal(feed_builder_sources(b), 4); /* the built-in one is not there twice */
    assert_string_equal(feed_builder_source(b, 3)->licence, "CC0");
    assert_int_equal(source.exceptions, 1);
    struct feed_set *all = feed_builder_compile(b);
    assert_true(feed_match(all, "a.example.com", 13, &match));
    assert_true(feed_match(all, "more.example.com", 16, &match));
    assert_false(feed_match(all, "z.good.example.net", 18, &match)); /* its exceptions come along */
    assert_true(feed_match(all, "b.secure.adnxs.com", 18, &match));
    assert_string_equal(match.owner.tracker, "Xandr"); /* found anew from the rule above */
    feed_set_free(all);
    feed_builder_free(b);
    feed_set_free(set);
    said_remove(path);
}

static void a_set_without_the_built_in_rules_is_not_used_as_it_is(void **state)
{
    (void)state;
    struct feed_set *whole = compile(true), *part = compile(false);
    assert_true(feed_file_is_current(whole));
    assert_false(feed_file_is_current(part));
    feed_set_free(whole);
    feed_set_free(part);
}

static void a_set_that_calls_another_rule_registrable_is_not_used_as_it_is(void **state)
{
    (void)state;
    struct feed_set *set = compile(true);
    union feed_line *line = (void *)(uintptr_t)(bytes_of(set) + set->image->lines_at);
    line->slot[0] ^= FEED_SLOT_REGISTRABLE;
    assert_false(feed_file_is_current(set));
    feed_set_free(set);
}

static void a_set_lives_as_long_as_somebody_holds_it(void **state)
{
    (void)state;
    struct feed_set *set = compile(false);
    struct feed_match match;
    struct feed_set *held = feed_set_hold(set);
    feed_set_free(set);
    assert_true(feed_match(held, "a.example.com", 13, &match));
    assert_ptr_equal(match.set, held);
    feed_set_free(held); /* the address sanitizer sees a leak or a second free */
    assert_null(feed_set_hold(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_compiled_set_read_again_answers_as_before),
        cmocka_unit_test(the_same_sources_give_the_same_bytes),
        cmocka_unit_test(another_name_gives_another_seed),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(every_flipped_bit_is_refused),
        cmocka_unit_test(every_flipped_bit_under_a_right_checksum_is_refused_or_harmless),
        cmocka_unit_test(another_format_and_another_machine_are_named),
        cmocka_unit_test(a_file_is_replaced_whole_and_nothing_is_left_beside_it),
        cmocka_unit_test(what_cannot_be_written_is_named),
        cmocka_unit_test(a_compiled_file_adds_to_a_builder_what_its_lists_would),
        cmocka_unit_test(a_set_without_the_built_in_rules_is_not_used_as_it_is),
        cmocka_unit_test(a_set_that_calls_another_rule_registrable_is_not_used_as_it_is),
        cmocka_unit_test(a_set_lives_as_long_as_somebody_holds_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
