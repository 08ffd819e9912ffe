/* own_table.c -- see own_table.h. In the copy every tab and line end has become a NUL, so that a cell is a text without being copied. */
#include "feeds/own_table.h"

#include "common/log.h"
#include "feeds/line_reader.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The byte behind the line is its end, so there is room for the last NUL. */
static bool cut_cells(char *text, struct line line, int columns, const char **cells)
{
    char *at = text + (line.at - text), *end = at + line.n;
    for (int i = 0; i < columns; i++) {
        size_t n = strcspn(at, "\t\n");
        bool last = i == columns - 1;
        if (n == 0 || (at + n == end) != last)
            return false;
        cells[i] = at;
        at[n] = '\0';
        at += n + 1;
    }
    return true;
}

int own_table_read(const struct own_table *t, char **text)
{
    const char *cells[OWN_TABLE_COLUMNS_MOST];
    assert(t->columns <= OWN_TABLE_COLUMNS_MOST);
    if (!(*text = malloc(t->length + 1)))
        return -ENOMEM;
    memcpy(*text, t->bytes, t->length + 1);
    struct line_reader r = line_reader_over(*text, t->length);
    struct line line;
    while (line_reader_next(&r, &line)) {
        if (line.n == 0 || line.at[0] == '#' || (cut_cells(*text, line, t->columns, cells) && t->on_row(cells)))
            continue;
        log_error("%s:%u: expected %s", t->name, r.line, t->expected);
        free(*text);
        *text = NULL;
        return -EINVAL;
    }
    return 0;
}
