/* made_rules.h -- a few tracker rules and support sites, made for a test.
 *
 * Ownership  The caller frees both sets. Include after <cmocka.h>: what cannot be made is a failed assertion.
 */
#ifndef TELLTALE_TESTS_SENSOR_MADE_RULES_H
#define TELLTALE_TESTS_SENSOR_MADE_RULES_H

#include "feeds/feed.h"
#include "feeds/sites.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char made_trackers[] = "adnxs.com\tXandr\tMicrosoft\tUS\tad-exchange\n"
                                    "doubleclick.net\tGoogle Ads\tGoogle\tUS\tad-exchange\n"
                                    "2mdn.net\tGoogle Ads\tGoogle\tUS\tad-exchange\n"
                                    "adobedc.net\tAdobe Experience Cloud\tAdobe\tUS\tanalytics\n"
                                    "stats.themix.org.uk\tA tracker of its own\tNobody\tGB\tanalytics\n"
                                    "unowned-tracker.example\n";
static const char made_sites[] = "themix.org.uk\tThe Mix\tsuicide\n"
                                 "childline.org.uk\tChildline\tcounselling\n";

static inline void made_file(char path[], const char *text)
{
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static inline struct feed_set *make_trackers(void)
{
    char path[] = "/tmp/telltale-trackers-XXXXXX";
    struct feed_source source;
    struct feed_builder *b = feed_builder_new();
    assert_non_null(b);
    made_file(path, made_trackers);
    assert_int_equal(feed_builder_add_file(b, path, &source), 0);
    assert_int_equal(source.taken, 6);
    unlink(path);
    struct feed_set *set = feed_builder_compile(b);
    assert_non_null(set);
    feed_builder_free(b);
    return set;
}

static inline struct site_set *make_sites(void)
{
    char path[] = "/tmp/telltale-sites-XXXXXX";
    uint32_t taken, skipped;
    struct site_set *set = site_set_new();
    assert_non_null(set);
    made_file(path, made_sites);
    assert_int_equal(site_set_add_file(set, path, &taken, &skipped), 0);
    assert_int_equal(taken, 2);
    unlink(path);
    return set;
}

#endif
