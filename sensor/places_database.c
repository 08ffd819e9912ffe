/* places_database.c -- see places_database.h.
 *
 * libmaxminddb maps the file it is given, so it is given a sealed copy (sealed_file.h): 8 MB of memory for countries.
 *
 * The library checks the bounds of what it decodes, but trusts some numbers of the search tree: a record that points into
 * the sixteen bytes between tree and data makes it read four gigabytes further on. Therefore survey() looks at every node
 * and decodes every place once, before anybody uses the file; as the copy cannot change, what passed then passes
 * always. A file whose survey takes longer than SURVEY_MOST_NS is refused too: its look-ups would be as slow. The survey of
 * half a million nodes takes about 0.1 s, on a thread of its own.
 *
 * Left out: cities and coordinates, names of countries.
 */
#include "sensor/places_database.h"

#include "common/clock.h"
#include "common/log.h"
#include "common/text.h"
#include "sensor/sandbox.h"

#include <errno.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SURVEY_MOST_NS (10ull * NS_PER_S)
#define SURVEY_CLOCK_EVERY 1024 /* nodes between two looks at the clock */

struct places_database {
    MMDB_s mmdb;
    unsigned parts; /* enum places_part: what it is asked for */
};

/* 1 found, 0 not there, -1 damaged. */
static int value_at(MMDB_entry_s *entry, const char *const *path, MMDB_entry_data_s *out)
{
    int rc = MMDB_aget_value(entry, out, path);
    if (rc == MMDB_LOOKUP_PATH_DOES_NOT_MATCH_DATA_ERROR || rc == MMDB_INVALID_LOOKUP_PATH_ERROR)
        return 0;
    return rc != MMDB_SUCCESS ? -1 : out->has_data;
}

