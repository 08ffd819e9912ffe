/* test_manifest.c -- every change to a folder is named, and a manifest from elsewhere makes us read nothing outside it. */
#include "reports/manifest.h"

#include <fcntl.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

/* SHA-256 of "abc", FIPS 180-4, and of nothing. */
#define ABC   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static const char good[] = ABC "  report.html\n" EMPTY "  weeks.svg\n";

/* The bytes in a buffer of exactly their size, so that the address sanitizer sees one read too many. */
static unsigned parse(const char *bytes, size_t n, struct manifest *out)
{
    char *exact = malloc(n ? n : 1);
    assert_non_null(exact);
    memcpy(exact, bytes, n);
    unsigned wrong = manifest_parse(exact, n, out);
    free(exact);
    return wrong;
}

static void a_good_manifest_is_read(void **state)
{
    (void)state;
    struct manifest m;
    assert_int_equal(parse(good, sizeof(good) - 1, &m), 0);
    assert_int_equal(m.len, 2);
    assert_string_equal(m.lines[0].digest, ABC);
    assert_string_equal(m.lines[1].name, "weeks.svg");
}

static void every_truncation_but_between_lines_is_wrong(void **state)
{
    (void)state;
    struct manifest m;
    size_t first = strchr(good, '\n') - good + 1;
    for (size_t n = 0; n < sizeof(good) - 1; n++)
        assert_true((parse(good, n, &m) == 0) == (n == first));
}

static void lines_that_are_none_are_named_by_number(void **state)
{
    (void)state;
    static const char *const lines[] = {
        ABC "  ../etc/passwd\n", ABC "  a/b\n",     ABC "  .hidden\n", ABC "  Report.html\n", ABC " report.html\n", ABC "\treport.html\n",
        ABC "  \n",              "x" ABC "  r\n",   "\n",              ABC "  re port\n",     ABC "  report.html\r\n",
        "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD  a.html\n",         ABC "  report.html\n", /* a second time */
    };
    struct manifest m;
    char text[400];
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        snprintf(text, sizeof(text), "%s  report.html\n%s", ABC, lines[i]);
        if (parse(text, strlen(text), &m) != 2)
            fail_msg("taken: %s", lines[i]);
    }
    assert_int_equal(parse(ABC "  a\0b\n", 69, &m), 1);
}

static void more_files_than_there_is_room_for_is_wrong(void **state)
{
    (void)state;
    struct manifest m;
    char text[(MANIFEST_FILES_MOST + 1) * 80];
    size_t n = 0;
    for (int i = 0; i <= MANIFEST_FILES_MOST; i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s  f%d\n", ABC, i);
    assert_int_equal(parse(text, n, &m), MANIFEST_FILES_MOST + 1);
}

/* A folder with three files, two of them covered. */
struct folder {
    char path[64];
    int fd;
};

static void put(int folder, const char *name, const char *text)
{
    int fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static int make_folder(void **state)
{
    static struct folder f;
    char digest[MANIFEST_HEX];
    strcpy(f.path, "/tmp/telltale-manifest-XXXXXX");
    assert_non_null(mkdtemp(f.path));
    f.fd = open(f.path, O_RDONLY | O_DIRECTORY);
    put(f.fd, "report.html", "abc");
    put(f.fd, "weeks.svg", "");
    put(f.fd, "steps.csv", "date");
    assert_int_equal(manifest_write(f.fd, (const char *const[]){"report.html", "weeks.svg"}, 2, digest), 0);
    *state = &f;
    return 0;
}

static int remove_folder(void **state)
{
    struct folder *f = *state;
    static const char *const names[] = {"report.html", "weeks.svg", "steps.csv", MANIFEST_NAME, "added.txt"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        unlinkat(f->fd, names[i], 0);
    close(f->fd);
    return rmdir(f->path);
}

struct told {
    char text[256];
};

static void on_told(void *context, const char *name, const char *what)
{
    struct told *t = context;
    size_t n = strlen(t->text);
    snprintf(t->text + n, sizeof(t->text) - n, "%s %s;", name, what);
}

static void assert_told(const struct folder *f, size_t good_files, const char *differences)
{
    struct told t = {""};
    size_t checked;
    char digest[MANIFEST_HEX];
    assert_int_equal(manifest_verify(f->path, (const char *const[]){"steps.csv"}, 1, on_told, &t, &checked, digest), 0);
    assert_int_equal(checked, good_files);
    assert_string_equal(t.text, differences);
}

static void a_folder_as_it_was_made_has_no_difference(void **state)
{
    struct folder *f = *state;
    char text[200] = "";
    int fd = openat(f->fd, MANIFEST_NAME, O_RDONLY);
    assert_true(read(fd, text, sizeof(text) - 1) > 0);
    close(fd);
    assert_string_equal(text, good);
    assert_told(f, 2, "");
    put(f->fd, "steps.csv", "date\n2026-11-23,sent");
    assert_told(f, 2, "");
}

static void what_changed_is_named(void **state)
{
    struct folder *f = *state;
    put(f->fd, "report.html", "abd");
    assert_told(f, 1, "report.html changed;");
    put(f->fd, "report.html", "abc");
    unlinkat(f->fd, "weeks.svg", 0);
    put(f->fd, "added.txt", "x");
    assert_told(f, 1, "weeks.svg missing;added.txt added;");
}

static void a_link_is_not_followed(void **state)
{
    struct folder *f = *state;
    put(f->fd, "added.txt", "abc");
    unlinkat(f->fd, "report.html", 0);
    assert_int_equal(symlinkat("added.txt", f->fd, "report.html"), 0);
    struct told t = {""};
    size_t checked;
    char digest[MANIFEST_HEX];
    assert_int_equal(manifest_verify(f->path, (const char *const[]){"added.txt", "steps.csv"}, 2, on_told, &t, &checked, digest), 0);
    assert_int_equal(checked, 1);
    assert_non_null(strstr(t.text, "report.html"));
}

static void without_a_manifest_nothing_is_said_to_be_well(void **state)
{
    struct folder *f = *state;
    struct told t = {""};
    size_t checked;
    char digest[MANIFEST_HEX];
    put(f->fd, MANIFEST_NAME, "nothing");
    assert_true(manifest_verify(f->path, NULL, 0, on_told, &t, &checked, digest) < 0);
    unlinkat(f->fd, MANIFEST_NAME, 0);
    assert_true(manifest_verify(f->path, NULL, 0, on_told, &t, &checked, digest) < 0);
    assert_true(manifest_verify("/nowhere/at-all", NULL, 0, on_told, &t, &checked, digest) < 0);
    put(f->fd, MANIFEST_NAME, good);
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_manifest_is_read),
        cmocka_unit_test(every_truncation_but_between_lines_is_wrong),
        cmocka_unit_test(lines_that_are_none_are_named_by_number),
        cmocka_unit_test(more_files_than_there_is_room_for_is_wrong),
        WITH_FOLDER(a_folder_as_it_was_made_has_no_difference),
        WITH_FOLDER(what_changed_is_named),
        WITH_FOLDER(a_link_is_not_followed),
        WITH_FOLDER(without_a_manifest_nothing_is_said_to_be_well),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
