/* dpia_tables.c -- see dpia_tables.h. What is stored comes from store/schema.h row by row; the rest says in words what docs/ARCHITECTURE.md
 * says of the program, so whoever changes the one has to read the other.
 */
#include "reports/dpia_tables.h"

#include "store/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD(text) document_add(d, DOCUMENT_HEADING, "%s", text)
#define ROW(...)   document_add_row(d, (const char *const[]){__VA_ARGS__})

void dpia_flows(struct document *d, const struct notice_facts *f)
{
    char folder[96];
    static const struct document_column columns[] = {{"From", false, 2}, {"To", false, 2}, {"What", false, 4}, {"How long there", false, 3}};
    HEAD("3. Data flows");
    document_add_table(d, "What moves from where to where", false, columns, 4);
    ROW("the network", "capture process", "all frames that pass: hardware and network addresses, names of servers, lengths, times. Contents of encrypted connections stay encrypted",
        "in memory, seconds to half an hour; names that match no list are forgotten at once");
    ROW("capture process", "its own memory", "the day's random key for made-up names; which device is at a support site, so that its contacts can be withheld",
        "the key until ten minutes after midnight, in memory only; the rest until half an hour after the visit");
    ROW("capture process", "publisher", "for each contact: made-up name of the device, day and hour, tracker, company, purpose, country; no address, no name of a server, no support site with a device",
        "seconds");
    ROW("capture process", "publisher", "of support sites, once their day, week or term is over and enough distinct devices visited them: visits, and the tracker hosts that followed; in records without any device",
        "seconds");
    ROW("publisher", "database on the same machine", "the fields of section 4", "as section 4 says");
    ROW("publisher", "spool on the same machine", "the same, while the database is away", "until the database has it");
    ROW("database", "safeguarding lead", "counts and companies, exports and evidence packs", "as long as the lead keeps the files: to be decided in section 10");
    ROW("database", "technician", "figures of the machinery alone", "60 minutes");
    snprintf(folder, sizeof(folder), "%u days ([exports] keep_days), then removed", f->export_days);
    ROW("database", "exports folder on the same machine", "each day's summary, with made-up names of devices and bands of their contacts (`telltale daily`, if a timer runs it)",
        f->export_days ? folder : "nothing is written");
    ROW("exports folder", f->mailed ? "those whom [exports] mail_to names" : "nobody: no mail is set", "the same summary as a mail, without any device", f->mailed ? "as long as they keep their mail: to be decided in section 10" : "-");
    ROW("this machine", "outside", "nothing, but requests for lists of trackers that the operator subscribed to (`telltale feeds update`)", "-");
}

static const char *lifetime(const struct store_key_info *k, char out[64])
{
    if (k->ttl_s >= STORE_DAY_S)
        snprintf(out, 64, "%u days after the %s write", k->ttl_s / STORE_DAY_S, k->renewed ? "last" : "first");
    else
        snprintf(out, 64, "%u minutes after the %s write", k->ttl_s / 60, k->renewed ? "last" : "first");
    return out;
}

static void fields_of(struct document *d, int key)
{
    static const struct document_column columns[] = {{"Field", false, 3}, {"Unit", false, 1}, {"What", false, 5}};
    char caption[160];
    snprintf(caption, sizeof(caption), "Fields of telltale:{ID}:%s", store_keys[key].pattern);
    document_add_table(d, caption, false, columns, 3);
    for (size_t i = 0; i < store_fields_count; i++)
        if (store_fields[i].key == (enum store_key)key)
            ROW(store_fields[i].pattern, store_fields[i].unit, store_fields[i].what);
}

