/* report_table.c -- a report as a person first meets it: on the terminal, in sentences, then one line a contact.
 *
 * The order answers questions in the order in which they are asked: how bad is it, how much of the truth is this, who
 * exactly, which support sites, what else, what could not be seen. Times are local to the machine, with the zone named.
 * "Contacted" is said of what was reached, "looked up only" and "blocked" of what was not; why something is withheld is
 * said where it is missed. Where one line a contact does not fit, its purpose and names go on a second line under it,
 * which reads better than seven cut columns. On a terminal the list stops after CONTACTS_ON_TERMINAL lines; a file or
 * pipe gets all.
 */
#include "reports/capture_report.h"

#include "reports/report_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CONTACTS_ON_TERMINAL 200
#define COUNTRIES_SHOWN      12
#define COLUMNS              7 /* on a wide page; a narrow one moves the last two under the row */
#define NARROW_COLUMNS       5
#define UNDER_INDENT         12u

/* Devices by name, so that a label is found without a walk. */
struct labels {
    const struct report_device **by_name;
    size_t len;
};

/* How the table's rows are written; the same for each. */
struct contact_view {
    struct labels labels;
    bool several_days;
};

static int label_order(const void *left, const void *right)
{
    const struct report_device *const *a = left, *const *b = right;
    return strcmp((*a)->device, (*b)->device);
}

static int labels_init(struct labels *labels, const struct capture_report *r)
{
    *labels = (struct labels){0};
    if (r->devices_len == 0)
        return 0;
    labels->by_name = calloc(r->devices_len, sizeof(*labels->by_name));
    if (!labels->by_name)
        return -ENOMEM;
    for (size_t i = 0; i < r->devices_len; i++)
        if (r->devices[i].device && r->devices[i].label)
            labels->by_name[labels->len++] = &r->devices[i];
    if (labels->len > 1)
        qsort(labels->by_name, labels->len, sizeof(*labels->by_name), label_order);
    return 0;
}

/* What a device is called: its label, or else its pseudonym. */
static const char *device_name(const struct labels *labels, char *device)
{
    if (!device)
        return "withheld";
    struct report_device wanted = {.device = device};
    const struct report_device *key = &wanted, **found = NULL;
    if (labels->len > 0)
        found = bsearch(&key, labels->by_name, labels->len, sizeof(*labels->by_name), label_order);
    return found ? (*found)->label : device;
}

static bool local(uint64_t ns, struct tm *out)
{
    time_t seconds = (time_t)(ns / 1000000000u);
    return ns != 0 && localtime_r(&seconds, out) != NULL;
}

static bool same_day(const struct tm *a, const struct tm *b)
{
    return a->tm_year == b->tm_year && a->tm_yday == b->tm_yday;
}

static const char *const months[12] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

static void set_time_cell(struct page_cell *cell, uint64_t ns, bool several_days)
{
    struct tm t;
    if (!local(ns, &t))
        page_cell_set(cell, PAGE_PLAIN, "-");
    else if (several_days)
        page_cell_set(cell, PAGE_PLAIN, "%02d %s %02d:%02d:%02d", t.tm_mday, months[t.tm_mon], t.tm_hour, t.tm_min,
                      t.tm_sec);
    else
        page_cell_set(cell, PAGE_PLAIN, "%02d:%02d:%02d", t.tm_hour, t.tm_min, t.tm_sec);
}

static void set_company_cell(struct page_cell *cell, const struct report_contact *c)
{
    if (c->tracker && c->organisation && strcmp(c->tracker, c->organisation) != 0)
        page_cell_set(cell, PAGE_PLAIN, "%s (%s)", c->tracker, c->organisation);
    else if (c->tracker || c->organisation)
        page_cell_set(cell, PAGE_PLAIN, "%s", c->tracker ? c->tracker : c->organisation);
    else
        page_cell_set(cell, PAGE_FAINT, "not named by the list");
}

/* "ad exchange": the purpose's word, as a reader would write it. */
static void purpose_text(enum purpose p, char out[32])
{
    snprintf(out, 32, "%s", purpose_word(p));
    for (char *at = out; *at; at++)
        if (*at == '-')
            *at = ' ';
}

