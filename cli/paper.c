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

struct notice_facts paper_facts(const struct config *c)
{
    return (struct notice_facts){.controller = c->controller, .url = c->notice_url, .since = c->notice_since, .k = (unsigned)c->k, .demo = c->demo, .export_days = (unsigned)c->exports_keep_days,
                                 .mailed = c->exports_mail_to[0] != '\0'};
}
