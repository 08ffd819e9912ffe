/* har_parts.c -- see har_parts.h. */
#include "reports/har_parts.h"

#include "reports/page.h"

const char har_note[] = "one browser, once: counts are lower bounds";

const char *const har_limits[HAR_LIMITS_LEN] = {
    "A recording shows one browser's visit. What the page tells others about other visitors may be more: a cache, an "
    "advertisement blocker or a refused banner each "
    "keep requests from being made.",
    "Addresses in encrypted or unusual packings are not found, so a company that is not named here may have been told "
    "all the same.",
    "Values are never shown: of an address the values of its parameters, of cookies and identifiers all but their "
    "names.",
};

double har_coverage(const struct har_recording *rec)
{
    uint64_t lost = rec->unreadable + rec->beyond;
    if (rec->entries == 0 || lost >= rec->entries)
        return 0;
    return (double)(rec->entries - lost) / (double)rec->entries;
}

const char *har_after(int64_t after_ms, char out[HAR_AFTER_BYTES])
{
    out[0] = '\0';
    if (after_ms == HAR_UNKNOWN_MS)
        return out;
    unsigned long long ms = after_ms < 0 ? 0ull - (unsigned long long)after_ms : (unsigned long long)after_ms;
    snprintf(out, HAR_AFTER_BYTES, "%s%llu.%02llu s", after_ms < 0 ? "-" : "", ms / 1000, ms % 1000 / 10);
    return out;
}

void har_headline(const struct har_totals *t, char out[HAR_SENTENCE_BYTES])
{
    if (t->third_party == 0)
        snprintf(out, HAR_SENTENCE_BYTES, "No request to anybody but the page's own site is in %s.",
                 t->failed ? "what could be read" : "the recording");
    else if (t->told == 0)
        snprintf(out, HAR_SENTENCE_BYTES, "%zu %s contacted; no request was found to tell which page was read%s.",
                 t->companies, t->companies == 1 ? "other party was" : "other parties were",
                 t->told_site ? ", though some told which site" : "");
    else
        snprintf(
            out, HAR_SENTENCE_BYTES,
            "%zu of %zu other parties contacted %s told which page was read (its address or title), by %zu request%s.",
            t->told, t->companies, t->told == 1 ? "was" : "were", t->leaking, page_plural(t->leaking));
}

const char *har_consent_sentence(const struct har_recording *rec, char out[HAR_SENTENCE_BYTES])
{
    if (rec->consent_order == 0)
        return "No consent action seen in this recording: whatever was sent, was sent without one that we could see.";
    snprintf(out, HAR_SENTENCE_BYTES,
             "A consent platform took down an answer to its banner with request %llu: requests are told apart by "
             "before and after it.",
             (unsigned long long)rec->consent_order);
    return out;
}

const char *har_cookies_sentence(const struct har_recording *rec)
{
    return rec->has_cookies ? ""
                            : "No request of this recording shows a cookie. Browsers leave them out of a recording "
                              "unless asked, so they may have been sent.";
}

const struct har_request *har_next_in_chain(const struct har_report *r, const struct har_request *q)
{
    return har_request_at(r, q->recording, q->led_to);
}

bool har_begins_chain(const struct har_request *q)
{
    return q->third_party && q->led_to > 0 && q->redirected_from == 0;
}

bool har_is_listed(const struct har_request *q, const struct har_leak *l)
{
    return l->tells_page || !har_tells_page(q);
}
