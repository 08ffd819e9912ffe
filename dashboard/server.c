/* server.c -- see server.h.
 *
 * libmicrohttpd's own time-out is one of silence: who sends a byte every ten seconds stays for ever. So each connection has a deadline of
 * ours, counted from its start or its last whole request; the live thread, which ticks four times a second, shuts the socket of one that is
 * over, and the library then notices that it ended. Live viewers have none: they are bounded in number and end with their session.
 * Left out: HTTP/2 and compression. A page is a dozen small files from a machine in the same building.
 */
#include "dashboard/server.h"

#include "common/log.h"
#include "dashboard/fingerprint.h"
#include "dashboard/jobs.h"
#include "dashboard/listener.h"
#include "dashboard/peers.h"

#include <errno.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define SILENCE_S 20
#define LIVE_BLOCK 2048
#define UPLOADS_AT_ONCE 1 /* 64 MB, and what reading them takes: two do not fit the unit's MemoryMax */
#define UPLOAD_PATIENCE_NS (180 * NS_PER_S)

struct server {
    struct web *web;
    struct MHD_Daemon *daemon;
    struct peers peers;
    struct jobs *jobs, *passwords;
    unsigned uploads; /* open now */
    char *certificate, *key;
};

struct exchange {
    char *body;
    size_t body_len, body_most;
    int body_file; /* an upload's body; else -1 */
    bool too_long, no_room;
    struct job *job; /* the answer comes when it is done */
};

/* --- connections ------------------------------------------------------------------------------------------------------------ */

static const struct sockaddr *address_of(struct MHD_Connection *connection)
{
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
}

static enum MHD_Result may_connect(void *context, const struct sockaddr *sa, socklen_t len)
{
    struct server *s = context;
    (void)len;
    return peers_may_join(&s->peers, sa) ? MHD_YES : MHD_NO;
}

static void on_connection(void *context, struct MHD_Connection *connection, void **place, enum MHD_ConnectionNotificationCode code)
{
    struct server *s = context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        int fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        *place = peers_add(&s->peers, fd, address_of(connection), clock_monotonic_ns() + SERVER_PATIENCE_NS);
    } else if (*place) {
        peers_remove(&s->peers, *place);
        *place = NULL;
    }
}

static void set_deadline(struct server *s, struct MHD_Connection *connection, uint64_t deadline_ns)
{
    struct peer *p = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    if (p)
        peers_set_deadline(&s->peers, p, deadline_ns);
}

/* On the live thread. */
static void end_the_slow(void *context)
{
    struct server *s = context;
    peers_end_slow(&s->peers, clock_monotonic_ns());
}

static void on_completed(void *context, struct MHD_Connection *connection, void **place, enum MHD_RequestTerminationCode code)
{
    struct exchange *x = *place;
    (void)code;
    if (x) {
        if (x->body)
            explicit_bzero(x->body, x->body_len); /* it may have been a password */
        free(x->body);
        if (x->body_file >= 0) {
            close(x->body_file);
            ((struct server *)context)->uploads--;
        }
        job_free(x->job);
        free(x);
    }
    *place = NULL;
    set_deadline(context, connection, clock_monotonic_ns() + SERVER_PATIENCE_NS);
}

static void sleep_connection(void *connection)
{
    MHD_suspend_connection(connection);
}

static void wake_connection(void *connection)
{
    MHD_resume_connection(connection);
}

/* --- a request -------------------------------------------------------------------------------------------------------------- */

static const char *header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static void take_peer(struct MHD_Connection *connection, struct web_request *q)
{
    q->peer = peer_address(address_of(connection));
    q->peer_is_loopback = peer_is_loopback(&q->peer);
}

static enum MHD_Result count_host(void *context, enum MHD_ValueKind kind, const char *name, const char *value)
{
    (void)kind;
    (void)value;
    *(unsigned *)context += strcasecmp(name, "Host") == 0;
    return MHD_YES;
}