void dpia_stored(struct document *d)
{
    static const struct document_column columns[] = {{"Key", false, 3}, {"Kept", false, 2}, {"Written by", false, 2}, {"Read by", false, 2}, {"What", false, 4}};
    char kept[64], name[STORE_KEY_MAX];
    HEAD("4. What is stored, and for how long");
    document_add(d, DOCUMENT_PARAGRAPH, "Everything is in one database (Redis) on the gateway itself, reached through a socket of that machine alone. This is all of it: the tables come "
                                        "from the program's own list, without which it can write nothing. An entry that names a device leaves after %u days, whatever its key may live.",
                 STORE_DEVICE_ALERT_S / STORE_DAY_S);
    document_add_table(d, "Keys", false, columns, 5);
    for (int i = 0; i < STORE_KEY_COUNT; i++) {
        snprintf(name, sizeof(name), "telltale:{ID}:%s", store_keys[i].pattern);
        ROW(name, lifetime(&store_keys[i], kept), store_keys[i].writer, store_keys[i].reader, store_keys[i].what);
    }
    for (int i = 0; i < STORE_KEY_COUNT; i++)
        fields_of(d, i);
    document_add(d, DOCUMENT_PARAGRAPH, "Not stored: addresses of devices, names of people, names of servers that no list has, pages and parts of pages, times to the minute, and anything that ties a "
                                        "device to a support site.");
}

void dpia_risks(struct document *d, const struct notice_facts *f)
{
    static const struct document_column columns[] = {{"Risk", false, 3}, {"What the program does about it", false, 4}, {"What remains", false, 3}, {"Likely? Severe?", false, 2}};
    char k[256];
    HEAD("8. Risks to people, and measures");
    document_add_table(d, "The last column is for the assessors", false, columns, 4);
    snprintf(k, sizeof(k), "contacts from 10 s before a visit until 30 minutes after it lose their device; a site appears only once at least %u distinct devices visited it; no total over sites", f->k);
    ROW("Somebody learns that a certain child opened a page about suicide, abuse or a police report", k,
        "whoever holds both the frames (a capture) and the time can still see it: who may make captures has to be limited", "");
    ROW("A child does not open a help site because the network is watched", "the notice says in plain words that the box does not keep who opened one, and that it is always all right to open one", "the fear may stay: ask the young people", "");
    ROW("A made-up name is tied to a person over several days", "a fresh random key each day, destroyed ten minutes after midnight; no call looks for a device over more than its day",
        "within one day a person next to the device may work it out; made-up names are personal data", "");
    ROW("A label of a school-owned device tells who used it", "only root gives one; it needs a number and no made-up address, and the command asks whether many people use the device; it lives two days, stands beside no support site, and the record says that one was given",
        "whoever knows who sat there knows whose row it is: label nothing that one person uses", "");
    ROW("The figures are used to judge or rank people", "there is no score, no ranking and no search by person; two roles; an audit of who looked", "printed reports can be misused: say who may have them", "");
    ROW("The purpose creeps: from companies to pupils", "names that match no list never leave memory; lists of one's own are shown by `telltale feeds list`", "an operator could add a list that is not of trackers: who may change lists has to be limited", "");
    ROW("The machine is stolen, or somebody gets in", "no addresses and no names of people stored; the day's key is in memory only; the capture process holds no connection to the database",
        "up to 30 days of counts by made-up name; use an encrypted disk", "");
    ROW("A site is accused without cause", "findings compare with other moments and say shown, likely, too few or no; counts are lower bounds; letters say may engage", "a person has to read the pack before it is sent", "");
    ROW("Staff, visitors and neighbours are seen as well", "the same rules hold for all devices on the LAN side", "they must be told too; leave out networks that do not need it ([capture] lan)", "");
    ROW("People take it for a filter", "the notice and this page say that it is none", "the duties of filtering and monitoring have to be met by other means", "");
}