static char capital(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool read_country(const MMDB_entry_data_s *d, char out[3])
{
    if (d->type != MMDB_DATA_TYPE_UTF8_STRING || d->data_size != 2)
        return false;
    char a = capital(d->utf8_string[0]), b = capital(d->utf8_string[1]);
    if (a < 'A' || a > 'Z' || b < 'A' || b > 'Z')
        return false;
    out[0] = a;
    out[1] = b;
    out[2] = '\0';
    return true;
}

static bool read_asn_text(const char *text, size_t n, uint32_t *out)
{
    uint64_t value = 0;
    size_t i = n > 2 && capital(text[0]) == 'A' && capital(text[1]) == 'S' ? 2 : 0;
    if (i == n || n - i > 10)
        return false;
    for (; i < n; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        value = value * 10 + (uint64_t)(text[i] - '0');
    }
    *out = (uint32_t)value;
    return value <= UINT32_MAX;
}

static bool read_asn(const MMDB_entry_data_s *d, uint32_t *out)
{
    uint64_t value;
    switch (d->type) {
    case MMDB_DATA_TYPE_UTF8_STRING: return read_asn_text(d->utf8_string, d->data_size, out);
    case MMDB_DATA_TYPE_UINT16: value = d->uint16; break;
    case MMDB_DATA_TYPE_UINT32: value = d->uint32; break;
    case MMDB_DATA_TYPE_UINT64: value = d->uint64; break;
    default: return false;
    }
    *out = (uint32_t)value;
    return value <= UINT32_MAX;
}

/* Fills the wanted parts that are there. False when the entry is damaged. */
static bool read_place(MMDB_entry_s *entry, unsigned wanted, struct place *out)
{
    static const char *const countries[][3] = {{"country", "iso_code", NULL}, {"country_code", NULL}, {"country", NULL}};
    static const char *const networks[][2] = {{"autonomous_system_number", NULL}, {"asn", NULL}};
    MMDB_entry_data_s d;
    for (size_t i = 0; (wanted & PLACES_COUNTRY) && i < 3; i++) {
        int found = value_at(entry, countries[i], &d);
        if (found < 0)
            return false;
        if (found > 0 && read_country(&d, out->country))
            break;
    }
    for (size_t i = 0; (wanted & PLACES_ASN) && i < 2; i++) {
        int found = value_at(entry, networks[i], &d);
        if (found < 0)
            return false;
        if (found > 0 && read_asn(&d, &out->asn))
            break;
        out->asn = 0;
    }
    return true;
}

struct survey {
    MMDB_s *mmdb;
    unsigned has; /* enum places_part */
    uint32_t last; /* neighbours often share an entry */
    bool any;
};

static bool survey_record(struct survey *s, uint8_t type, MMDB_entry_s *entry)
{
    struct place place = {.asn = 0};
    if (type == MMDB_RECORD_TYPE_SEARCH_NODE || type == MMDB_RECORD_TYPE_EMPTY)
        return true;
    if (type != MMDB_RECORD_TYPE_DATA || entry->offset >= s->mmdb->data_section_size)
        return false;
    if (s->any && s->last == entry->offset)
        return true;
    s->any = true;
    s->last = entry->offset;
    if (!read_place(entry, PLACES_COUNTRY | PLACES_ASN, &place))
        return false;
    s->has |= (place.country[0] ? PLACES_COUNTRY : 0u) | (place.asn ? PLACES_ASN : 0u);
    return true;
}

/* What the database has (enum places_part), or -1 with the reason when a look-up in it could go wrong. */
static int survey(MMDB_s *mmdb, char why[SEALED_FILE_WHY_MAX])
{
    struct survey s = {.mmdb = mmdb};
    uint64_t begun_ns = clock_monotonic_ns();
    for (uint32_t n = 0; n < mmdb->metadata.node_count; n++) {
        MMDB_search_node_s node;
        if (MMDB_read_node(mmdb, n, &node) != MMDB_SUCCESS || !survey_record(&s, node.left_record_type, &node.left_record_entry) ||
            !survey_record(&s, node.right_record_type, &node.right_record_entry)) {
            snprintf(why, SEALED_FILE_WHY_MAX, "it is damaged (node %u of %u)", n, mmdb->metadata.node_count);
            return -1;
        }
        if (n % SURVEY_CLOCK_EVERY == 0 && clock_monotonic_ns() - begun_ns > SURVEY_MOST_NS) {
            snprintf(why, SEALED_FILE_WHY_MAX, "looking through it takes too long");
            return -1;
        }
    }
    return (int)s.has;
}

/* The type that the file gives itself, for a message. */
static void type_text(const MMDB_s *mmdb, char out[64])
{
    const char *type = mmdb->metadata.database_type ? mmdb->metadata.database_type : "";
    text_clean(type, strnlen(type, 60), out, 64);
}

static bool choose_parts(struct places_database *d, unsigned wanted, char why[SEALED_FILE_WHY_MAX])
{
    char type[64];
    int has = survey(&d->mmdb, why);
    if (has < 0)
        return false;
    d->parts = wanted ? wanted & (unsigned)has : (unsigned)has;
    if (d->parts != 0 && d->parts == (wanted ? wanted : d->parts))
        return true;
    type_text(&d->mmdb, type);
    const char *lacks = !wanted                                 ? "countries and no networks"
                        : wanted & ~d->parts & PLACES_COUNTRY ? "countries"
                                                                : "networks";
    snprintf(why, SEALED_FILE_WHY_MAX, "a database of type \"%s\" that has no %s", type, lacks);
    return false;
}

void places_database_free(struct places_database *d)
{
    if (!d)
        return;
    MMDB_close(&d->mmdb);
    free(d);
}

struct places_database *places_database_load(const char *path, unsigned wanted, struct file_identity *identity, int *rc, char why[SEALED_FILE_WHY_MAX])
{
    char name[32];
    struct places_database *d = calloc(1, sizeof(*d));
    int fd = d ? sealed_file_copy(path, PLACES_FILE_BYTES_MAX, identity, why) : -ENOMEM;
    *rc = fd;
    if (!d)
        snprintf(why, SEALED_FILE_WHY_MAX, "out of memory");
    if (fd < 0) {
        free(d);
        return NULL;
    }
    snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    sandbox_lend(fd); /* behind the filter the library cannot open it by itself */
    int status = MMDB_open(name, MMDB_MODE_MMAP, &d->mmdb);
    sandbox_lend(-1);
    close(fd); /* the mapping holds the copy */
    *rc = status == MMDB_SUCCESS ? 0 : status == MMDB_OUT_OF_MEMORY_ERROR ? -ENOMEM : -EINVAL;
    if (*rc < 0) {
        snprintf(why, SEALED_FILE_WHY_MAX, "not a MaxMind DB file, or one that was cut: %s", MMDB_strerror(status));
        free(d);
        return NULL;
    }
    if (choose_parts(d, wanted, why))
        return d;
    *rc = -EINVAL;
    places_database_free(d);
    return NULL;
}

struct place places_database_look_up(const struct places_database *d, const struct ip_addr *a)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    struct place place = {.asn = 0};
    int error = MMDB_SUCCESS;
    memcpy(&v4.sin_addr, a->bytes + 12, 4);
    memcpy(&v6.sin6_addr, a->bytes, 16);
    const void *address = ip_is_v4(a) ? (const void *)&v4 : (const void *)&v6;
    MMDB_lookup_result_s found = MMDB_lookup_sockaddr(&d->mmdb, address, &error);
    if (error != MMDB_SUCCESS || !found.found_entry || !read_place(&found.entry, d->parts, &place))
        return (struct place){.asn = 0}; /* an IPv6 address in a database of IPv4 is an error too */
    return place;
}

void places_database_say(const char *path, const struct places_database *d)
{
    char type[64], day[16] = "";
    time_t built = (time_t)d->mmdb.metadata.build_epoch;
    struct tm tm;
    type_text(&d->mmdb, type);
    if (gmtime_r(&built, &tm))
        strftime(day, sizeof(day), "%Y-%m-%d", &tm);
    log_info("places: %s: %s%s%s (\"%s\", built %s)", path, d->parts & PLACES_COUNTRY ? "countries" : "",
             d->parts == (PLACES_COUNTRY | PLACES_ASN) ? " and " : "", d->parts & PLACES_ASN ? "networks" : "", type, day);
}

uint64_t places_database_built(const struct places_database *d, enum places_part part)
{
    return d->parts & part ? d->mmdb.metadata.build_epoch : 0;
}
