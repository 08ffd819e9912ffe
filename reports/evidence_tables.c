/* evidence_tables.c -- the CSV files of an evidence pack: see evidence_report.h. Each begins with its header; times are days, numbers have
 * a decimal point whatever the machine's language.
 */
#include "reports/evidence_report.h"

#include "reports/csv.h"
#include "reports/evidence_proof.h"
#include "reports/report_parts.h"

static const char note[] = "counts are lower bounds";
static const char demo_note[] = "DEMO; counts are lower bounds";

static void put_header(FILE *out, const char *header)
{
    fprintf(out, "%s\r\n", header);
}

int evidence_write_trackers(const struct site_evidence *e, FILE *out)
{
    struct csv_row row = {.out = out};
    put_header(out, "site,host,tracker,organisation,country,purpose,visits,visits_with,days,days_with,rate,controls,controls_with,control_rate,lift,ci_low,ci_high,p_value,q_value,"
                    "median_delay_s,share_within_2s,verdict,proof,from,to,note");
    for (size_t i = 0; i < e->trackers_len; i++) {
        const struct site_evidence_tracker *t = &e->trackers[i];
        const struct evidence_result *r = &t->result;
        const char *const texts[] = {e->site, t->host, t->tracker, t->organisation, t->country, purpose_word(t->purpose)};
        for (size_t c = 0; c < sizeof(texts) / sizeof(texts[0]); c++)
            csv_text(&row, texts[c]);
        csv_count(&row, r->visits);
        csv_count(&row, r->visits_with);
        if (t->days > 0) {
            csv_count(&row, t->days);
            csv_count(&row, t->days_with);
        } else {
            csv_empty(&row, 2);
        }
        csv_share(&row, r->rate);
        csv_count(&row, r->controls);
        csv_count(&row, r->controls_with);
        csv_real(&row, r->control_rate);
        const double reals[] = {r->lift, r->ci_low, r->ci_high, r->p_value, r->q_value, r->median_delay_s};
        for (size_t c = 0; c < sizeof(reals) / sizeof(reals[0]); c++)
            csv_real(&row, reals[c]);
        csv_share(&row, r->share_within_2s);
        csv_text(&row, evidence_verdict_word(r->verdict));
        csv_text(&row, evidence_kept_word(e, t));
        csv_text(&row, e->from);
        csv_text(&row, e->to);
        csv_text(&row, e->demo ? demo_note : note);
        csv_end(&row);
    }
    return row.rc < 0 ? row.rc : report_finish(out);
}

int evidence_write_periods(const struct site_evidence *e, FILE *out)
{
    struct csv_row row = {.out = out};
    put_header(out, "site,period,first,last,visits,note");
    for (size_t i = 0; i < e->periods_len; i++) {
        const struct site_evidence_period *p = &e->periods[i];
        csv_text(&row, e->site);
        csv_text(&row, p->name);
        csv_text(&row, p->first);
        csv_text(&row, p->last);
        csv_count(&row, p->visits);
        csv_text(&row, e->demo ? demo_note : note);
        csv_end(&row);
    }
    return row.rc < 0 ? row.rc : report_finish(out);
}

int evidence_write_steps(const struct site_evidence *e, FILE *out)
{
    static const char *const steps[] = {"sent to the site", "acknowledged", "answered", "fixed", "measured again", "concern sent to the regulator"};
    struct csv_row row = {.out = out};
    put_header(out, "date,step,by,reference,note");
    csv_text(&row, e->made);
    csv_text(&row, "pack made");
    csv_empty(&row, 3);
    csv_end(&row);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        csv_empty(&row, 1);
        csv_text(&row, steps[i]);
        csv_empty(&row, 3);
        csv_end(&row);
    }
    return row.rc < 0 ? row.rc : report_finish(out);
}
