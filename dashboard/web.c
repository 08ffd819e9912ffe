/* web.c -- the one way from a request to its answer. Each check stands here, before any handler: the Host allow list (against DNS
 * rebinding), the route and its role, and for every change the Origin, the kind of body and the token. */
#include "dashboard/web.h"

#include "common/clock.h"
#include "common/log.h"
#include "dashboard/foreign.h"
#include "dashboard/routes.h"
#include "store/audit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SETTINGS_FRESH_NS (2 * NS_PER_S)

int web_open(struct web *w, const struct config *config, bool tls)
{
    memset(w, 0, sizeof(*w));
    w->config = config;
    w->changed = *config;
    settings_stamp(config, &w->stamp);
    w->tls = tls;
    int rc = lists_load_sites(config, &w->names);
    return rc < 0 ? rc : accounts_open(config->web_accounts, &w->accounts);
}

void web_close(struct web *w)
{
    accounts_close(w->accounts);
    lists_free(&w->names);
    store_reader_close(w->reader);
    store_stream_close(w->alerts);
    store_stream_close(w->audit);
    memset(w, 0, sizeof(*w));
}

/* --- the store -------------------------------------------------------------------------------------------------------------- */

struct store_reader *web_reader(struct web *w)
{
    if (!w->reader)
        store_reader_open(w->config->redis_socket, w->config->installation, &w->reader);
    return w->reader;
}

struct store_stream_reader *web_stream(struct web *w, enum store_key which)
{
    struct store_stream_reader **s = which == STORE_KEY_ALERTS ? &w->alerts : &w->audit;
    if (!*s)
        store_stream_open(w->config->redis_socket, w->config->installation, which, s);
    return *s;
}

static void on_demo_field(void *context, const char *name, const char *value)
{
    if (strcmp(name, "demo") == 0 && strcmp(value, "1") == 0)
        *(bool *)context = true;
}

bool web_is_demo(struct web *w)
{
    bool demo = w->config->demo;
    if (!demo && web_reader(w))
        store_reader_health(w->reader, on_demo_field, &demo);
    return demo;
}

int64_t web_least_devices(struct web *w)
{
    return web_is_demo(w) ? 1 : web_settings(w)->k;
}

static void on_setting(void *context, const char *name, const char *value)
{
    char reason[CONFIG_REASON_MAX];
    if (strncmp(name, "set:", 4) == 0)
        config_change(context, name + 4, value, reason); /* one that is none of ours, or out of its range, changes nothing */
}

const struct config *web_settings(struct web *w)
{
    uint64_t now_ns = clock_monotonic_ns();
    if (w->settings_ns == 0 || now_ns >= w->settings_ns + SETTINGS_FRESH_NS) {
        w->settings = w->changed;
        w->settings_ns = now_ns;
        if (web_reader(w))
            store_reader_settings(w->reader, on_setting, &w->settings);
    }
    return &w->settings;
}

/* Has a page had the files changed since they were read? Before a request is answered alone: handlers borrow names of sites. */
static void look_for_changes(struct web *w, uint64_t now_ns)
{
    struct settings_stamp stamp;
    struct lists names;
    if (now_ns < w->looked_ns + SETTINGS_FRESH_NS)
        return;
    w->looked_ns = now_ns;
    if (!settings_stamp(w->config, &stamp) || memcmp(&stamp, &w->stamp, sizeof(stamp)) == 0)
        return;
    w->stamp = stamp; /* what cannot be read has its line in the log once; what was read before holds */
    struct config *now = malloc(sizeof(*now));
    if (now && w->config->file[0] && config_load(w->config->file, now) == 0) {
        memcpy(now->redis_socket, w->config->redis_socket, sizeof(now->redis_socket)); /* the store is the one that was opened at the start */
        memcpy(now->installation, w->config->installation, sizeof(now->installation));
        w->changed = *now;
    }
    free(now);
    w->settings_ns = 0;
    if (lists_load_sites(&w->changed, &names) == 0) {
        lists_free(&w->names);
        w->names = names;
    }
}

void web_note(struct web *w, enum role role, const char *did, const char *what)
{
    if (store_audit_write(w->config->redis_socket, w->config->installation, role == ROLE_NONE ? "nobody" : role_word(role), did, what) < 0)
        log_warning("record: \"%s %s\" could not be noted", did, what);
}

bool web_note_look(struct web_call *c, const char *what)
{
    if (!session_notes(c->session, what, clock_wall_ns() / NS_PER_S / 3600))
        return true;
    int rc = store_audit_write(c->web->config->redis_socket, c->web->config->installation, role_word(c->session->role), "looked", what);
    if (rc == 0)
        return true;
    session_unnote(c->session);
    web_send_store_error(c, rc);
    return false;
}

