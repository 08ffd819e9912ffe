/* har_read.c -- reads a recording into a har_report. See har.h.
 *
 * The file is read twice, a piece at a time (har_split.h). The first pass learns the pages: Firefox gives a page's title where HAR has
 * it, Chromium and Safari write the address there, and a title is then taken from the page's own HTML if the recording holds it. A recording
 * without pages (some tools write none) gets one from its first HTML answer. The second pass takes the requests, now that it is
 * known what to look for in them. Memory is bounded by the largest element and by the report's own bounds, whatever the file's size.
 *
 * Redirects: an answer's Location, made absolute, is remembered until a request asks for that address; that request was led there.
 */
#include "reports/har.h"

#include "common/hostname.h"
#include "common/json.h"
#include "common/log.h"
#include "reports/har_build.h"
#include "reports/har_entry.h"
#include "reports/har_request.h"
#include "reports/har_split.h"
#include "reports/har_title.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PIECE_BYTES    (256u << 10)
#define REDIRECTS_OPEN 64
#define RAW_ADDRESS    (16u << 10)
#define RAW_TITLE      1024u

struct redirect {
    char *target; /* NULL: free */
    uint64_t order;
    size_t request; /* index in the report */
};

struct reading {
    struct har_report *report;
    const struct har_rules *rules;
    size_t recording, first_page;
    struct har_raw_page pages[HAR_PAGES_MOST];
    int64_t started_ms[HAR_PAGES_MOST];
    bool has_document[HAR_PAGES_MOST]; /* the address is of an HTML answer */
    size_t pages_len;
    bool has_page_objects;
    uint64_t order, consent_order;
    struct redirect redirects[REDIRECTS_OPEN];
    size_t next_redirect;
    struct leak_scanner *scanner;
    char error[JSON_ERROR_MAX];
    char *fault; /* HAR_FAULT_BYTES */
    bool second_pass;
};

static struct har_recording *recording(struct reading *h)
{
    return &h->report->recordings[h->recording];
}

static char *copy(struct url_text text, size_t most)
{
    return strndup(text.at ? text.at : "", text.len < most ? text.len : most);
}

static bool replace(char **text, struct url_text with, size_t most)
{
    char *fresh = copy(with, most);
    if (!fresh)
        return false;
    free(*text);
    *text = fresh;
    return true;
}

static struct url_text text_of(const char *s)
{
    return (struct url_text){.at = s ? s : "", .len = s ? strlen(s) : 0};
}

/* Pages --------------------------------------------------------------------------------------------------------------- */

static bool is_address(struct url_text text)
{
    struct url_parts u;
    return url_split(text.at, text.len, &u);
}

static int add_page(struct reading *h, const char *id, struct url_text title, int64_t started_ms)
{
    if (h->pages_len == HAR_PAGES_MOST)
        return 0;
    struct har_raw_page *p = &h->pages[h->pages_len];
    bool address = is_address(title);
    *p = (struct har_raw_page){.id = copy(text_of(id), RAW_TITLE),
                               .address = copy(address ? title : text_of(""), RAW_ADDRESS),
                               .title = copy(address ? text_of("") : title, RAW_TITLE),
                               .site = strdup("")};
    h->started_ms[h->pages_len++] = started_ms;
    return p->id && p->address && p->title && p->site ? 0 : -ENOMEM;
}

static int read_page(struct reading *h, const struct json_node *page)
{
    const char *id = json_node_text(json_node_member(page, "id")),
               *title = json_node_text(json_node_member(page, "title"));
    const char *started = json_node_text(json_node_member(page, "startedDateTime"));
    h->has_page_objects = true;
    return add_page(h, id, text_of(title), started ? har_time_ms(started) : HAR_UNKNOWN_MS);
}

