/* source_header.c -- see source_header.h. No syntax defines these lines; these are the words that lists use. A template
 * that nobody filled in (`%timestamp%`) says nothing. */
#include "feeds/source_header.h"

#include "feeds/line_reader.h"

#include "common/text.h"

#include <string.h>
#include <strings.h>

#define HEADER_LINES 60

/* The comment's text, its marks and blanks before it passed over; n = 0 for another line. */
static struct line comment_text(struct line line)
{
    static const char marks[] = "#!;";
    if (line.n == 0 || !strchr(marks, line.at[0]))
        return (struct line){NULL, 0};
    while (line.n > 0 && (line.at[0] == ' ' || strchr(marks, line.at[0]))) {
        line.at++;
        line.n--;
    }
    return line_trim(line);
}

static void read_value(struct line text, const char *const *keys, char *out, size_t room)
{
    struct line value = text;
    struct line key = line_trim(line_cut(&value, ':'));
    value = line_trim(value);
    if (out[0] || value.n == 0 || value.at[0] == '%')
        return;
    for (; *keys; keys++)
        if (key.n == strlen(*keys) && strncasecmp(key.at, *keys, key.n) == 0)
            text_clean(value.at, value.n, out, room);
}

void source_header_read(const char *text, size_t n, char *licence, size_t licence_room, char *dated, size_t dated_room)
{
    static const char *const licences[] = {"licence", "license", NULL};
    static const char *const dates[] = {"last modified", "last updated", "last update", "updated", "modified", "date", NULL};
    struct line_reader reader = line_reader_over(text, n);
    licence[0] = dated[0] = '\0';
    for (struct line line; reader.line < HEADER_LINES && line_reader_next(&reader, &line);) {
        struct line said = comment_text(line);
        if (said.n == 0)
            continue;
        read_value(said, licences, licence, licence_room);
        read_value(said, dates, dated, dated_room);
    }
}