static enum page_tint purpose_tint(enum purpose p)
{
    return p == PURPOSE_AD_EXCHANGE || p == PURPOSE_AD_PIXEL ? PAGE_ALARM : PAGE_PLAIN;
}

static const char *evidence_phrase(enum evidence e)
{
    switch (e) {
    case EVIDENCE_LOOKUP:
        return "looked up only";
    case EVIDENCE_BLOCKED:
        return "blocked";
    case EVIDENCE_ADDRESS:
        return "contacted (address)";
    case EVIDENCE_HANDSHAKE:
        return "contacted (handshake)";
    case EVIDENCE_URL:
        return "contacted (url)";
    case EVIDENCE_COUNT:
        break;
    }
    return "-";
}

/* The cells in the order of a wide page: what a narrow one moves under the row comes last. */
static void contact_cells(const struct contact_view *view, const struct report_contact *c,
                          struct page_cell cells[COLUMNS])
{
    char purpose[32];
    const char *name = c->host ? c->host : c->matched;
    purpose_text(c->purpose, purpose);
    set_time_cell(&cells[0], c->first_ns, view->several_days);
    page_cell_set(&cells[1], c->device ? PAGE_PLAIN : PAGE_FAINT, "%s", device_name(&view->labels, c->device));
    set_company_cell(&cells[2], c);
    page_cell_set(&cells[3], report_contacted(c->evidence) ? PAGE_PLAIN : PAGE_FAINT, "%s",
                  evidence_phrase(c->evidence));
    page_cell_set(&cells[4], PAGE_PLAIN, "%s", PAGE_NUMBER(c->connections));
    page_cell_set(&cells[5], purpose_tint(c->purpose), "%s", purpose);
    page_cell_set(&cells[6], PAGE_PLAIN, "%s", name ? name : "-");
}

/* "metrics.themix.org.uk -> themix.data.adobedc.net", on the heap; the name alone where there is no chain. */
static char *names_of(const struct report_contact *c)
{
    char *joined = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&joined, &n);
    if (!out)
        return NULL;
    for (size_t i = 0; i < c->chain_len; i++)
        fprintf(out, "%s%s", i ? " -> " : "", c->chain[i]);
    if (c->chain_len == 0)
        fputs(c->host ? c->host : c->matched ? c->matched : "-", out);
    fclose(out);
    return joined;
}

/* What does not fit in the row, under it: on a wide page the chain of a cloaked name, on a narrow one purpose and
 * names. */
static void print_under(const struct report_contact *c, bool narrow, struct page *page)
{
    if (!narrow && c->chain_len < 2)
        return;
    char purpose[32], *names = names_of(c);
    purpose_text(c->purpose, purpose);
    if (!names)
        page->rc = -ENOMEM;
    else if (narrow)
        page_item(page, UNDER_INDENT, purpose_tint(c->purpose), purpose, names);
    else
        page_item(page, UNDER_INDENT, PAGE_PLAIN, "alias", names);
    free(names);
}

static void print_contacts(const struct capture_report *r, const struct contact_view *view, struct page *page)
{
    struct page_column columns[COLUMNS] = {
        {.title = "Time"},
        {.title = "Device"},
        {.title = "Company"},
        {.title = "Seen"},
        {.title = "Connections", .right = true},
        {.title = "Purpose"},
        {.title = "Name", .keep_end = true},
    };
    struct page_cell cells[COLUMNS];
    size_t shown = r->contacts_len;
    if (page->width > 0 && shown > CONTACTS_ON_TERMINAL)
        shown = CONTACTS_ON_TERMINAL;
    for (size_t i = 0; i < shown; i++) {
        contact_cells(view, &r->contacts[i], cells);
        page_table_measure(columns, COLUMNS, cells);
    }
    bool narrow = page->width > 0 && page_table_wanted(columns, COLUMNS) > page->width;
    if (narrow)
        columns[4].title = "Conn.";
    size_t in_row = narrow ? NARROW_COLUMNS : COLUMNS;
    page_table_fit(page, columns, in_row);
    for (size_t i = 0; i < shown; i++) {
        contact_cells(view, &r->contacts[i], cells);
        page_table_row(page, columns, in_row, cells);
        print_under(&r->contacts[i], narrow, page);
    }
    if (shown < r->contacts_len)
        page_paragraph(page, 2, 2, "and %s more; all are in the output formats csv and json",
                       PAGE_NUMBER(r->contacts_len - shown));
}

