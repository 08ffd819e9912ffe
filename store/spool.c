/* spool.c -- see spool.h.
 *
 * Problem    An SD card wears out by being written, and a school's sensor runs for years; but what Redis has not got must
 *            outlive the publisher, and a power cut.
 * Approach   Every batch is written to a file before it is offered. A write is not a write to the card: the kernel keeps it
 *            in memory for half a minute, and a file that is removed by then never reaches the card. So segments are short:
 *            in good times each is gone after some fifteen seconds. Only while somebody waits (Redis is away) is the
 *            spool synced, once a second.
 *            A write that fails or comes out short is taken back by cutting the file where it ended. When even that fails, the
 *            segment is left as it is and a new one begun: what half a record looks like, the reader knows.
 * Left out   Compression and encryption: a batch has few repetitions left, and the folder is as private as the key in /run.
 *            A sync that failed is tried again, but what the kernel dropped with it is found only on reading.
 */
#include "store/spool.h"

#include "common/clock.h"
#include "common/log.h"
#include "store/spool_folder.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEGMENT_BYTES     (1u << 20)
#define SEGMENT_AGE_NS    (10 * NS_PER_S)
#define SEGMENT_READ_MOST (16u << 20) /* a longer file is not ours */
#define SYNC_EVERY_NS     NS_PER_S
#define PROBE_EVERY_NS    (2 * NS_PER_S)
#define DAMAGED_EVERY_NS  (3600 * NS_PER_S)
#define STATE_MAX         64

struct segment {
    uint64_t number;
    uint64_t bytes;
    uint32_t held; /* records that somebody needs */
    bool damaged;
};

struct spool {
    char folder[256];
    int dir, fd; /* fd: of the last segment, -1: none is open */
    uint64_t most_bytes, bytes;
    struct segment *segments; /* oldest first */
    uint32_t count;
    uint64_t next_number, began_ns, synced_ns, probed_ns, damaged_ns; /* damaged_ns: when the files set aside were looked at */
    bool needs_sync, dir_needs_sync, at_bound;
    uint8_t state[STATE_MAX];
    size_t state_bytes;
    uint8_t *buffer; /* one record */
    struct spool_counts counts;
};

/* Says it once when it begins to go wrong, and once when it is over. Returns rc. */
static int note(struct spool *s, const char *what, int rc)
{
    if (rc < 0 && rc != -EDQUOT)
        s->counts.errors++;
    if (rc < 0 && s->counts.well && rc == -EDQUOT)
        log_error("spool: %s: full (%" PRIu64 " MB): what is in it is kept, new batches wait in memory; [store] spool_mb is its bound", s->folder,
                  s->most_bytes >> 20);
    else if (rc < 0 && s->counts.well)
        log_error("spool: %s: %s: %s; batches wait in memory until it can be written again", s->folder, what, strerror(-rc));
    else if (rc >= 0 && !s->counts.well)
        log_info("spool: %s: can be written again", s->folder);
    s->counts.well = rc >= 0;
    s->at_bound = rc == -EDQUOT;
    return rc;
}

static int write_all(int fd, const uint8_t *bytes, size_t n, uint64_t at)
{
    while (n > 0) {
        ssize_t written = pwrite(fd, bytes, n, (off_t)at);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return written < 0 ? -errno : -ENOSPC;
        bytes += written;
        n -= (size_t)written;
        at += (uint64_t)written;
    }
    return 0;
}

static struct segment *last_segment(struct spool *s)
{
    return &s->segments[s->count - 1];
}

/* --- segments come and go ------------------------------------------------------------------------------------ */

static struct segment *add_segment(struct spool *s, uint64_t number)
{
    struct segment *more = realloc(s->segments, (s->count + 1) * sizeof(*more));
    if (!more)
        return NULL;
    s->segments = more;
    more[s->count] = (struct segment){.number = number};
    if (number >= s->next_number)
        s->next_number = number + 1;
    return &more[s->count++];
}

static void close_segment(struct spool *s)
{
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
}

