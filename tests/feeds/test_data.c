/* test_data.c -- the built-in tables: their form row by row, and what the first release must know. */
#include "common/hostname.h"
#include "common/words.h"
#include "feeds/builtin.h"
#include "feeds/feed_builder.h"
#include "feeds/line_reader.h"
#include "feeds/public_suffix.h"
#include "feeds/sites.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define ROWS_MAX    4096
#define COLUMNS_MAX 8

struct table {
    unsigned rows, columns;
    char *cell[ROWS_MAX][COLUMNS_MAX];
};

static char *copy(struct line text)
{
    return strndup(text.n ? text.at : "", text.n);
}

/* Every byte counts here: no trimming, each row has each column. */
static struct table *read_table(const char *bytes, size_t n, const char *heading, unsigned columns)
{
    struct table *t = calloc(1, sizeof(*t));
    struct line rest = {bytes, n};
    assert_int_equal(bytes[n - 1], '\n');
    rest.n--;
    struct line first = line_cut(&rest, '\n');
    assert_true(line_equals(first, heading));
    t->columns = columns;
    while (rest.at) {
        struct line row = line_cut(&rest, '\n');
        assert_true(t->rows < ROWS_MAX);
        for (unsigned c = 0; c < columns; c++) {
            assert_non_null(row.at);
            struct line cell = line_cut(&row, '\t');
            assert_true(line_is_clean(cell));
            assert_int_equal(line_trim(cell).n, cell.n);
            t->cell[t->rows][c] = copy(cell);
        }
        assert_null(row.at);
        t->rows++;
    }
    return t;
}

static void free_table(struct table *t)
{
    for (unsigned r = 0; r < t->rows; r++)
        for (unsigned c = 0; c < t->columns; c++)
            free(t->cell[r][c]);
    free(t);
}

static struct table *trackers(void)
{
    return read_table(builtin_trackers, builtin_trackers_bytes,
                      "# suffix\ttracker\torganisation\tcountry\tpurpose\tsource\tdate\tnote", 8);
}

static struct table *sites(void)
{
    return read_table(builtin_sites, builtin_sites_bytes, "# site\tlabel\tcategory\taudience\tsource\tdate", 6);
}

static void check_host(const char *host)
{
    char normal[HOSTNAME_MAX + 1];
    if (hostname_normalise((const uint8_t *)host, strlen(host), normal) == 0 || strcmp(host, normal) != 0)
        fail_msg("%s: not a normalised host name", host);
    if (!strchr(host, '.') || public_suffix_is(host))
        fail_msg("%s: a public suffix", host);
}

static void check_source_and_date(char **source_and_date, const char *host)
{
    const char *source = source_and_date[0], *date = source_and_date[1];
    if (strncmp(source, "https://", 8) != 0 || !strchr(source + 8, '/') || !strchr(source, '.') ||
        strpbrk(source, " \""))
        fail_msg("%s: source %s", host, source);
    int year, month, day, n = 0;
    bool form = sscanf(date, "%4d-%2d-%2d%n", &year, &month, &day, &n) == 3 && n == 10 && date[10] == '\0';
    if (!form || year < 2026 || month < 1 || month > 12 || day < 1 || day > 31)
        fail_msg("%s: date %s", host, date);
}

static void check_sorted(const struct table *t)
{
    for (unsigned r = 1; r < t->rows; r++)
        if (strcmp(t->cell[r - 1][0], t->cell[r][0]) >= 0)
            fail_msg("%s: out of order or twice", t->cell[r][0]);
}

