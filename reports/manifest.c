/* manifest.c -- see manifest.h. Files are opened relative to the folder and never through a link, so that a manifest from elsewhere
 * cannot make us read anything outside it.
 */
#include "reports/manifest.h"

#include "common/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIGITS        64u
#define TEXT_MOST     (MANIFEST_FILES_MOST * (DIGITS + MANIFEST_FILE_MAX + 3))
#define READ_AT_ONCE  65536u

static bool name_is_valid(const char *name, size_t n)
{
    if (n == 0 || n >= MANIFEST_FILE_MAX || name[0] < 'a' || name[0] > 'z')
        return false;
    for (size_t i = 0; i < n; i++)
        if (!name[i] || !strchr("abcdefghijklmnopqrstuvwxyz0123456789.-", name[i]))
            return false;
    return true;
}

static bool parse_line(const char *at, size_t n, struct manifest_line *out)
{
    if (n < DIGITS + 3 || at[DIGITS] != ' ' || at[DIGITS + 1] != ' ' || !name_is_valid(at + DIGITS + 2, n - DIGITS - 2))
        return false;
    for (size_t i = 0; i < DIGITS; i++)
        if (!at[i] || !strchr("0123456789abcdef", at[i]))
            return false;
    memcpy(out->digest, at, DIGITS);
    out->digest[DIGITS] = '\0';
    memcpy(out->name, at + DIGITS + 2, n - DIGITS - 2);
    out->name[n - DIGITS - 2] = '\0';
    return true;
}

static const struct manifest_line *line_of(const struct manifest *m, const char *name)
{
    for (size_t i = 0; i < m->len; i++)
        if (strcmp(m->lines[i].name, name) == 0)
            return &m->lines[i];
    return NULL;
}

unsigned manifest_parse(const char *text, size_t n, struct manifest *out)
{
    unsigned number = 0;
    out->len = 0;
    for (size_t at = 0; at < n;) {
        const char *end = memchr(text + at, '\n', n - at);
        struct manifest_line line;
        number++;
        /* A last line without its end was cut. */
        if (!end || out->len == MANIFEST_FILES_MOST || !parse_line(text + at, (size_t)(end - text) - at, &line) || line_of(out, line.name))
            return number;
        out->lines[out->len++] = line;
        at = (size_t)(end - text) + 1;
    }
    return out->len > 0 ? 0 : 1;
}

static int open_regular(int folder, const char *name)
{
    struct stat st;
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        return fd;
    close(fd);
    return -EINVAL;
}

int manifest_digest(int folder, const char *name, char out[MANIFEST_HEX])
{
    crypto_hash_sha256_state state;
    unsigned char sum[crypto_hash_sha256_BYTES], *bytes = malloc(READ_AT_ONCE);
    int fd = open_regular(folder, name), rc = bytes ? 0 : -ENOMEM;
    ssize_t n = 0;
    crypto_hash_sha256_init(&state);
    while (rc == 0 && fd >= 0 && (n = read(fd, bytes, READ_AT_ONCE)) > 0)
        crypto_hash_sha256_update(&state, bytes, (unsigned long long)n);
    if (n < 0)
        rc = -errno;
    if (fd >= 0)
        close(fd);
    free(bytes);
    crypto_hash_sha256_final(&state, sum);
    sodium_bin2hex(out, MANIFEST_HEX, sum, sizeof(sum));
    return fd < 0 ? fd : rc;
}

void manifest_digest_of(const void *bytes, size_t n, char out[MANIFEST_HEX])
{
    unsigned char sum[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(sum, bytes, n);
    sodium_bin2hex(out, MANIFEST_HEX, sum, sizeof(sum));
}

static int write_lines(int folder, const char *const *names, size_t n, FILE *out)
{
    char digest[MANIFEST_HEX];
    for (size_t i = 0; i < n; i++) {
        int rc = manifest_digest(folder, names[i], digest);
        if (rc < 0) {
            log_error("evidence: %s: %s", names[i], strerror(-rc));
            return rc;
        }
        fprintf(out, "%s  %s\n", digest, names[i]);
    }
    return 0;
}

int manifest_write(int folder, const char *const *names, size_t n, char digest[MANIFEST_HEX])
{
    int fd = openat(folder, MANIFEST_NAME, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
    int rc = out ? write_lines(folder, names, n, out) : -errno;
    if (out && (fflush(out) != 0 || fsync(fd) < 0) && rc == 0)
        rc = -errno;
    if (out)
        fclose(out);
    else if (fd >= 0)
        close(fd);
    if (rc == 0)
        rc = manifest_digest(folder, MANIFEST_NAME, digest);
    return rc;
}

static int read_manifest(int folder, const char *path, struct manifest *out)
{
    int fd = open_regular(folder, MANIFEST_NAME), rc = 0;
    char *text = malloc(TEXT_MOST);
    size_t n = 0;
    if (fd < 0 || !text) {
        rc = fd < 0 ? fd : -ENOMEM;
        log_error("evidence: %s: there is no manifest to check against (%s): %s", path, MANIFEST_NAME, strerror(-rc));
    } else {
        ssize_t got;
        while (n < TEXT_MOST && (got = read(fd, text + n, TEXT_MOST - n)) > 0)
            n += (size_t)got;
        unsigned wrong = manifest_parse(text, n, out);
        if (wrong) {
            log_error("evidence: %s/%s:%u: not a line of a manifest: it was changed or cut", path, MANIFEST_NAME, wrong);
            rc = -EINVAL;
        }
    }
    if (fd >= 0)
        close(fd);
    free(text);
    return rc;
}

static bool is_among(const char *name, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static void tell_added(int folder, const struct manifest *m, const char *const *free_names, size_t n, manifest_told *told, void *context)
{
    int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = again < 0 ? NULL : fdopendir(again);
    if (!dir) {
        told(context, ".", strerror(errno));
        if (again >= 0)
            close(again);
        return;
    }
    for (struct dirent *e; (e = readdir(dir)) != NULL;)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 && strcmp(e->d_name, MANIFEST_NAME) != 0 && !line_of(m, e->d_name) &&
            !is_among(e->d_name, free_names, n))
            told(context, e->d_name, "added");
    closedir(dir);
}

static void compare(int folder, const struct manifest *m, manifest_told *told, void *context, size_t *checked)
{
    char digest[MANIFEST_HEX];
    for (size_t i = 0; i < m->len; i++) {
        int rc = manifest_digest(folder, m->lines[i].name, digest);
        if (rc == 0 && strcmp(digest, m->lines[i].digest) == 0)
            ++*checked;
        else
            told(context, m->lines[i].name, rc == 0 ? "changed" : rc == -ENOENT ? "missing" : strerror(-rc));
    }
}

int manifest_verify(const char *path, const char *const *free_names, size_t n, manifest_told *told, void *context, size_t *checked,
                    char digest[MANIFEST_HEX])
{
    struct manifest m;
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *checked = 0;
    if (folder < 0) {
        int rc = -errno;
        log_error("evidence: %s: %s", path, strerror(errno));
        return rc;
    }
    int rc = read_manifest(folder, path, &m);
    if (rc == 0)
        rc = manifest_digest(folder, MANIFEST_NAME, digest);
    if (rc == 0) {
        compare(folder, &m, told, context, checked);
        tell_added(folder, &m, free_names, n, told, context);
    }
    close(folder);
    return rc;
}
