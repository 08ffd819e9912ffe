/* har_csv.c -- a har_report as RFC 4180 CSV for a spreadsheet: a row for each thing that a request carried, and one for each request
 * to others that carried nothing that was found. Cells are written by reports/csv.c; each row carries its coverage and the note. */
#include "reports/har.h"

#include "reports/csv.h"
#include "reports/har_parts.h"
#include "reports/report_parts.h"

#include <inttypes.h>

static const char header[] = "file,browser,page,title,site,category,request,after_ms,consent,method,host,tracker,"
                             "organisation,home_country,purpose,role,"
                             "carried,place,parameter,carried_address,inside,base64,identifiers,cookies_sent,cookies_"
                             "set,status,redirected_from,redirects_to,"
                             "address,matched,feed,coverage,note\r\n";

static void put_number(struct csv_row *row, int64_t n, bool known)
{
    char text[24] = "";
    csv_empty(row, 1);
    if (known)
        snprintf(text, sizeof(text), "%" PRId64, n);
    fputs(text, row->out);
}

static void put_page(struct csv_row *row, const struct har_report *r, const struct har_request *q, const struct har_leak *l)
{
    size_t page = l ? l->of : q->page;
    const struct har_page *p = page != SIZE_MAX ? &r->pages[page] : NULL;
    csv_text(row, r->recordings[q->recording].file);
    csv_text(row, r->recordings[q->recording].browser);
    csv_text(row, p ? p->address : NULL);
    csv_text(row, p ? p->title : NULL);
    csv_text(row, p ? p->site : NULL);
    csv_text(row, p ? p->category : NULL);
}

static int write_row(const struct har_report *r, const struct har_request *q, const struct har_leak *l, FILE *out)
{
    struct csv_row row = {.out = out};
    put_page(&row, r, q, l);
    put_number(&row, (int64_t)q->order, true);
    put_number(&row, q->after_ms, q->after_ms != HAR_UNKNOWN_MS);
    csv_text(&row, har_consent_word(q->consent));
    csv_text(&row, q->method);
    csv_text(&row, q->host);
    csv_text(&row, q->tracker);
    csv_text(&row, q->organisation);
    csv_text(&row, q->country);
    csv_text(&row, q->matched ? purpose_word(q->purpose) : NULL);
    csv_text(&row, q->role);
    csv_text(&row, l ? l->carried : NULL);
    csv_text(&row, l ? l->place : NULL);
    csv_text(&row, l ? l->parameter : NULL);
    csv_text(&row, l ? l->page : NULL);
    csv_text(&row, l ? l->carrier : NULL);
    csv_text(&row, l ? (l->base64 ? "yes" : "no") : NULL);
    csv_text(&row, q->id_parameters);
    csv_text(&row, q->cookies_sent);
    csv_text(&row, q->cookies_set);
    put_number(&row, q->status, true);
    put_number(&row, (int64_t)q->redirected_from, q->redirected_from > 0);
    csv_text(&row, q->redirects_to);
    csv_text(&row, q->address);
    csv_text(&row, q->matched);
    csv_text(&row, q->feed);
    csv_share(&row, har_coverage(&r->recordings[q->recording]));
    csv_text(&row, har_note);
    csv_end(&row);
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
