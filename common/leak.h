/* leak.h -- finds the address or title of a page in what a request says to others.
 *
 * Purpose    A tracker learns which page somebody reads from the request itself: from a parameter (u1, origin, dl), from an address
 *            inside an address (redir=...?u1=), from a body, from the Referer. This says what was carried, and where.
 * Shape      One request at a time: its address, its Referer, its body. `pages` are the pages it may have been made from; with
 *            none (clear text on the wire) every absolute http(s) address inside the request is told.
 * Bounds     Encodings inside encodings are undone LEAK_DEPTH_MAX deep; at most LEAK_WORK_MAX bytes are looked at and LEAK_FOUND_MAX
 *            findings told for a request. What lies beyond is not read, and `cut` says so.
 * Threads    A scanner belongs to one thread at a time. Ownership: findings live during the call of found().
 * Failure    None: hostile text is text in which nothing is found. `parameter` is clean (common/text.h); the addresses are not.
 */
#ifndef TELLTALE_COMMON_LEAK_H
#define TELLTALE_COMMON_LEAK_H

#include "common/url.h"

#define LEAK_DEPTH_MAX     6
#define LEAK_WORK_MAX      (1u << 20)
#define LEAK_FOUND_MAX     64
#define LEAK_PARAMETER_MAX 160

/* Where it was found, with words for programs and phrases for people. */
#define LEAK_PLACES(X)                                                                                                 \
    X(QUERY, "query", "in the address")                                                                                \
    X(FRAGMENT, "fragment", "behind # of the address")                                                                 \
    X(PATH, "path", "in the path")                                                                                     \
    X(REFERER, "referer", "in the Referer header")                                                                     \
    X(FORM, "form", "in the form sent")                                                                                \
    X(JSON, "json", "in the JSON sent")                                                                                \
    X(BODY, "body", "in the body sent")

enum leak_place {
#define X(name, word, phrase) LEAK_IN_##name,
    LEAK_PLACES(X)
#undef X
        LEAK_PLACE_COUNT
};

/* What was carried of the page. The least first. */
#define LEAK_CARRIED(X)                                                                                                \
    X(OTHER_PAGE, "other page") /* another address of the same site */                                                 \
    X(ORIGIN, "origin only")    /* the site, not which page of it */                                                   \
    X(PAGE_PATH, "path only")   /* which page, without the site's name */                                              \
    X(ADDRESS, "full address")                                                                                         \
    X(ADDRESS_QUERY, "full address with query")                                                                        \
    X(TITLE, "title")

enum leak_carried {
#define X(name, word) LEAK_##name,
    LEAK_CARRIED(X)
#undef X
        LEAK_CARRIED_COUNT
};

const char *leak_place_word(enum leak_place p);
const char *leak_place_phrase(enum leak_place p);
const char *leak_carried_word(enum leak_carried c);

struct leak_page {
    struct url_text address; /* absolute */
    struct url_text title;   /* may be empty */
};

struct leak_request {
    struct url_text address; /* absolute, or a path with its query */
    struct url_text referer, body, content_type;
    const struct leak_page *pages; /* the likeliest first */
    size_t pages_len;
};

struct leak {
    enum leak_place place;
    enum leak_carried carried;
    const char *parameter;   /* "u1"; "redir > u1" where one lies in the other; "Referer" */
    bool base64;             /* it was hidden in base64 */
    bool usual_name;         /* the parameter has a name under which pages are handed on */
    struct url_text address; /* as carried, decoded; for a title and a path only: empty */
    struct url_text carrier; /* the address inside the request that carried it (a redirect's target), or empty */
    size_t page;             /* which of the request's pages; 0 when there are none */
};

struct leak_scanner;

struct leak_scanner *leak_scanner_new(void); /* NULL: out of memory */
void leak_scanner_free(struct leak_scanner *s);

/* Tells each finding once, in the order of the request. Returns false when bounds kept it from reading all (`cut`). */
bool leak_scan(struct leak_scanner *s, const struct leak_request *r, void (*found)(void *context, const struct leak *l),
               void *context);

/* Is this a parameter's name under which pages are usually handed on? "u1", "dl", "origin" ... */
bool leak_is_usual_name(const char *name, size_t n);

#endif
