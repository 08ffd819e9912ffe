/* evidence_letters.c -- the drafts of an evidence pack as plain text: see evidence_report.h.
 *
 * A letter that helps asks for something, gives its reasons, and can be checked by whoever gets it. It accuses nobody: the person who reads
 * it may not know what their site does. What only the sender knows stands in square brackets.
 */
#include "reports/evidence_report.h"

#include "feeds/policies.h"
#include "reports/evidence_proof.h"
#include "reports/legal.h"
#include "reports/page.h"
#include "reports/report_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH 78u

#define PARA(...)  (fputc('\n', page->out), page_paragraph(page, 0, 0, __VA_ARGS__))
#define POINT(...) page_paragraph(page, 2, 4, __VA_ARGS__)

static const char *writer(const struct site_evidence *e)
{
    return e->controller && *e->controller ? e->controller : "[name of your school or centre]";
}

static bool told_before(const struct site_evidence *e, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (e->trackers[i].result.visits_with && strcmp(site_evidence_who(&e->trackers[i]), site_evidence_who(&e->trackers[at])) == 0)
            return true;
    return false;
}

/* Is it among what the letter rests on? Findings if there are any, else whatever followed. */
static bool is_told(const struct site_evidence *e, size_t i)
{
    bool strong = site_evidence_count(e, EVIDENCE_SHOWN) + site_evidence_count(e, EVIDENCE_LIKELY) > 0;
    const struct evidence_result *r = &e->trackers[i].result;
    return r->visits_with > 0 && (!strong || r->verdict >= EVIDENCE_LIKELY) && !told_before(e, i);
}

static void put_companies(struct page *page, const struct site_evidence *e)
{
    for (size_t i = 0; i < e->trackers_len; i++) {
        const struct site_evidence_tracker *t = &e->trackers[i];
        if (!is_told(e, i))
            continue;
        if (t->organisation && strcmp(t->organisation, site_evidence_who(t)) != 0)
            POINT("- %s (%s), through %s", site_evidence_who(t), t->organisation, t->host);
        else
            POINT("- %s, through %s", site_evidence_who(t), t->host);
    }
}

static void put_own_rules(struct page *page, const struct site_evidence *e)
{
    bool begun = false;
    for (size_t i = 0; i < e->trackers_len; i++) {
        size_t n = 0;
        const struct policy *p = is_told(e, i) && e->trackers[i].tracker ? policies_of(e->trackers[i].tracker, &n) : NULL;
        for (size_t k = 0; k < n; k++) {
            if (!begun)
                PARA("Some of these companies have rules of their own on what may be sent to them, or used:");
            begun = true;
            POINT("- %s: %s. Looked up on %s:", e->trackers[i].tracker, p[k].rule, p[k].date);
            fprintf(page->out, "    %s\n", p[k].source); /* an address that is broken over lines leads nowhere */
        }
    }
}

static void put_legal(struct page *page, const struct site_evidence *e)
{
    for (size_t i = 0; i < legal_count(); i++) {
        const struct legal *l = legal_at(i);
        if (l->applies == LEGAL_SITE || (l->applies == LEGAL_POLICE && site_evidence_is_police(e)) || (l->applies == LEGAL_COUNSELLING && site_evidence_may_counsel(e)))
            POINT("- %s: %s.", l->title, l->text);
    }
}

static void put_head(struct page *page, const struct site_evidence *e, const char *what)
{
    if (e->demo)
        page_paragraph(page, 0, 0, "DEMO: made from a replayed capture. Do not send.");
    page_paragraph(page, 0, 0, "DRAFT of %s. %s Read it against report.html, fill in what stands in [square brackets], and take this paragraph out.", EVIDENCE_DATE(e->made), what);
    PARA("%s", writer(e));
    page_paragraph(page, 0, 0, "%s", e->contact && *e->contact ? e->contact : "[address, e-mail]");
    page_paragraph(page, 0, 0, "[date]");
}

