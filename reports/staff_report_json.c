/* staff_report_json.c -- a staff test as JSON: docs/TEST_VISIT.md describes the object. */
#include "reports/staff_report.h"

#include "common/json.h"

#include <errno.h>

static struct json *host_of(const struct staff_host *h)
{
    struct json *out = json_new_object(), *chain = h->chain_len > 0 ? json_new_array() : NULL;
    json_put_text(out, "host", h->host);
    json_put_text(out, "matched", h->matched);
    json_put_text(out, "tracker", h->tracker);
    json_put_text(out, "organisation", h->organisation);
    json_put_text(out, "purpose", purpose_word(h->purpose));
    json_put_text(out, "evidence", evidence_word(h->evidence));
    if (h->chain_len == 0)
        json_put_null(out, "chain");
    else
        json_put(out, "chain", chain);
    for (size_t i = 0; i < h->chain_len; i++)
        json_append_text(chain, h->chain[i]);
    json_put_real(out, "after_s", h->after_ms / 1000.0);
    json_put_int(out, "visits_with", h->visits_with);
    json_put_int(out, "connections", h->connections);
    json_put_text(out, "feed", h->feed);
    return out;
}

static struct json *leak_of(const struct staff_report *r, const struct staff_leak *l)
{
    struct json *out = json_new_object();
    json_put_text(out, "site", r->site);
    json_put_text(out, "host", l->host);
    json_put_text(out, "parameter", l->parameter);
    json_put_text(out, "page", l->page);
    json_put_text(out, "via", "http");
    return out;
}

static struct json *recall_of(const struct staff_recall *recall)
{
    struct json *out = json_new_object(), *hosts = json_new_array();
    json_put_int(out, "pages", (int64_t)recall->pages);
    json_put_int(out, "requests", (int64_t)recall->requests);
    json_put_int(out, "companies", (int64_t)recall->companies);
    json_put_int(out, "companies_seen", (int64_t)recall->companies_seen);
    json_put_int(out, "unlisted_hosts", (int64_t)recall->unlisted);
    json_put(out, "hosts", hosts);
    for (size_t i = 0; i < recall->hosts_len; i++) {
        const struct staff_recall_host *h = &recall->hosts[i];
        struct json *row = json_new_object();
        json_put_text(row, "host", h->host);
        json_put_text(row, "company", h->company);
        json_put_int(row, "requests", (int64_t)h->requests);
        json_put_bool(row, "seen", h->seen);
        json_put_bool(row, "told_page", h->told_page);
        json_put_text(row, "why_not", h->seen ? NULL : staff_miss_sentence(h->why));
        json_append(hosts, row);
    }
    return out;
}

int staff_write_json(const struct staff_report *r, const struct staff_recall *recall, FILE *out)
{
    struct json *root = json_new_object(), *hosts = json_new_array(), *leaks = json_new_array();
    json_put_int(root, "schema", 1);
    json_put_text(root, "label", "staff test");
    if (r->demo)
        json_put_bool(root, "demo", true);
    json_put_text(root, "id", r->id);
    json_put_text(root, "site", r->site);
    json_put_text(root, "site_label", r->label);
    json_put_text(root, "category", r->category);
    json_put_text(root, "reason", r->reason);
    json_put_int(root, "started", (int64_t)r->hour_s);
    json_put_int(root, "minutes", r->minutes);
    json_put_text(root, "state", store_test_state_word(r->state));
    json_put_int(root, "visits", r->visits);
    json_put_int(root, "beyond", r->beyond);
    json_put(root, "hosts", hosts);
    for (size_t i = 0; i < r->hosts_len; i++)
        json_append(hosts, host_of(&r->hosts[i]));
    json_put(root, "leaks", leaks);
    for (size_t i = 0; i < r->leaks_len; i++)
        json_append(leaks, leak_of(r, &r->leaks[i]));
    if (recall)
        json_put(root, "recall", recall_of(recall));
    else
        json_put_null(root, "recall");
    json_put_text(root, "note", staff_note);
    int rc = json_write(root, out);
    json_free(root);
    return rc;
}
