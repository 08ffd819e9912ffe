/* pages.c -- the pages: plain files built into the program. They hold no figure; each asks the API for what it shows. */
#include "dashboard/api.h"
#include "dashboard/assets.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const char *type_of(const char *name)
{
    static const struct {
        const char *ending, *type;
    } types[] = {{".html", "text/html; charset=utf-8"}, {".js", "text/javascript; charset=utf-8"}, {".css", "text/css; charset=utf-8"}, {".svg", "image/svg+xml"}};
    const char *ending = strrchr(name, '.');
    for (size_t i = 0; ending && i < sizeof(types) / sizeof(types[0]); i++)
        if (strcmp(ending, types[i].ending) == 0)
            return types[i].type;
    return "application/octet-stream";
}

void web_send_asset(struct web_call *c, const char *name)
{
    for (size_t i = 0; i < assets_count; i++) {
        const struct asset *file = &assets[i];
        if (strcmp(file->name, name) != 0)
            continue;
        struct web_answer *a = c->answer;
        a->type = type_of(name);
        snprintf(a->etag, sizeof(a->etag), "\"%s\"", file->hash);
        if (c->request->if_none_match && strcmp(c->request->if_none_match, a->etag) == 0) {
            a->status = 304;
            return;
        }
        a->status = 200;
        a->body = (char *)(uintptr_t)file->bytes; /* libmicrohttpd only reads it */
        a->body_len = file->len;
        a->body_is_static = true;
        return;
    }
    web_send_error(c, 404, "path", "there is no such page");
}

void page_root(struct web_call *c)
{
    const char *to = !c->session ? "/sign-in" : c->session->role == ROLE_LEAD ? "/today" : "/health";
    c->answer->status = 303;
    c->answer->type = "text/plain";
    snprintf(c->answer->location, sizeof(c->answer->location), "%s", to);
}

void page_shell(struct web_call *c)
{
    web_send_asset(c, "page.html");
}

void page_sign_in(struct web_call *c)
{
    web_send_asset(c, "sign-in.html");
}

void page_what_we_see(struct web_call *c)
{
    web_send_asset(c, "what-we-see.html");
}

void page_asset(struct web_call *c)
{
    web_send_asset(c, c->request->path + strlen("/assets/"));
}