/* NULL when there is none, or more than one (RFC 9112 3.2): two readers of one request could disagree on which counts. */
static const char *host_of(struct MHD_Connection *connection)
{
    unsigned hosts = 0;
    MHD_get_connection_values(connection, MHD_HEADER_KIND, count_host, &hosts);
    return hosts == 1 ? header(connection, "Host") : NULL;
}

/* An upload's body goes to a file in memory: a recording is read twice, and never touches a disk. */
static bool begin_upload(struct server *s, struct exchange *x, struct MHD_Connection *connection)
{
    if (s->uploads == UPLOADS_AT_ONCE || (x->body_file = memfd_create("upload", MFD_CLOEXEC)) < 0)
        return false;
    s->uploads++;
    set_deadline(s, connection, clock_monotonic_ns() + UPLOAD_PATIENCE_NS);
    return true;
}

static bool write_body(struct exchange *x, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t wrote = write(x->body_file, bytes, n);
        if (wrote <= 0)
            return false;
        bytes += wrote;
        n -= (size_t)wrote;
    }
    return true;
}

static enum MHD_Result take_body(struct server *s, struct MHD_Connection *connection, struct exchange *x, const char *bytes, size_t *n)
{
    bool upload = x->body_most > EXCHANGE_BODY_MAX;
    if (x->too_long || x->no_room) {
        /* it is thrown away, and answered at its end */
    } else if (x->body_len + *n > x->body_most) {
        x->too_long = true;
    } else if (upload) {
        if ((x->body_file < 0 && !begin_upload(s, x, connection)) || !write_body(x, bytes, *n))
            x->no_room = true;
    } else {
        if (!x->body && !(x->body = malloc(EXCHANGE_BODY_MAX)))
            return MHD_NO;
        memcpy(x->body + x->body_len, bytes, *n);
    }
    if (!x->too_long && !x->no_room)
        x->body_len += *n;
    *n = 0;
    return MHD_YES;
}

/* --- an answer -------------------------------------------------------------------------------------------------------------- */

/* A viewer sees no more once its session is over; it is asked at each alert, and every ten seconds without. */
struct live_body {
    struct web *web;
    struct live_viewer *viewer;
};

static ssize_t on_live_read(void *context, uint64_t position, char *out, size_t size)
{
    struct live_body *body = context;
    (void)position;
    if (!sessions_alive(&body->web->sessions, live_session(body->viewer), clock_monotonic_ns()))
        return MHD_CONTENT_READER_END_OF_STREAM;
    ssize_t n = live_read(body->viewer, out, size);
    return n < 0 ? MHD_CONTENT_READER_END_OF_STREAM : n;
}

static void on_live_gone(void *context)
{
    struct live_body *body = context;
    live_leave(body->viewer);
    free(body);
}

static struct MHD_Response *make_live_response(struct web *w, struct live_viewer *viewer)
{
    struct live_body *body = malloc(sizeof(*body));
    if (!body)
        return NULL;
    *body = (struct live_body){w, viewer};
    struct MHD_Response *response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, LIVE_BLOCK, on_live_read, body, on_live_gone);
    if (!response)
        free(body);
    return response;
}

static struct MHD_Response *make_response(struct web *w, const struct web_answer *a)
{
    if (a->viewer)
        return make_live_response(w, a->viewer);
    return MHD_create_response_from_buffer(a->body_len, a->body, a->body_is_static || !a->body ? MHD_RESPMEM_PERSISTENT : MHD_RESPMEM_MUST_FREE);
}

