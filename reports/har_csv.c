/* har_csv.c -- a har_report as RFC 4180 CSV for a spreadsheet: a row for each thing that a request carried, and one for each request
 * to others that carried nothing that was found. Cells are written by reports/csv.c; each row carries its coverage and the note. */
#include "reports/har.h"

#include "reports/csv.h"
#include "reports/har_parts.h"
#include "reports/report_parts.h"

#include <errno.h>
#include <inttypes.h>

static const char header[] = "file,browser,page,title,site,category,request,after_ms,consent,method,host,tracker,"
                             "organisation,home_country,purpose,role,"
                             "carried,place,parameter,carried_address,inside,base64,identifiers,cookies_sent,cookies_"
                             "set,status,redirected_from,redirects_to,"
                             "address,matched,feed,coverage,note\r\n";

struct row {
    FILE *out;
    bool begun;
    int rc;
};

static void put(struct row *row, const char *text)
{
    if (row->begun)
        fputc(',', row->out);
    row->begun = true;
    if (csv_write_text(row->out, text) < 0)
        row->rc = -ENOMEM;
}

static void put_number(struct row *row, int64_t n, bool known)
{
    if (row->begun)
        fputc(',', row->out);
    row->begun = true;
    if (known)
        fprintf(row->out, "%" PRId64, n);
}

static void put_page(struct row *row, const struct har_report *r, const struct har_request *q, const struct har_leak *l)
{
    size_t page = l ? l->of : q->page;
    const struct har_page *p = page != SIZE_MAX ? &r->pages[page] : NULL;
    put(row, r->recordings[q->recording].file);
    put(row, r->recordings[q->recording].browser);
    put(row, p ? p->address : NULL);
    put(row, p ? p->title : NULL);
    put(row, p ? p->site : NULL);
    put(row, p ? p->category : NULL);
}

static int write_row(const struct har_report *r, const struct har_request *q, const struct har_leak *l, FILE *out)
{
    struct row row = {.out = out};
    char share[16];
    unsigned thousandths = (unsigned)(har_coverage(&r->recordings[q->recording]) * 1000 + 1e-9);
    put_page(&row, r, q, l);
    put_number(&row, (int64_t)q->order, true);
    put_number(&row, q->after_ms, q->after_ms != HAR_UNKNOWN_MS);
    put(&row, har_consent_word(q->consent));
    put(&row, q->method);
    put(&row, q->host);
    put(&row, q->tracker);
    put(&row, q->organisation);
    put(&row, q->country);
    put(&row, q->matched ? purpose_word(q->purpose) : NULL);
    put(&row, q->role);
    put(&row, l ? l->carried : NULL);
    put(&row, l ? l->place : NULL);
    put(&row, l ? l->parameter : NULL);
    put(&row, l ? l->page : NULL);
    put(&row, l ? l->carrier : NULL);
    put(&row, l ? (l->base64 ? "yes" : "no") : NULL);
    put(&row, q->id_parameters);
    put(&row, q->cookies_sent);
    put(&row, q->cookies_set);
    put_number(&row, q->status, true);
    put_number(&row, (int64_t)q->redirected_from, q->redirected_from > 0);
    put(&row, q->redirects_to);
    put(&row, q->address);
    put(&row, q->matched);
    put(&row, q->feed);
    snprintf(share, sizeof(share), "%u.%03u", thousandths / 1000 % 10, thousandths % 1000);
    put(&row, share);
    put(&row, har_note);
    fputs("\r\n", out);
    return row.rc;
}

int har_write_csv(const struct har_report *r, FILE *out)
{
    int rc = 0;
    fputs(header, out);
    for (size_t i = 0; i < r->requests_len && rc == 0; i++) {
        const struct har_request *q = &r->requests[i];
        if (q->third_party && q->leaks_len == 0)
            rc = write_row(r, q, NULL, out);
        for (size_t k = 0; k < q->leaks_len && rc == 0; k++)
            rc = write_row(r, q, &q->leaks[k], out);
    }
    int stream = report_finish(out);
    return rc < 0 ? rc : stream;
}
