/* made_up_summary.c -- see made_up_summary.h. */
#include "made_up_summary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

void made_up_summary(struct day_summary *s, const char *text)
{
    day_summary_init(s);
    strcpy(s->first_day, "2026-11-23");
    strcpy(s->last_day, "2026-11-23");
    strcpy(s->made_on, "2026-11-24");
    s->source = strdup(text);
    s->feeds = strdup(text);
    s->contacts = 431;
    s->by_evidence[EVIDENCE_HANDSHAKE] = 400;
    s->by_evidence[EVIDENCE_LOOKUP] = 31;
    s->by_purpose[PURPOSE_ANALYTICS] = 431;
    s->by_hour[9] = 424;
    s->by_hour_rounded[9] = 420;
    s->recorded = 1;
    s->earlier_days = 3;
    day_summary_company(s, text, 1u << PURPOSE_ANALYTICS, 431);
    struct summary_tracker *t = day_summary_tracker(s, text, text, 1u << PURPOSE_ANALYTICS, 431);
    strcpy(t->first_day, "2026-11-23");
    t->fresh = true;
    day_summary_country(s, text, 12);
    day_summary_device(s, text, 57);
    struct summary_day *day = day_summary_day(s, "2026-11-23");
    day->recorded = true;
    day->contacts = 431;
    day->devices = 1;
    day->covered = true;
    day->flows = 1000;
    day->named = 900;
    struct summary_site *site = day_summary_site(s, text, text, text);
    day_summary_visits(s, site, "2026-11-23", 30, 12);
    char own[200];
    snprintf(own, sizeof(own), "%s", text);
    struct report_disclosure d = {.host = own, .tracker = own, .organisation = own, .purpose = PURPOSE_ANALYTICS};
    d.result = (struct evidence_result){.visits = 30, .visits_with = 30, .controls = 100, .controls_with = 3, .rate = 1, .control_rate = 0.03, .lift = 33, .ci_low = 11,
                                        .ci_high = 90, .p_value = 1e-9, .q_value = 1e-8, .median_delay_s = 1.2, .share_within_2s = 1, .verdict = EVIDENCE_SHOWN};
    day_summary_disclosure(s, site, &d);
    s->coverage = (struct summary_coverage){.scope = SUMMARY_OF_PERIOD, .days = 1, .flows = 1000, .named = 900};
    day_summary_finish(s);
}

char *summary_written(const struct day_summary *s, enum summary_format format, size_t *n)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, n);
    assert_non_null(out);
    int rc = format == SUMMARY_AS_CSV ? summary_write_csv(s, out) : format == SUMMARY_AS_JSON ? summary_write_json(s, out)
             : format == SUMMARY_AS_HTML ? summary_write_html(s, true, out) : summary_write_pdf(s, true, out);
    assert_int_equal(rc, 0);
    assert_int_equal(fclose(out), 0);
    return text;
}
