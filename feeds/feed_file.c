/* feed_file.c -- see feed_file.h.
 *
 * A compiled file holds the built-in rules too, so that owners, exceptions and layout are decided once, when it is
 * compiled, and one image is all that the matcher reads. Two images are never matched side by side: that would cost every
 * miss a second cache line. Where a file cannot be used as it is (two lists, or a program with newer built-in data),
 * its rules pass through a builder again, which takes a fifth of a second for 100,000 names.
 */
#include "feeds/feed_file.h"

#include "feeds/builtin.h"
#include "feeds/feed_builder.h"
#include "feeds/feed_check.h"
#include "feeds/public_suffix.h"

#include "common/log.h"
#include "common/opener.h"
#include "common/text.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WAY_OUT "compile it again with `telltale feeds compile`"

bool feed_file_is_compiled(const char *bytes, size_t n)
{
    return n >= strlen(FEED_IMAGE_MAGIC) && memcmp(bytes, FEED_IMAGE_MAGIC, strlen(FEED_IMAGE_MAGIC)) == 0;
}

static int refuse(const char *path, const char *why)
{
    log_error("%s: a compiled list that cannot be used: %s; " WAY_OUT, path, why);
    return -EINVAL;
}

static const char *check_format(const char *bytes, size_t n, char room[80])
{
    struct feed_image head;
    if (n < sizeof(head))
        return "it is cut";
    memcpy(&head, bytes, sizeof(head));
    if (head.byte_order != FEED_IMAGE_BYTE_ORDER)
        return "it was made on another kind of machine, or is damaged";
    snprintf(room, 80, "it has format %u and this program reads %u", head.version, FEED_IMAGE_VERSION);
    return head.version == FEED_IMAGE_VERSION ? NULL : room;
}

int feed_file_read(const char *path, const char *bytes, size_t n, struct feed_set **out)
{
    char room[80];
    *out = NULL;
    const char *wrong = check_format(bytes, n, room);
    if (wrong)
        return refuse(path, wrong);
    char *copy = feed_image_new(n);
    if (!copy)
        return -ENOMEM;
    memcpy(copy, bytes, n);
    const struct feed_image *image = (const void *)copy;
    wrong = feed_check_image(image, n);
    if (wrong) {
        free(copy);
        return refuse(path, wrong);
    }
    struct feed_set *set = feed_image_set(image);
    if (!set)
        return -ENOMEM;
    if (!feed_check_found(set)) {
        feed_set_free(set);
        return refuse(path, "a rule in it would never be found");
    }
    *out = set;
    return 0;
}

/* Writing --------------------------------------------------------------------------------------------------------- */

static int write_all(int fd, const char *bytes, uint64_t n)
{
    while (n > 0) {
        ssize_t wrote = write(fd, bytes, n < (1u << 30) ? n : 1u << 30);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return -errno;
        bytes += wrote;
        n -= (uint64_t)wrote;
    }
    return 0;
}

static int sync_folder(const char *path)
{
    char copy[4096];
    snprintf(copy, sizeof(copy), "%s", path);
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int rc = fsync(fd) < 0 && errno != EINVAL ? -errno : 0; /* EINVAL: a file system that has nothing to sync */
    close(fd);
    return rc;
}

/* The sensor, another user perhaps, reads what an administrator compiled. */
static int give_mode(int fd)
{
    mode_t mask = umask(0);
    umask(mask);
    return fchmod(fd, 0644 & ~mask) < 0 ? -errno : 0;
}

/* A device, a pipe or a folder must not be replaced by a file. */
static bool may_replace(const char *path)
{
    struct stat st;
    return lstat(path, &st) < 0 || S_ISREG(st.st_mode) || S_ISLNK(st.st_mode);
}

static int write_beside(const char *path, const struct feed_image *image)
{
    char temporary[4096];
    if ((size_t)snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >= sizeof(temporary))
        return -ENAMETOOLONG;
    int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int rc = write_all(fd, (const char *)image, image->bytes);
    if (rc == 0)
        rc = give_mode(fd);
    if (rc == 0 && fsync(fd) < 0)
        rc = -errno;
    if (close(fd) < 0 && rc == 0)
        rc = -errno;
    if (rc == 0 && rename(temporary, path) < 0)
        rc = -errno;
    if (rc < 0)
        unlink(temporary);
    return rc < 0 ? rc : sync_folder(path);
}

