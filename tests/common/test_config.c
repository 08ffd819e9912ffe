/* test_config.c -- every setting, every way of getting one wrong, and what the person is then told. */
#include "common/config.h"
#include "common/log.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/support/caught_stderr.h"

static char path[] = "/tmp/telltale-config-XXXXXX";
static struct config config;
static const char *said; /* on standard error, by the last load() */

static int make_file(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    if (fd < 0)
        return -1;
    close(fd);
    log_init("t", LOG_LEVEL_INFO);
    return 0;
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static int load_bytes(const char *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
    memset(&config, 0xff, sizeof(config));
    catch_stderr();
    int rc = config_load(path, &config);
    said = caught_stderr();
    return rc;
}

static int load(const char *text)
{
    return load_bytes(text, strlen(text));
}

static void a_setting_is_told_as_it_was_understood(void **state)
{
    (void)state;
    char value[CONFIG_TEXT_MAX];
    assert_int_equal(load("[store]\ninstallation = st-marys ; the upper school\n[sensor]\nworkers=2\n[privacy]\ndemo = on\n"), 0);
    assert_true(config_value(&config, "store.installation", value));
    assert_string_equal(value, "st-marys");
    assert_true(config_value(&config, "sensor.workers", value));
    assert_string_equal(value, "2");
    assert_true(config_value(&config, "privacy.demo", value));
    assert_string_equal(value, "yes");
    assert_true(config_value(&config, "web.hosts", value));
    assert_string_equal(value, "");
    const char *const none[] = {"", "store", "store.", ".installation", "stor.installation", "store.colour", "store.installation.", "subscriptions.name"};
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        assert_false(config_value(&config, none[i], value));
}

/* The text is refused; the one line that says so names the file, the line and what is wrong. */
static void assert_refused(const char *text, int line, const char *what)
{
    char where[128];
    assert_int_equal(load(text), -EINVAL);
    snprintf(where, sizeof(where), "t: config: %s:%d: ", path, line);
    if (strncmp(said, where, strlen(where)) != 0 || !strstr(said, what) ||
        strchr(said, '\n') != said + strlen(said) - 1)
        fail_msg("%s: said \"%s\", should have named line %d and %s", text, said, line, what);
}

static void an_empty_file_leaves_the_defaults(void **state)
{
    (void)state;
    struct config standard;
    config_defaults(&standard);
    strcpy(standard.file, path);
    assert_int_equal(load(""), 0);
    assert_memory_equal(&config, &standard, sizeof(config));
    assert_int_equal(load("# nothing\n\n; nothing\n[capture]\n"), 0);
    assert_memory_equal(&config, &standard, sizeof(config));
    assert_string_equal(said, "");
    assert_int_equal(standard.buffer_mb, 16);
    assert_int_equal(standard.visit_gap_s, 60);
    assert_false(standard.demo);
    assert_string_equal(standard.run_dir, "/run/telltale");
}

static void every_kind_of_setting_is_read(void **state)
{
    (void)state;
    assert_int_equal(load("[capture]\ninterface = eth0\nlan=192.168.0.0/16, 2001:db8::/32\nbuffer_mb = 64\n"
                          "[sensor]\nworkers = 8\n[privacy]\ndemo = YES\n[store]\ninstallation = st-marys-2\n"),
                     0);
    assert_string_equal(config.interface, "eth0");
    assert_string_equal(config.lan, "192.168.0.0/16, 2001:db8::/32");
    assert_int_equal(config.buffer_mb, 64);
    assert_int_equal(config.workers, 8);
    assert_true(config.demo);
    assert_string_equal(config.installation, "st-marys-2");
}

static void the_last_of_two_settings_counts(void **state)
{
    (void)state;
    assert_int_equal(load("[sensor]\nworkers = 8\n[capture]\nbuffer_mb=2\n[sensor]\nworkers = 3\n"), 0);
    assert_int_equal(config.workers, 3);
}

static void an_unknown_name_is_refused(void **state)
{
    (void)state;
    assert_refused("[capture]\n\nintrface = eth0\n", 3, "intrface");
    assert_refused("[captur]\ninterface = eth0\n", 2, "[captur]");
    assert_refused("interface = eth0\n", 1, "section");
    assert_refused("[sensor]\ninterface = eth0\n", 2, "[sensor] has no setting named interface");
}

static void a_line_that_is_no_setting_is_refused(void **state)
{
    (void)state;
    assert_refused("[capture]\ninterface\n", 2, "expected [section] or key = value");
    assert_refused("[capture\ninterface = eth0\n", 1, "expected [section] or key = value");
}

static void a_number_outside_its_range_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "0", "9", "-1", "", "8x", "x", "1.5", "0x4", "99999999999999999999", "-99999999999999999999"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        char text[96];
        snprintf(text, sizeof(text), "[sensor]\nworkers = %s\n", wrong[i]);
        assert_refused(text, 2, "expected a whole number from 1 to 8");
    }
    assert_int_equal(load("[sensor]\nworkers = 1\n"), 0);
    assert_int_equal(load("[sensor]\nworkers = 8\n"), 0);
}