static void every_tracker_row_is_well_formed(void **state)
{
    (void)state;
    struct table *t = trackers();
    for (unsigned r = 0; r < t->rows; r++) {
        char **cell = t->cell[r];
        enum purpose purpose;
        check_host(cell[0]);
        if (!*cell[1] || !*cell[2] || strlen(cell[1]) > 60 || strlen(cell[2]) > 60)
            fail_msg("%s: tracker \"%s\", organisation \"%s\"", cell[0], cell[1], cell[2]);
        if (strlen(cell[3]) != 2 || strspn(cell[3], "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 2)
            fail_msg("%s: country %s", cell[0], cell[3]);
        if (!purpose_from_word(cell[4], &purpose))
            fail_msg("%s: purpose %s", cell[0], cell[4]);
        check_source_and_date(cell + 5, cell[0]);
    }
    check_sorted(t);
    free_table(t);
}

static const char *const *row_of(const struct table *t, const char *host)
{
    for (unsigned r = 0; r < t->rows; r++)
        if (strcmp(t->cell[r][0], host) == 0)
            return (const char *const *)t->cell[r];
    return NULL;
}

static void no_row_says_again_what_the_one_above_says(void **state)
{
    (void)state;
    struct table *t = trackers();
    for (unsigned r = 0; r < t->rows; r++) {
        const char *const *above = NULL;
        for (const char *dot = strchr(t->cell[r][0], '.'); dot && !above; dot = strchr(dot + 1, '.'))
            above = row_of(t, dot + 1);
        if (above && strcmp(above[1], t->cell[r][1]) == 0 && strcmp(above[2], t->cell[r][2]) == 0 &&
            strcmp(above[4], t->cell[r][4]) == 0)
            fail_msg("%s: pointless below %s", t->cell[r][0], above[0]);
    }
    free_table(t);
}

static void one_organisation_has_one_home_country(void **state)
{
    (void)state;
    struct table *t = trackers();
    for (unsigned a = 0; a < t->rows; a++)
        for (unsigned b = a + 1; b < t->rows; b++)
            if (strcmp(t->cell[a][2], t->cell[b][2]) == 0 && strcmp(t->cell[a][3], t->cell[b][3]) != 0)
                fail_msg("%s: %s and %s", t->cell[a][2], t->cell[a][3], t->cell[b][3]);
    free_table(t);
}

static void one_tracker_has_one_organisation(void **state)
{
    (void)state;
    struct table *t = trackers();
    for (unsigned a = 0; a < t->rows; a++)
        for (unsigned b = a + 1; b < t->rows; b++)
            if (strcmp(t->cell[a][1], t->cell[b][1]) == 0 && strcmp(t->cell[a][2], t->cell[b][2]) != 0)
                fail_msg("%s: %s and %s", t->cell[a][1], t->cell[a][2], t->cell[b][2]);
    free_table(t);
}

static void the_program_takes_every_tracker_row(void **state)
{
    (void)state;
    struct table *t = trackers();
    struct feed_builder *b = feed_builder_new();
    struct feed_source source;
    assert_int_equal(feed_builder_add_builtin(b, &source), 0);
    assert_string_equal(source.name, "telltale");
    assert_int_equal(strlen(source.version), 10);
    assert_int_equal(source.taken, t->rows);
    assert_int_equal(source.skipped, 0);
    assert_int_equal(source.duplicate, 0);
    assert_true(source.taken >= 450);
    feed_builder_free(b);
    free_table(t);
}

/* What real pages of support sites, and apps on the same network, were seen to reach. */
static const struct {
    const char *host, *tracker, *organisation;
    enum purpose purpose;
} seen[] = {
    {"acdn.adnxs.com", "Xandr", "Microsoft", PURPOSE_AD_EXCHANGE},
    {"secure.adnxs.com", "Xandr", "Microsoft", PURPOSE_AD_EXCHANGE},
    {"ads.pubmatic.com", "PubMatic", "PubMatic", PURPOSE_AD_EXCHANGE},
    {"pug-ams-bc.pubmnet.com", "PubMatic", "PubMatic", PURPOSE_AD_EXCHANGE},
    {"analytics.twitter.com", "X Pixel", "X Corp.", PURPOSE_AD_PIXEL},
    {"static.ads-twitter.com", "X Pixel", "X Corp.", PURPOSE_AD_PIXEL},
    {"platform.twitter.com", "X (Twitter)", "X Corp.", PURPOSE_SOCIAL},
    {"syndication.twitter.com", "X (Twitter)", "X Corp.", PURPOSE_SOCIAL},
    {"app-measurement.com", "Firebase Analytics", "Google", PURPOSE_APP_EVENTS},
    {"firebaselogging-pa.googleapis.com", "Firebase Analytics", "Google", PURPOSE_APP_EVENTS},
    {"bidder.criteo.com", "Criteo", "Criteo", PURPOSE_AD_EXCHANGE},
    {"static.criteo.net", "Criteo", "Criteo", PURPOSE_AD_EXCHANGE},
    {"connect.facebook.net", "Meta Pixel", "Meta", PURPOSE_AD_PIXEL},
    {"www.facebook.com", "Facebook", "Meta", PURPOSE_SOCIAL},
    {"static.xx.fbcdn.net", "Facebook", "Meta", PURPOSE_SOCIAL},
    {"graph.facebook.com", "Facebook SDK", "Meta", PURPOSE_APP_EVENTS},
    {"consent.cookiebot.com", "Cookiebot", "Usercentrics", PURPOSE_CONSENT},
    {"consentcdn.cookiebot.com", "Cookiebot", "Usercentrics", PURPOSE_CONSENT},
    {"script.hotjar.com", "Hotjar", "Contentsquare", PURPOSE_SESSION_REPLAY},
    {"content.hotjar.io", "Hotjar", "Contentsquare", PURPOSE_SESSION_REPLAY},
    {"dpm.demdex.net", "Adobe Experience Cloud", "Adobe", PURPOSE_AD_PIXEL},
    {"themix.data.adobedc.net", "Adobe Experience Cloud", "Adobe", PURPOSE_ANALYTICS},
    {"bbc.co.uk.ssl.sc.omtrdc.net", "Adobe Experience Cloud", "Adobe", PURPOSE_ANALYTICS},
    {"fastlane.rubiconproject.com", "Magnite", "Magnite", PURPOSE_AD_EXCHANGE},
    {"googleads.g.doubleclick.net", "Google Ads", "Google", PURPOSE_AD_EXCHANGE},
    {"static.doubleclick.net", "Google Ads", "Google", PURPOSE_AD_EXCHANGE},
    {"stats.g.doubleclick.net", "Google Analytics", "Google", PURPOSE_ANALYTICS},
    {"www.googleadservices.com", "Google Ads", "Google", PURPOSE_AD_PIXEL},
    {"region1.google-analytics.com", "Google Analytics", "Google", PURPOSE_ANALYTICS},
    {"www.googletagmanager.com", "Google Tag Manager", "Google", PURPOSE_TAG_MANAGER},
    {"translate.google.com", "Google Translate", "Google", PURPOSE_TRANSLATE},
    {"translate.googleapis.com", "Google Translate", "Google", PURPOSE_TRANSLATE},
    {"www.recaptcha.net", "reCAPTCHA", "Google", PURPOSE_CAPTCHA},
    {"www.youtube.com", "YouTube", "Google", PURPOSE_VIDEO},
    {"www.youtube-nocookie.com", "YouTube", "Google", PURPOSE_VIDEO},
    {"i.ytimg.com", "YouTube", "Google", PURPOSE_VIDEO},
    {"yt3.ggpht.com", "YouTube", "Google", PURPOSE_VIDEO},
    {"fonts.googleapis.com", "Google Fonts", "Google", PURPOSE_OTHER},
    {"fonts.gstatic.com", "Google Fonts", "Google", PURPOSE_OTHER},
    {"www.gstatic.com", "Google static files", "Google", PURPOSE_OTHER},
    {"pixel.mediaiqdigital.com", "MiQ", "MiQ Digital", PURPOSE_AD_PIXEL},
    {"ping.chartbeat.net", "Chartbeat", "Chartbeat", PURPOSE_ANALYTICS},
    {"static.chartbeat.com", "Chartbeat", "Chartbeat", PURPOSE_ANALYTICS},
    {"pixel.quantserve.com", "Quantcast", "Quantcast", PURPOSE_AD_EXCHANGE},
    {"sb.scorecardresearch.com", "Comscore", "Comscore", PURPOSE_ANALYTICS},
};

/* Whole companies, and what every page and device uses, are no trackers. */
static const char *const innocent[] = {
    "www.google.com",
    "google.com",
    "classroom.google.com",
    "accounts.google.com",
    "clients2.google.com",
    "dns.google",
    "connectivitycheck.gstatic.com",
    "update.googleapis.com",
    "www.bing.com",
    "www.yahoo.com",
    "www.amazon.com",
    "www.microsoft.com",
    "en.wikipedia.org",
    "upload.wikimedia.org",
    "www.bbc.co.uk",
    "ichef.bbci.co.uk",
    "www.gov.uk",
    "www.themix.org.uk",
    "www.nhs.uk",
    "cdn.jsdelivr.net",
    "cdnjs.cloudflare.com",
    "d2assets.cloudfront.net",
    "www.msftconnecttest.com",
    "spclient.wg.spotify.com",
    "e6603.g.akamaiedge.net",
    "prod.appnexus.map.fastly.net",
};

static void what_real_pages_reached_is_known_by_its_company(void **state)
{
    (void)state;
    struct feed_builder *b = feed_builder_new();
    assert_int_equal(feed_builder_add_builtin(b, NULL), 0);
    struct feed_set *set = feed_builder_compile(b);
    struct feed_match match;
    for (size_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++) {
        if (!feed_match(set, seen[i].host, strlen(seen[i].host), &match))
            fail_msg("%s: not known", seen[i].host);
        assert_string_equal(match.owner.tracker, seen[i].tracker);
        assert_string_equal(match.owner.organisation, seen[i].organisation);
        assert_int_equal(match.owner.purpose, seen[i].purpose);
        assert_memory_equal(match.feed, "telltale@20", 11);
    }
    for (size_t i = 0; i < sizeof(innocent) / sizeof(innocent[0]); i++)
        if (feed_match(set, innocent[i], strlen(innocent[i]), &match))
            fail_msg("%s: taken for %s", innocent[i], match.owner.tracker);
    feed_set_free(set);
    feed_builder_free(b);
}

static bool is_audience(const char *text)
{
    static const char *const words[] = {"children", "everyone", "families", "lgbt people", "men", "older people", "parents", "women", "young people"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(text, words[i]) == 0)
            return true;
    return false;
}

static void every_site_row_is_well_formed(void **state)
{
    (void)state;
    struct table *t = sites();
    for (unsigned r = 0; r < t->rows; r++) {
        char **cell = t->cell[r];
        check_host(cell[0]);
        if (!*cell[1] || strlen(cell[1]) > 100)
            fail_msg("%s: label %s", cell[0], cell[1]);
        if (!*cell[2] || strspn(cell[2], "abcdefghijklmnopqrstuvwxyz-") != strlen(cell[2]))
            fail_msg("%s: category %s", cell[0], cell[2]);
        if (!is_audience(cell[3]))
            fail_msg("%s: audience %s", cell[0], cell[3]);
        check_source_and_date(cell + 4, cell[0]);
        if (!strstr(cell[4], cell[0]))
            fail_msg("%s: source %s is another site", cell[0], cell[4]);
    }
    check_sorted(t);
    assert_true(t->rows >= 180);
    struct site_set *set = site_set_new();
    assert_int_equal(site_set_add_builtin(set), 0);
    assert_int_equal(site_set_count(set), t->rows);
    site_set_free(set);
    free_table(t);
}

static void the_sites_that_matter_most_have_their_category(void **state)
{
    (void)state;
    static const char *const expected[][2] = {
        {"www.themix.org.uk", "suicide"},
        {"www.samaritans.org", "suicide"},
        {"www.papyrus-uk.org", "suicide"},
        {"www.childline.org.uk", "counselling"},
        {"www.kooth.com", "mental-health"},
        {"www.youngminds.org.uk", "mental-health"},
        {"www.brook.org.uk", "sexual-health"},
        {"www.beateatingdisorders.org.uk", "eating-disorder"},
        {"www.met.police.uk", "police-report"},
        {"www.norfolk.police.uk", "police-report"},
        {"www.btp.police.uk", "police-report"},
        {"www.psni.police.uk", "police-report"},
        {"www.scotland.police.uk", "police-report"},
        {"www.alderhey.nhs.uk", "health"},
        {"www.mumsnet.com", "parenting"},
        {"www.nspcc.org.uk", "child-protection"},
        {"www.rapecrisis.org.uk", "abuse"},
        {"www.gamcare.org.uk", "gambling"},
        {"www.talktofrank.com", "addiction"},
        {"www.kidscape.org.uk", "bullying"},
        {"www.winstonswish.org", "bereavement"},
        {"www.centrepoint.org.uk", "homelessness"},
        {"www.mermaidsuk.org.uk", "lgbt"},
        {"www.bpas.org", "pregnancy"},
        {"www.harmless.org.uk", "self-harm"},
        {"www.carers.org", "young-carers"},
    };
    struct site_set *set = site_set_new();
    assert_int_equal(site_set_add_builtin(set), 0);
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        uint32_t index = site_match(set, expected[i][0], strlen(expected[i][0]));
        if (index == SITE_NONE)
            fail_msg("%s: not known", expected[i][0]);
        assert_string_equal(site_at(set, index)->category, expected[i][1]);
    }
    assert_int_equal(site_match(set, "www.bbc.co.uk", 13), SITE_NONE);
    assert_int_equal(site_match(set, "www.gov.uk", 10), SITE_NONE);
    site_set_free(set);
}

/* Every kind of help that a child may look for, with several services each. */
static void every_kind_of_help_is_there(void **state)
{
    (void)state;
    static const struct {
        const char *category;
        unsigned least;
    } kinds[] = {{"suicide", 8},         {"self-harm", 5},     {"mental-health", 30}, {"counselling", 8}, {"abuse", 20},      {"child-protection", 15},
                 {"sexual-health", 10},  {"pregnancy", 5},     {"lgbt", 10},          {"bullying", 8},    {"addiction", 15},  {"eating-disorder", 5},
                 {"gambling", 8},        {"bereavement", 10},  {"young-carers", 4},   {"health", 30},     {"disability", 5}, {"homelessness", 5},
                 {"police-report", 46},  {"online-harm", 5}};
    struct table *t = sites();
    unsigned for_the_young = 0;
    for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        unsigned n = 0;
        for (unsigned r = 0; r < t->rows; r++)
            n += strcmp(t->cell[r][2], kinds[k].category) == 0;
        if (n < kinds[k].least)
            fail_msg("%s: %u sites", kinds[k].category, n);
    }
    for (unsigned r = 0; r < t->rows; r++)
        for_the_young += strcmp(t->cell[r][3], "children") == 0 || strcmp(t->cell[r][3], "young people") == 0;
    assert_true(for_the_young >= 80);
    free_table(t);
}