/* The page may load from here alone, run no script that stands in it, and be framed by nobody. */
static void put_headers(struct MHD_Response *r, const struct web_answer *a)
{
    static const char *const always[][2] = {
        {"Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
                                    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"},
        {"X-Content-Type-Options", "nosniff"},
        {"X-Frame-Options", "DENY"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Permissions-Policy", "camera=(), geolocation=(), microphone=(), interest-cohort=()"},
    };
    char number[16];
    for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
        MHD_add_response_header(r, always[i][0], always[i][1]);
    MHD_add_response_header(r, "Content-Type", a->type);
    MHD_add_response_header(r, "Cache-Control", a->etag[0] ? "no-cache" : "no-store");
    if (a->etag[0])
        MHD_add_response_header(r, "ETag", a->etag);
    if (a->location[0])
        MHD_add_response_header(r, "Location", a->location);
    if (a->cookie[0])
        MHD_add_response_header(r, "Set-Cookie", a->cookie);
    if (a->browser_cookie[0])
        MHD_add_response_header(r, "Set-Cookie", a->browser_cookie);
    if (a->filename[0]) {
        char saved[160];
        snprintf(saved, sizeof(saved), "attachment; filename=\"%s\"", a->filename);
        MHD_add_response_header(r, "Content-Disposition", saved);
    }
    if (a->retry_after_s) {
        snprintf(number, sizeof(number), "%u", a->retry_after_s);
        MHD_add_response_header(r, "Retry-After", number);
    }
}

static enum MHD_Result send_answer(struct server *s, struct MHD_Connection *connection, struct web_answer *a)
{
    struct MHD_Response *response = make_response(s->web, a);
    if (!response) {
        if (a->viewer)
            live_leave(a->viewer);
        if (!a->body_is_static)
            free(a->body);
        return MHD_NO;
    }
    put_headers(response, a);
    if (a->viewer)
        set_deadline(s, connection, 0);
    enum MHD_Result rc = MHD_queue_response(connection, a->status, response);
    MHD_destroy_response(response);
    return rc;
}

static const char *argument(const struct web_request *q, const char *name)
{
    return MHD_lookup_connection_value(q->connection, MHD_GET_ARGUMENT_KIND, name);
}

static struct web_request request_of(struct server *s, struct MHD_Connection *connection, const char *url, const char *method, const struct exchange *x)
{
    struct web_request q = {
        .method = method,
        .path = url,
        .host = host_of(connection),
        .origin = header(connection, "Origin"),
        .cookie = header(connection, "Cookie"),
        .token = header(connection, "X-Telltale-Token"),
        .content_type = header(connection, "Content-Type"),
        .if_none_match = header(connection, "If-None-Match"),
        .background = header(connection, "X-Telltale-Background") != NULL || strcmp(url, "/api/v1/live") == 0,
        .argument = argument,
        .body = x->body ? x->body : "",
        .body_len = x->body_len,
        .body_file = x->body_file,
        .body_too_long = x->too_long,
        .no_room = x->no_room,
        .tls = s->web->tls,
        .connection = connection,
    };
    q.day = argument(&q, "day");
    take_peer(connection, &q);
    return q;
}

/* The connection sleeps before the job is given away: it may be done, and wake it, before this returns. */
static enum MHD_Result begin_job(struct server *s, struct MHD_Connection *connection, struct exchange *x, struct web_answer *a)
{
    x->job = a->job;
    set_deadline(s, connection, 0);
    MHD_suspend_connection(connection);
    if (!jobs_give(x->job->is_password ? s->passwords : s->jobs, x->job))
        MHD_resume_connection(connection); /* it has not run, and that is its answer */
    return MHD_YES;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
                                  const char *upload, size_t *upload_len, void **place)
{
    struct server *s = context;
    struct exchange *x = *place;
    (void)version;
    if (!x) {
        if (!(*place = x = calloc(1, sizeof(*x))))
            return MHD_NO;
        x->body_file = -1;
        struct web_request q = request_of(s, connection, url, method, x);
        x->body_most = web_body_most(s->web, &q);
        return MHD_YES;
    }
    if (*upload_len > 0)
        return take_body(s, connection, x, upload, upload_len);
    struct web_answer a = {.status = 500, .type = "text/plain"};
    struct web_request q = request_of(s, connection, url, method, x);
    if (x->job) {
        set_deadline(s, connection, clock_monotonic_ns() + SERVER_PATIENCE_NS);
        web_finish(s->web, &q, &a, x->job);
    } else {
        web_answer(s->web, &q, &a);
        if (a.job)
            return begin_job(s, connection, x, &a);
    }
    return send_answer(s, connection, &a);
}

/* --- starting --------------------------------------------------------------------------------------------------------------- */

static void free_server(struct server *s)
{
    if (s->key)
        explicit_bzero(s->key, strlen(s->key));
    free(s->certificate);
    free(s->key);
    peers_fini(&s->peers);
    free(s);
}

static int start_daemon(struct server *s, int fd)
{
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | (s->web->tls ? MHD_USE_TLS : 0);
    struct MHD_OptionItem options[] = {
        {MHD_OPTION_LISTEN_SOCKET, fd, NULL},
        {MHD_OPTION_CONNECTION_LIMIT, SERVER_CONNECTIONS_MAX, NULL},
        {MHD_OPTION_CONNECTION_TIMEOUT, SILENCE_S, NULL},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, 16 << 10, NULL},
        {MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL},
        {MHD_OPTION_HTTPS_MEM_CERT, 0, s->certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, s->key},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"},
        {MHD_OPTION_END, 0, NULL},
    };
    if (!s->web->tls)
        options[5].option = MHD_OPTION_END;
    s->daemon = MHD_start_daemon(flags, 0, may_connect, s, on_request, s, MHD_OPTION_NOTIFY_COMPLETED, on_completed, s, MHD_OPTION_NOTIFY_CONNECTION,
                                 on_connection, s, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
    if (s->daemon)
        return 0;
    log_error("web: %s port %d: the server did not start%s", s->web->config->web_listen, (int)s->web->config->web_port,
              s->web->tls ? ": do [web] certificate and key belong together, and are both PEM?" : "");
    return -EIO;
}

static void end_jobs(struct server *s)
{
    if (s->jobs)
        jobs_end(s->jobs);
    if (s->passwords)
        jobs_end(s->passwords);
}

static void free_jobs(struct server *s)
{
    if (s->jobs)
        jobs_free(s->jobs);
    if (s->passwords)
        jobs_free(s->passwords);
}

int server_start(struct web *w, struct server **out)
{
    int rc = 0, fd = -1;
    *out = NULL;
    struct server *s = calloc(1, sizeof(*s));
    if (!s)
        return -ENOMEM;
    s->web = w;
    peers_init(&s->peers);
    if (w->tls && ((rc = listener_read_pem(w->config->web_certificate, false, &s->certificate)) < 0 || (rc = listener_read_pem(w->config->web_key, true, &s->key)) < 0))
        goto free_all;
    if ((fd = listener_open(w->config)) < 0) {
        rc = fd;
        goto free_all;
    }
    if (!(s->jobs = jobs_start(JOBS_THREADS_MOST, wake_connection)) || !(s->passwords = jobs_start(1, wake_connection))) {
        rc = -ENOMEM;
        goto close_socket;
    }
    struct live_hooks hooks = {sleep_connection, wake_connection, end_the_slow, s};
    if ((rc = live_start(w->config->redis_socket, w->config->installation, &hooks, &w->live)) < 0)
        goto close_socket;
    if ((rc = start_daemon(s, fd)) < 0)
        goto end_live;
    char fingerprint[FINGERPRINT_MAX];
    if (s->certificate && fingerprint_of_pem(s->certificate, fingerprint))
        log_info("web: its certificate's fingerprint, to be compared with what the browser shows: SHA-256 %s", fingerprint);
    *out = s;
    return 0;
end_live:
    live_end(w->live);
    live_free(w->live);
    w->live = NULL;
close_socket:
    end_jobs(s);
    free_jobs(s);
    close(fd);
free_all:
    free_server(s);
    return rc;
}

void server_stop(struct server *s)
{
    struct live *live = s->web->live;
    live_end(live);
    end_jobs(s);
    MHD_stop_daemon(s->daemon);
    free_jobs(s);
    live_free(live);
    s->web->live = NULL;
    free_server(s);
}
