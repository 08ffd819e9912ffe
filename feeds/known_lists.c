/* known_lists.c -- see known_lists.h. A whole address counts and never its host alone: on some of these hosts anybody can put a file. */
#include "feeds/known_lists.h"

#include "feeds/builtin.h"
#include "feeds/own_table.h"

#include <string.h>

#define LISTS_MOST 32

static struct known_list lists[LISTS_MOST];
static size_t lists_len;

static bool add_row(const char *const *cells)
{
    if (lists_len == LISTS_MOST)
        return false;
    lists[lists_len++] = (struct known_list){cells[0], cells[1], cells[2], cells[3], cells[4]};
    return true;
}

size_t known_lists_count(void)
{
    static char *text; /* what the rows point into */
    const struct own_table table = {.name = "feeds: lists.tsv",
                                    .expected = "name, address, licence, source and date, or there are more rows than expected",
                                    .bytes = builtin_lists,
                                    .length = builtin_lists_bytes,
                                    .columns = 5,
                                    .on_row = add_row};
    if (!text && own_table_read(&table, &text) < 0)
        lists_len = 0;
    return lists_len;
}

const struct known_list *known_list_at(size_t i)
{
    return &lists[i];
}

bool known_lists_have(const char *url)
{
    for (size_t i = 0, n = known_lists_count(); i < n; i++)
        if (strcmp(lists[i].url, url) == 0)
            return true;
    return false;
}
