/* spool_damaged.c -- a segment of three records, cut at every length and with every single bit turned over.
 *
 * For each of them a new publisher's queue must hold exactly the batches whose bytes were left alone, and count the damage. A
 * sample of them (every part of every record) goes the whole way into a real Redis: what is sound arrives once, the identity
 * holds, and what was lost is counted.
 * usage: spool_damaged
 */
#include "common/clock.h"
#include "common/log.h"
#include "store/journal.h"
#include "store/writer.h"
#include "tests/support/redis.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RECORDS      3
#define CONTACTS     4 /* in each */
#define SAMPLE       97 /* every 97th damage goes the whole way; a prime, so that it meets every bit and every part */
#define DAY          "telltale:{d}:day:2026-11-22"

static char folder[128], file[192];
static uint8_t sound[65536], spoilt[65536];
static size_t size;
static size_t begin_of[RECORDS + 1]; /* of each batch's record, and the end of the last */

static void must(bool ok, const char *what)
{
    if (ok)
        return;
    printf("spool_damaged: %s\n", what); /* standard error is closed to the complaints about damage */
    exit(1);
}

static struct store_writer *open_writer(const char *socket)
{
    struct store_settings settings = {
        .socket = socket, .installation = "d", .queue_batches = 64, .spool = folder, .spool_bytes = 1 << 20, .any_time = true};
    struct store_writer *w = store_writer_open(&settings);
    must(w != NULL, "the writer does not open");
    return w;
}

/* Three batches that Redis never got. */
static void make_segment(void)
{
    struct store_writer *w = open_writer("/nonexistent");
    for (unsigned i = 0; i < RECORDS * CONTACTS; i++) {
        struct store_contact c = {.time_ns = 1795345200 * NS_PER_S, .day = "2026-11-22", .device = "0123456789ab", .connections = 1};
        snprintf(c.tracker, sizeof(c.tracker), "t%u", i);
        store_writer_contact(w, &c);
        if (i % CONTACTS == CONTACTS - 1)
            store_writer_drain(w, 1); /* closes the batch */
    }
    must(store_writer_counts(w).contacts_spooled == RECORDS * CONTACTS, "not everything is in the spool");
    store_writer_close(w);
}

static void note_record(void *context, const struct spool_record *r)
{
    unsigned *n = context;
    if (r->kind == SPOOL_BATCH && *n < RECORDS) {
        begin_of[(*n)++] = r->offset;
        begin_of[*n] = r->offset + SPOOL_HEAD_BYTES + r->length;
    }
}

static void read_segment(void)
{
    unsigned n = 0;
    DIR *dir = opendir(folder);
    for (struct dirent *e; dir && (e = readdir(dir)) != NULL;)
        if (strstr(e->d_name, ".spool"))
            snprintf(file, sizeof(file), "%s/%.40s", folder, e->d_name);
    closedir(dir);
    FILE *f = fopen(file, "rb");
    must(f != NULL, "there is no segment");
    size = fread(sound, 1, sizeof(sound), f);
    fclose(f);
    must(spool_scan(sound, size, note_record, &n) == 0 && n == RECORDS && begin_of[RECORDS] == size, "the segment is not of three records");
}

static void write_spoilt(size_t n)
{
    char command[256];
    snprintf(command, sizeof(command), "%s/0000000000000001.damaged", folder);
    unlink(command);
    for (uint64_t i = 0; i < 16; i++) { /* what a delivery left */
        snprintf(command, sizeof(command), "%s/%016" PRIx64 ".spool", folder, i);
        unlink(command);
    }
    int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    must(fd >= 0 && write(fd, spoilt, n) == (ssize_t)n && close(fd) == 0, "the spoilt segment cannot be written");
}

/* Which records are whole when the bytes from `from` up to `to` are not what they were. */
static unsigned whole_records(size_t from, size_t to)
{
    unsigned whole = 0;
    for (unsigned i = 0; i < RECORDS; i++)
        if (to <= begin_of[i] || from >= begin_of[i + 1])
            whole |= 1u << i;
    return whole;
}

