/* test_json.c -- trees that are built blindly, what reaches the file, and what a document gives when it is read. */
#include "common/json.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* Linked with --wrap=calloc: the allocation behind each new object and array. */
static bool memory_is_out;
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size)
{
    return memory_is_out ? NULL : __real_calloc(n, size);
}

/* What the tree gives, on one line; frees the tree. */
static char *line_of(struct json *root)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    assert_non_null(out);
    assert_int_equal(json_write_line(root, out), 0);
    fclose(out);
    json_free(root);
    return text;
}

static void assert_line(struct json *root, const char *expected)
{
    char *text = line_of(root);
    assert_string_equal(text, expected);
    free(text);
}

static int write_nowhere(const struct json *root)
{
    FILE *out = fopen("/dev/null", "w");
    assert_non_null(out);
    int rc = json_write(root, out);
    fclose(out);
    return rc;
}

static void members_keep_their_order(void **state)
{
    (void)state;
    struct json *object = json_new_object();
    json_put_text(object, "z", "last letter");
    json_put_int(object, "a", -5);
    json_put_bool(object, "m", true);
    json_put_null(object, "n");
    json_put_text(object, "t", NULL);
    assert_line(object, "{\"z\": \"last letter\", \"a\": -5, \"m\": true, \"n\": null, \"t\": null}");
}

static void a_child_can_be_filled_after_it_was_put(void **state)
{
    (void)state;
    struct json *root = json_new_object(), *list = json_new_array(), *inner = json_new_object();
    json_put(root, "list", list);
    json_append(list, inner);
    json_put_int(inner, "n", 1);
    json_append_text(list, "x");
    json_append_text(list, NULL);
    assert_line(root, "{\"list\": [{\"n\": 1}, \"x\", null]}");
}

static void a_key_put_twice_keeps_the_last(void **state)
{
    (void)state;
    struct json *root = json_new_object(), *first = json_new_object();
    json_put(root, "k", first);
    json_put(root, "k", json_new_array());
    json_put_int(first, "still", 1);
    assert_line(root, "{\"k\": []}");
}

static void json_write_indents_and_ends_the_line(void **state)
{
    (void)state;
    struct json *root = json_new_object();
    json_put_int(root, "n", 1);
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    assert_int_equal(json_write(root, out), 0);
    fclose(out);
    assert_string_equal(text, "{\n  \"n\": 1\n}\n");
    free(text);
    json_free(root);
}

static void reals_keep_microseconds_and_nothing_more(void **state)
{
    (void)state;
    struct json *object = json_new_object();
    json_put_real(object, "t", 1795365330.123456);
    json_put_real(object, "tenth", 0.1);
    json_put_real(object, "whole", 1795365330);
    json_put_real(object, "nan", (double)NAN);
    json_put_real(object, "inf", (double)-INFINITY);
    assert_line(object,
                "{\"t\": 1795365330.123456, \"tenth\": 0.1, \"whole\": 1795365330.0, \"nan\": null, \"inf\": null}");
}

static void integers_reach_both_ends_of_64_bits(void **state)
{
    (void)state;
    struct json *object = json_new_object();
    json_put_int(object, "min", INT64_MIN);
    json_put_int(object, "max", INT64_MAX);
    assert_line(object, "{\"min\": -9223372036854775808, \"max\": 9223372036854775807}");
}

static void bytes_that_are_not_text_become_the_replacement_character(void **state)
{
    (void)state;
    struct json *object = json_new_object();
    json_put_text(object, "a", "\xff\"\\\033[2J\xc2\x9b\n\xe2\x80\xae caf\xc3\xa9");
    assert_line(object,
                "{\"a\": \"\xef\xbf\xbd\\\"\\\\\xef\xbf\xbd[2J\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd caf\xc3\xa9\"}");
}

static void a_null_parent_takes_everything_and_frees_it(void **state)
{
    (void)state;
    json_put(NULL, "k", json_new_object());
    json_append(NULL, json_new_array());
    json_put_text(NULL, "k", "x");
    json_append_text(NULL, "x");
    json_put_int(NULL, "k", 1);
    json_put_real(NULL, "k", 1);
    json_free(NULL);
    assert_int_equal(write_nowhere(NULL), -ENOMEM);
}

static void a_tree_with_a_hole_is_not_written(void **state)
{
    (void)state;
    struct json *root = json_new_object(), *list = json_new_array();
    json_put(root, "list", list);
    assert_int_equal(write_nowhere(root), 0);
    memory_is_out = true;
    struct json *row = json_new_object();
    memory_is_out = false;
    assert_null(row);
    json_put_int(row, "n", 1);
    json_append(list, row);
    assert_int_equal(write_nowhere(root), -ENOMEM);
    json_free(root);
}

static void a_hole_is_remembered_when_its_branch_is_put_later(void **state)
{
    (void)state;
    struct json *root = json_new_object(), *branch = json_new_object();
    json_put(branch, "k", NULL);
    json_put(root, "branch", branch);
    assert_int_equal(write_nowhere(root), -ENOMEM);
    json_free(root);
}

static void a_key_that_is_not_text_is_a_failed_adder(void **state)
{
    (void)state;
    struct json *root = json_new_object();
    json_put_int(root, "\xff", 1);
    assert_int_equal(write_nowhere(root), -ENOMEM);
    json_free(root);
}

static void a_full_disk_is_reported(void **state)
{
    (void)state;
    struct json *root = json_new_array();
    for (int i = 0; i < 10000; i++)
        json_append_text(root, "0123456789");
    FILE *full = fopen("/dev/full", "w");
    assert_non_null(full);
    assert_int_equal(json_write(root, full), -ENOSPC);
    fclose(full);
    json_free(root);
}