void dpia_roles(struct document *d, enum dpia_place place)
{
    static const struct document_column columns[] = {{"Role", false, 2}, {"Does", false, 4}, {"Sees", false, 3}, {"Who (name here, not in telltale)", false, 2}};
    bool school = place == DPIA_SCHOOL;
    HEAD("9. Roles");
    document_add_table(d, "Who does what", false, columns, 4);
    ROW("Controller", "decides whether, why, on what basis and how long telltale runs, and answers for it", "what the lead shows", "");
    ROW(school ? "Head teacher, governing body" : "Manager, trustees", "decide for the controller; read this assessment again each year", "summaries without devices", "");
    ROW("Data protection officer or adviser", "advises; is heard before the decision", "this assessment, the audit", "");
    ROW(school ? "Designated safeguarding lead" : "Safeguarding officer", "reads findings, writes to sites, keeps the packs", "contacts, support sites from k devices on, exports", "");
    ROW("Technician", "keeps the machine running and up to date", "figures of the machinery; no contact, no site", "");
    ROW("Supplier", "there is none: the program speaks to nobody. A company that looks after the machine is a processor and needs a contract", "as agreed", "");
}

void dpia_decisions(struct document *d, enum dpia_place place)
{
    static const struct document_column columns[] = {{"Question", false, 5}, {"By whom", false, 2}, {"Decision, date, signature", false, 3}};
    const char *head = place == DPIA_SCHOOL ? "head teacher and governors" : "manager and trustees", *lead = place == DPIA_SCHOOL ? "designated safeguarding lead" : "safeguarding officer";
    HEAD("10. What must be decided, and by whom");
    document_add_table(d, "Nothing runs before these lines are filled in", false, columns, 3);
    ROW("Is the sensor needed here, or does a test with a device of our own do?", head, "");
    ROW("On which basis of UK GDPR article 6 (and 9, if engaged)? Why that one?", "controller, with the data protection officer", "");
    ROW("Do the rules on interception allow listening on this network, and on what conditions?", "controller, with legal advice", "");
    ROW("Which networks (own devices, guest network, staff) are listened to, and which are left out?", head, "");
    ROW("For how long does it run, and when is this read again?", head, "");
    ROW("Who has the two roles? Who may make captures, who may change lists?", head, "");
    ROW("How are children told, and how do we know that they understood?", lead, "");
    ROW("What does somebody do who does not want it?", "data protection officer", "");
    ROW("Where are exports and evidence packs kept, and when are they destroyed?", lead, "");
    ROW("Who gets summaries by mail, if anybody, and where do these mails lie?", lead, "");
    ROW(place == DPIA_SCHOOL ? "Does our filtering and monitoring stand without telltale?" : "Are young people promised confidential use of this network, and does telltale keep that promise?", lead, "");
    ROW("Does a high risk remain? Then the regulator is asked first (UK GDPR article 36).", "data protection officer", "");
}

void dpia_yearly(struct document *d, enum dpia_place place)
{
    static const struct document_column columns[] = {{"What is looked at once a year, and whenever something changes", false, 5}, {"20__", false, 2}, {"20__", false, 2}, {"20__", false, 2}};
    bool school = place == DPIA_SCHOOL;
    HEAD("11. Record of the yearly check");
    document_add_table(d, "A word and initials in each cell; what has to change goes into section 10", false, columns, 4);
    ROW("Is the sensor still needed? What did it find, and what came of the letters (`telltale sites`, the logs of steps in the packs)?", "", "", "");
    ROW("Were sites measured again, and did any stop?", "", "", "");
    ROW("Do the settings and lists say what this page says (make it anew and compare: `telltale dpia`, `telltale feeds list`)?", "", "", "");
    ROW("Who has the two roles, and did anybody leave? Does the audit show only looks and exports that were meant?", "", "", "");
    ROW("Are old exports, packs and mails destroyed?", "", "", "");
    ROW("Have new people been told, and did children understand the notice?", "", "", "");
    ROW("Did anybody object or ask what is kept, and was it answered in time?", "", "", "");
    ROW("Coverage: how much is hidden from it by now, and is what is left worth it?", "", "", "");
    ROW(school ? "Is the yearly review of filtering and monitoring done, apart from telltale?" : "Is the promise of confidential use still kept?", "", "", "");
    ROW("Is there something new (a network, a guideline, a risk) that this page does not know?", "", "", "");
    ROW(school ? "Decision: goes on until, or ends on. Signed by head teacher and governors" : "Decision: goes on until, or ends on. Signed by manager and trustees", "", "", "");
}