/* What a publisher that starts over this finds: the place in the sequence is the record. */
static void check_found(unsigned whole, bool damaged)
{
    struct store_queue q;
    struct journal *j;
    unsigned found = 0;
    must(store_queue_init(&q, 64) && journal_open(folder, 1 << 20, &q, &j) == 0, "the journal does not open");
    for (uint64_t p = q.oldest; p < q.end; p++) {
        uint64_t sequence = store_queue_sequence(&q, p);
        must(sequence >= 1 && sequence <= RECORDS && store_queue_at(&q, p)->contacts == CONTACTS, "a batch that nobody wrote");
        struct store_batch *b = journal_read(j, p);
        must(b != NULL, "a batch that was found cannot be read");
        free(b);
        must(!(found >> (sequence - 1) & 1), "a batch is there twice");
        found |= 1u << (sequence - 1);
    }
    must(found == whole, "not exactly the sound batches are found");
    must((journal_counts(j).damaged > 0) == damaged, "the damage is not counted, or some that is not there is");
    store_queue_fini(&q);
    journal_close(j);
}

static void check_delivered(struct test_redis *redis, unsigned whole)
{
    unsigned expected = (unsigned)__builtin_popcount(whole) * CONTACTS;
    store_reply_free(test_redis_ask(redis, "FLUSHALL", NULL));
    struct store_writer *w = open_writer(redis->socket);
    must(store_writer_drain(w, 10000), "it does not drain");
    struct store_writer_counts c = store_writer_counts(w);
    must(c.contacts_made == expected && c.contacts_acknowledged == expected && c.contacts_refused == 0, "the identity does not hold");
    unsigned behind = whole == 0 ? 0 : 32 - (unsigned)__builtin_clz(whole);      /* records up to the last sound one */
    unsigned lost = (behind - (unsigned)__builtin_popcount(whole)) * CONTACTS; /* those in front of it */
    must(c.contacts_lost == lost, "what was lost is not counted");
    store_writer_close(w);
    for (unsigned i = 0; i < RECORDS * CONTACTS; i++) {
        char field[64];
        snprintf(field, sizeof(field), "contacts:tracker:t%u", i);
        must((test_redis_number(redis, "HGET", DAY, field, NULL) == 1) == (whole >> (i / CONTACTS) & 1), "a contact is lost or doubled");
    }
}

static void check(struct test_redis *redis, size_t n, unsigned whole, bool damaged)
{
    static unsigned done;
    write_spoilt(n);
    check_found(whole, damaged);
    if (done++ % SAMPLE == 0)
        check_delivered(redis, whole);
}

int main(void)
{
    struct test_redis redis;
    unsigned damages = 0;

    must(test_redis_start(&redis), "no Redis");
    snprintf(folder, sizeof(folder), "%s/spool", redis.directory);
    log_init("spool_damaged", LOG_LEVEL_ERROR);
    FILE *complaints = freopen("/dev/null", "w", stderr); /* thousands, about the damage */
    must(complaints != NULL, "no /dev/null");
    make_segment();
    read_segment();
    memcpy(spoilt, sound, size);
    check(&redis, size, 7, false);
    for (size_t n = 0; n < size; n++, damages++) {
        bool at_an_end = n == 0;
        for (unsigned i = 0; i < RECORDS; i++)
            at_an_end |= n == begin_of[i];
        check(&redis, n, whole_records(n, size), !at_an_end);
    }
    for (size_t bit = 0; bit < 8 * size; bit++, damages++) {
        spoilt[bit / 8] ^= (uint8_t)(1u << bit % 8);
        check(&redis, size, whole_records(bit / 8, bit / 8 + 1), true);
        spoilt[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    test_redis_remove(&redis);
    printf("spool_damaged: %u damages to %zu bytes, every sound batch found, none twice\n", damages, size);
    return 0;
}
