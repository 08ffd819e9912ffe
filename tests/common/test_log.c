/* test_log.c -- one clean line to standard error, whatever it is about. */
#include "common/log.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "tests/support/caught_stderr.h"

static void a_line_names_the_program_and_ends(void **state)
{
    (void)state;
    log_init("telltaled", LOG_LEVEL_INFO);
    catch_stderr();
    log_info("capture: %s: snaplen %d", "eth0", 262144);
    log_warning("capture: eth0: no promiscuous mode");
    log_error("capture: eth0: gone");
    assert_string_equal(caught_stderr(), "telltaled: capture: eth0: snaplen 262144\n"
                                         "telltaled: warning: capture: eth0: no promiscuous mode\n"
                                         "telltaled: capture: eth0: gone\n");
}

static void lines_above_the_level_are_not_written(void **state)
{
    (void)state;
    log_init("t", LOG_LEVEL_WARNING);
    catch_stderr();
    log_debug("a");
    log_info("b");
    log_warning("c");
    assert_string_equal(caught_stderr(), "t: warning: c\n");
    log_init("t", LOG_LEVEL_DEBUG);
    catch_stderr();
    log_debug("a");
    assert_string_equal(caught_stderr(), "t: a\n");
}

/* A file may be called anything; its name must not end the line or move the cursor. */
static void control_characters_come_out_as_question_marks(void **state)
{
    (void)state;
    log_init("t", LOG_LEVEL_INFO);
    catch_stderr();
    log_error("%s: no such file", "a\nt: all is well\r\x1b[2J\t\x7f\x01z");
    assert_string_equal(caught_stderr(), "t: a?t: all is well??[2J???z: no such file\n");
}

static void a_line_is_cut_but_still_ends(void **state)
{
    (void)state;
    static char text[5000];
    log_init("t", LOG_LEVEL_INFO);
    for (size_t n = 1000; n < 1040; n++) { /* around the limit, byte by byte */
        memset(text, 'x', n);
        text[n] = '\0';
        catch_stderr();
        log_error("%s", text);
        const char *line = caught_stderr();
        size_t len = strlen(line);
        assert_true(len <= 1024);
        assert_int_equal(line[len - 1], '\n');
        assert_ptr_equal(strchr(line, '\n'), line + len - 1);
    }
}

static void the_journal_is_told_the_level(void **state)
{
    (void)state;
    char stream[64];
    struct stat st;
    catch_stderr();
    bool known = fstat(STDERR_FILENO, &st) == 0;
    snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
    setenv("JOURNAL_STREAM", stream, 1);
    log_init("telltaled", LOG_LEVEL_INFO);
    log_error("a");
    log_warning("b");
    log_info("c");
    const char *text = caught_stderr();
    assert_true(known);
    assert_string_equal(text, "<3>a\n<4>b\n<6>c\n");
    log_init("telltaled", LOG_LEVEL_INFO); /* standard error is another file now: no journal */
    catch_stderr();
    log_error("a");
    assert_string_equal(caught_stderr(), "telltaled: a\n");
    unsetenv("JOURNAL_STREAM");
}

static void *say_often(void *letter)
{
    char word[13] = "";
    memset(word, *(char *)letter, 12);
    for (int i = 0; i < 100; i++)
        log_info("%s", word);
    return NULL;
}

static void lines_of_two_threads_do_not_mix(void **state)
{
    (void)state;
    pthread_t a, b;
    char letters[] = "ab";
    log_init("t", LOG_LEVEL_INFO);
    catch_stderr();
    bool started =
        pthread_create(&a, NULL, say_often, &letters[0]) == 0 && pthread_create(&b, NULL, say_often, &letters[1]) == 0;
    if (started) {
        pthread_join(a, NULL);
        pthread_join(b, NULL);
    }
    const char *text = caught_stderr();
    assert_true(started);
    int lines = 0;
    for (; *text; text = strchr(text, '\n') + 1, lines++)
        assert_true(strncmp(text, "t: aaaaaaaaaaaa\n", 16) == 0 || strncmp(text, "t: bbbbbbbbbbbb\n", 16) == 0);
    assert_int_equal(lines, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_names_the_program_and_ends),
        cmocka_unit_test(lines_above_the_level_are_not_written),
        cmocka_unit_test(control_characters_come_out_as_question_marks),
        cmocka_unit_test(a_line_is_cut_but_still_ends),
        cmocka_unit_test(the_journal_is_told_the_level),
        cmocka_unit_test(lines_of_two_threads_do_not_mix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
