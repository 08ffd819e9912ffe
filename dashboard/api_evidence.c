/* api_evidence.c -- "Make an evidence pack": the pack of `telltale evidence`, as a zip file that the browser saves.
 *
 * Made in memory, beside the server's thread. Its digest is in the record before it is handed over: who made it can show later that it is the same.
 */
#include "dashboard/api.h"
#include "dashboard/foreign.h"
#include "reports/lists.h"
#include "reports/pack_zip.h"
#include "reports/proof.h"
#include "reports/site_evidence_store.h"
#include "store/audit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SITE_SHOWN 100 /* bytes of a site in the name of the file: exchange.h has room for 127 in all */

struct evidence_work {
    struct config config; /* as it is when this is asked for */
    char site[256], who[STORE_AUDIT_WHO_MAX], name[320];
    bool demo;
    char *bytes;
    size_t n;
    int rc;
};

static bool begin(struct site_evidence *e, const struct evidence_work *work, const struct lists *lists)
{
    struct listed_site site;
    site_evidence_init(e);
    return lists_site(lists, work->site, &site) && site_evidence_begin(e, &work->config, work->demo, &site, lists_provenance(lists));
}

static int note(const struct evidence_work *work, const struct site_evidence *e, const char *digest)
{
    char what[201];
    snprintf(what, sizeof(what), "evidence %.60s %s to %s, manifest %.64s", e->site, e->from, e->to, digest);
    return store_audit_write(work->config.redis_socket, work->config.installation, work->who, "exported", what);
}

static int make(struct evidence_work *work, const struct lists *lists)
{
    struct site_evidence e;
    struct proofs kept = {0};
    struct store_reader *reader = NULL;
    char digest[MANIFEST_HEX], folder[300];
    int rc = begin(&e, work, lists) ? 0 : -ENOMEM;
    if (rc == 0)
        rc = store_reader_open(work->config.redis_socket, work->config.installation, &reader);
    if (rc == 0)
        rc = proofs_read(&kept, work->config.redis_socket, work->config.installation, e.site);
    e.kept = &kept;
    if (rc == 0)
        rc = site_evidence_from_store(&e, reader, "", "");
    site_evidence_sort(&e);
    snprintf(folder, sizeof(folder), "evidence-%.*s-%s", SITE_SHOWN, work->site, e.made); /* the day and the ending stay whole */
    snprintf(work->name, sizeof(work->name), "%s.zip", folder);
    if (rc == 0)
        rc = pack_zip_make(&e, folder, &work->bytes, &work->n, digest);
    if (rc == 0)
        rc = note(work, &e, digest);
    store_reader_close(reader);
    proofs_fini(&kept);
    site_evidence_fini(&e);
    return rc;
}

static void run(void *context)
{
    struct evidence_work *work = context;
    struct lists lists;
    if ((work->rc = lists_load(&work->config, &lists)) < 0)
        return;
    work->rc = make(work, &lists);
    lists_free(&lists);
}

static void done(struct web_call *c, void *context)
{
    struct evidence_work *work = context;
    if (work->rc == -ENODATA) {
        web_send_error(c, 409, "nothing-to-pack", "no period of this site had enough distinct devices (ten, or k if that is more), and no recording of it was kept");
    } else if (work->rc == -ENOMEM) {
        web_send_error(c, 500, "memory", "there is not enough memory for a pack");
    } else if (work->rc < 0) {
        web_send_store_error(c, work->rc);
    } else {
        web_send_file(c, "application/zip", work->name, work->bytes, work->n);
        work->bytes = NULL;
    }
}

static void free_work(void *context)
{
    struct evidence_work *work = context;
    free(work->bytes);
    free(work);
}

void api_evidence(struct web_call *c)
{
    static const char *const want[] = {"site"};
    char *got[1];
    struct listed_site site;
    if (!foreign_members(c->request->body, c->request->body_len, want, 1, got)) {
        web_send_error(c, 400, "body", "expected {\"site\": ...}");
        return;
    }
    bool known = lists_site(&c->web->names, got[0], &site);
    foreign_members_free(got, 1);
    if (!known) {
        web_send_error(c, 404, "site", "this is none of the listed support sites");
        return;
    }
    struct evidence_work *work = calloc(1, sizeof(*work));
    if (work) {
        work->config = *web_settings(c->web);
        work->demo = web_is_demo(c->web);
        snprintf(work->site, sizeof(work->site), "%s", site.site);
        snprintf(work->who, sizeof(work->who), "%s", role_word(c->session->role));
    }
    web_later(c, run, done, free_work, work);
}