/* The page an entry belongs to: as it says, else the last that had begun by then. SIZE_MAX: none. */
static size_t page_of(const struct reading *h, const struct har_entry *e)
{
    size_t found = SIZE_MAX;
    for (size_t i = 0; *e->pageref && i < h->pages_len; i++)
        if (strcmp(h->pages[i].id, e->pageref) == 0)
            return i;
    for (size_t i = 0; i < h->pages_len; i++)
        if (found == SIZE_MAX || (e->started_ms != HAR_UNKNOWN_MS && h->started_ms[i] <= e->started_ms &&
                                  h->started_ms[i] >= h->started_ms[found]))
            found = i;
    return found;
}

static bool take_title(struct har_raw_page *p, const struct har_entry *e)
{
    char title[HAR_TITLE_MAX];
    size_t n;
    if (p->title[0] != '\0' || e->content.len == 0)
        return true;
    if (e->content_base64) {
        char *html = malloc(e->content.len);
        size_t whole = e->content.len / 4 * 4; /* it may have been cut */
        if (!html)
            return false;
        n = har_title(html, base64_decode(e->content.at, whole, html), title);
        free(html);
    } else {
        n = har_title(e->content.at, e->content.len, title);
    }
    return n == 0 || replace(&p->title, (struct url_text){title, n}, RAW_TITLE);
}

/* The first pass over an entry: is it the document of a page that still lacks one? */
static int learn_page(struct reading *h, const struct har_entry *e)
{
    bool document = e->html && e->status >= 200 && e->status < 300;
    if (h->pages_len == 0 && document && !h->has_page_objects && add_page(h, "", e->address, e->started_ms) < 0)
        return -ENOMEM;
    size_t page = page_of(h, e);
    if (page == SIZE_MAX || h->has_document[page])
        return 0;
    struct har_raw_page *p = &h->pages[page];
    struct url_parts said, own;
    bool said_address = url_split(p->address, strlen(p->address), &said);
    /* Where the recording says which page it is, the first answer from its host is the document; before it come redirects. */
    if (document && said_address && !(url_split(e->address.at, e->address.len, &own) && url_same_host(&said, &own)))
        return 0;
    if (!document && p->address[0] != '\0')
        return 0;
    if (document || p->address[0] == '\0') {
        if (!replace(&p->address, e->address, RAW_ADDRESS))
            return -ENOMEM;
    }
    h->has_document[page] = document;
    return document && !take_title(p, e) ? -ENOMEM : 0;
}

/* Puts the pages into the report, now that they are known. */
static int settle_pages(struct reading *h)
{
    struct har_report *r = h->report;
    char host[HOSTNAME_MAX + 1];
    bool oom = false;
    h->first_page = r->pages_len;
    for (size_t i = 0; i < h->pages_len; i++) {
        struct har_raw_page *raw = &h->pages[i];
        struct har_page *p = har_add_page(r);
        if (!p)
            return -ENOMEM;
        char *hash = strchr(raw->address, '#');
        if (hash)
            *hash = '\0'; /* never sent */
        size_t len = har_host(text_of(raw->address), host, sizeof(host));
        if (len > 0 && !replace(&raw->site, text_of(har_site_of(host)), HOSTNAME_MAX))
            return -ENOMEM;
        uint32_t site = len ? site_match(h->rules->sites, host, len) : SITE_NONE;
        p->recording = h->recording;
        p->started_ms = h->started_ms[i];
        p->address = har_keep_address(r, text_of(raw->address), URL_PAGE, &oom);
        p->title = har_keep(r, raw->title, strlen(raw->title), &oom);
        if (site != SITE_NONE) {
            p->site = har_keep_or_null(r, site_at(h->rules->sites, site)->site, &oom);
            p->label = har_keep_or_null(r, site_at(h->rules->sites, site)->label, &oom);
            p->category = har_keep_or_null(r, site_at(h->rules->sites, site)->category, &oom);
        }
    }
    return oom ? -ENOMEM : 0;
}

/* Redirects ------------------------------------------------------------------------------------------------------------ */

