/* report_csv.c -- the contacts of a report, then what its support sites disclose, as CSV for a spreadsheet (reports/csv.h).
 *
 * Each row carries the coverage of its capture and the note that belongs beside every
 * count: rows get copied out of their sheet. Times are UTC in ISO 8601, since a sheet knows no epoch.
 *
 * Contacts and disclosures share one header, so that the file stays one rectangle: each kind of row leaves the columns of
 * the other empty, and a row with a verdict is a disclosure.
 */
#include "reports/capture_report.h"

#include "reports/csv.h"
#include "reports/report_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char header[] =
    "device,host,matched,tracker,organisation,home_country,purpose,evidence,seen_by,role,chain,"
    "connections,bytes_up,bytes_down,first,last,country,asn,feed,coverage,note,"
    "site,visits,visits_with,rate,control_rate,lift,ci_low,q_value,median_delay_s,share_within_2s,verdict\r\n";

#define DISCLOSURE_CELLS          11 /* the second line of the header */
#define CELLS_PURPOSE_TO_COVERAGE 12 /* what only a contact has, between those two columns */

static void put_time(struct csv_row *row, uint64_t ns)
{
    time_t seconds = (time_t)(ns / 1000000000u);
    struct tm utc;
    char text[40];
    if (ns == 0 || !gmtime_r(&seconds, &utc)) {
        csv_empty(row, 1);
        return;
    }
    snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d.%06uZ", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
            utc.tm_hour, utc.tm_min, utc.tm_sec, (unsigned)(ns % 1000000000u / 1000u));
    csv_text(row, text);
}

static void put_seen_by(struct csv_row *row, unsigned seen_by)
{
    char words[64] = "";
    for (size_t i = 0; i < REPORT_SEEN_BY_WORDS; i++)
        if (seen_by & report_seen_by[i].bit) {
            if (words[0])
                strcat(words, " ");
            strcat(words, report_seen_by[i].word);
        }
    csv_text(row, words);
}

static void put_chain(struct csv_row *row, char *const *chain, size_t n)
{
    size_t bytes = 1;
    for (size_t i = 0; i < n; i++)
        bytes += strlen(chain[i]) + strlen(" -> ");
    char *joined = malloc(bytes);
    if (!joined) {
        row->rc = -ENOMEM;
        return;
    }
    char *end = joined;
    *end = '\0';
    for (size_t i = 0; i < n; i++)
        end = stpcpy(stpcpy(end, i ? " -> " : ""), chain[i]);
    csv_text(row, joined);
    free(joined);
}

static int write_contact(const struct capture_report *r, const struct report_contact *c, FILE *out)
{
    struct csv_row row = {.out = out};
    csv_text(&row, c->device);
    csv_text(&row, c->host);
    csv_text(&row, c->matched);
    csv_text(&row, c->tracker);
    csv_text(&row, c->organisation);
    csv_text(&row, c->home_country);
    csv_text(&row, purpose_word(c->purpose));
    csv_text(&row, evidence_word(c->evidence));
    put_seen_by(&row, c->seen_by);
    csv_text(&row, c->role);
    put_chain(&row, c->chain, c->chain_len);
    csv_count(&row, c->connections);
    csv_count(&row, c->bytes_up);
    csv_count(&row, c->bytes_down);
    put_time(&row, c->first_ns);
    put_time(&row, c->last_ns);
    csv_text(&row, c->country);
    if (c->asn >= 0)
        csv_count(&row, (uint64_t)c->asn);
    else
        csv_text(&row, NULL);
    csv_text(&row, c->feed);
    csv_share(&row, report_coverage(r));
    csv_text(&row, report_note(r));
    csv_empty(&row, DISCLOSURE_CELLS);
    csv_end(&row);
    return row.rc;
}

static int write_disclosure(const struct capture_report *r, const struct report_site *s,
                            const struct report_disclosure *d, FILE *out)
{
    struct csv_row row = {.out = out};
    const struct evidence_result *e = &d->result;
    csv_text(&row, NULL);
    csv_text(&row, d->host);
    csv_text(&row, NULL);
    csv_text(&row, d->tracker);
    csv_text(&row, d->organisation);
    csv_text(&row, NULL);
    csv_text(&row, purpose_word(d->purpose));
    csv_empty(&row, CELLS_PURPOSE_TO_COVERAGE);
    csv_share(&row, report_coverage(r));
    csv_text(&row, report_note(r));
    csv_text(&row, s->site);
    csv_count(&row, e->visits);
    csv_count(&row, e->visits_with);
    csv_real(&row, e->rate);
    csv_real(&row, e->control_rate);
    csv_real(&row, e->lift);
    csv_real(&row, e->ci_low);
    csv_real(&row, e->q_value);
    if (e->visits_with > 0)
        csv_real(&row, e->median_delay_s);
    else
        csv_text(&row, NULL);
    csv_real(&row, e->share_within_2s);
    csv_text(&row, evidence_verdict_word(e->verdict));
    csv_end(&row);
    return row.rc;
}

static int write_site(const struct capture_report *r, const struct report_site *s, FILE *out)
{
    int rc = 0;
    for (size_t i = 0; i < s->disclosures_len && rc == 0 && !ferror(out); i++)
        rc = write_disclosure(r, s, &s->disclosures[i], out);
    return rc;
}

int report_write_csv(const struct capture_report *r, FILE *out)
{
    int rc = 0;
    fputs(header, out);
    for (size_t i = 0; i < r->contacts_len && rc == 0 && !ferror(out); i++)
        rc = write_contact(r, &r->contacts[i], out);
    for (size_t i = 0; i < r->sites_len && rc == 0 && !ferror(out); i++)
        rc = write_site(r, &r->sites[i], out);
    int stream = report_finish(out);
    return rc < 0 ? rc : stream;
}
