/* What an answer says of a file: a name that is too long loses its middle, never its ending. */
#include "dashboard/web.h"

#include "dashboard/exchange.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void expect_name(const char *given, const char *wanted)
{
    struct web_answer answer = {0};
    struct web_call call = {.answer = &answer};
    web_send_file(&call, "application/zip", given, NULL, 0);
    assert_string_equal(answer.filename, wanted);
}

static void a_name_that_fits_is_the_name(void **state)
{
    (void)state;
    char full[128], wanted[128];
    memset(full, 'a', 127);
    memcpy(full + 123, ".zip", 5);
    strcpy(wanted, full);
    expect_name("evidence-themix.org.uk-2026-11-23.zip", "evidence-themix.org.uk-2026-11-23.zip");
    expect_name("summary", "summary");
    expect_name(full, wanted);
}

static void a_name_that_is_too_long_keeps_its_ending(void **state)
{
    (void)state;
    char given[300], wanted[128];
    memset(given, 'a', sizeof(given));
    memcpy(given + 290, ".zip", 5);
    memset(wanted, 'a', 123);
    memcpy(wanted + 123, ".zip", 5);
    expect_name(given, wanted);
    memset(given, 'b', 128);
    given[128] = '\0';
    memset(wanted, 'b', 127);
    wanted[127] = '\0';
    expect_name(given, wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_that_fits_is_the_name),
        cmocka_unit_test(a_name_that_is_too_long_keeps_its_ending),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
