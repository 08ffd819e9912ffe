/* json_rows.h -- an object too long to build whole: its members are written one after the other, an array with a row a line.
 *
 * Shape      The caller writes "{" and "}". Rows are built by common/json.h, so no text can break out of its string.
 * Ownership  Takes each value and frees it, whatever happens.
 * Threads    One.
 * Failure    json_rows.rc turns -errno with the first row that could not be written; what follows is not.
 */
#ifndef TELLTALE_REPORTS_JSON_ROWS_H
#define TELLTALE_REPORTS_JSON_ROWS_H

#include "common/json.h"

struct json_rows {
    FILE *out;
    bool any; /* rows in the array so far */
    int rc;
};

/* A member that is no array, with a comma behind it: one that follows is still to come. */
void json_rows_member(struct json_rows *w, const char *key, struct json *value);

void json_rows_begin(struct json_rows *w, const char *key);
void json_rows_add(struct json_rows *w, struct json *row);
/* last: no member follows. */
void json_rows_end(struct json_rows *w, bool last);

#endif