/* RFC 3986 5.2, as far as Location needs it. NULL: out of memory. */
static char *absolute(struct url_text base, struct url_text location)
{
    struct url_parts u;
    char *out = NULL;
    size_t prefix = 0, n;
    if (!is_address(location) && url_split(base.at, base.len, &u)) {
        size_t scheme = u.https ? 6 : 5; /* "https:" */
        bool from_root = location.len > 0 && location.at[0] == '/',
             other_host = from_root && location.len > 1 && location.at[1] == '/';
        const char *last = u.path.len ? memrchr(u.path.at, '/', u.path.len) : NULL;
        prefix = other_host  ? scheme
                 : from_root ? (size_t)(u.path.at - base.at)
                 : last      ? (size_t)(last + 1 - base.at)
                             : (size_t)(u.path.at - base.at);
    }
    const char *hash = memchr(location.at, '#', location.len);
    n = hash ? (size_t)(hash - location.at) : location.len;
    if (n > RAW_ADDRESS || prefix > RAW_ADDRESS || !(out = malloc(prefix + n + 1)))
        return NULL;
    memcpy(out, base.at, prefix);
    memcpy(out + prefix, location.at, n);
    out[prefix + n] = '\0';
    return out;
}

static int note_redirect(struct reading *h, struct har_request *q, const struct har_entry *e)
{
    bool oom = false;
    for (size_t i = 0; i < REDIRECTS_OPEN; i++) {
        struct redirect *d = &h->redirects[i];
        size_t n = d->target ? strlen(d->target) : 0;
        if (n == 0 || n > e->address.len || memcmp(d->target, e->address.at, n) != 0 ||
            (n < e->address.len && e->address.at[n] != '#'))
            continue;
        q->redirected_from = d->order;
        h->report->requests[d->request].led_to = q->order;
        free(d->target);
        d->target = NULL;
        break;
    }
    if (e->location.len == 0)
        return 0;
    char *target = absolute(e->address, e->location);
    if (!target)
        return 0; /* too long to be followed */
    q->redirects_to = har_keep_address(h->report, text_of(target), URL_REQUEST, &oom);
    struct redirect *d = &h->redirects[h->next_redirect++ % REDIRECTS_OPEN];
    free(d->target);
    *d = (struct redirect){.target = target, .order = q->order, .request = (size_t)(q - h->report->requests)};
    return oom ? -ENOMEM : 0;
}

/* Entries -------------------------------------------------------------------------------------------------------------- */

static enum har_consent consent_of(const struct reading *h)
{
    if (h->consent_order == 0)
        return HAR_CONSENT_NONE;
    return h->order < h->consent_order    ? HAR_CONSENT_BEFORE
           : h->order == h->consent_order ? HAR_CONSENT_ACTION
                                          : HAR_CONSENT_AFTER;
}

/* The report has no room for another request. */
static bool is_full(const struct reading *h)
{
    return h->order >= HAR_REQUESTS_MOST || h->report->bytes > HAR_REPORT_BYTES;
}

static int take_request(struct reading *h, const struct har_entry *e)
{
    struct har_report *r = h->report;
    struct har_sources sources = {
        .rules = h->rules, .pages = h->pages, .pages_len = h->pages_len, .first = h->first_page, .scanner = h->scanner};
    size_t page = page_of(h, e);
    bool whole;
    struct har_request *q = har_request_add(r, &sources, e, page, &whole);
    if (!q)
        return -ENOMEM;
    q->recording = h->recording;
    q->order = h->order;
    q->consent = consent_of(h);
    recording(h)->scan_cut |= !whole;
    recording(h)->has_cookies |= q->cookies_sent[0] != '\0';
    if (page != SIZE_MAX) {
        struct har_page *p = &r->pages[h->first_page + page];
        p->requests++;
        p->third_party += q->third_party;
        if (e->started_ms != HAR_UNKNOWN_MS && p->started_ms != HAR_UNKNOWN_MS)
            q->after_ms = e->started_ms - p->started_ms;
    }
    return note_redirect(h, q, e);
}