static struct json_node *read_text(const char *text, char error[JSON_ERROR_MAX])
{
    /* An exactly sized copy, so that the address sanitizer sees one byte too many. */
    size_t n = strlen(text);
    char *exact = malloc(n ? n : 1);
    assert_non_null(exact);
    memcpy(exact, text, n);
    struct json_node *root = json_read(exact, n, error);
    free(exact);
    return root;
}

static void a_document_gives_its_values(void **state)
{
    (void)state;
    char error[JSON_ERROR_MAX];
    struct json_node *root = read_text("{\"t\":\"x\",\"n\":7,\"r\":0.5,\"b\":true,\"z\":null,\"a\":[1,2,3]}", error);
    assert_non_null(root);
    int64_t n = 0;
    double x = 0;
    assert_int_equal(json_node_kind(root), JSON_KIND_OBJECT);
    assert_int_equal(json_node_count(root), 6);
    assert_string_equal(json_node_text(json_node_member(root, "t")), "x");
    assert_true(json_node_int(json_node_member(root, "n"), &n) && n == 7);
    assert_true(json_node_real(json_node_member(root, "n"), &x) && x == 7);
    assert_true(json_node_real(json_node_member(root, "r"), &x) && x == 0.5);
    assert_false(json_node_int(json_node_member(root, "r"), &n));
    assert_true(json_node_is_true(json_node_member(root, "b")));
    assert_int_equal(json_node_kind(json_node_member(root, "b")), JSON_KIND_BOOL);
    assert_int_equal(json_node_kind(json_node_member(root, "z")), JSON_KIND_NULL);
    assert_true(json_node_int(json_node_item(json_node_member(root, "a"), 2), &n) && n == 3);
    assert_null(json_node_item(json_node_member(root, "a"), 3));
    json_node_free(root);
}

static void a_path_that_is_not_there_is_null_all_the_way(void **state)
{
    (void)state;
    char error[JSON_ERROR_MAX];
    struct json_node *root = read_text("[]", error);
    const struct json_node *nothing = json_node_item(json_node_member(json_node_member(root, "a"), "b"), 4);
    int64_t n;
    assert_null(nothing);
    assert_null(json_node_text(nothing));
    assert_false(json_node_int(nothing, &n));
    assert_false(json_node_is_true(nothing));
    assert_int_equal(json_node_count(nothing), 0);
    assert_int_equal(json_node_kind(nothing), JSON_KIND_NULL);
    json_node_free(root);
    json_node_free(NULL);
}

static void members_are_walked_in_their_order(void **state)
{
    (void)state;
    char error[JSON_ERROR_MAX], seen[8] = "";
    struct json_node *root = read_text("{\"c\":1,\"a\":2,\"b\":3}", error);
    void *cursor = NULL;
    const char *key;
    const struct json_node *value;
    while (json_node_next(root, &cursor, &key, &value)) {
        assert_int_equal(json_node_kind(value), JSON_KIND_INT);
        strcat(seen, key);
    }
    assert_string_equal(seen, "cab");
    json_node_free(root);
    cursor = NULL;
    assert_false(json_node_next(NULL, &cursor, &key, &value));
}

static void what_is_not_json_is_refused_with_its_line(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "{", "[1,", "[1]x", "{\"a\":1,\"a\":2}", "[\"\xff\"]", "{'a':1}", "1", "nul"};
    char error[JSON_ERROR_MAX];
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_null(read_text(bad[i], error));
        assert_int_equal(strncmp(error, "line ", 5), 0);
    }
    assert_null(read_text("[1,\n2,\n}", error));
    assert_int_equal(strncmp(error, "line 3: ", 8), 0);
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    static const char good[] = "{\"schema\": 1, \"a\": [0.5, true, null, \"\xc3\xa9\"]}";
    char error[JSON_ERROR_MAX], part[sizeof(good)];
    for (size_t n = 0; n < sizeof(good) - 1; n++) {
        memcpy(part, good, n);
        part[n] = '\0';
        assert_null(read_text(part, error));
    }
}

static void nesting_without_end_is_refused(void **state)
{
    (void)state;
    static char deep[200001];
    memset(deep, '[', sizeof(deep) - 1);
    char error[JSON_ERROR_MAX];
    assert_null(json_read(deep, sizeof(deep) - 1, error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_keep_their_order),
        cmocka_unit_test(a_child_can_be_filled_after_it_was_put),
        cmocka_unit_test(a_key_put_twice_keeps_the_last),
        cmocka_unit_test(json_write_indents_and_ends_the_line),
        cmocka_unit_test(reals_keep_microseconds_and_nothing_more),
        cmocka_unit_test(integers_reach_both_ends_of_64_bits),
        cmocka_unit_test(bytes_that_are_not_text_become_the_replacement_character),
        cmocka_unit_test(a_null_parent_takes_everything_and_frees_it),
        cmocka_unit_test(a_tree_with_a_hole_is_not_written),
        cmocka_unit_test(a_hole_is_remembered_when_its_branch_is_put_later),
        cmocka_unit_test(a_key_that_is_not_text_is_a_failed_adder),
        cmocka_unit_test(a_full_disk_is_reported),
        cmocka_unit_test(a_document_gives_its_values),
        cmocka_unit_test(a_path_that_is_not_there_is_null_all_the_way),
        cmocka_unit_test(members_are_walked_in_their_order),
        cmocka_unit_test(what_is_not_json_is_refused_with_its_line),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(nesting_without_end_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