int feed_file_write(const char *path, const struct feed_set *set)
{
    if (set->image->bytes > LINE_READER_FILE_MAX) {
        log_error("%s: the compiled list would be larger than %u MB, which no program here reads: compile fewer lists", path,
                  LINE_READER_FILE_MAX >> 20);
        return -EFBIG;
    }
    int rc = may_replace(path) ? write_beside(path, set->image) : -EEXIST;
    if (rc == -EEXIST)
        log_error("%s: is there and is no file; name another one", path);
    else if (rc < 0)
        log_error("%s: cannot be written: %s", path, strerror(-rc));
    return rc;
}

/* Loading --------------------------------------------------------------------------------------------------------- */

static bool says_the_same(void *context, const struct feed_entry *e)
{
    (void)context;
    const char *registrable = public_suffix_registrable(e->name);
    return registrable && (registrable == e->name) == e->registrable;
}

bool feed_file_is_current(const struct feed_set *set)
{
    const struct feed_image_source *sources = (const void *)((const char *)set->image + set->image->sources_at);
    uint8_t hash[sizeof(sources->hash)];
    uint32_t builtin = 0;
    crypto_generichash(hash, sizeof(hash), (const unsigned char *)builtin_trackers, builtin_trackers_bytes, NULL, 0);
    for (uint32_t i = 0; i < set->image->sources; i++)
        if (sources[i].builtin) {
            builtin++;
            if (memcmp(sources[i].hash, hash, sizeof(hash)) != 0)
                return false;
        }
    return builtin == 1 && feed_image_each(set->image, says_the_same, NULL);
}

/* A single compiled file, if that is what is there and it is current. 0 with *out NULL: it is something else. */
static int load_as_it_is(const char *path, struct feed_set **out)
{
    char *bytes = NULL;
    size_t n = 0;
    int fd = opener_open(path, 0);
    char magic[sizeof(FEED_IMAGE_MAGIC) - 1];
    bool compiled = fd >= 0 && pread(fd, magic, sizeof(magic), 0) == (ssize_t)sizeof(magic) && feed_file_is_compiled(magic, sizeof(magic));
    if (fd >= 0)
        close(fd);
    if (!compiled) /* nor a pipe, which pread() leaves as it is */
        return 0;
    int rc = line_reader_load(path, &bytes, &n);
    if (rc == 0)
        rc = feed_file_read(path, bytes, n, out);
    free(bytes);
    if (rc == 0 && !feed_file_is_current(*out)) {
        feed_set_free(*out);
        *out = NULL;
    }
    return rc;
}

static int add_file(struct feed_builder *b, const char *path, bool required)
{
    struct feed_source source;
    int rc = feed_builder_add_file(b, path, &source);
    if (rc == 0 && source.refused > 0)
        feed_source_log(&source, path);
    if (rc < 0 && rc != -ENOMEM && !required) {
        log_warning("feeds: %s: left out; the other lists are in force", path);
        rc = 0;
    }
    return rc;
}

int feed_load(const char *const *paths, size_t n, struct feed_set **out)
{
    return feed_load_most(paths, n, n, out);
}

int feed_load_most(const char *const *paths, size_t n, size_t required, struct feed_set **out)
{
    *out = NULL;
    int rc = n == 1 ? load_as_it_is(paths[0], out) : 0;
    if (*out || (rc < 0 && (required > 0 || rc == -ENOMEM)))
        return rc;
    struct feed_builder *b = feed_builder_new();
    rc = b ? feed_builder_add_builtin(b, NULL) : -ENOMEM;
    for (size_t i = 0; rc >= 0 && i < n; i++)
        rc = add_file(b, paths[i], i < required);
    if (rc >= 0 && !(*out = feed_builder_compile(b)))
        rc = -ENOMEM;
    if (rc == -ENOMEM)
        log_error("feeds: the tracker rules do not fit into memory");
    feed_builder_free(b);
    return rc < 0 ? rc : 0;
}
