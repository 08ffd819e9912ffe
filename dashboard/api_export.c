/* api_export.c -- a day, a week or a range as a file to hand on: the same writers as `telltale export`, so the same figures and the same silence.
 *
 * What is asked for is noted in the record before anything is read; what cannot be noted is not exported. The paper is made beside the
 * server's thread (jobs.h), in memory, with a connection to the store of its own.
 */
#include "common/log.h"
#include "common/period.h"
#include "dashboard/api.h"
#include "dashboard/foreign.h"
#include "reports/day_summary.h"
#include "reports/lists.h"
#include "reports/summary_store.h"
#include "store/audit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct format {
    const char *word, *type;
};
static const struct format formats[] = {
    {"csv", "text/csv; charset=utf-8"}, {"json", "application/json"}, {"html", "text/html; charset=utf-8"}, {"pdf", "application/pdf"}};

struct export_work {
    struct config config; /* as it is when this is asked for */
    const struct format *format;
    char first[FOREIGN_DAY_MAX], last[FOREIGN_DAY_MAX], who[STORE_AUDIT_WHO_MAX];
    char *bytes;
    size_t n;
    int rc;
};

static int write_summary(const struct format *format, const struct day_summary *s, FILE *out)
{
    if (strcmp(format->word, "csv") == 0)
        return summary_write_csv(s, out);
    if (strcmp(format->word, "json") == 0)
        return summary_write_json(s, out);
    return strcmp(format->word, "pdf") == 0 ? summary_write_pdf(s, false, out) : summary_write_html(s, false, out);
}

static int write_bytes(struct export_work *work, const struct day_summary *s)
{
    FILE *out = open_memstream(&work->bytes, &work->n);
    int rc = out ? write_summary(work->format, s, out) : -ENOMEM;
    if (out && fclose(out) != 0 && rc == 0)
        rc = -ENOMEM;
    return rc;
}

static int make(struct export_work *work, const struct lists *lists)
{
    struct store_reader *reader = NULL;
    struct day_summary s;
    int rc = store_reader_open(work->config.redis_socket, work->config.installation, &reader);
    if (rc < 0)
        return rc;
    struct summary_request request = {.reader = reader, .installation = work->config.installation, .k = (unsigned)work->config.k, .first_day = work->first, .last_day = work->last,
                                      .feeds = lists->trackers, .sites = lists->sites, .labels = true, .socket = work->config.redis_socket};
    day_summary_init(&s);
    rc = day_summary_from_store(&s, &request);
    store_reader_close(reader);
    if (rc == 0)
        rc = write_bytes(work, &s);
    day_summary_fini(&s);
    return rc;
}

static int note(const struct export_work *work, const char *did)
{
    char what[100];
    snprintf(what, sizeof(what), "summary of %s to %s as %s", work->first, work->last, work->format->word);
    return store_audit_write(work->config.redis_socket, work->config.installation, work->who, did, what);
}

static void run(void *context)
{
    struct export_work *work = context;
    struct lists lists;
    work->rc = lists_load(&work->config, &lists);
    if (work->rc == 0) {
        work->rc = make(work, &lists);
        lists_free(&lists);
    }
    if (work->rc < 0)
        note(work, "could-not-export");
}

static void done(struct web_call *c, void *context)
{
    struct export_work *work = context;
    char name[80];
    if (work->rc == -ENOMEM) {
        web_send_error(c, 500, "memory", "there is not enough memory for this export; ask for fewer days");
    } else if (work->rc < 0) {
        web_send_store_error(c, work->rc);
    } else {
        bool one = strcmp(work->first, work->last) == 0;
        struct period term;
        if (period_of(work->first, PERIOD_TERM, &term) && strcmp(term.first, work->first) == 0 && strcmp(term.last, work->last) == 0)
            snprintf(name, sizeof(name), "telltale-%s.%s", term.name, work->format->word);
        else
            snprintf(name, sizeof(name), "telltale-%s%s%s.%s", work->first, one ? "" : "-to-", one ? "" : work->last, work->format->word);
        web_send_file(c, work->format->type, name, work->bytes, work->n);
        work->bytes = NULL;
    }
}

static void free_work(void *context)
{
    struct export_work *work = context;
    free(work->bytes);
    free(work);
}

/* False after the error was sent. */
static bool settle(struct web_call *c, char *const *members, struct export_work *work)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
        if (strcmp(members[2], formats[i].word) == 0)
            work->format = &formats[i];
    if (!foreign_day(members[0], work->first) || !foreign_day(members[1], work->last)) {
        web_send_error(c, 400, "day", "a day is written 2026-11-22");
        return false;
    }
    int32_t days = period_day_number(work->last) - period_day_number(work->first);
    if (days < 0 || days >= SUMMARY_DAYS_MOST)
        web_send_error(c, 400, "range", "the earlier day comes first, and 400 days are the most");
    else if (!work->format)
        web_send_error(c, 400, "format", "the format is csv, json, html or pdf");
    else
        return true;
    return false;
}

static bool note_first(struct web_call *c, struct export_work *work)
{
    snprintf(work->who, sizeof(work->who), "%s", role_word(c->session->role));
    int rc = note(work, "exported");
    if (rc < 0)
        web_send_store_error(c, rc);
    return rc == 0;
}

void api_export(struct web_call *c)
{
    static const char *const want[] = {"from", "to", "format"};
    char *members[3];
    if (!foreign_members(c->request->body, c->request->body_len, want, 3, members)) {
        web_send_error(c, 400, "body", "from, to and format were expected");
        return;
    }
    struct export_work *work = calloc(1, sizeof(*work));
    if (work)
        work->config = *web_settings(c->web);
    if (work && (!settle(c, members, work) || !note_first(c, work)))
        free_work(work);
    else
        web_later(c, run, done, free_work, work);
    foreign_members_free(members, 3);
}
