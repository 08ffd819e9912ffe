/* notice.c -- see notice.h.
 *
 * One idea a sentence, and nothing that the sensor does not do: what passes through its memory is said as well as what stays. What only
 * adults need (the basis, the guidance) stands in the small print. "Anonymous" is never said, since a made-up name is still
 * about somebody.
 */
#include "reports/notice.h"

#include "reports/document_text.h"
#include "store/schema.h"

#include <string.h>

static unsigned days(uint32_t seconds)
{
    return (seconds + STORE_DAY_S - 1) / STORE_DAY_S;
}

struct notice_days notice_days(void)
{
    struct notice_days d = {.alert_with_device = days(STORE_DEVICE_ALERT_S),
                            .device_counts = days(store_keys[STORE_KEY_DEVICES].ttl_s),
                            .totals = days(store_keys[STORE_KEY_DAY].ttl_s)};
    for (int i = 0; i < STORE_KEY_COUNT; i++)
        if (strncmp(store_keys[i].pattern, "site:", 5) == 0)
            d.sites = days(store_keys[i].ttl_s);
    return d;
}

bool notice_is_draft(const struct notice_facts *f)
{
    return !f->controller[0] || !f->url[0] || !f->since[0];
}

static const char *controller(const struct notice_facts *f)
{
    return f->controller[0] ? f->controller : "____________________";
}

static const char *address(const struct notice_facts *f)
{
    return f->url[0] ? f->url : "____________________";
}

#define SINCE_BYTES 64

/* "2 November 2026"; what is no date stays as it was written. */
static const char *since(const struct notice_facts *f, char out[SINCE_BYTES])
{
    static const char *const months[] = {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"};
    unsigned year, month, day;
    if (sscanf(f->since, "%4u-%2u-%2u", &year, &month, &day) != 3 || month < 1 || month > 12)
        return f->since[0] ? f->since : "__________";
    snprintf(out, SINCE_BYTES, "%u %s %u", day, months[month - 1], year);
    return out;
}
#define SINCE(f) since((f), (char[SINCE_BYTES]){0})

#define ITEM(...) document_add(d, DOCUMENT_ITEM, __VA_ARGS__)
#define HEAD(text) document_add(d, DOCUMENT_HEADING, "%s", text)
#define SAY(...) document_add(d, DOCUMENT_PARAGRAPH, __VA_ARGS__)

static void fill_seen(struct document *d)
{
    HEAD("What it sees");
    ITEM("Which tracker companies our devices contact.");
    ITEM("How often, and in which hour. Never the minute.");
    ITEM("How much is hidden from it.");
    HEAD("What it does not see or keep");
    ITEM("It does not know your name.");
    ITEM("It keeps no list of the websites you open.");
    ITEM("It does not keep what you write, watch or search for.");
    ITEM("Names of websites pass through it. It forgets all that are not on its list of trackers and help sites.");
}

static void fill_help_sites(struct document *d, const struct notice_facts *f)
{
    HEAD("What about help sites?");
    SAY("Some websites help when life is hard. It is always all right to open one.");
    SAY("The box does not keep who opened a help site. It keeps a number only when at least %u different devices were there.", f->k);
}

static void fill_device(struct document *d, const struct notice_facts *f)
{
    struct notice_days keep = notice_days();
    unsigned counts = f->export_days > keep.device_counts ? f->export_days : keep.device_counts;
    HEAD("Does it know my device?");
    SAY("Your device gets a made-up name for one day. The next day it gets a new one. The key to the name is destroyed soon after midnight.");
    SAY("Until then, the name still stands for your device. So we look after it.");
    HEAD("How long does it stay?");
    ITEM("Lines with a made-up name: %u days.", keep.alert_with_device);
    ITEM("Counts for a made-up name: %u days.", counts);
    ITEM("Totals with no device in them: %u days.", keep.totals);
    if (keep.sites)
        ITEM("Totals for help sites, with no device: %u days.", keep.sites);
}

static void fill_people(struct document *d, const struct notice_facts *f)
{
    HEAD("Who can see it?");
    ITEM("The adult who looks after safety sees the counts.");
    ITEM("The person who looks after the computers sees only if the box works.");
    ITEM("The box writes down when an adult looks at it or prints from it.");
    if (f->mailed)
        ITEM("Some adults get the totals by e-mail. No device is in it.");
    HEAD("What can I do?");
    ITEM("Ask: %s.", controller(f));
    ITEM("Read more: %s", address(f));
    ITEM("Ask what is kept about you. You can also say that you do not want it.");
    ITEM("You can ask the Information Commissioner for help: ico.org.uk");
}

static void fill_small_print(struct document *d, const struct notice_facts *f)
{
    document_add(d, DOCUMENT_SMALL,
                 "For adults: telltale is neither a filter nor a monitoring system in the sense of the statutory guidance (Keeping children safe in "
                 "education). Other systems on this network, such as a filter, have rules of their own. %s decides whether and on what basis telltale "
                 "runs, and answers for it; this page does not settle that. Counts are lower bounds.",
                 controller(f));
}

static void fill_page(struct document *d, const struct notice_facts *f)
{
    document_add(d, DOCUMENT_STATEMENT, "Many websites tell other companies that you are there. These companies are called trackers. You cannot see it happen.");
    SAY("A small box on this network counts it. It is called telltale. With its numbers, adults can ask websites to stop. It has been here since %s.", SINCE(f));
    fill_seen(d);
    fill_help_sites(d, f);
    fill_device(d, f);
    fill_people(d, f);
    fill_small_print(d, f);
}

static void fill_poster(struct document *d, const struct notice_facts *f)
{
    document_add(d, DOCUMENT_STATEMENT, "A small box counts which tracker companies our devices contact. With its numbers, adults can ask websites to stop.");
    HEAD("It sees");
    ITEM("which trackers are contacted");
    ITEM("how often, and in which hour");
    HEAD("It does not keep");
    ITEM("your name");
    ITEM("the websites you open");
    ITEM("what you write, watch or search for");
    ITEM("who opened a help site");
    HEAD("Your device");
    SAY("It gets a made-up name for one day. Then it gets a new one.");
    HEAD("Who sees it");
    SAY("One adult who looks after safety. Each look is written down.");
    HEAD("Ask us");
    SAY("%s", controller(f));
    SAY("%s", address(f));
    SAY("Since %s", SINCE(f));
    fill_small_print(d, f);
}

void notice_fill(struct document *d, enum notice_kind kind, const struct notice_facts *f)
{
    document_init(d, f->demo, kind == NOTICE_POSTER ? "This network counts trackers" : "What this network sees, and what it does not",
                  notice_is_draft(f) ? "DRAFT: lines are still empty. Fill in controller, url and since under [notice] in telltale.conf." : "", "");
    if (kind == NOTICE_POSTER)
        fill_poster(d, f);
    else
        fill_page(d, f);
}

int notice_write_text(const struct document *d, const struct report_style *style, FILE *out)
{
    return document_write_text(d, style, out);
}