static int write_record(struct spool *s, enum spool_kind kind, const void *payload, size_t n, uint32_t *offset)
{
    struct segment *last = last_segment(s);
    spool_record_head(s->buffer, kind, payload, (uint32_t)n);
    memcpy(s->buffer + SPOOL_HEAD_BYTES, payload, n);
    int rc = write_all(s->fd, s->buffer, SPOOL_HEAD_BYTES + n, last->bytes);
    if (rc < 0) {
        if (ftruncate(s->fd, (off_t)last->bytes) < 0)
            close_segment(s); /* half a record stays at its end; the next one goes into a new segment */
        return rc;
    }
    *offset = (uint32_t)last->bytes;
    last->bytes += SPOOL_HEAD_BYTES + n;
    s->bytes += SPOOL_HEAD_BYTES + n;
    s->needs_sync = true;
    return 0;
}

static void forget_segment(struct spool *s, uint32_t i)
{
    s->bytes -= s->segments[i].bytes;
    memmove(&s->segments[i], &s->segments[i + 1], (--s->count - i) * sizeof(*s->segments));
}

static int begin_segment(struct spool *s)
{
    char name[SPOOL_FOLDER_NAME_MAX];
    uint32_t offset;
    uint64_t number = s->next_number;
    spool_folder_segment(name, number);
    close_segment(s);
    int fd = openat(s->dir, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return -errno;
    if (!add_segment(s, number)) {
        close(fd);
        unlinkat(s->dir, name, 0);
        return -ENOMEM;
    }
    s->fd = fd;
    s->began_ns = clock_monotonic_ns();
    s->dir_needs_sync = true;
    int rc = s->state_bytes ? write_record(s, SPOOL_STATE, s->state, s->state_bytes, &offset) : 0;
    if (rc < 0) { /* without its first record it would hide how far the sightings came */
        close_segment(s);
        unlinkat(s->dir, name, 0);
        forget_segment(s, s->count - 1);
    }
    return rc;
}

/* Oldest first and without a gap: a rename must not outlive, or die before, the batches that it names. */
static void remove_done(struct spool *s)
{
    while (s->count > 1 && s->segments[0].held == 0) {
        char name[SPOOL_FOLDER_NAME_MAX], aside[SPOOL_FOLDER_NAME_MAX];
        spool_folder_segment(name, s->segments[0].number);
        spool_folder_aside(aside, s->segments[0].number);
        int rc = s->segments[0].damaged ? renameat(s->dir, name, s->dir, aside) : unlinkat(s->dir, name, 0);
        if (rc < 0 && errno != ENOENT) {
            note(s, name, -errno);
            return; /* its batches are known to Redis: telling them again would change nothing */
        }
        forget_segment(s, 0);
    }
}

/* --- opening --------------------------------------------------------------------------------------------------- */

struct opening {
    struct spool *spool;
    void (*on_record)(void *context, const struct spool_record *r, struct store_place place);
    void *context;
};

static void pass_on(void *context, const struct spool_record *r)
{
    struct opening *o = context;
    struct store_place place = {.segment = last_segment(o->spool)->number, .offset = (uint32_t)r->offset, .length = r->length};
    if (r->kind == SPOOL_STATE && r->length <= STATE_MAX)
        spool_set_state(o->spool, r->payload, r->length);
    o->on_record(o->context, r, place);
}

static int read_file(int fd, uint8_t *out, size_t n)
{
    for (size_t got = 0; got < n;) {
        ssize_t more = pread(fd, out + got, n - got, (off_t)got);
        if (more < 0 && errno == EINTR)
            continue;
        if (more <= 0)
            return more < 0 ? -errno : -EIO;
        got += (size_t)more;
    }
    return 0;
}

static int read_segment(struct opening *o, uint64_t number)
{
    char name[SPOOL_FOLDER_NAME_MAX];
    struct spool *s = o->spool;
    struct stat st;
    spool_folder_segment(name, number);
    int rc = 0, fd = openat(s->dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct segment *segment = add_segment(s, number);
    uint8_t *bytes = NULL;
    if (!segment)
        rc = -ENOMEM;
    else if (fd < 0 || fstat(fd, &st) < 0)
        rc = -errno;
    else if (!S_ISREG(st.st_mode) || st.st_size > SEGMENT_READ_MOST)
        rc = -EFBIG;
    else if (!(bytes = malloc((size_t)st.st_size + 1)))
        rc = -ENOMEM;
    else if ((rc = read_file(fd, bytes, (size_t)st.st_size)) == 0) {
        segment->bytes = (uint64_t)st.st_size;
        s->bytes += segment->bytes;
        uint64_t damaged = spool_scan(bytes, (size_t)st.st_size, pass_on, o);
        last_segment(s)->damaged = damaged > 0;
        s->counts.damaged += damaged;
        if (damaged > 0)
            log_error("spool: %s/%s: %" PRIu64 " damaged parts; what is around them is used, the file is set aside", s->folder, name, damaged);
    }
    if (rc < 0 && segment) {
        segment->damaged = true;
        s->counts.damaged++;
        log_error("spool: %s/%s: %s; the file is set aside", s->folder, name, strerror(-rc));
    }
    free(bytes);
    if (fd >= 0)
        close(fd);
    return rc == -ENOMEM ? rc : 0;
}

/* A publisher runs for months: looking when it starts is not enough. */
static void remove_old_damaged(struct spool *s, uint64_t now_ns)
{
    int rc = spool_folder_remove_damaged(s->dir);
    s->damaged_ns = now_ns;
    if (rc == 0)
        return;
    s->counts.errors++;
    log_error("spool: %s: old files that were set aside cannot be removed: %s; remove *.damaged by hand", s->folder, strerror(-rc));
}

int spool_open(const char *folder, uint64_t most_bytes, void (*on_record)(void *context, const struct spool_record *r, struct store_place place),
               void *context, struct spool **out)
{
    struct spool *s = calloc(1, sizeof(*s));
    uint64_t *numbers = NULL;
    int count = 0, rc = -ENOMEM;
    *out = NULL;
    if (!s)
        return rc;
    *s = (struct spool){.dir = -1, .fd = -1, .most_bytes = most_bytes, .next_number = 1, .counts = {.well = true}};
    snprintf(s->folder, sizeof(s->folder), "%s", folder);
    struct opening o = {s, on_record, context};
    if ((s->buffer = malloc(SPOOL_HEAD_BYTES + SPOOL_RECORD_MAX)) != NULL && (rc = s->dir = spool_folder_open(s->folder)) >= 0) {
        remove_old_damaged(s, clock_monotonic_ns());
        rc = count = spool_folder_segments(s->dir, &numbers);
    }
    for (int i = 0; rc >= 0 && i < count; i++)
        rc = read_segment(&o, numbers[i]);
    free(numbers);
    if (rc < 0) {
        if (rc == -EWOULDBLOCK)
            log_error("spool: %s: another telltaled uses this folder; end it, or give this one a [store] spool of its own", folder);
        else
            log_error("spool: %s: %s; [store] spool must name a folder that can be made and written", folder, strerror(-rc));
        spool_close(s);
        return rc;
    }
    *out = s;
    return 0;
}

void spool_close(struct spool *s)
{
    if (!s)
        return;
    close_segment(s);
    if (s->dir >= 0)
        close(s->dir);
    free(s->segments);
    free(s->buffer);
    free(s);
}

/* --- records --------------------------------------------------------------------------------------------------- */

void spool_set_state(struct spool *s, const void *payload, size_t n)
{
    assert(n <= STATE_MAX);
    memcpy(s->state, payload, n);
    s->state_bytes = n;
}

static struct segment *find_segment(struct spool *s, uint64_t number)
{
    uint32_t low = 0, high = s->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (s->segments[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < s->count && s->segments[low].number == number ? &s->segments[low] : NULL;
}

int spool_append(struct spool *s, enum spool_kind kind, const void *payload, size_t n, struct store_place *place)
{
    int rc = 0;
    uint32_t offset = 0;
    assert(n <= SPOOL_RECORD_MAX);
    if (kind == SPOOL_BATCH && s->bytes + SPOOL_HEAD_BYTES + n > s->most_bytes)
        return note(s, s->folder, -EDQUOT);
    if (s->fd < 0 || last_segment(s)->bytes + n > SEGMENT_BYTES)
        rc = begin_segment(s);
    if (rc == 0)
        rc = write_record(s, kind, payload, n, &offset);
    if (note(s, "cannot be written", rc) < 0)
        return rc;
    if (place) {
        *place = (struct store_place){.segment = last_segment(s)->number, .offset = offset, .length = (uint32_t)n};
        last_segment(s)->held++;
    }
    return 0;
}

void spool_hold(struct spool *s, struct store_place place)
{
    struct segment *segment = find_segment(s, place.segment);
    if (segment)
        segment->held++;
}

void spool_release(struct spool *s, struct store_place place)
{
    struct segment *segment = find_segment(s, place.segment);
    if (segment && segment->held > 0)
        segment->held--;
}

int spool_read(struct spool *s, struct store_place place, void *out)
{
    char name[SPOOL_FOLDER_NAME_MAX];
    struct spool_record r;
    if (place.length > SPOOL_RECORD_MAX)
        return -EILSEQ;
    spool_folder_segment(name, place.segment);
    bool is_last = s->fd >= 0 && last_segment(s)->number == place.segment;
    int fd = is_last ? s->fd : openat(s->dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return -errno;
    size_t got = 0, n = SPOOL_HEAD_BYTES + place.length;
    ssize_t more = 1;
    while (got < n && (more > 0 || (more < 0 && errno == EINTR))) {
        more = pread(fd, s->buffer + got, n - got, (off_t)(place.offset + got));
        got += more > 0 ? (size_t)more : 0;
    }
    int rc = more < 0 ? -errno : 0;
    if (!is_last)
        close(fd);
    if (rc == 0 && (!spool_record_at(s->buffer, got, &r) || r.length != place.length))
        rc = -EILSEQ;
    if (rc < 0) {
        struct segment *segment = find_segment(s, place.segment);
        if (segment)
            segment->damaged = true;
        s->counts.damaged++;
        return rc;
    }
    memcpy(out, s->buffer + SPOOL_HEAD_BYTES, place.length);
    return 0;
}

/* --- time passes ------------------------------------------------------------------------------------------------- */

static void sync_now(struct spool *s, uint64_t now_ns)
{
    int rc = 0;
    s->synced_ns = now_ns;
    s->counts.syncs++;
    if (s->fd >= 0 && fdatasync(s->fd) < 0)
        rc = -errno;
    if (rc == 0 && s->dir_needs_sync && fsync(s->dir) < 0)
        rc = -errno;
    if (rc == -EINTR)
        return; /* again in a second */
    if (rc < 0) {
        note(s, "cannot be synced", rc);
        return;
    }
    s->needs_sync = s->dir_needs_sync = false;
}

/* Nobody may have anything to write by the time the disk is well again: find out. */
static void probe(struct spool *s, uint64_t now_ns)
{
    if (s->counts.well || now_ns < s->probed_ns + PROBE_EVERY_NS)
        return;
    s->probed_ns = now_ns;
    if (!s->at_bound)
        note(s, "cannot be written", begin_segment(s));
    else if (s->bytes < s->most_bytes - s->most_bytes / 8)
        note(s, s->folder, 0);
}

void spool_run(struct spool *s, uint64_t now_ns, bool somebody_waits)
{
    probe(s, now_ns);
    if (now_ns >= s->damaged_ns + DAMAGED_EVERY_NS)
        remove_old_damaged(s, now_ns);
    bool has_records = s->count > 0 && last_segment(s)->bytes > SPOOL_HEAD_BYTES + s->state_bytes;
    if (somebody_waits && s->needs_sync && now_ns >= s->synced_ns + SYNC_EVERY_NS)
        sync_now(s, now_ns);
    /* While somebody waits a segment may grow to its full size: it will be on the card anyway. */
    bool is_due = has_records && !somebody_waits && now_ns >= s->began_ns + SEGMENT_AGE_NS;
    if (s->counts.well && ((s->fd < 0 && s->count > 0) || is_due)) {
        int rc = begin_segment(s);
        if (rc < 0)
            note(s, "cannot begin a new segment", rc);
    }
    remove_done(s);
}

struct spool_counts spool_counts(const struct spool *s)
{
    struct spool_counts counts = s->counts;
    counts.bytes = s->bytes;
    return counts;
}
