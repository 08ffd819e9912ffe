/* test_url_role.c -- pixel, login and embed of the same company are told apart by their path. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "feeds/url_role.h"

static void assert_role(const char *host, const char *path, const char *role)
{
    const char *found = url_role(host, path, strlen(path), NULL);
    if (!found || strcmp(found, role) != 0)
        fail_msg("%s%s: %s, expected %s", host, path, found ? found : "nothing", role);
}

static void the_three_faces_of_one_company_are_told_apart(void **state)
{
    (void)state;
    assert_role("www.facebook.com", "/tr", "pixel");
    assert_role("www.facebook.com", "/tr/", "pixel");
    assert_role("connect.facebook.net", "/en_US/fbevents.js", "pixel");
    assert_role("connect.facebook.net", "/signals/config/123", "pixel");
    assert_role("www.facebook.com", "/v17.0/dialog/oauth", "login");
    assert_role("m.facebook.com", "/login.php", "login");
    assert_role("www.facebook.com", "/plugins/page.php", "embed");
    assert_role("web.facebook.com", "/v3.2/plugins/like.php", "embed");
    assert_role("connect.facebook.net", "/en_GB/sdk.js", "script");
    assert_role("www.facebook.com", "/trends", "cannot tell");
    assert_role("graph.facebook.com", "/v1.0/me", "cannot tell");
    assert_role("analytics.twitter.com", "/i/adsct", "pixel");
    assert_role("t.co", "/1/i/adsct", "pixel");
    assert_role("twitter.com", "/i/oauth2/authorize", "login");
    assert_role("syndication.twitter.com", "/settings", "embed");
    assert_role("px.ads.linkedin.com", "/collect", "pixel");
    assert_role("www.linkedin.com", "/oauth/v2/authorization", "login");
    assert_role("www.linkedin.com", "/embed/feed", "embed");
    assert_role("analytics.tiktok.com", "/api/v2/pixel", "pixel");
    assert_role("www.tiktok.com", "/v2/auth/authorize/", "login");
    assert_role("www.tiktok.com", "/embed/v2/1", "embed");
    assert_role("region1.google-analytics.com", "/g/collect", "pixel");
    assert_role("accounts.google.com", "/o/oauth2/v2/auth", "login");
    assert_role("www.youtube.com", "/embed/abc", "embed");
    assert_role("www.google.com", "/recaptcha/api.js", "captcha");
}

static void nobody_else_is_judged_by_such_a_path(void **state)
{
    (void)state;
    static const char *const hosts[] = {"notfacebook.com", "facebook.com.example", "www.example.org", ""};
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
        assert_null(url_role(hosts[i], "/tr", 3, NULL));
}

static void other_trackers_are_what_their_purpose_says(void **state)
{
    (void)state;
    struct feed_match match = {.matched = "t.example", .owner = {.purpose = PURPOSE_AD_PIXEL}};
    assert_string_equal(url_role("t.example", "/x", 2, &match), "pixel");
    match.owner.purpose = PURPOSE_ANALYTICS;
    assert_string_equal(url_role("t.example", "/x", 2, &match), "tracker");
    match.owner.purpose = PURPOSE_SOCIAL;
    assert_string_equal(url_role("t.example", "/x", 2, &match), "cannot tell");
    match.owner.purpose = PURPOSE_CONSENT;
    assert_string_equal(url_role("t.example", "/x", 2, &match), "consent");
}

static void only_a_consent_platform_can_take_down_an_answer(void **state)
{
    (void)state;
    struct feed_match match = {.matched = "cookiebot.com", .owner = {.purpose = PURPOSE_CONSENT}};
    assert_true(url_saves_consent("GET", "/logconsent.ashx", 16, &match));
    assert_true(url_saves_consent("POST", "/request/v1/consentreceipts", 27, &match));
    assert_true(url_saves_consent("POST", "/api/consent", 12, &match));
    assert_false(url_saves_consent("GET", "/api/consent", 12, &match));
    assert_false(url_saves_consent("GET", "/uc.js", 6, &match));
    assert_false(url_saves_consent("GET", "/logconsent.ashx", 16, NULL));
    match.owner.purpose = PURPOSE_ANALYTICS;
    assert_false(url_saves_consent("GET", "/logconsent.ashx", 16, &match));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_three_faces_of_one_company_are_told_apart),
        cmocka_unit_test(nobody_else_is_judged_by_such_a_path),
        cmocka_unit_test(other_trackers_are_what_their_purpose_says),
        cmocka_unit_test(only_a_consent_platform_can_take_down_an_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
