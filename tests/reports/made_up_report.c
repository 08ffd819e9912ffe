/* made_up_report.c -- see made_up_report.h. Every name here is either well known or under example.*; no capture was
 * used. */
#include "made_up_report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#define EVENING_NS   1795365330123456789ull /* 2026-11-22 16:35:30.123456789 UTC */
#define AFTER_MS(ms) (EVENING_NS + (ms)*1000000ull)

static char *copy(const char *text)
{
    if (!text)
        return NULL;
    char *heap = strdup(text);
    assert_non_null(heap);
    return heap;
}

static void set_chain(struct report_contact *c, const char *const *names, size_t n)
{
    c->chain = calloc(n, sizeof(*c->chain));
    assert_non_null(c->chain);
    for (size_t i = 0; i < n; i++)
        c->chain[i] = copy(names[i]);
    c->chain_len = n;
}

static void add_device(struct capture_report *r, const char *device, const char *label, uint64_t contacts,
                       bool hidden_dns)
{
    struct report_device *d = capture_report_add_device(r);
    assert_non_null(d);
    *d = (struct report_device){.device = copy(device),
                                .label = copy(label),
                                .first_ns = EVENING_NS,
                                .last_ns = AFTER_MS(1800000),
                                .flows = 13,
                                .contacts = contacts,
                                .randomised_mac = !label,
                                .hidden_dns = hidden_dns,
                                .doubtful = hidden_dns};
}

static struct report_contact *add_contact(struct capture_report *r, const char *device, const char *host,
                                          const char *matched, const char *tracker, const char *organisation,
                                          enum purpose purpose, enum evidence evidence, uint64_t after_ms)
{
    struct report_contact *c = capture_report_add_contact(r);
    assert_non_null(c);
    c->device = copy(device);
    c->host = copy(host);
    c->matched = copy(matched);
    c->tracker = copy(tracker);
    c->organisation = copy(organisation);
    c->feed = copy("telltale@2026-11-01");
    c->role = "cannot tell";
    c->purpose = purpose;
    c->evidence = evidence;
    c->seen_by = evidence >= EVIDENCE_HANDSHAKE ? SEEN_DNS | SEEN_TLS : SEEN_DNS;
    c->connections = evidence >= EVIDENCE_ADDRESS ? 3 : 0;
    c->bytes_up = c->connections * 1400;
    c->bytes_down = c->connections * 5200;
    c->first_ns = AFTER_MS(after_ms);
    c->last_ns = AFTER_MS(after_ms + 4500);
    return c;
}

static void add_contacts(struct capture_report *r)
{
    static const char *const cloak[] = {"metrics.themix.org.uk", "themix.data.adobedc.net"};
    struct report_contact *c = add_contact(r, "d-4f2a91c07be3", NULL, "doubleclick.net", "Google Ads", "Google",
                                           PURPOSE_AD_EXCHANGE, EVIDENCE_HANDSHAKE, 1200);
    c->home_country = copy("US");
    c->country = copy("US");
    c->asn = 15169;
    c->seen_by |= SEEN_QUIC;
    c = add_contact(r, NULL, "secure.adnxs.com", "adnxs.com", "Xandr", "Microsoft", PURPOSE_AD_EXCHANGE,
                    EVIDENCE_HANDSHAKE, 2100);
    c->home_country = copy("US");
    c = add_contact(r, NULL, "metrics.themix.org.uk", "adobedc.net", "Adobe Experience", "Adobe", PURPOSE_ANALYTICS,
                    EVIDENCE_HANDSHAKE, 2300);
    set_chain(c, cloak, 2);
    c->country = copy("IE");
    add_contact(r, NULL, "connect.facebook.net", "facebook.net", "Facebook", "Meta", PURPOSE_SOCIAL, EVIDENCE_ADDRESS,
                2500);
    c = add_contact(r, "d-90b1de55a2f4", NULL, "example.net", NULL, NULL, PURPOSE_OTHER, EVIDENCE_URL, 61000);
    c->seen_by = SEEN_HTTP;
    c->role = "pixel";
    add_contact(r, "d-90b1de55a2f4", NULL, "hotjar.com", "Hotjar", "Hotjar", PURPOSE_SESSION_REPLAY, EVIDENCE_LOOKUP,
                62000);
    add_contact(r, "d-90b1de55a2f4", NULL, "criteo.com", "Criteo", "Criteo", PURPOSE_AD_EXCHANGE, EVIDENCE_BLOCKED,
                63000);
}