static void put_seen(struct page *page, const struct site_evidence *e)
{
    char *summary = evidence_summary(e);
    if (!summary)
        page->rc = -ENOMEM;
    bool one_day = strcmp(e->from, e->to) == 0;
    PARA("%s %s%s%s we %s. %s", one_day ? "On" : "Between", EVIDENCE_DATE(e->from), one_day ? "" : " and ", one_day ? "" : EVIDENCE_DATE(e->to),
         e->source == SITE_EVIDENCE_CAPTURE      ? "opened the site with a device of our own and recorded whom it contacted"
         : e->source == SITE_EVIDENCE_RECORDINGS ? "opened the site with a browser of our own and recorded its requests"
                                                 : "counted which trackers devices on our network contacted after visits to the site",
         summary ? summary : "");
    free(summary);
    evidence_letter_kept(page, e);
    PARA("Contacted were:");
    put_companies(page, e);
}

static const char *text_of(const char *id)
{
    const struct legal *l = legal_named(id);
    return l ? l->text : "";
}

int evidence_write_letter(const struct site_evidence *e, FILE *out)
{
    struct page p = page_open(out, WIDTH, false), *page = &p;
    const char *site = site_evidence_name(e);
    put_head(page, e, "It goes to the site first, by its own complaints procedure or to its data protection contact.");
    PARA("To: %s (%s), complaints or data protection contact [address from the site]", site, e->site);
    PARA("Other companies are contacted when %s is opened", e->site);
    PARA("Dear colleagues,");
    PARA("Young people rely on %s, and we want them to. We look after a network that young people use, and we write because of something that you may not know about your site.", site);
    put_seen(page, e);
    PARA("We did not see what these companies were sent, and we do not say that anybody meant it. But that somebody opened your site is itself something that a young person may want nobody to know, "
         "and contacts within a second or two come before anybody can answer a banner.");
    put_own_rules(page, e);
    PARA("These rules may be engaged. Whether they are is for you, and if need be the regulator, to say:");
    put_legal(page, e);
    PARA("We ask you");
    POINT("1. to tell us, by your complaints procedure, whether you knew of these contacts and what they are for;");
    POINT("2. to load nothing of other companies before a visitor has agreed, and nothing for advertising on pages that offer help;");
    POINT("3. to ask the companies to delete what they hold from your pages;");
    POINT("4. to tell us when something has changed, so that we can measure again and write down that it is better.");
    PARA("%s. Please acknowledge this letter within 30 days, and tell us if there is another way in which you want to hear of it. How we measured, every figure, and what we could not see "
         "are in the enclosed report.",
         text_of("complaint"));
    PARA("Yours faithfully,");
    PARA("[name, role]");
    return p.rc < 0 ? p.rc : report_finish(out);
}

int evidence_write_concern(const struct site_evidence *e, FILE *out)
{
    struct page p = page_open(out, WIDTH, false), *page = &p;
    put_head(page, e, "It is for later: send it only when the site has answered, or has not answered in time, and add what it said.");
    PARA("To: Information Commissioner's Office");
    PARA("Report of a concern about %s (%s)", site_evidence_name(e), e->site);
    PARA("This is a report of a concern by an organisation. %s. We do not complain on behalf of anybody, and we enclose no personal data.", text_of("not-the-subject"));
    put_seen(page, e);
    put_own_rules(page, e);
    PARA("What has happened so far:");
    POINT("- [date]: we wrote to the site by its own complaints procedure (enclosed).");
    POINT("- [date]: it acknowledged our letter.");
    POINT("- [date]: it answered [what], or: it has not answered.");
    POINT("- [date]: we measured again [what we found].");
    PARA("These rules may be engaged; whether they are is for you to say:");
    put_legal(page, e);
    PARA("What we cannot say: what was sent to these companies; whether a visitor had agreed before; whether a single contact was caused by the site. The report names the limits of the method.");
    PARA("We ask you to look into it, and to tell us what you can.");
    PARA("[name, role]");
    return p.rc < 0 ? p.rc : report_finish(out);
}