static void yes_and_no_have_four_spellings(void **state)
{
    (void)state;
    static const char *const words[] = {"no", "yes", "false", "true", "off", "on", "0", "1"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        char text[64];
        snprintf(text, sizeof(text), "[privacy]\ndemo = %s\n", words[i]);
        assert_int_equal(load(text), 0);
        assert_int_equal(config.demo, i % 2);
    }
    assert_refused("[privacy]\ndemo = maybe\n", 2, "expected yes or no");
    assert_refused("[privacy]\ndemo =\n", 2, "expected yes or no");
}

/* libinih would take the indented line for more of the value above it. */
static void an_indented_line_is_a_line_like_any_other(void **state)
{
    (void)state;
    assert_int_equal(load("[capture]\n  interface = eth0\n\tlan = 10.0.0.0/8\n  [sensor]\n  workers = 2\n"), 0);
    assert_string_equal(config.interface, "eth0");
    assert_string_equal(config.lan, "10.0.0.0/8");
    assert_int_equal(config.workers, 2);
}

/* libinih would take what is beyond its buffer for a line of its own. */
static void a_line_that_is_too_long_is_refused_at_its_place(void **state)
{
    (void)state;
    char text[600], value[400];
    for (size_t n = 150; n < 400; n++) {
        memset(value, 'x', n);
        value[n] = '\0';
        value[n / 2] = ' ';
        snprintf(text, sizeof(text), "[notice]\ncontroller = %s\nurl = https://school.example/\n", value);
        if (load(text) == 0) {
            assert_string_equal(config.controller, value);
            assert_string_equal(config.notice_url, "https://school.example/");
        } else {
            assert_refused(text, 2, "longer than");
        }
    }
    assert_int_not_equal(load(text), 0);
}

static void the_installation_must_fit_into_a_key(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",    "School", "a b",        "a{b",
                                        "a:b", "a*",     "ab\xc3\xa9", "123456789012345678901234567890123"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        char text[128];
        snprintf(text, sizeof(text), "[store]\ninstallation = %s\n", wrong[i]);
        assert_int_equal(load(text), -EINVAL);
        assert_non_null(strstr(said, "installation"));
    }
    assert_int_equal(load("[store]\ninstallation = 12345678901234567890123456789012\n"), 0);
}

static void the_lan_is_a_list_of_prefixes(void **state)
{
    (void)state;
    struct ip_prefix lan[CONFIG_LAN_MAX];
    assert_int_equal(load("[capture]\nlan = 10.0.0.0/8 192.168.1.0/24,2001:db8::/32\n"), 0);
    assert_int_equal(config_lan(&config, lan), 3);
    assert_int_equal(lan[0].bits, 104);
    assert_int_equal(lan[2].bits, 32);
    assert_int_equal(load("[capture]\nlan =\n"), 0);
    assert_int_equal(config_lan(&config, lan), 0);
    assert_int_equal(load("[capture]\nlan = 10.0.0.0/8 eth0\n"), -EINVAL);
    assert_non_null(strstr(said, "eth0"));
    char text[256] = "[capture]\nlan =";
    for (int i = 0; i < CONFIG_LAN_MAX; i++)
        strcat(text, " 10.0.0.1");
    assert_int_equal(load(text), 0);
    strcat(text, " 10.0.0.1");
    assert_int_equal(load(text), -EINVAL);
    assert_non_null(strstr(said, "more than 16 prefixes"));
}

