/* test_attribution_worlds.c -- what attribution and statistics together make of whole afternoons whose truth is known.
 *
 * The bars leave room below what was measured when they were set; each is the sum of several worlds, so that chance does not decide.
 */
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "tests/sensor/made_world.h"

static struct world_score worlds(struct world_settings settings, unsigned n)
{
    struct world_score score = {0};
    for (settings.seed = 1; settings.seed <= n; settings.seed++)
        world_play(&settings, &score);
    print_message("due %u found %u shown %u; claimed %u wrong %u; shown %u wrong %u; clean sites accused %u, without controls %u\n", score.due, score.found,
                  score.due_shown, score.claimed, score.wrong, score.shown, score.wrong_shown, score.accused_clean, score.naively_accused);
    return score;
}

static void assert_share(unsigned part, unsigned whole, double least)
{
    if (part < least * whole)
        fail_msg("%u of %u is less than %.2f", part, whole, least);
}

static void in_a_quiet_world_nearly_every_tracker_of_a_site_is_shown(void **state)
{
    (void)state;
    struct world_score s = worlds((struct world_settings){.devices = 5, .seconds = 600, .tabs = 0.1, .popular = 0.1}, 12);
    assert_share(s.due_shown, s.due, 0.95);
    assert_share(s.shown - s.wrong_shown, s.shown, 0.97);
    assert_int_equal(s.accused_clean, 0);
}

static void popular_trackers_and_other_tabs_do_not_hide_it_and_accuse_nobody(void **state)
{
    (void)state;
    struct world_score s = worlds((struct world_settings){.devices = 5, .seconds = 600, .tabs = 0.9, .popular = 0.8}, 12);
    assert_true(s.naively_accused > 24); /* of 48: the world is as hard as it should be */
    assert_share(s.found, s.due, 0.85);
    assert_share(s.due_shown, s.due, 0.80);
    assert_share(s.shown - s.wrong_shown, s.shown, 0.95);
    assert_int_equal(s.accused_clean, 0);
}

static void a_tenth_of_all_signs_may_be_lost(void **state)
{
    (void)state;
    struct world_score s = worlds((struct world_settings){.devices = 5, .seconds = 600, .tabs = 0.5, .popular = 0.5, .lost = 0.1}, 12);
    assert_share(s.found, s.due, 0.80);
    assert_share(s.shown - s.wrong_shown, s.shown, 0.95);
}

static void where_no_site_loads_anything_nothing_is_shown(void **state)
{
    (void)state;
    struct world_settings settings = {.devices = 5, .seconds = 1200, .tabs = 0.9, .popular = 0.9, .all_clean = true};
    for (settings.seed = 1; settings.seed <= 8; settings.seed++) {
        struct world_score s = {0};
        world_play(&settings, &s);
        assert_int_equal(s.shown, 0);
        assert_true(s.claimed <= 1);
    }
}

static void visits_at_other_times_show_nothing(void **state)
{
    (void)state;
    struct world_settings settings = {.devices = 4, .seconds = 600, .tabs = 0.3, .popular = 0.5, .shuffled = true};
    unsigned with_any = 0;
    for (settings.seed = 1; settings.seed <= 200; settings.seed++) {
        struct world_score s = {0};
        world_play(&settings, &s);
        with_any += s.shown > 0;
    }
    print_message("of 200 shuffled worlds %u show something\n", with_any);
    assert_true(with_any < 10);
}

static int start(void **state)
{
    (void)state;
    return sodium_init() < 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_a_quiet_world_nearly_every_tracker_of_a_site_is_shown),
        cmocka_unit_test(popular_trackers_and_other_tabs_do_not_hide_it_and_accuse_nobody),
        cmocka_unit_test(a_tenth_of_all_signs_may_be_lost),
        cmocka_unit_test(where_no_site_loads_anything_nothing_is_shown),
        cmocka_unit_test(visits_at_other_times_show_nothing),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