static void add_sites(struct capture_report *r)
{
    struct report_site *s = capture_report_add_site(r);
    assert_non_null(s);
    s->site = copy("themix.org.uk");
    s->label = copy("The Mix");
    s->category = copy("suicide");
    s->visits = 6;
    s->devices = 5;
    struct report_disclosure *d = capture_report_add_disclosure(s);
    assert_non_null(d);
    *d = (struct report_disclosure){.host = copy("secure.adnxs.com"),
                                    .tracker = copy("Xandr"),
                                    .organisation = copy("Microsoft"),
                                    .purpose = PURPOSE_AD_EXCHANGE,
                                    .days = 3,
                                    .days_with = 3,
                                    .result = {.visits = 6,
                                               .visits_with = 5,
                                               .controls = 60,
                                               .controls_with = 3,
                                               .rate = 5.0 / 6,
                                               .control_rate = 0.05,
                                               .lift = 16.7,
                                               .ci_low = 6.25,
                                               .ci_high = 44,
                                               .p_value = 0.0000004,
                                               .q_value = 0.0000012,
                                               .median_delay_s = 0.84,
                                               .share_within_2s = 0.8,
                                               .verdict = EVIDENCE_SHOWN}};
    d = capture_report_add_disclosure(s);
    assert_non_null(d);
    *d = (struct report_disclosure){.host = copy("static.hotjar.com"),
                                    .before = copy("secure.adnxs.com"),
                                    .before_visits = 2,
                                    .tracker = copy("Hotjar"),
                                    .organisation = copy("Hotjar"),
                                    .purpose = PURPOSE_SESSION_REPLAY,
                                    .result = {.visits = 6,
                                               .visits_with = 2,
                                               .controls = 60,
                                               .rate = 2.0 / 6,
                                               .lift = 40,
                                               .ci_low = 1.4,
                                               .ci_high = EVIDENCE_LIFT_MAX,
                                               .p_value = 0.007,
                                               .q_value = 0.0105,
                                               .median_delay_s = 1.75,
                                               .share_within_2s = 0.5,
                                               .verdict = EVIDENCE_LIKELY}};
    d = capture_report_add_disclosure(s);
    assert_non_null(d);
    *d = (struct report_disclosure){.host = copy("connect.facebook.net"),
                                    .role = "Meta pixel or plug-in, cannot tell from the network",
                                    .tracker = copy("Facebook"),
                                    .organisation = copy("Meta"),
                                    .purpose = PURPOSE_SOCIAL,
                                    .result = {.visits = 6,
                                               .controls = 60,
                                               .ci_high = EVIDENCE_LIFT_MAX,
                                               .p_value = 1,
                                               .q_value = 1,
                                               .verdict = EVIDENCE_TOO_FEW}};
    s = capture_report_add_site(r);
    assert_non_null(s);
    s->site = copy("childline.org.uk");
    s->label = copy("Childline");
    s->category = copy("abuse");
    s->visits = 2;
    s->devices = -1;
}

static void add_applications(struct capture_report *r)
{
    static const char *const names[][2] = {
        {"QUIC.YouTube", "Media"}, {"TLS.Facebook", "SocialNetwork"},
        {"TLS.Google", "Web"},     {"TLS", "Web"},
        {"TLS.WhatsApp", "Chat"},  {"TLS.Microsoft365", "Collaborative"},
        {"HTTP", "Web"},           {"TLS.Apple", "Web"},
        {"TLS.Amazon", "Web"},     {"DNS", "Network"},
        {"NTP", "System"},         {"STUN", "Network"},
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct report_application *a = capture_report_add_application(r);
        assert_non_null(a);
        *a = (struct report_application){
            .name = copy(names[i][0]), .category = copy(names[i][1]), .flows = 12 - i, .bytes = 4800000 >> (2 * i)};
    }
}