/* What has a scheme that is neither http nor https never left the browser, or is a WebSocket, which is not read. */
static bool stays_at_home(const char *address)
{
    size_t scheme = strspn(address, "abcdefghijklmnopqrstuvwxyz-");
    return scheme > 1 && address[scheme] == ':' && strncmp(address, "http", 4) != 0;
}

static int read_entry(struct reading *h, const struct json_node *entry)
{
    struct har_entry e;
    h->order++;
    if (!har_entry_read(entry, &e)) {
        const char *address = json_node_text(json_node_member(json_node_member(entry, "request"), "url"));
        if (h->second_pass && !(address && stays_at_home(address)))
            recording(h)->unreadable++;
        return 0;
    }
    if (h->second_pass)
        return take_request(h, &e);
    if (h->consent_order == 0 && har_is_consent(h->rules, &e))
        h->consent_order = h->order;
    return learn_page(h, &e);
}

static int read_browser(struct reading *h, const struct json_node *who, bool over_creator)
{
    const char *name = json_node_text(json_node_member(who, "name")),
               *version = json_node_text(json_node_member(who, "version"));
    char both[128];
    bool oom = false;
    if (!name || (!over_creator && recording(h)->browser[0] != '\0'))
        return 0;
    int n = snprintf(both, sizeof(both), "%.60s%s%.40s", name, version ? " " : "", version ? version : "");
    free(recording(h)->browser);
    recording(h)->browser = har_keep(h->report, both, n > 0 ? (size_t)n : 0, &oom);
    return oom ? -ENOMEM : 0;
}

static int on_element(void *context, enum har_part part, const char *json, size_t n)
{
    struct reading *h = context;
    int rc = 0;
    if (h->second_pass && part != HAR_ENTRY)
        return 0;
    if (h->second_pass && is_full(h)) {
        h->order++;
        recording(h)->beyond++;
        return 0;
    }
    struct json_node *root = json_read(json, n, h->error);
    if (!root) {
        h->order += part == HAR_ENTRY;
        if (h->second_pass || part != HAR_ENTRY)
            recording(h)->unreadable++;
        return 0;
    }
    if (part == HAR_ENTRY)
        rc = read_entry(h, root);
    else if (part == HAR_PAGE)
        rc = read_page(h, root);
    else
        rc = read_browser(h, root, part == HAR_BROWSER);
    json_node_free(root);
    return rc;
}

/* Passes --------------------------------------------------------------------------------------------------------------- */

struct shown_progress {
    void (*step)(void *context, double share);
    void *context;
    double size, done;
};

/* One pass. -EINVAL: not a recording, or damaged; *fault says where. */
static int pass(struct reading *h, FILE *in, struct shown_progress *p, char *fault, size_t fault_bytes)
{
    struct har_split *split = har_split_new(on_element, h);
    char *piece = malloc(PIECE_BYTES);
    int rc = split && piece ? 0 : -ENOMEM;
    size_t n;
    h->order = 0;
    while (rc == 0 && (n = fread(piece, 1, PIECE_BYTES, in)) > 0) {
        rc = har_split_feed(split, piece, n);
        p->done += (double)n;
        if (p->step && p->size > 0)
            p->step(p->context, p->done / p->size / 2);
    }
    if (rc == 0 && ferror(in))
        rc = errno ? -errno : -EIO;
    if (rc == 0)
        rc = har_split_end(split);
    if (rc == -EINVAL)
        snprintf(fault, fault_bytes, "%s", har_split_fault(split));
    if (split && h->second_pass)
        recording(h)->unreadable += har_split_too_long(split);
    free(piece);
    har_split_free(split);
    return rc;
}

