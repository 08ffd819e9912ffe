/* ledger_file.c -- see ledger_file.h. */
#include "sensor/ledger_file.h"

#include "common/byte_reader.h"
#include "common/crc32c.h"
#include "common/log.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define MAGIC 0x7474736cu
#define VERSION 2u /* raised with every change of what is written */
#define HEAD 24    /* magic, version, generation (two), length, checksum of the bytes and all before it */

struct ledger_file {
    int dir, fds[2]; /* -1: nothing is written */
    uint64_t generation;
    int loaded; /* which of the two the state came from; -1: none */
    bool complained;
};

static void write_be(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void file_name(int i, char out[32])
{
    snprintf(out, 32, "site-ledger.%d", i);
}

static int open_memory_dir(const char *path, int *out)
{
    struct statfs fs;
    *out = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*out < 0) {
        int rc = -errno;
        log_error("ledger: %s: %s", path, strerror(-rc));
        return rc;
    }
    if (fstatfs(*out, &fs) == 0 && (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC))
        return 0;
    close(*out);
    *out = -1;
    log_warning("ledger: %s is not in memory (tmpfs): figures of support sites stay inside the capture process, and a restart of it loses "
                "those that have not left",
                path);
    return 0;
}

static void set_aside(struct ledger_file *f, int i)
{
    char name[32], bad[40];
    file_name(i, name);
    snprintf(bad, sizeof(bad), "%s.bad", name);
    if (f->fds[i] >= 0)
        close(f->fds[i]);
    renameat(f->dir, name, f->dir, bad);
    f->fds[i] = openat(f->dir, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

/* The file's bytes; NULL when there are none that could be a checkpoint. */
static uint8_t *read_whole(int fd, size_t *n)
{
    struct stat st;
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size < HEAD || st.st_size > (off_t)LEDGER_FILE_MOST)
        return NULL;
    uint8_t *bytes = malloc((size_t)st.st_size);
    *n = (size_t)st.st_size;
    if (bytes && pread(fd, bytes, *n, 0) == (ssize_t)*n)
        return bytes;
    free(bytes);
    return NULL;
}

/* The state in a file, moved to the beginning of its bytes; NULL: damaged, or another version's. */
static uint8_t *unwrap(uint8_t *bytes, size_t *n, uint64_t *generation)
{
    struct byte_reader r = reader_over(bytes, bytes ? *n : 0);
    uint32_t magic = reader_u32be(&r), version = reader_u32be(&r);
    uint64_t high = reader_u32be(&r);
    *generation = high << 32 | reader_u32be(&r);
    uint32_t length = reader_u32be(&r), checksum = reader_u32be(&r);
    if (r.short_read || magic != MAGIC || version != VERSION || length != reader_left(&r) ||
        checksum != crc32c(crc32c(0, bytes, HEAD - 4), bytes + HEAD, length)) {
        free(bytes);
        return NULL;
    }
    *n = length;
    memmove(bytes, bytes + HEAD, length);
    return bytes;
}

static void load(struct ledger_file *f, int i, uint8_t **state, size_t *n)
{
    struct stat st;
    size_t size = 0;
    uint64_t generation = 0;
    if (f->fds[i] < 0 || (fstat(f->fds[i], &st) == 0 && st.st_size == 0))
        return;
    uint8_t *bytes = unwrap(read_whole(f->fds[i], &size), &size, &generation);
    if (!bytes) {
        log_warning("ledger: site-ledger.%d is damaged or another version's; it is set aside as site-ledger.%d.bad", i, i);
        set_aside(f, i);
        return;
    }
    if (*state && generation < f->generation) {
        free(bytes);
        return;
    }
    free(*state);
    *state = bytes;
    *n = size;
    f->generation = generation;
    f->loaded = i;
}

int ledger_file_open(const char *run_dir, struct ledger_file **out, uint8_t **state, size_t *n)
{
    struct ledger_file *f = calloc(1, sizeof(*f));
    *out = NULL;
    *state = NULL;
    *n = 0;
    if (!f)
        return -ENOMEM;
    f->loaded = f->fds[0] = f->fds[1] = -1;
    int rc = open_memory_dir(run_dir, &f->dir);
    if (rc < 0) {
        free(f);
        return rc;
    }
    for (int i = 0; i < 2 && f->dir >= 0; i++) {
        char name[32];
        file_name(i, name);
        f->fds[i] = openat(f->dir, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (f->fds[i] < 0)
            log_warning("ledger: %s/%s: %s; a restart of capture loses what is counted of support sites", run_dir, name, strerror(errno));
        load(f, i, state, n);
    }
    *out = f;
    return 0;
}

void ledger_file_close(struct ledger_file *f)
{
    if (!f)
        return;
    for (int i = 0; i < 2; i++)
        if (f->fds[i] >= 0)
            close(f->fds[i]);
    if (f->dir >= 0)
        close(f->dir);
    free(f);
}

void ledger_file_reject(struct ledger_file *f)
{
    if (f->loaded < 0)
        return;
    log_warning("ledger: site-ledger.%d cannot be used; it is set aside as site-ledger.%d.bad", f->loaded, f->loaded);
    set_aside(f, f->loaded);
    f->loaded = -1;
}

static bool write_whole(int fd, const uint8_t *bytes, size_t n, off_t at)
{
    while (n > 0) {
        ssize_t written = pwrite(fd, bytes, n, at);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        at += written;
        n -= (size_t)written;
    }
    return true;
}

int ledger_file_write(struct ledger_file *f, const uint8_t *state, size_t n)
{
    uint8_t head[HEAD];
    uint64_t generation = f->generation + 1;
    int fd = f->fds[generation % 2];
    if (fd < 0)
        return 0;
    if (n > LEDGER_FILE_MOST - HEAD)
        return -EFBIG;
    write_be(head, MAGIC);
    write_be(head + 4, VERSION);
    write_be(head + 8, (uint32_t)(generation >> 32));
    write_be(head + 12, (uint32_t)generation);
    write_be(head + 16, (uint32_t)n);
    write_be(head + 20, crc32c(crc32c(0, head, HEAD - 4), state, n));
    if (!write_whole(fd, head, HEAD, 0) || !write_whole(fd, state, n, HEAD) || ftruncate(fd, (off_t)(HEAD + n)) < 0) {
        int rc = -errno;
        if (!f->complained)
            log_warning("ledger: the checkpoint cannot be written: %s", strerror(-rc));
        f->complained = true;
        return rc;
    }
    f->generation = generation;
    f->complained = false;
    return 0;
}
