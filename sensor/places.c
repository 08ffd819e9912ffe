/* places.c -- see places.h.
 *
 * libmaxminddb maps the file it is given. A file that is shortened where it lies, as a careless download does, would then
 * end the capture process with SIGBUS, and one that changes would no longer be what was checked. So the file is copied
 * into a memfd first, which is sealed, and the library opens that. It costs the file's size in memory: 8 MB for
 * countries.
 *
 * The library checks the bounds of what it decodes, but trusts some numbers of the search tree: a record that points into
 * the sixteen bytes between tree and data makes it read four gigabytes further on. Therefore survey() looks at every node
 * and decodes every place once, before anybody uses the file; as the copy cannot change, what passed then passes
 * always. A file whose survey takes longer than SURVEY_MOST_NS is refused too: its look-ups would be as slow. The survey of
 * half a million nodes takes about 0.1 s, on a thread of its own.
 *
 * A look-up holds a read lock for about a microsecond, once for each connection to a tracker; the new database is
 * put in place under the write lock, so when that is released nobody can hold the old one any more and it is freed. No epochs
 * and no reference counts are needed for something so rare.
 *
 * Left out: cities and coordinates, names of countries, anything about the device's own address.
 */
#include "sensor/places.h"

#include "common/clock.h"
#include "common/log.h"
#include "common/opener.h"
#include "common/text.h"
#include "sensor/sandbox.h"
#include "sensor/threads.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SURVEY_MOST_NS (10ull * NS_PER_S)
#define SURVEY_CLOCK_EVERY 1024 /* nodes between two looks at the clock */
#define WHY_MAX 200

struct identity {
    uint64_t device, inode, bytes, changed_ns;
};

struct database {
    MMDB_s mmdb;
    unsigned parts; /* enum places_part: what it is asked for */
};

struct entry {
    char path[PATH_MAX];
    unsigned wanted;                        /* as places_add() was told */
    struct identity loaded, seen, refused;  /* in use; at the last look; known to be of no use */
    bool gone;                              /* said so already */
    struct database *database;              /* under the lock */
};

struct places {
    struct entry files[PLACES_FILES_MOST];
    size_t files_len;
    pthread_rwlock_t lock;
    /* The watching thread, and how it is told to end. */
    pthread_t watcher;
    bool watching, ending; /* ending: under the mutex */
    unsigned every_ms;
    pthread_mutex_t mutex;
    pthread_cond_t ended;
};

/* One place --------------------------------------------------------------------------------------------------------- */

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

/* Loading ----------------------------------------------------------------------------------------------------------- */

static struct identity identity_of(const struct stat *s)
{
    return (struct identity){.device = (uint64_t)s->st_dev,
                             .inode = (uint64_t)s->st_ino,
                             .bytes = (uint64_t)s->st_size,
                             .changed_ns = (uint64_t)s->st_mtim.tv_sec * NS_PER_S + (uint64_t)s->st_mtim.tv_nsec};
}