static void a_subscription_has_a_name_and_an_https_address(void **state)
{
    (void)state;
    assert_int_equal(load("[subscriptions]\neasyprivacy = https://lists.example/easyprivacy.txt?v=1\nour-2 = https://[2001:db8::1]:8443/x\n"), 0);
    assert_int_equal(config.subscription_count, 2);
    assert_string_equal(config.subscriptions[0].name, "easyprivacy");
    assert_string_equal(config.subscriptions[0].url, "https://lists.example/easyprivacy.txt?v=1");
    assert_string_equal(config.subscriptions[1].name, "our-2");
    assert_string_equal(config.feeds_dir, "/var/lib/telltale/feeds");
    assert_int_equal(config.update_s, 60);
    assert_refused("[subscriptions]\na = http://lists.example/\n", 2, "https://");
    assert_refused("[subscriptions]\na = https://u:p@lists.example/\n", 2, "password");
    assert_refused("[subscriptions]\nb = https://ok.example/\nA = https://lists.example/\n", 3, "a-z, 0-9 and -");
    assert_refused("[subscriptions]\n../x = https://lists.example/\n", 2, "a-z, 0-9 and -");
    assert_refused("[subscriptions]\n-x = https://lists.example/\n", 2, "not beginning with -");
    assert_refused("[subscriptions]\nabcdefghijklmnopqrstuvwxyz0123456 = https://lists.example/\n", 2, "1 to 32");
    assert_refused("[subscriptions]\na = https://a.example/\na = https://b.example/\n", 3, "two lists named a");
}

static void there_may_be_32_subscriptions(void **state)
{
    (void)state;
    char text[2048] = "[subscriptions]\n", line[64];
    for (int i = 0; i < CONFIG_SUBSCRIPTIONS_MAX; i++) {
        snprintf(line, sizeof(line), "list-%d = https://lists.example/%d\n", i, i);
        strcat(text, line);
    }
    assert_int_equal(load(text), 0);
    assert_int_equal(config.subscription_count, CONFIG_SUBSCRIPTIONS_MAX);
    strcat(text, "more = https://lists.example/\n");
    assert_refused(text, CONFIG_SUBSCRIPTIONS_MAX + 2, "more than 32");
}

static void a_file_that_cannot_be_read_is_named(void **state)
{
    (void)state;
    catch_stderr();
    int missing = config_load("/tmp/no-such-telltale.conf", &config);
    const char *text = caught_stderr();
    assert_int_equal(missing, -ENOENT);
    assert_string_equal(text, "t: config: /tmp/no-such-telltale.conf: No such file or directory\n");
    catch_stderr();
    int directory = config_load("/tmp", &config);
    text = caught_stderr();
    assert_int_equal(directory, -EISDIR);
    assert_string_equal(text, "t: config: /tmp: Is a directory\n");
}

static void bytes_that_are_no_text_are_refused_or_taken_but_never_more(void **state)
{
    (void)state;
    char bytes[512];
    srand(20261122);
    for (int round = 0; round < 500; round++) {
        size_t n = (size_t)rand() % sizeof(bytes);
        for (size_t i = 0; i < n; i++)
            bytes[i] = (char)(rand() % 4 ? "[capture]\nlan = 10/8;#"[rand() % 22] : rand());
        int rc = load_bytes(bytes, n);
        assert_true(rc == 0 || (rc == -EINVAL && said[0]));
    }
}