/* --- answers ---------------------------------------------------------------------------------------------------------------- */

void web_send_json(struct web_call *c, unsigned status, struct json *document)
{
    struct web_answer *a = c->answer;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    int rc = out ? json_write_line(document, out) : -ENOMEM;
    if (out && fclose(out) != 0)
        rc = -ENOMEM;
    json_free(document);
    a->type = "application/json";
    if (rc < 0) {
        static char sorry[] = "{\"error\":{\"code\":\"memory\",\"message\":\"there is not enough memory for this answer\"}}";
        free(text);
        a->status = 500;
        a->body = sorry;
        a->body_len = sizeof(sorry) - 1;
        a->body_is_static = true;
        return;
    }
    a->status = status;
    a->body = text;
    a->body_len = size;
}

void web_send_error(struct web_call *c, unsigned status, const char *code, const char *message)
{
    struct json *root = json_new_object(), *error = json_new_object();
    json_put(root, "error", error);
    json_put_text(error, "code", code);
    json_put_text(error, "message", message);
    if (c->answer->retry_after_s)
        json_put_int(error, "wait_s", c->answer->retry_after_s);
    web_send_json(c, status, root);
}

void web_send_store_error(struct web_call *c, int rc)
{
    if (rc == -EPERM)
        web_send_error(c, 503, "store-refuses", "Redis does not let the dashboard read this; [web] store_user is to be telltale-dashboard");
    else
        web_send_error(c, 503, "store-away", "the store (Redis) does not answer; nothing is lost, the sensor keeps what it sees until it is back");
}

void web_send_file(struct web_call *c, const char *type, const char *filename, char *bytes, size_t n)
{
    struct web_answer *a = c->answer;
    a->status = 200;
    a->type = type;
    a->body = bytes;
    a->body_len = n;
    size_t n_name = strlen(filename), most = sizeof(a->filename) - 1;
    const char *ending = strrchr(filename, '.');
    if (n_name <= most || !ending || strlen(ending) > most) /* else what is cut is before the ending, which says what to open it with */
        ending = "";
    snprintf(a->filename, sizeof(a->filename), "%.*s%s", (int)(most - strlen(ending)), filename, ending);
}

void web_later(struct web_call *c, void (*run)(void *work), void (*done)(struct web_call *c, void *work), void (*free_work)(void *work), void *work)
{
    struct job *job = work ? calloc(1, sizeof(*job)) : NULL;
    if (!job) {
        if (work)
            free_work(work);
        web_send_error(c, 500, "memory", "there is not enough memory for this answer");
        return;
    }
    *job = (struct job){.run = run, .done = done, .free = free_work, .work = work, .connection = c->request->connection, .of_session = c->session != NULL};
    c->answer->job = job;
}

void web_later_password(struct web_call *c, void (*run)(void *work), void (*done)(struct web_call *c, void *work), void (*free_work)(void *work), void *work)
{
    web_later(c, run, done, free_work, work);
    if (c->answer->job)
        c->answer->job->is_password = true;
}

static const char *browser_cookie_name(const struct web *w)
{
    return w->tls ? "__Host-telltale-browser" : "telltale-browser";
}

void web_set_browser_cookie(struct web_call *c, const char *mark)
{
    snprintf(c->answer->browser_cookie, sizeof(c->answer->browser_cookie), "%s=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%d%s", browser_cookie_name(c->web), mark,
             180 * 24 * 3600, c->web->tls ? "; Secure" : "");
}

bool web_browser_cookie(const struct web_call *c, char *out, size_t size)
{
    return foreign_cookie(c->request->cookie, browser_cookie_name(c->web), out, size);
}

const char *web_cookie_name(const struct web *w)
{
    return w->tls ? "__Host-telltale" : "telltale";
}

void web_set_cookie(struct web_call *c, const char *id)
{
    snprintf(c->answer->cookie, sizeof(c->answer->cookie), "%s=%s; Path=/; HttpOnly; SameSite=Strict%s%s", web_cookie_name(c->web), id,
             c->web->tls ? "; Secure" : "", id[0] ? "" : "; Max-Age=0");
}

/* --- the checks ------------------------------------------------------------------------------------------------------------- */

static bool host_is_in(const char *list, const char *host)
{
    size_t n = strlen(host);
    for (const char *at = list; *at;) {
        at += strspn(at, " ,\t");
        size_t word = strcspn(at, " ,\t");
        if (word == n && strncasecmp(at, host, n) == 0)
            return true;
        at += word;
    }
    return false;
}