/* England and Wales have 43 territorial forces; with Scotland, Northern Ireland and the railways' own, 46 domains. */
static void every_police_force_is_there(void **state)
{
    (void)state;
    static const char *const not_a_force[] = {"actionfraud.police.uk", "reportfraud.police.uk", "ceop.police.uk",
                                              "www.police.uk"};
    struct table *t = sites();
    unsigned forces = 0;
    for (unsigned r = 0; r < t->rows; r++) {
        bool force = hostname_is_under(t->cell[r][0], "police.uk");
        for (size_t i = 0; i < sizeof(not_a_force) / sizeof(not_a_force[0]); i++)
            force = force && strcmp(t->cell[r][0], not_a_force[i]) != 0;
        if (force)
            assert_string_equal(t->cell[r][2], "police-report");
        forces += force;
    }
    assert_int_equal(forces, 46);
    free_table(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_tracker_row_is_well_formed),
        cmocka_unit_test(no_row_says_again_what_the_one_above_says),
        cmocka_unit_test(one_organisation_has_one_home_country),
        cmocka_unit_test(one_tracker_has_one_organisation),
        cmocka_unit_test(the_program_takes_every_tracker_row),
        cmocka_unit_test(what_real_pages_reached_is_known_by_its_company),
        cmocka_unit_test(every_site_row_is_well_formed),
        cmocka_unit_test(the_sites_that_matter_most_have_their_category),
        cmocka_unit_test(every_kind_of_help_is_there),
        cmocka_unit_test(every_police_force_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