/* Says what the table leaves out, and why. */
static void print_withheld(const struct capture_report *r, struct page *page)
{
    bool rules_only = false;
    for (size_t i = 0; i < r->contacts_len && !rules_only; i++)
        rules_only = !r->contacts[i].host;
    if (rules_only)
        page_paragraph(
            page, 2, 2,
            "Where the full name is withheld, the list's entry stands in its place; a dash where that entry would "
            "tell too much.");
    if (r->withheld > 0)
        page_paragraph(page, 2, 2,
                       "%s contact%s shown without a device, because they fell near a visit to a support site: "
                       "a device beside them could tell who sought help.",
                       PAGE_NUMBER(r->withheld), r->withheld == 1 ? " is" : "s are");
}

static int contacts_section(const struct capture_report *r, bool several_days, struct page *page)
{
    if (r->contacts_len == 0)
        return 0;
    struct contact_view view = {.several_days = several_days};
    int rc = labels_init(&view.labels, r);
    if (rc < 0)
        return rc;
    page_heading(page, "Contacts");
    print_contacts(r, &view, page);
    print_withheld(r, page);
    free(view.labels.by_name);
    return 0;
}

/* "names were seen on 26 of 26 flows (100 %)". The share is rounded down: 100 % is said of all, never of nearly all. */
static void coverage_clause(const struct capture_report *r, char *out, size_t bytes)
{
    if (r->flows == 0) {
        snprintf(out, bytes, "no flow from a device to beyond the local network was seen");
        return;
    }
    unsigned percent = (unsigned)(report_coverage(r) * 100 + 1e-9);
    char share[24];
    if (percent == 0 && r->named > 0)
        snprintf(share, sizeof(share), "less than 1 %%");
    else
        snprintf(share, sizeof(share), "%u %%", percent);
    snprintf(out, bytes, "names were seen on %s of %s flow%s (%s)", PAGE_NUMBER(r->named), PAGE_NUMBER(r->flows),
             page_plural(r->flows), share);
}

static void print_lesser(const struct report_headline *h, struct page *page)
{
    const char *more = h->contacted > 0 ? " more" : "";
    if (h->looked_up > 0)
        page_paragraph(page, 0, 0, "%s%s %s looked up only: an address was asked for, and no connection was seen.",
                       PAGE_NUMBER(h->looked_up), more, h->looked_up == 1 ? "company was" : "companies were");
    if (h->blocked > 0)
        page_paragraph(page, 0, 0, "%s%s %s blocked before any contact.", PAGE_NUMBER(h->blocked), more,
                       h->blocked == 1 ? "company was" : "companies were");
}

/* "9 companies and 2 trackers of unnamed companies": an imported list may give names without owners. */
static void contacted_clause(const struct report_headline *h, char *out, size_t bytes)
{
    char named[64] = "", unnamed[80] = "";
    if (h->contacted > 0)
        snprintf(named, sizeof(named), "%s %s", PAGE_NUMBER(h->contacted), h->contacted == 1 ? "company" : "companies");
    if (h->unowned > 0)
        snprintf(unnamed, sizeof(unnamed), "%s tracker%s whose company the list does not name", PAGE_NUMBER(h->unowned),
                 page_plural(h->unowned));
    snprintf(out, bytes, "%s%s%s", named, named[0] && unnamed[0] ? " and " : "", unnamed);
}

static void print_headline(const struct capture_report *r, const struct report_headline *h, struct page *page)
{
    char coverage[160], contacted[160];
    coverage_clause(r, coverage, sizeof(coverage));
    contacted_clause(h, contacted, sizeof(contacted));
    if (contacted[0] == '\0')
        page_statement(page, "No device was seen to contact a listed tracker; %s.", coverage);
    else if (h->devices == 0)
        page_statement(page, "Devices were made to contact %s; %s.", contacted, coverage);
    else
        page_statement(page, "%s%s device%s made to contact %s; %s.", h->devices_incomplete ? "At least " : "",
                       PAGE_NUMBER(h->devices), h->devices == 1 ? " was" : "s were", contacted, coverage);
    print_lesser(h, page);
}