static bool host_is_ours(const struct web *w, const char *header)
{
    char host[FOREIGN_HOST_MAX], port[FOREIGN_PORT_MAX];
    return foreign_host(header, host, port) && (host_is_in("localhost 127.0.0.1 [::1]", host) || host_is_in(w->config->web_hosts, host));
}

static void find_session(struct web_call *c)
{
    char id[SESSION_ID_MAX];
    if (foreign_cookie(c->request->cookie, web_cookie_name(c->web), id, sizeof(id)))
        c->session = sessions_find(&c->web->sessions, id, c->now_ns, !c->request->background);
}

/* A change comes from a page of ours, as JSON (which a form of another page cannot send), and with the session's token. */
static bool change_is_ours(struct web_call *c, const struct route *r)
{
    const struct web_request *q = c->request;
    if (!foreign_origin_is(q->origin, q->tls, q->host))
        web_send_error(c, 403, "origin", "the request does not come from a page of this dashboard");
    else if (!q->content_type || strcmp(q->content_type, "application/json") != 0)
        web_send_error(c, 415, "type", "the body must be application/json");
    else if (r->who != ROUTE_PUBLIC && !session_token_is(c->session, q->token))
        web_send_error(c, 403, "token", "the page is out of date; load it again");
    else
        return true;
    return false;
}

static void refuse_role(struct web_call *c, const struct route *r)
{
    if (r->kind == ROUTE_PAGE && !c->session) {
        c->answer->status = 303;
        snprintf(c->answer->location, sizeof(c->answer->location), "/sign-in");
        c->answer->type = "text/plain";
    } else if (r->kind == ROUTE_PAGE) {
        web_send_asset(c, "page.html"); /* its script says whose page it is */
        c->answer->status = 403;
        c->answer->etag[0] = '\0';
    } else if (!c->session) {
        web_send_error(c, 401, "signed-out", "sign in first");
    } else {
        web_send_error(c, 403, "role", "this is not for your role");
    }
}

size_t web_body_most(struct web *w, const struct web_request *q)
{
    bool method_is_wrong;
    struct web_answer unsaid = {.status = 0};
    struct web_call c = {.web = w, .request = q, .answer = &unsaid, .now_ns = clock_monotonic_ns()};
    const struct route *r = host_is_ours(w, q->host) ? route_find(q->method, q->path, &method_is_wrong) : NULL;
    if (!r || r->kind != ROUTE_UPLOAD)
        return EXCHANGE_BODY_MAX;
    find_session(&c);
    bool may = c.session && route_allows(r, c.session->role, q->peer_is_loopback) && change_is_ours(&c, r);
    if (!unsaid.body_is_static)
        free(unsaid.body); /* web_answer() says it again when the body was thrown away */
    return may ? EXCHANGE_UPLOAD_MAX : EXCHANGE_BODY_MAX;
}

void web_finish(struct web *w, const struct web_request *q, struct web_answer *a, struct job *job)
{
    struct web_call c = {.web = w, .request = q, .answer = a, .now_ns = clock_monotonic_ns()};
    find_session(&c);
    if (!job->has_run && !job->is_password)
        web_send_error(&c, 503, "busy", "the dashboard has too much to do; try again in a minute");
    else if (job->of_session && !c.session)
        web_send_error(&c, 401, "signed-out", "sign in first");
    else
        job->done(&c, job->work);
}

void web_answer(struct web *w, const struct web_request *q, struct web_answer *a)
{
    bool method_is_wrong;
    struct web_call c = {.web = w, .request = q, .answer = a, .now_ns = clock_monotonic_ns()};
    if (!host_is_ours(w, q->host)) {
        web_send_error(&c, 421, "host", "this dashboard is not reached under that name; add it to [web] hosts in its settings");
        return;
    }
    const struct route *r = route_find(q->method, q->path, &method_is_wrong);
    if (!r) {
        web_send_error(&c, method_is_wrong ? 405 : 404, method_is_wrong ? "method" : "path",
                       method_is_wrong ? "this path knows another method" : "there is no such page");
        return;
    }
    if (q->body_too_long) {
        web_send_error(&c, 413, "too-long", "the body is too long");
        return;
    }
    if (q->no_room) {
        a->retry_after_s = 30;
        web_send_error(&c, 503, "recording-busy", "another recording is being read; send this one again in a minute");
        return;
    }
    find_session(&c);
    if (!route_allows(r, c.session ? c.session->role : ROLE_NONE, q->peer_is_loopback))
        refuse_role(&c, r);
    else if (strcmp(r->method, "POST") != 0 || change_is_ours(&c, r)) {
        look_for_changes(w, c.now_ns);
        r->handle(&c);
    }
}
