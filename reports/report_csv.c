/* report_csv.c -- the contacts of a report, then what its support sites disclose, as RFC 4180 CSV for a spreadsheet.
 *
 * Cells are written by reports/csv.c. Each row carries the coverage of its capture and the note that belongs beside every
 * count: rows get copied out of their sheet. Times are UTC in ISO 8601, since a sheet knows no epoch.
 *
 * Contacts and disclosures share one header, so that the file stays one rectangle: each kind of row leaves the columns of
 * the other empty, and a row with a verdict is a disclosure.
 */
#include "reports/capture_report.h"

#include "reports/csv.h"
#include "reports/report_parts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char header[] =
    "device,host,matched,tracker,organisation,home_country,purpose,evidence,seen_by,role,chain,"
    "connections,bytes_up,bytes_down,first,last,country,asn,feed,coverage,note,"
    "site,visits,visits_with,rate,control_rate,lift,ci_low,q_value,median_delay_s,share_within_2s,verdict\r\n";

#define DISCLOSURE_CELLS          11 /* the second line of the header */
#define CELLS_PURPOSE_TO_COVERAGE 12 /* what only a contact has, between those two columns */

/* One row under construction. */
struct row {
    FILE *out;
    bool begun;
    int rc;
};

static void begin_cell(struct row *row)
{
    if (row->begun)
        fputc(',', row->out);
    row->begun = true;
}

/* NULL: an empty cell. */
static void put_text(struct row *row, const char *text)
{
    begin_cell(row);
    if (csv_write_text(row->out, text) < 0)
        row->rc = -ENOMEM;
}

static void put_count(struct row *row, uint64_t n)
{
    begin_cell(row);
    fprintf(row->out, "%" PRIu64, n);
}

static void put_time(struct row *row, uint64_t ns)
{
    begin_cell(row);
    time_t seconds = (time_t)(ns / 1000000000u);
    struct tm utc;
    if (ns == 0 || !gmtime_r(&seconds, &utc))
        return;
    fprintf(row->out, "%04d-%02d-%02dT%02d:%02d:%02d.%06uZ", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
            utc.tm_hour, utc.tm_min, utc.tm_sec, (unsigned)(ns % 1000000000u / 1000u));
}

/* Three digits, rounded down, and never a decimal comma whatever the locale. */
static void put_share(struct row *row, double share)
{
    unsigned thousandths = (unsigned)(share * 1000 + 1e-9); /* 0.29 * 1000 is 289.99... */
    begin_cell(row);
    fprintf(row->out, "%u.%03u", thousandths / 1000, thousandths % 1000);
}

/* Six significant digits, never a decimal comma. */
static void put_real(struct row *row, double value)
{
    char text[32];
    begin_cell(row);
    snprintf(text, sizeof(text), "%.6g", value);
    for (char *at = text; *at; at++)
        fputc(*at == ',' ? '.' : *at, row->out);
}

static void put_empty(struct row *row, size_t cells)
{
    for (size_t i = 0; i < cells; i++)
        begin_cell(row);
}

static void put_seen_by(struct row *row, unsigned seen_by)
{
    char words[64] = "";
    for (size_t i = 0; i < REPORT_SEEN_BY_WORDS; i++)
        if (seen_by & report_seen_by[i].bit) {
            if (words[0])
                strcat(words, " ");
            strcat(words, report_seen_by[i].word);
        }
    put_text(row, words);
}

static void put_chain(struct row *row, char *const *chain, size_t n)
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
    put_text(row, joined);
    free(joined);
}

static int write_contact(const struct capture_report *r, const struct report_contact *c, FILE *out)
{
    struct row row = {.out = out};
    put_text(&row, c->device);
    put_text(&row, c->host);
    put_text(&row, c->matched);
    put_text(&row, c->tracker);
    put_text(&row, c->organisation);
    put_text(&row, c->home_country);
    put_text(&row, purpose_word(c->purpose));
    put_text(&row, evidence_word(c->evidence));
    put_seen_by(&row, c->seen_by);
    put_text(&row, c->role);
    put_chain(&row, c->chain, c->chain_len);
    put_count(&row, c->connections);
    put_count(&row, c->bytes_up);
    put_count(&row, c->bytes_down);
    put_time(&row, c->first_ns);
    put_time(&row, c->last_ns);
    put_text(&row, c->country);
    if (c->asn >= 0)
        put_count(&row, (uint64_t)c->asn);
    else
        put_text(&row, NULL);
    put_text(&row, c->feed);
    put_share(&row, report_coverage(r));
    put_text(&row, report_note(r));
    put_empty(&row, DISCLOSURE_CELLS);
    fputs("\r\n", out);
    return row.rc;
}

static int write_disclosure(const struct capture_report *r, const struct report_site *s,
                            const struct report_disclosure *d, FILE *out)
{
    struct row row = {.out = out};
    const struct evidence_result *e = &d->result;
    put_text(&row, NULL);
    put_text(&row, d->host);
    put_text(&row, NULL);
    put_text(&row, d->tracker);
    put_text(&row, d->organisation);
    put_text(&row, NULL);
    put_text(&row, purpose_word(d->purpose));
    put_empty(&row, CELLS_PURPOSE_TO_COVERAGE);
    put_share(&row, report_coverage(r));
    put_text(&row, report_note(r));
    put_text(&row, s->site);
    put_count(&row, e->visits);
    put_count(&row, e->visits_with);
    put_real(&row, e->rate);
    put_real(&row, e->control_rate);
    put_real(&row, e->lift);
    put_real(&row, e->ci_low);
    put_real(&row, e->q_value);
    if (e->visits_with > 0)
        put_real(&row, e->median_delay_s);
    else
        put_text(&row, NULL);
    put_real(&row, e->share_within_2s);
    put_text(&row, evidence_verdict_word(e->verdict));
    fputs("\r\n", out);
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
