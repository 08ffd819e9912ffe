/* services.c -- see services.h. Some seventy rows, asked once a flow: a walk over them is plain and quick enough. */
#include "feeds/services.h"

#include "common/hostname.h"
#include "common/log.h"
#include "feeds/builtin.h"
#include "feeds/line_reader.h"

#include <errno.h>
#include <string.h>

#define ROWS_MOST 128

static struct {
    enum service service;
    bool is_address;
    char name[HOSTNAME_MAX + 1]; /* empty for an address */
    struct ip_prefix prefix;
} rows[ROWS_MOST];
static size_t rows_len;

static const struct {
    const char *word;
    enum service service;
    bool is_address;
} kinds[] = {
    {"resolver", SERVICE_RESOLVER, false},     {"resolver-address", SERVICE_RESOLVER, true},
    {"relay", SERVICE_RELAY, false},           {"ech-front", SERVICE_ECH_FRONT, false},
    {"block-page", SERVICE_BLOCK_PAGE, false}, {"block-page-address", SERVICE_BLOCK_PAGE, true},
    {"files", SERVICE_FILES, false},
};

static bool add_row(struct line row)
{
    struct line kind = line_cut(&row, '\t'), value = line_cut(&row, '\t');
    char text[HOSTNAME_MAX + 1];
    for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        if (!line_equals(kind, kinds[k].word) || value.n == 0 || value.n > HOSTNAME_MAX || rows_len == ROWS_MOST)
            continue;
        rows[rows_len].service = kinds[k].service;
        rows[rows_len].is_address = kinds[k].is_address;
        memcpy(text, value.at, value.n);
        text[value.n] = '\0';
        bool good = kinds[k].is_address ? ip_prefix_parse(text, &rows[rows_len].prefix)
                                        : hostname_normalise((const uint8_t *)text, value.n, rows[rows_len].name) > 0;
        rows_len += good;
        return good;
    }
    return false;
}

int services_load(void)
{
    struct line_reader r = line_reader_over(builtin_services, builtin_services_bytes);
    struct line row;
    if (rows_len > 0)
        return 0;
    while (line_reader_next(&r, &row)) {
        if (row.n == 0 || row.at[0] == '#' || add_row(row))
            continue;
        log_error("feeds: services.tsv:%u: expected kind, value, note, source and date, or there are more than %d rows", r.line, ROWS_MOST);
        return -EINVAL;
    }
    return 0;
}

/* Of several rows the closest one: a provider's block page may lie below its resolver. */
enum service service_of_name(const char *host)
{
    enum service service = SERVICE_NONE;
    size_t longest = 0;
    for (size_t i = 0; i < rows_len; i++) {
        size_t len = strlen(rows[i].name);
        if (rows[i].is_address || len <= longest || !hostname_is_under(host, rows[i].name))
            continue;
        service = rows[i].service;
        longest = len;
    }
    return service;
}

enum service service_of_address(const struct ip_addr *a)
{
    enum service service = SERVICE_NONE;
    int longest = -1;
    for (size_t i = 0; i < rows_len; i++) {
        if (!rows[i].is_address || rows[i].prefix.bits <= longest || !ip_in_prefix(a, &rows[i].prefix))
            continue;
        service = rows[i].service;
        longest = rows[i].prefix.bits;
    }
    return service;
}
