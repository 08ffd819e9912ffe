/* csv.c -- see csv.h.
 *
 * A spreadsheet runs a cell that begins with = + - or @, and some run it behind blanks or written in full width; such a
 * text gets a leading apostrophe, which spreadsheets take as "this is text". Cells are clean text on one line, so a
 * quoted line break never occurs.
 */
#include "reports/csv.h"

#include "common/text.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool starts_formula(const char *text)
{
    static const char *const full_width[] = {"\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d",
                                             "\xef\xbc\xa0"}; /* = + - @ */
    if (*text == '\t' || *text == '\r')
        return true;
    text += strspn(text, " \t\r\n\v\f");
    if (*text != '\0' && strchr("=+-@", *text))
        return true;
    for (size_t i = 0; i < sizeof(full_width) / sizeof(full_width[0]); i++)
        if (strncmp(text, full_width[i], strlen(full_width[i])) == 0)
            return true;
    return false;
}

/* RFC 4180 2.5 to 2.7: quoted where it holds a comma or quote (or a blank at an end), quotes doubled. */
int csv_write_text(FILE *out, const char *text)
{
    if (!text || *text == '\0')
        return 0;
    size_t n = strlen(text);
    char *clean = text_clean_copy(text, n);
    if (!clean)
        return -ENOMEM;
    n = strlen(clean);
    bool quoted = strpbrk(clean, ",\";") || clean[0] == ' ' || clean[n - 1] == ' ';
    if (quoted)
        fputc('"', out);
    if (starts_formula(text))
        fputc('\'', out);
    for (const char *at = clean; *at; at++) {
        if (*at == '"')
            fputc('"', out);
        fputc(*at, out);
    }
    if (quoted)
        fputc('"', out);
    free(clean);
    return 0;
}
