/* dpia.c -- see dpia.h. The order is that of the regulator's own template: need, description, consultation, necessity, risks, measures,
 * decisions; what only people can fill in is left as an empty line, never as a guess.
 */
#include "reports/dpia.h"

#include "reports/dpia_tables.h"
#include "reports/legal.h"

#include <string.h>

static const struct place_words {
    const char *word, *place, *people, *lead, *head;
} places[] = {
    [DPIA_SCHOOL] = {"school", "school", "pupils, staff and visitors", "designated safeguarding lead", "head teacher and governing body"},
    [DPIA_YOUTH_CENTRE] = {"youth-centre", "youth centre", "young people, staff, volunteers and visitors", "safeguarding officer", "manager and trustees"},
};

bool dpia_place_from_word(const char *word, enum dpia_place *out)
{
    for (int i = DPIA_SCHOOL; i <= DPIA_YOUTH_CENTRE; i++)
        if (strcmp(word, places[i].word) == 0) {
            *out = (enum dpia_place)i;
            return true;
        }
    return false;
}

#define SAY(...)   document_add(d, DOCUMENT_PARAGRAPH, __VA_ARGS__)
#define ITEM(...)  document_add(d, DOCUMENT_ITEM, __VA_ARGS__)
#define HEAD(text) document_add(d, DOCUMENT_HEADING, "%s", text)

static const char *or_blank(const char *text)
{
    return text[0] ? text : "____________________";
}

static void fill_status(struct document *d, const struct place_words *w, const struct notice_facts *f)
{
    document_add(d, DOCUMENT_STATEMENT,
                 "This is a draft. It describes what the program does. Whether it may run on this network is not settled by it: that must be decided by the "
                 "people named in sections 9 and 10, before it runs.");
    SAY("telltale is neither a filter nor a monitoring system in the sense of the statutory guidance (Keeping children safe in education): it blocks nothing, "
        "raises no concern about a person, and does not stand in for either.");
    HEAD("1. Which installation");
    static const struct document_column columns[] = {{"", false, 2}, {"", false, 5}};
    document_add_table(d, "", false, columns, 2);
    document_add_row(d, (const char *const[]){"Controller", or_blank(f->controller)});
    document_add_row(d, (const char *const[]){"Kind of place", w->place});
    document_add_row(d, (const char *const[]){"Notice to users", or_blank(f->url)});
    document_add_row(d, (const char *const[]){"They have been told since", or_blank(f->since)});
    document_add_row(d, (const char *const[]){"Whose devices", w->people});
    document_add_row(d, (const char *const[]){"Prepared by, on", or_blank("")});
}

static void fill_need(struct document *d, const struct place_words *w)
{
    HEAD("2. Why, and why not something less");
    SAY("Websites, support services for children among them, make devices contact advertising and tracking companies. The %s wants to know which, and how "
        "often, so that it can ask the owners of those sites to stop. The people on its network gain from that; the sensor also sees something of "
        "all of them while it works. This section has to show that the one is worth the other.",
        w->place);
    ITEM("Testing with a device of one's own (`telltale read`, `telltale har`) needs no network of other people. It shows one visit on one day. Where that "
         "answers the question, it should be used instead.");
    ITEM("A filter that blocks trackers protects more directly. It does not show which sites bring them, and so changes nothing for a child at home.");
    ITEM("Running for a few weeks answers most questions. Running for ever has to be justified again each year.");
    SAY("Why these are not enough here: ____________________");
}

static void fill_consultation(struct document *d, enum dpia_place place)
{
    HEAD("5. Who is asked");
    ITEM("The data protection officer or adviser: ____________________");
    ITEM(place == DPIA_SCHOOL ? "Pupils (school council), parents, staff representatives: what they said, and what was changed: ____________________"
                              : "Young people who come here, their parents where they are young, staff and volunteers: what they said, and what was changed: "
                                "____________________");
    ITEM("Whoever runs the network, if that is a company: ____________________");
}

static void fill_rules(struct document *d, enum dpia_place place)
{
    static const struct document_column columns[] = {{"Rule", false, 2}, {"What it may engage", false, 5}, {"Looked up", false, 1}};
    HEAD("6. Rules that may be engaged");
    SAY("For the controller to work through with advice. The list is not complete.");
    document_add_table(d, "", false, columns, 3);
    for (size_t i = 0; i < legal_count(); i++) {
        const struct legal *l = legal_at(i);
        if (l->applies == LEGAL_SENSOR || l->applies == (place == DPIA_SCHOOL ? LEGAL_SCHOOL : LEGAL_YOUTH_CENTRE))
            document_add_row(d, (const char *const[]){l->title, l->text, l->date});
    }
}

static void fill_rights(struct document *d, const struct notice_facts *f)
{
    HEAD("7. Rights of the people concerned");
    ITEM("To be told: `telltale notice` makes the page and the poster from these settings. Where: %s", or_blank(f->url));
    ITEM("To see what is kept: a made-up name of a device cannot be turned back into the device once its day's key is gone, so what is kept can be found for a "
         "person only during the day itself, with the device in hand.");
    ITEM("To object, and to have data erased: `telltale purge --day` removes one day, `telltale purge` everything. How a single device is left out has to be "
         "arranged (another network, or a prefix outside [capture] lan): ____________________");
}

void dpia_fill(struct document *d, enum dpia_place place, const struct notice_facts *f)
{
    const struct place_words *w = &places[place];
    char title[128], footer[160];
    snprintf(title, sizeof(title), "Data protection impact assessment: telltale in a %s", w->place);
    snprintf(footer, sizeof(footer), "Draft made by telltale %s from its own tables. References as of %s. Counts of telltale are lower bounds.", TELLTALE_VERSION,
             legal_latest());
    document_init(d, f->demo, title, "DRAFT, to be completed, decided and signed by the people named in it", footer);
    fill_status(d, w, f);
    fill_need(d, w);
    dpia_flows(d, f);
    dpia_stored(d);
    fill_consultation(d, place);
    fill_rules(d, place);
    fill_rights(d, f);
    dpia_risks(d, f);
    dpia_roles(d, place);
    dpia_decisions(d, place);
    dpia_yearly(d, place);
}
