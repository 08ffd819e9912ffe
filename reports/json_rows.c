/* json_rows.c -- see json_rows.h. A full disk ends the work at the next row, not after the last. */
#include "reports/json_rows.h"

static void write_and_free(struct json_rows *w, struct json *value)
{
    if (w->rc == 0)
        w->rc = json_write_line(value, w->out);
    json_free(value);
}

void json_rows_member(struct json_rows *w, const char *key, struct json *value)
{
    fprintf(w->out, "  \"%s\": ", key);
    write_and_free(w, value);
    fputs(",\n", w->out);
}

void json_rows_begin(struct json_rows *w, const char *key)
{
    w->any = false;
    fprintf(w->out, "  \"%s\": [", key);
}

void json_rows_add(struct json_rows *w, struct json *row)
{
    fputs(w->any ? ",\n    " : "\n    ", w->out);
    w->any = true;
    write_and_free(w, row);
}

void json_rows_end(struct json_rows *w, bool last)
{
    fputs(w->any ? "\n  ]" : "]", w->out);
    fputs(last ? "\n" : ",\n", w->out);
}
