/* api_recording.c -- a browser's recording of a support site: read, shown, and kept only when somebody says so.
 *
 * The upload lies in a file in memory (server.c), is read beside the server's thread, and is gone with the request. What is kept is made from the
 * same bytes, sent once more with `keep`: so nothing of a recording has to wait here for a decision. Kept or not, only redacted rows leave this
 * file. Keeping and removing are noted in the record first.
 */
#include "dashboard/api.h"
#include "dashboard/foreign.h"
#include "dashboard/site_json.h"
#include "reports/har_parts.h"
#include "reports/lists.h"
#include "store/audit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OTHERS_TOLD 5 /* pages of other sites that are named when none is of this */

struct recording_work {
    struct config config; /* as it is when this is asked for */
    char site[256];
    int file; /* the request's; open while its connection sleeps */
    char who[STORE_AUDIT_WHO_MAX];
    bool keep, demo;
    int rc;
    char fault[HAR_FAULT_BYTES];
    struct json *answer;
};

static void put_limits(struct json *root)
{
    struct json *rows = json_new_array();
    json_put(root, "limits", rows);
    for (size_t i = 0; i < HAR_LIMITS_LEN; i++)
        json_append_text(rows, har_limits[i]);
}

static void put_words(struct json *root, const struct har_report *har)
{
    char sentence[HAR_SENTENCE_BYTES];
    const struct har_recording *rec = &har->recordings[0];
    json_put_text(root, "consent", har_consent_sentence(rec, sentence));
    json_put_text(root, "cookies", har_cookies_sentence(rec)[0] ? har_cookies_sentence(rec) : NULL);
    json_put_real(root, "read", har_coverage(rec));
    json_put_text(root, "damage", rec->failed ? "the file is damaged; this is what came before the damage" : NULL);
    put_limits(root);
}

/* What to say when no page is of the site: whose they are. */
static void say_others(struct recording_work *work, const struct har_report *har)
{
    FILE *out = fmemopen(work->fault, sizeof(work->fault), "w");
    size_t n = 0;
    if (!out)
        return;
    fprintf(out, "none of its %zu page%s is of %s", har->pages_len, har->pages_len == 1 ? "" : "s", work->site);
    for (size_t i = 0; i < har->pages_len && n < OTHERS_TOLD; i++)
        if (har->pages[i].site)
            fprintf(out, "%s%s", n++ ? ", " : "; there are pages of ", har->pages[i].site);
    fclose(out);
}

/* Where even this cannot be noted, that it was tried is in the record. */
static void note_outcome(const struct recording_work *work)
{
    char what[150];
    snprintf(what, sizeof(what), "a recording of %.100s", work->site);
    store_audit_write(work->config.redis_socket, work->config.installation, work->who, work->rc == 0 ? "kept" : "could-not-keep", what);
}

static void make_answer(struct recording_work *work, const struct har_report *har)
{
    struct store_proof proof;
    work->rc = proof_from_har(har, 0, work->site, work->demo, &proof);
    if (work->rc < 0) {
        if (work->rc == -ENOENT)
            say_others(work, har);
        return;
    }
    if (work->keep) {
        work->rc = store_proof_write(work->config.redis_socket, work->config.installation, &proof);
        note_outcome(work);
    }
    if (work->rc == 0) {
        work->answer = json_new_object();
        json_put_int(work->answer, "schema", 1);
        json_put_bool(work->answer, "kept", work->keep);
        json_put(work->answer, "recording", site_json_proof(&proof));
        put_words(work->answer, har);
    }
    store_proof_fini(&proof);
}

static FILE *open_again(int file)
{
    int fd = dup(file);
    FILE *in = fd >= 0 && lseek(fd, 0, SEEK_SET) == 0 ? fdopen(fd, "rb") : NULL;
    if (!in && fd >= 0)
        close(fd);
    return in;
}

