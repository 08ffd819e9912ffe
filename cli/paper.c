/* paper.c -- see paper.h. */
#include "cli/paper.h"

#include "common/log.h"

#include <string.h>
#include <unistd.h>

bool paper_format_from_word(const char *word, enum paper_format *out)
{
    bool html = strcmp(word, "html") == 0;
    *out = html ? PAPER_HTML : PAPER_TEXT;
    if (!html && strcmp(word, "text") != 0)
        log_error("-o %s: expected html or text", word);
    return html || strcmp(word, "text") == 0;
}

int paper_settings(const char *path, struct config *out)
{
    config_defaults(out);
    if (!path && access(CONFIG_DEFAULT_PATH, F_OK) != 0)
        return 0;
    return config_load(path ? path : CONFIG_DEFAULT_PATH, out);
}

struct notice_facts paper_facts(const struct config *c)
{
    return (struct notice_facts){.controller = c->controller, .url = c->notice_url, .since = c->notice_since, .k = (unsigned)c->k, .demo = c->demo, .export_days = (unsigned)c->exports_keep_days,
                                 .mailed = c->exports_mail_to[0] != '\0'};
}