static void print_time_span(const struct capture_report *r, struct page *page)
{
    struct tm first, last;
    if (!local(r->first_ns, &first) || !local(r->last_ns, &last))
        return;
    char from[40], to[40];
    strftime(from, sizeof(from), "%Y-%m-%d %H:%M:%S", &first);
    strftime(to, sizeof(to), same_day(&first, &last) ? "%H:%M:%S" : "%Y-%m-%d %H:%M:%S", &last);
    page_paragraph(page, 2, 4, "From %s to %s, local time (%s)", from, to,
                   last.tm_zone ? last.tm_zone : "zone unknown");
}

/* "US (12), NL (3)": where the contacted servers are said to stand, most contacts first. */
static void print_countries(const struct capture_report *r, struct page *page)
{
    uint64_t counts[26 * 26] = {0};
    char text[COUNTRIES_SHOWN * 16] = "";
    if (!r->has_countries) {
        page_paragraph(page, 2, 4, "No country database installed: where the servers stand is not known");
        return;
    }
    for (size_t i = 0; i < r->contacts_len; i++) {
        const char *c = r->contacts[i].country;
        if (c && c[0] >= 'A' && c[0] <= 'Z' && c[1] >= 'A' && c[1] <= 'Z')
            counts[(c[0] - 'A') * 26 + c[1] - 'A']++;
    }
    for (int shown = 0; shown < COUNTRIES_SHOWN; shown++) {
        int most = 0;
        for (int i = 1; i < 26 * 26; i++)
            most = counts[i] > counts[most] ? i : most;
        if (counts[most] == 0)
            break;
        size_t used = strlen(text);
        snprintf(text + used, sizeof(text) - used, "%s%c%c (%llu)", shown ? ", " : "", 'A' + most / 26, 'A' + most % 26,
                 (unsigned long long)counts[most]);
        counts[most] = 0;
    }
    page_paragraph(page, 2, 4, "Contacts by the country of the server: %s", text[0] ? text : "none is known");
}

static void source_section(const struct capture_report *r, struct page *page)
{
    page_heading(page, "What was read");
    for (size_t i = 0; i < r->files_len; i++)
        page_paragraph(page, 2, 4, "%s", r->files[i]);
    print_time_span(r, page);
    page_paragraph(page, 2, 4, "%s packet%s (%s), %s flow%s, %s device%s", PAGE_NUMBER(r->packets),
                   page_plural(r->packets), PAGE_BYTES(r->bytes), PAGE_NUMBER(r->flows), page_plural(r->flows),
                   PAGE_NUMBER(r->devices_len), page_plural(r->devices_len));
    page_paragraph(page, 2, 4, "Looked for %s tracker%s and %s support site%s%s%s", PAGE_NUMBER(r->tracker_rules),
                   page_plural(r->tracker_rules), PAGE_NUMBER(r->site_rules), page_plural(r->site_rules),
                   r->feeds ? ", from " : "", r->feeds ? r->feeds : "");
    print_countries(r, page);
    if (r->shows_everything)
        page_paragraph(page, 2, 4,
                       "Devices are shown by their hardware address and nothing is withheld: guard this report as you "
                       "guard the capture.");
}

int report_write_table(const struct capture_report *r, const struct report_style *style, FILE *out)
{
    struct page page = page_open(out, style->width, style->colour);
    struct report_headline headline;
    int rc = report_headline_count(r, &headline);
    if (rc < 0)
        return rc;

    struct tm first, last;
    bool several_days = local(r->first_ns, &first) && local(r->last_ns, &last) && !same_day(&first, &last);
    if (r->demo)
        page_statement(&page,
                       "DEMO: made to show what telltale does. Nothing is withheld here; a real report withholds.");
    print_headline(r, &headline, &page);
    if ((rc = contacts_section(r, several_days, &page)) < 0)
        return rc;
    report_sites_section(r, &page);
    report_leaks_section(r, &page);
    report_applications_section(r, &page);
    report_blind_section(r, &page);
    source_section(r, &page);
    fputc('\n', out);
    page_paragraph(&page, 0, 0,
                   "All counts are lower bounds: a connection that stays open, a cache or a hidden name each hide "
                   "contacts that took place.%s",
                   r->demo ? " DEMO." : "");
    int stream = report_finish(out);
    return page.rc < 0 ? page.rc : stream;
}
