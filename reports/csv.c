/* csv.c -- see csv.h. */
#include "reports/csv.h"

#include "common/text.h"

#include <errno.h>
#include <inttypes.h>
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

static void begin_cell(struct csv_row *row)
{
    if (row->begun)
        fputc(',', row->out);
    row->begun = true;
}

void csv_text(struct csv_row *row, const char *text)
{
    begin_cell(row);
    if (csv_write_text(row->out, text) < 0)
        row->rc = -ENOMEM;
}

void csv_count(struct csv_row *row, uint64_t n)
{
    begin_cell(row);
    fprintf(row->out, "%" PRIu64, n);
}

void csv_share(struct csv_row *row, double share)
{
    unsigned thousandths = (unsigned)(share * 1000 + 1e-9); /* 0.29 * 1000 is 289.99... */
    begin_cell(row);
    fprintf(row->out, "%u.%03u", thousandths / 1000, thousandths % 1000);
}

void csv_real(struct csv_row *row, double value)
{
    char text[32];
    begin_cell(row);
    snprintf(text, sizeof(text), "%.6g", value);
    for (char *at = text; *at; at++)
        fputc(*at == ',' ? '.' : *at, row->out);
}

void csv_empty(struct csv_row *row, unsigned cells)
{
    for (unsigned i = 0; i < cells; i++)
        begin_cell(row);
}

void csv_end(struct csv_row *row)
{
    fputs("\r\n", row->out);
    row->begun = false;
}