static void run(void *context)
{
    struct recording_work *work = context;
    struct lists lists;
    struct har_report har;
    if ((work->rc = lists_load(&work->config, &lists)) < 0)
        return;
    struct har_rules rules = {.trackers = lists.trackers, .sites = lists.sites};
    FILE *in = open_again(work->file);
    har_report_init(&har);
    work->rc = in ? har_read_stream(&har, &rules, in, "web: an uploaded recording", work->fault) : -ENOMEM;
    if (in)
        fclose(in);
    /* Damaged further on: what came before is shown, and may be kept. */
    if (work->rc == 0 || (work->rc == -EINVAL && har.requests_len > 0))
        make_answer(work, &har);
    har_report_fini(&har);
    lists_free(&lists);
}

static void done(struct web_call *c, void *context)
{
    struct recording_work *work = context;
    char message[HAR_FAULT_BYTES + 64];
    if (work->answer) {
        web_send_json(c, 200, work->answer);
        work->answer = NULL;
    } else if (work->rc == -EINVAL) {
        snprintf(message, sizeof(message), "this is no recording of a browser (HAR): %s", work->fault);
        web_send_error(c, 400, "recording", message);
    } else if (work->rc == -ENOENT) {
        web_send_error(c, 400, "recording-site", work->fault);
    } else if (work->rc == -ENOSPC) {
        snprintf(message, sizeof(message), STORE_PROOFS_FULL, STORE_PROOFS_MOST);
        web_send_error(c, 409, "recordings-full", message);
    } else if (work->rc == -EPROTO) {
        web_send_error(c, 500, "recording-refused", "the store refused this recording, and nothing was kept; the log of telltale-web says why");
    } else if (work->rc == -ENOMEM) {
        web_send_error(c, 500, "memory", "there is not enough memory to read this recording; `telltale har` can read it");
    } else {
        web_send_store_error(c, work->rc);
    }
}

static void free_work(void *context)
{
    struct recording_work *work = context;
    json_free(work->answer);
    free(work);
}

static bool note(struct web_call *c, const char *did, const char *what)
{
    int rc = store_audit_write(c->web->config->redis_socket, c->web->config->installation, role_word(c->session->role), did, what);
    if (rc < 0)
        web_send_store_error(c, rc);
    return rc == 0;
}

void api_recording(struct web_call *c)
{
    struct listed_site site;
    char what[150];
    const char *keep = c->request->argument(c->request, "keep");
    if (!site_asked(c, &site))
        return;
    if (c->request->body_file < 0) {
        web_send_error(c, 400, "recording", "this is no recording of a browser (HAR): it is empty");
        return;
    }
    struct recording_work *work = calloc(1, sizeof(*work));
    if (work) {
        work->config = *web_settings(c->web);
        work->file = c->request->body_file;
        work->keep = keep && strcmp(keep, "1") == 0;
        work->demo = web_is_demo(c->web);
        snprintf(work->site, sizeof(work->site), "%s", site.site);
        snprintf(work->who, sizeof(work->who), "%s", role_word(c->session->role));
        snprintf(what, sizeof(what), "a recording of %.100s", site.site);
        if (work->keep && !note(c, "tried-to-keep", what)) {
            free_work(work);
            return;
        }
    }
    web_later(c, run, done, free_work, work);
}

void api_recording_remove(struct web_call *c)
{
    static const char *const want[] = {"id"};
    char *got[1];
    if (!foreign_members(c->request->body, c->request->body_len, want, 1, got)) {
        web_send_error(c, 400, "body", "expected {\"id\": ...}");
        return;
    }
    bool valid = store_proof_id_is_valid(got[0]);
    if (!valid) {
        web_send_error(c, 404, "absent-recording", "there is no such recording");
    } else if (note(c, "removed", "a kept recording")) {
        int rc = store_proof_remove(c->web->config->redis_socket, c->web->config->installation, got[0]);
        struct json *root = json_new_object();
        json_put_text(root, "removed", got[0]);
        if (rc == 0) {
            web_send_json(c, 200, root);
        } else {
            json_free(root);
            store_audit_write(c->web->config->redis_socket, c->web->config->installation, role_word(c->session->role), "could-not-remove", "a kept recording");
            web_send_store_error(c, rc);
        }
    }
    foreign_members_free(got, 1);
}