static int read_twice(struct reading *h, FILE *in, struct shown_progress *p, const char *path)
{
    char *fault = h->fault;
    int damaged = pass(h, in, p, fault, HAR_FAULT_BYTES);
    if (damaged < 0 && (damaged != -EINVAL || h->order == 0)) {
        log_error("%s: %s", path, damaged == -EINVAL ? fault : strerror(-damaged));
        return damaged;
    }
    int rc = settle_pages(h);
    if (rc == 0 && fseek(in, 0, SEEK_SET) != 0)
        rc = -errno;
    if (rc == 0) {
        h->second_pass = true;
        recording(h)->consent_order = h->consent_order;
        rc = pass(h, in, p, fault, HAR_FAULT_BYTES);
        recording(h)->entries = h->order;
    }
    if (rc == -EINVAL) {
        recording(h)->failed = true;
        log_error("%s: %s; what came before is reported", path, fault);
    } else if (rc < 0) {
        log_error("%s: %s", path, strerror(-rc));
    }
    if (recording(h)->unreadable > 0)
        log_warning("%s: %llu entries could not be read%s%s", path, (unsigned long long)recording(h)->unreadable,
                    h->error[0] ? ", such as: " : "", h->error);
    return rc;
}

static void free_reading(struct reading *h)
{
    for (size_t i = 0; i < h->pages_len; i++) {
        free(h->pages[i].id);
        free(h->pages[i].address);
        free(h->pages[i].title);
        free(h->pages[i].site);
    }
    for (size_t i = 0; i < REDIRECTS_OPEN; i++)
        free(h->redirects[i].target);
    leak_scanner_free(h->scanner);
    free(h);
}

/* 0, or -errno after saying why. *size: in bytes, for the progress. */
static int open_recording(const char *path, FILE **in, double *size)
{
    struct stat st;
    *in = fopen(path, "rb");
    if (!*in || fstat(fileno(*in), &st) != 0) {
        int rc = -errno;
        log_error("%s: %s", path, strerror(-rc));
        if (*in)
            fclose(*in);
        return rc;
    }
    *size = (double)st.st_size;
    if (S_ISREG(st.st_mode))
        return 0;
    log_error("%s: %s; save the recording as a file first", path,
              S_ISDIR(st.st_mode) ? "is a folder" : "is no file, and a recording is read twice");
    fclose(*in);
    return -EINVAL;
}

static int read_recording(struct har_report *r, const struct har_rules *rules, FILE *in, const char *name, struct shown_progress *p, char fault[HAR_FAULT_BYTES])
{
    bool oom = false;
    int rc = 0;
    fault[0] = '\0';
    struct reading *h = calloc(1, sizeof(*h));
    struct har_recording *recorded = har_add_recording(r);
    if (recorded) {
        recorded->file = har_keep(r, name, strlen(name), &oom);
        recorded->browser = har_keep(r, "", 0, &oom);
    }
    if (h)
        h->scanner = leak_scanner_new();
    if (!h || !recorded || oom || !h->scanner) {
        log_error("%s: out of memory", name);
        rc = -ENOMEM;
    } else {
        h->report = r;
        h->rules = rules;
        h->recording = r->recordings_len - 1;
        h->fault = fault;
        rc = read_twice(h, in, p, name);
    }
    if (rc < 0 && recorded)
        r->recordings[r->recordings_len - 1].failed = true;
    if (h)
        free_reading(h);
    return rc;
}

int har_read_file(struct har_report *r, const struct har_rules *rules, const char *path,
                  void (*progress)(void *context, double share), void *context)
{
    struct shown_progress p = {.step = progress, .context = context};
    char fault[HAR_FAULT_BYTES];
    FILE *in;
    int rc = open_recording(path, &in, &p.size);
    if (rc < 0)
        return rc;
    rc = read_recording(r, rules, in, path, &p, fault);
    fclose(in);
    return rc;
}

int har_read_stream(struct har_report *r, const struct har_rules *rules, FILE *in, const char *name, char fault[HAR_FAULT_BYTES])
{
    struct shown_progress p = {.step = NULL};
    return read_recording(r, rules, in, name, &p, fault);
}
