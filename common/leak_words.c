/* leak_words.c -- the words of common/leak.h, and the names of parameters under which pages are handed on: gathered from the documented
 * interfaces of analytics and advertising tags, and from requests seen. */
#include "common/leak.h"

#include <string.h>
#include <strings.h>

const char *leak_place_word(enum leak_place p)
{
    static const char *const words[] = {
#define X(name, word, phrase) word,
        LEAK_PLACES(X)
#undef X
    };
    return words[p];
}

const char *leak_place_phrase(enum leak_place p)
{
    static const char *const phrases[] = {
#define X(name, word, phrase) phrase,
        LEAK_PLACES(X)
#undef X
    };
    return phrases[p];
}

const char *leak_carried_word(enum leak_carried c)
{
    static const char *const words[] = {
#define X(name, word) word,
        LEAK_CARRIED(X)
#undef X
    };
    return words[c];
}

bool leak_is_usual_name(const char *name, size_t n)
{
    static const char *const names[] = {"u",
                                        "u1",
                                        "url",
                                        "uri",
                                        "dl",
                                        "dr",
                                        "rl",
                                        "ref",
                                        "referrer",
                                        "referer",
                                        "refurl",
                                        "origin",
                                        "page",
                                        "pageurl",
                                        "page_url",
                                        "page_location",
                                        "page_referrer",
                                        "location",
                                        "loc",
                                        "href",
                                        "purl",
                                        "tfcd_url",
                                        "bu",
                                        "du",
                                        "document_url",
                                        "site",
                                        "siteurl",
                                        "site_url",
                                        "source_url",
                                        "sourceurl",
                                        "~oref",
                                        "oref",
                                        "top",
                                        "event_source_url",
                                        "canonical",
                                        "canonical_url",
                                        "parent",
                                        "parent_url",
                                        "p",
                                        "r",
                                        "g",
                                        "h",
                                        "embed_url",
                                        "pu",
                                        "lref",
                                        "host_url",
                                        "landing",
                                        "from"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strlen(names[i]) == n && strncasecmp(name, names[i], n) == 0)
            return true;
    return false;
}