void made_up_report(struct capture_report *r)
{
    capture_report_init(r);
    assert_true(capture_report_add_file(r, "evening.pcapng"));
    r->packets = 12345;
    r->bytes = 9876543;
    r->first_ns = EVENING_NS;
    r->last_ns = AFTER_MS(1800000);
    r->truncated = 1;
    r->malformed = 2;
    r->flows = 1026;
    r->named = 1019;
    r->blind[BLIND_ECH] = 4;
    r->blind[BLIND_NO_NAME] = 3;
    r->withheld = 3;
    r->tracker_rules = 461;
    r->has_countries = true;
    r->site_rules = 183;
    r->feeds = copy("telltale@2026-11-01");
    add_device(r, "d-4f2a91c07be3", "Library PC 3", 1, false);
    add_device(r, "d-90b1de55a2f4", NULL, 3, true);
    add_contacts(r);
    add_sites(r);
    add_applications(r);
    struct report_leak *l = capture_report_add_leak(r);
    assert_non_null(l);
    *l = (struct report_leak){.site = copy("themix.org.uk"),
                              .host = copy("pixel.example.net"),
                              .parameter = copy("u1"),
                              .page = copy("https://www.themix.org.uk/mental-health/suicide"),
                              .via = "http"};
    capture_report_sort(r);
}

void hostile_report(struct capture_report *r, const char *text)
{
    const char *const chain[] = {text, text};
    capture_report_init(r);
    assert_true(capture_report_add_file(r, text));
    r->feeds = copy(text);
    r->first_ns = EVENING_NS;
    r->last_ns = AFTER_MS(90000000);
    r->flows = r->named = 3;
    add_device(r, text, text, 1, true);
    struct report_contact *c = add_contact(r, text, text, text, text, text, PURPOSE_AD_PIXEL, EVIDENCE_URL, 5);
    c->country = copy(text);
    c->home_country = copy(text);
    set_chain(c, chain, 2);
    struct report_application *a = capture_report_add_application(r);
    struct report_site *s = capture_report_add_site(r);
    struct report_leak *l = capture_report_add_leak(r);
    assert_true(a && s && l);
    *a = (struct report_application){.name = copy(text), .category = copy(text), .flows = 1, .bytes = 1};
    *s = (struct report_site){
        .site = copy(text), .label = copy(text), .category = copy(text), .visits = 1, .devices = 1};
    struct report_disclosure *d = capture_report_add_disclosure(s);
    assert_non_null(d);
    *d = (struct report_disclosure){
        .host = copy(text), .tracker = copy(text), .organisation = copy(text), .result = {.visits = 4, .visits_with = 2, .controls = 9, .verdict = EVIDENCE_LIKELY}};
    *l = (struct report_leak){
        .site = copy(text), .host = copy(text), .parameter = copy(text), .page = copy(text), .via = "har"};
}

void use_utc(void)
{
    setenv("TZ", "UTC", 1);
    tzset();
}

char *written(report_writer writer, const struct capture_report *r, size_t *n)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, n);
    assert_non_null(out);
    assert_int_equal(writer(r, out), 0);
    fclose(out);
    return text;
}

char *written_table(const struct capture_report *r, unsigned width, bool colour, size_t *n)
{
    struct report_style style = {.width = width, .colour = colour};
    char *text = NULL;
    FILE *out = open_memstream(&text, n);
    assert_non_null(out);
    assert_int_equal(report_write_table(r, &style, out), 0);
    fclose(out);
    return text;
}

void assert_golden(const char *name, const char *text, size_t n)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/golden/report/%s", TESTS_DIR, name);
    const char *update = getenv("UPDATE_GOLDEN");
    if (update && strcmp(update, "1") == 0) {
        FILE *out = fopen(path, "wb");
        assert_non_null(out);
        assert_int_equal(fwrite(text, 1, n, out), n);
        assert_int_equal(fclose(out), 0);
        return;
    }
    static char golden[1 << 20];
    FILE *in = fopen(path, "rb");
    if (!in)
        fail_msg("%s is missing: run this test once with UPDATE_GOLDEN=1 and read what it wrote", path);
    size_t golden_n = fread(golden, 1, sizeof(golden), in);
    fclose(in);
    if (golden_n != n || memcmp(golden, text, n) != 0)
        fail_msg("%s differs from what was written:\n%.*s", path, (int)n, text);
}
