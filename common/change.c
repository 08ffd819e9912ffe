/* change.c -- see change.h. */
#include "common/change.h"

#include "common/text.h"

#include <string.h>

const struct change_form change_forms[CHANGE_KINDS] = {
    [CHANGE_PRIVACY] = {"privacy", {"k"}},
    [CHANGE_PSEUDONYMS] = {"pseudonyms", {"until", "reason"}},
    [CHANGE_RETENTION] = {"retention", {"figures", "devices", "alerts"}},
    [CHANGE_NOTICE] = {"notice", {"controller", "url", "since"}},
    [CHANGE_LIST] = {"list", {"name", "url"}},
    [CHANGE_SITE] = {"site", {"site", "label", "category"}},
};

int change_kind_of(const char *word)
{
    for (int i = 0; i < CHANGE_KINDS; i++)
        if (strcmp(change_forms[i].word, word) == 0)
            return i;
    return -1;
}

/* What libinih makes of a line: a blank and a semicolon begin a comment, blanks at the ends go. */
bool change_value_take(const char *text, char out[CHANGE_VALUE_MAX + 1])
{
    char clean[TEXT_CLEAN_MAX(CHANGE_VALUE_MAX)];
    size_t n = strlen(text);
    out[0] = '\0';
    if (n > CHANGE_VALUE_MAX || text_clean(text, n, clean, sizeof(clean)) != n || memcmp(clean, text, n) != 0)
        return false;
    if (strchr(text, ';') || text[0] == '#' || text[0] == ' ' || (n > 0 && text[n - 1] == ' '))
        return false;
    memcpy(out, text, n + 1);
    return true;
}
