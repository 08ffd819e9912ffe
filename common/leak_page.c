/* leak_page.c -- see leak_page.h.
 *
 * A page's address may be carried shortened: without its query, without "www.", with or without a final slash, or as the
 * site's origin alone. So host, path and query are compared one after another, and the finding says how far they agreed.
 * A title is compared without regard to how blanks were written; inside a longer text it counts from 12 characters on,
 * because a short one ("Home") is in many texts by chance. The same holds for a path alone, which must be longer than a word.
 */
#include "common/leak_page.h"

#include <string.h>

#define TITLE_LEAST        4
#define TITLE_INSIDE_LEAST 12
#define PATH_LEAST         6

static struct url_text without_slash(struct url_text path)
{
    if (path.len > 0 && path.at[path.len - 1] == '/')
        path.len--;
    return path;
}

static bool same(struct url_text a, struct url_text b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static enum leak_carried own_form(const struct url_parts *u)
{
    if (u->has_query && u->query.len > 0)
        return LEAK_ADDRESS_QUERY;
    return u->path.len > 1 ? LEAK_ADDRESS : LEAK_ORIGIN;
}

/* How much of the page does an address of the same site tell? */
static enum leak_carried compare(const struct url_parts *carried, const struct url_parts *page)
{
    if (!same(without_slash(carried->path), without_slash(page->path))) {
        if (carried->path.len <= 1 && !carried->has_query)
            return LEAK_ORIGIN;
        return LEAK_OTHER_PAGE;
    }
    if (carried->path.len == 0 && !carried->has_query)
        return LEAK_ORIGIN;
    return page->has_query && page->query.len > 0 && same(carried->query, page->query) ? LEAK_ADDRESS_QUERY
                                                                                       : LEAK_ADDRESS;
}

bool leak_page_address(const struct leak_request *r, struct url_text address, enum leak_carried *carried, size_t *page)
{
    struct url_parts u, p;
    bool any = false;
    if (!url_split(address.at, address.len, &u))
        return false;
    if (r->pages_len == 0) {
        *carried = own_form(&u);
        *page = 0;
        return true;
    }
    for (size_t i = 0; i < r->pages_len; i++) {
        if (!url_split(r->pages[i].address.at, r->pages[i].address.len, &p) || !url_same_host(&u, &p))
            continue;
        enum leak_carried c = compare(&u, &p);
        if (any && c <= *carried)
            continue;
        any = true;
        *carried = c;
        *page = i;
    }
    return any;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Does `text` begin with `title`, any run of blanks being like any other? *rest: what comes behind. */
static bool begins_with_title(struct url_text text, struct url_text title, struct url_text *rest)
{
    size_t i = 0, k = 0;
    while (k < title.len) {
        if (i == text.len)
            return false;
        if (is_blank(title.at[k]) && is_blank(text.at[i])) {
            while (k < title.len && is_blank(title.at[k]))
                k++;
            while (i < text.len && is_blank(text.at[i]))
                i++;
        } else if (title.at[k++] != text.at[i++]) {
            return false;
        }
    }
    *rest = (struct url_text){.at = text.at + i, .len = text.len - i};
    return true;
}

static bool tells_title(struct url_text text, struct url_text title, bool inside)
{
    struct url_text rest;
    if (title.len < TITLE_LEAST)
        return false;
    if (inside)
        return title.len >= TITLE_INSIDE_LEAST && memmem(text.at, text.len, title.at, title.len);
    return begins_with_title(text, title, &rest) && rest.len == 0;
}

/* A path alone, with or without its query. */
static bool tells_path(struct url_text text, const struct url_parts *page)
{
    const char *query = memchr(text.at, '?', text.len);
    struct url_text path = {.at = text.at, .len = query ? (size_t)(query - text.at) : text.len};
    return page->path.len >= PATH_LEAST && same(without_slash(path), without_slash(page->path));
}

/* A host name alone: at least two labels. */
static bool tells_host(struct url_text text, const struct url_parts *page)
{
    struct url_parts named = {.host = text};
    return memchr(text.at, '.', text.len) && url_same_host(&named, page);
}

bool leak_page_text(const struct leak_request *r, struct url_text text, bool inside, enum leak_carried *carried,
                    size_t *page)
{
    struct url_parts p;
    bool any = false;
    for (size_t i = 0; text.len > 0 && i < r->pages_len; i++) {
        enum leak_carried c;
        if (tells_title(text, r->pages[i].title, inside))
            c = LEAK_TITLE;
        else if (inside || !url_split(r->pages[i].address.at, r->pages[i].address.len, &p))
            continue;
        else if (tells_path(text, &p))
            c = LEAK_PAGE_PATH;
        else if (tells_host(text, &p))
            c = LEAK_ORIGIN;
        else
            continue;
        if (any && c <= *carried)
            continue;
        any = true;
        *carried = c;
        *page = i;
    }
    return any;
}
