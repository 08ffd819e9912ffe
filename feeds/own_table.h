/* own_table.h -- reads one of the program's own small tables: policies, legal references.
 *
 * Shape      Tab-separated texts, one row a line; every row has the same number of cells and none of them is empty. Lines that
 *            begin with '#', and empty ones, are passed over. Cells become NUL-terminated texts in one copy of the table.
 * Threads    One, before the others; what was read is then read-only for all.
 * Ownership  *text is the copy, for the caller to keep as long as the cells, and to free().
 * Failure    -EINVAL after naming table and line, -ENOMEM; *text is NULL then.
 */
#ifndef TELLTALE_FEEDS_OWN_TABLE_H
#define TELLTALE_FEEDS_OWN_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#define OWN_TABLE_COLUMNS_MOST 8

struct own_table {
    const char *name;     /* for the log: "feeds: policies.tsv" */
    const char *expected; /* for the log: what a row is */
    const char *bytes;    /* length of them, and a NUL behind */
    size_t length;
    int columns;
    bool (*on_row)(const char *const *cells); /* false: the row is wrong, or there is no room for it */
};

int own_table_read(const struct own_table *t, char **text);

#endif
