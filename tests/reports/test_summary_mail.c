/* A summary as mail: whom it may go to, and that nothing foreign gets out of where it belongs. What a mail reader makes of it: tests/live/daily. */
#include "made_up_summary.h"

#include "hostile.h"
#include "reports/summary_mail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void an_address_is_one_that_no_program_and_no_header_takes_for_more(void **state)
{
    (void)state;
    static const char *const good[] = {"lead@school.example", "root", "a.b+c_d-e@x-y.example.org", "9@9", "L@S.example"};
    static const char *const bad[] = {"",        "-oQ/tmp",    "-bs@x",      "@x",     "a@",       "a@b@c",     "a b@c",      "a@b\nBcc: c@d", "a@b\r",   "<a@b>",
                                      "a@b,c@d", "a@-b",       "a@b-",       "a@.b",   "a@b.",     "a..b@c",    ".a@b",       "a.@b",         "a@b..c", "|cat",
                                      "/dev/null", "a@b;c",    "\"a b\"@c", "a@[::1]", "caf\xc3\xa9@b", "a%b@c", "a!b", "a@b\t", "a@b(c)", "a@b\\c"};
    char longest[320];
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_true(summary_mail_address(good[i]));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (summary_mail_address(bad[i]))
            fail_msg("taken for an address: %s", bad[i]);
    memset(longest, 'a', sizeof(longest));
    strcpy(longest + 64, "@b");
    assert_true(summary_mail_address(longest));
    memset(longest, 'a', sizeof(longest));
    strcpy(longest + 65, "@b");
    assert_false(summary_mail_address(longest));
    memset(longest, 'a', sizeof(longest));
    longest[1] = '@';
    longest[300] = '\0';
    assert_false(summary_mail_address(longest));
}

static char *mailed(struct day_summary *s, const char *to)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    assert_non_null(out);
    assert_int_equal(summary_write_mail(s, to, 1795345200, out), 0);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(strlen(text), n);
    return text;
}

/* The headers, up to the empty line. */
static char *head_of(const char *mail)
{
    const char *end = strstr(mail, "\n\n");
    assert_non_null(end);
    return strndup(mail, (size_t)(end - mail) + 1);
}

static void whatever_a_list_calls_a_tracker_the_message_keeps_its_shape(void **state)
{
    (void)state;
    for (size_t i = 0; i < HOSTILE_TEXTS; i++) {
        struct day_summary s;
        made_up_summary(&s, hostile_texts[i]);
        char *mail = mailed(&s, "lead@school.example, head@school.example"), *head = head_of(mail);
        assert_string_equal(head, "Date: Sun, 22 Nov 2026 11:00:00 +0000\nTo: lead@school.example,\n head@school.example\nSubject: telltale: Monday 23 November 2026\n"
                                  "Auto-Submitted: auto-generated\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"=_telltale\"\n");
        unsigned boundaries = 0;
        for (const char *line = mail; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
            size_t n = strcspn(line, "\n");
            assert_true(n <= 78);
            boundaries += strncmp(line, "--=_telltale", 12) == 0;
            for (size_t k = 0; k < n; k++)
                assert_in_range(line[k], ' ', '~');
        }
        assert_int_equal(boundaries, 3);
        free(head);
        free(mail);
        day_summary_fini(&s);
    }
}

static void a_day_without_a_record_has_no_page(void **state)
{
    (void)state;
    struct day_summary s;
    day_summary_init(&s);
    strcpy(s.first_day, "2026-11-23");
    strcpy(s.last_day, "2026-11-23");
    s.source = strdup("school");
    char *mail = mailed(&s, "root");
    assert_null(strstr(mail, "application/pdf"));
    assert_non_null(strstr(mail, "text/plain"));
    free(mail);
    day_summary_fini(&s);
}

static void no_device_stays_in_it(void **state)
{
    (void)state;
    struct day_summary s;
    made_up_summary(&s, "Xandr");
    assert_int_equal(s.devices_len, 1);
    free(mailed(&s, "root"));
    assert_int_equal(s.devices_len, 0);
    day_summary_fini(&s);
}

static void a_disk_that_is_full_is_an_error(void **state)
{
    (void)state;
    struct day_summary s;
    made_up_summary(&s, "Xandr");
    FILE *full = fopen("/dev/full", "w");
    assert_non_null(full);
    assert_true(summary_write_mail(&s, "root", 0, full) < 0);
    fclose(full);
    day_summary_fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_one_that_no_program_and_no_header_takes_for_more),
        cmocka_unit_test(whatever_a_list_calls_a_tracker_the_message_keeps_its_shape),
        cmocka_unit_test(a_day_without_a_record_has_no_page),
        cmocka_unit_test(no_device_stays_in_it),
        cmocka_unit_test(a_disk_that_is_full_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