/* Live capture says what is missing, one thing at a time, and starts with all of it. */
static void live_capture_needs_the_notice(void **state)
{
    (void)state;
    static const struct {
        const char *text, *names;
    } steps[] = {
        {"", "controller"},
        {"[notice]\ncontroller = The Head\n", "url"},
        {"[notice]\ncontroller = The Head\nurl = https://school.example/n\n", "since"},
        {"[notice]\ncontroller = The Head\nurl = https://school.example/n\nsince = last week\n", "YYYY-MM-DD"},
        {"[notice]\ncontroller = The Head\nurl = https://school.example/n\nsince = 2026-13-01\n", "YYYY-MM-DD"},
        {"[notice]\ncontroller = The Head\nurl = https://school.example/n\nsince = 2026-11-22x\n", "YYYY-MM-DD"},
        {"[notice]\ncontroller = The Head\nurl = https://school.example/n\nsince = 2026-11-22\n[privacy]\ndemo = yes\n",
         "demo"},
        {"[notice]\ncontroller = The Head\nurl = https://school.example/n\nsince = 2026-11-22\n", NULL},
    };
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        assert_int_equal(load(steps[i].text), 0);
        catch_stderr();
        int rc = config_check_live(&config, "c.conf");
        said = caught_stderr();
        assert_int_equal(rc, steps[i].names ? -EINVAL : 0);
        assert_non_null(strstr(said, steps[i].names ? steps[i].names : ""));
        assert_int_equal(strncmp(said, "t: config: c.conf: ", 19) == 0, steps[i].names != NULL);
    }
}

static char *printed(void (*print)(FILE *))
{
    char *text = NULL;
    size_t n;
    FILE *f = open_memstream(&text, &n);
    assert_non_null(f);
    print(f);
    assert_int_equal(fclose(f), 0);
    return text;
}

/* The example with every # before a setting removed is the defaults, spelled out. */
static void the_example_file_is_the_defaults(void **state)
{
    (void)state;
    struct config standard;
    config_defaults(&standard);
    strcpy(standard.file, path);
    char *example = printed(config_print_example);
    assert_int_equal(load(example), 0);
    assert_memory_equal(&config, &standard, sizeof(config));
    int settings = 0;
    for (char *at = example; (at = strstr(at, "\n#")) != NULL; at++)
        if (at[2] != ' ') {
            memmove(at + 1, at + 2, strlen(at + 2) + 1);
            settings++;
        }
    assert_true(settings > 15);
    assert_int_equal(load(example), 0);
    assert_memory_equal(&config, &standard, sizeof(config));
    free(example);
}

static void the_help_names_every_setting_of_the_example(void **state)
{
    (void)state;
    char *example = printed(config_print_example), *help = printed(config_print_help), *rest = NULL;
    for (char *line = strtok_r(example, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char key[64];
        if (line[0] == '#' && line[1] != ' ') {
            snprintf(key, sizeof(key), "\n    %.*s ", (int)strcspn(line + 1, " "), line + 1);
            if (!strstr(help, key))
                fail_msg("--help lacks%s", key);
        } else if (line[0] == '[') {
            assert_non_null(strstr(help, line));
        }
    }
    free(example);
    free(help);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_file_leaves_the_defaults),
        cmocka_unit_test(every_kind_of_setting_is_read),
        cmocka_unit_test(the_last_of_two_settings_counts),
        cmocka_unit_test(an_unknown_name_is_refused),
        cmocka_unit_test(a_line_that_is_no_setting_is_refused),
        cmocka_unit_test(a_number_outside_its_range_is_refused),
        cmocka_unit_test(yes_and_no_have_four_spellings),
        cmocka_unit_test(an_indented_line_is_a_line_like_any_other),
        cmocka_unit_test(a_line_that_is_too_long_is_refused_at_its_place),
        cmocka_unit_test(the_installation_must_fit_into_a_key),
        cmocka_unit_test(the_lan_is_a_list_of_prefixes),
        cmocka_unit_test(a_subscription_has_a_name_and_an_https_address),
        cmocka_unit_test(there_may_be_32_subscriptions),
        cmocka_unit_test(a_file_that_cannot_be_read_is_named),
        cmocka_unit_test(bytes_that_are_no_text_are_refused_or_taken_but_never_more),
        cmocka_unit_test(live_capture_needs_the_notice),
        cmocka_unit_test(a_setting_is_told_as_it_was_understood),
        cmocka_unit_test(the_example_file_is_the_defaults),
        cmocka_unit_test(the_help_names_every_setting_of_the_example),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