static bool is_same(const struct identity *a, const struct identity *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/* Copies the open file into the memfd, and sees that it did not change meanwhile. */
static int copy_whole(int from, int to, const struct identity *begun, char why[WHY_MAX])
{
    struct stat s;
    uint64_t copied = 0;
    ssize_t n;
    while (copied <= begun->bytes && (n = sendfile(to, from, NULL, 1 << 20)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            snprintf(why, WHY_MAX, "%s", strerror(errno));
            return -errno;
        }
        copied += (uint64_t)n;
    }
    struct identity now = fstat(from, &s) == 0 ? identity_of(&s) : (struct identity){0};
    if (copied == begun->bytes && is_same(begun, &now))
        return 0;
    snprintf(why, WHY_MAX, "it was written to while it was read");
    return -EAGAIN;
}

/* The file's bytes in memory that nobody can change any more: a descriptor, or -errno with the reason. */
static int sealed_copy(const char *path, struct identity *identity, char why[WHY_MAX])
{
    struct stat s;
    int rc, copy = -1, fd = opener_open(path, O_NONBLOCK);
    if (fd < 0 || fstat(fd, &s) < 0) {
        rc = fd < 0 ? fd : -errno;
        snprintf(why, WHY_MAX, "%s", strerror(-rc));
    } else if (!S_ISREG(s.st_mode) || s.st_size <= 0 || (uint64_t)s.st_size > PLACES_FILE_BYTES_MAX) {
        rc = -EINVAL;
        snprintf(why, WHY_MAX, "expected a file of at most %llu MB", PLACES_FILE_BYTES_MAX >> 20);
    } else if ((copy = memfd_create("telltale-places", MFD_CLOEXEC | MFD_ALLOW_SEALING)) < 0) {
        rc = -errno;
        snprintf(why, WHY_MAX, "no memory to copy it to: %s", strerror(errno));
    } else {
        *identity = identity_of(&s);
        rc = copy_whole(fd, copy, identity, why);
    }
    if (rc == 0 && fcntl(copy, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0) {
        rc = -errno;
        snprintf(why, WHY_MAX, "its copy cannot be sealed: %s", strerror(errno));
    }
    if (fd >= 0)
        close(fd);
    if (rc == 0)
        return copy;
    if (copy >= 0)
        close(copy);
    return rc;
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
static int survey(MMDB_s *mmdb, char why[WHY_MAX])
{
    struct survey s = {.mmdb = mmdb};
    uint64_t begun_ns = clock_monotonic_ns();
    for (uint32_t n = 0; n < mmdb->metadata.node_count; n++) {
        MMDB_search_node_s node;
        if (MMDB_read_node(mmdb, n, &node) != MMDB_SUCCESS || !survey_record(&s, node.left_record_type, &node.left_record_entry) ||
            !survey_record(&s, node.right_record_type, &node.right_record_entry)) {
            snprintf(why, WHY_MAX, "it is damaged (node %u of %u)", n, mmdb->metadata.node_count);
            return -1;
        }
        if (n % SURVEY_CLOCK_EVERY == 0 && clock_monotonic_ns() - begun_ns > SURVEY_MOST_NS) {
            snprintf(why, WHY_MAX, "looking through it takes too long");
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

static bool choose_parts(struct database *d, unsigned wanted, char why[WHY_MAX])
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
    snprintf(why, WHY_MAX, "a database of type \"%s\" that has no %s", type, lacks);
    return false;
}

static void database_free(struct database *d)
{
    if (!d)
        return;
    MMDB_close(&d->mmdb);
    free(d);
}

/* NULL with the reason, or a database that every look-up may use. */
static struct database *database_load(const char *path, unsigned wanted, struct identity *identity, int *rc, char why[WHY_MAX])
{
    char name[32];
    struct database *d = calloc(1, sizeof(*d));
    int fd = d ? sealed_copy(path, identity, why) : -ENOMEM;
    *rc = fd;
    if (!d)
        snprintf(why, WHY_MAX, "out of memory");
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
        snprintf(why, WHY_MAX, "not a MaxMind DB file, or one that was cut: %s", MMDB_strerror(status));
        free(d);
        return NULL;
    }
    if (choose_parts(d, wanted, why))
        return d;
    *rc = -EINVAL;
    database_free(d);
    return NULL;
}

static void say_loaded(const char *path, const struct database *d)
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

/* The set ------------------------------------------------------------------------------------------------------------- */

struct places *places_new(void)
{
    struct places *p = calloc(1, sizeof(*p));
    if (!p)
        return NULL;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_rwlock_init(&p->lock, NULL);
    pthread_mutex_init(&p->mutex, NULL);
    pthread_cond_init(&p->ended, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return p;
}

void places_free(struct places *p)
{
    if (!p)
        return;
    if (p->watching) {
        pthread_mutex_lock(&p->mutex);
        p->ending = true;
        pthread_cond_signal(&p->ended);
        pthread_mutex_unlock(&p->mutex);
        pthread_join(p->watcher, NULL);
    }
    for (size_t i = 0; i < p->files_len; i++)
        database_free(p->files[i].database);
    pthread_cond_destroy(&p->ended);
    pthread_mutex_destroy(&p->mutex);
    pthread_rwlock_destroy(&p->lock);
    free(p);
}

int places_add(struct places *p, const char *path, unsigned parts)
{
    char why[WHY_MAX] = "";
    int rc;
    if (p->files_len == PLACES_FILES_MOST || strlen(path) >= PATH_MAX) {
        log_error("places: %.200s: more than %d files, or too long a path", path, PLACES_FILES_MOST);
        return -E2BIG;
    }
    struct entry *e = &p->files[p->files_len];
    memset(e, 0, sizeof(*e));
    e->database = database_load(path, parts, &e->loaded, &rc, why);
    if (!e->database) {
        log_error("places: %s: %s", path, why);
        return rc;
    }
    memcpy(e->path, path, strlen(path) + 1);
    e->wanted = parts;
    e->seen = e->loaded;
    p->files_len++;
    return 0;
}

static struct place look_up(const struct database *d, const struct ip_addr *a)
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

struct place places_of(struct places *p, const struct ip_addr *a)
{
    struct place place = {.asn = 0};
    if (!p || p->files_len == 0 || ip_is_private(a) || ip_is_group(a))
        return place;
    pthread_rwlock_rdlock(&p->lock);
    for (size_t i = 0; i < p->files_len; i++) {
        struct place one = look_up(p->files[i].database, a);
        if (!place.country[0])
            memcpy(place.country, one.country, sizeof(place.country));
        if (!place.asn)
            place.asn = one.asn;
    }
    pthread_rwlock_unlock(&p->lock);
    return place;
}

uint64_t places_built(struct places *p, enum places_part part)
{
    uint64_t built_s = 0;
    if (!p)
        return 0;
    pthread_rwlock_rdlock(&p->lock);
    for (size_t i = 0; i < p->files_len && built_s == 0; i++)
        if (p->files[i].database->parts & part)
            built_s = p->files[i].database->mmdb.metadata.build_epoch;
    pthread_rwlock_unlock(&p->lock);
    return built_s;
}

/* Watching ------------------------------------------------------------------------------------------------------------ */

static void note_gone(struct entry *e, int error)
{
    if (!e->gone)
        log_warning("places: %s: %s; the database that was loaded stays in use", e->path, strerror(error));
    e->gone = true;
}

static void load_again(struct places *p, struct entry *e)
{
    char why[WHY_MAX] = "";
    struct identity identity = e->seen;
    int rc;
    struct database *fresh = database_load(e->path, e->wanted, &identity, &rc, why), *old;
    if (!fresh) {
        log_warning("places: %s: %s; the database that was loaded before stays in use", e->path, why);
        e->refused = e->seen;
        return;
    }
    pthread_rwlock_wrlock(&p->lock);
    old = e->database;
    e->database = fresh;
    pthread_rwlock_unlock(&p->lock);
    database_free(old);
    e->loaded = identity;
    say_loaded(e->path, fresh);
}

static void look_at(struct places *p, struct entry *e)
{
    struct stat s;
    int rc = opener_look(e->path, &s);
    if (rc < 0) {
        note_gone(e, -rc);
        return;
    }
    e->gone = false;
    struct identity now = identity_of(&s);
    bool settled = is_same(&now, &e->seen);
    e->seen = now;
    if (settled && !is_same(&now, &e->loaded) && !is_same(&now, &e->refused))
        load_again(p, e);
}

static void *watch(void *context)
{
    struct places *p = context;
    struct timespec until;
    pthread_mutex_lock(&p->mutex);
    while (!p->ending) {
        clock_gettime(CLOCK_MONOTONIC, &until);
        uint64_t ns = (uint64_t)until.tv_nsec + p->every_ms * NS_PER_MS;
        until.tv_sec += (time_t)(ns / NS_PER_S);
        until.tv_nsec = (long)(ns % NS_PER_S);
        while (!p->ending && pthread_cond_timedwait(&p->ended, &p->mutex, &until) == 0)
            ;
        if (p->ending)
            break;
        pthread_mutex_unlock(&p->mutex);
        for (size_t i = 0; i < p->files_len; i++)
            look_at(p, &p->files[i]);
        pthread_mutex_lock(&p->mutex);
    }
    pthread_mutex_unlock(&p->mutex);
    return NULL;
}

int places_watch(struct places *p, unsigned every_ms)
{
    for (size_t i = 0; i < p->files_len; i++)
        say_loaded(p->files[i].path, p->files[i].database);
    if (p->files_len == 0 || p->watching)
        return 0;
    p->every_ms = every_ms;
    int rc = thread_start(&p->watcher, "places", watch, p);
    p->watching = rc == 0;
    if (rc != 0)
        log_error("places: cannot start the thread that watches the files: %s", strerror(rc));
    return -rc;
}
