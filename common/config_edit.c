/* config_edit.c -- see config_edit.h.
 *
 * The text is a list of lines; a change replaces one line or puts one in. Nothing is parsed beyond "[section]" and "key =": whether the result
 * is right is for config_load() to say, over the very file that will be renamed.
 */
#include "common/config_edit.h"

#include "common/config.h"
#include "common/log.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MOST (1u << 20)

struct lines {
    char **at; /* each with its newline, on the heap */
    size_t n, room;
};

static void lines_free(struct lines *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->at[i]);
    free(l->at);
}

/* Takes over `line`. */
static int lines_insert(struct lines *l, size_t where, char *line)
{
    if (l->n == l->room) {
        size_t room = l->room ? 2 * l->room : 256;
        char **at = realloc(l->at, room * sizeof(*at));
        if (!at) {
            free(line);
            return -ENOMEM;
        }
        l->at = at;
        l->room = room;
    }
    if (!line)
        return -ENOMEM;
    memmove(l->at + where + 1, l->at + where, (l->n - where) * sizeof(*l->at));
    l->at[where] = line;
    l->n++;
    return 0;
}

static int lines_read(struct lines *l, FILE *f)
{
    char *line = NULL;
    size_t room = 0, bytes = 0;
    int rc = 0;
    for (ssize_t n; rc == 0 && (n = getline(&line, &room, f)) > 0;) {
        bytes += (size_t)n;
        if (bytes > FILE_MOST || memchr(line, '\0', (size_t)n))
            rc = -EFBIG;
        else
            rc = lines_insert(l, l->n, strdup(line));
    }
    if (rc == 0 && ferror(f))
        rc = -EIO;
    free(line);
    if (rc == 0 && l->n > 0 && !strchr(l->at[l->n - 1], '\n')) { /* a last line that was not ended */
        char *ended = NULL;
        if (asprintf(&ended, "%s\n", l->at[l->n - 1]) < 0)
            return -ENOMEM;
        free(l->at[l->n - 1]);
        l->at[l->n - 1] = ended;
    }
    return rc;
}

static const char *skip_blanks(const char *s)
{
    return s + strspn(s, " \t");
}

/* The section that a line begins, or NULL. */
static bool begins_section(const char *line, const char *section)
{
    size_t n = strlen(section);
    line = skip_blanks(line);
    return line[0] == '[' && strncmp(line + 1, section, n) == 0 && line[1 + n] == ']';
}

static bool sets_key(const char *line, const char *key)
{
    size_t n = strlen(key);
    line = skip_blanks(line);
    if (strncmp(line, key, n) != 0)
        return false;
    line = skip_blanks(line + n);
    return *line == '=' || *line == ':';
}

static bool is_example_of(const char *line, const char *key)
{
    line = skip_blanks(line);
    return line[0] == '#' && sets_key(line + 1, key);
}

struct place {
    size_t set, example, end; /* line numbers; SIZE_MAX: none. end: after the section's last line with anything on it */
};

static struct place find(const struct lines *l, const struct config_change *c)
{
    struct place p = {.set = SIZE_MAX, .example = SIZE_MAX, .end = SIZE_MAX};
    bool inside = false;
    for (size_t i = 0; i < l->n; i++) {
        const char *line = skip_blanks(l->at[i]);
        if (line[0] == '[')
            inside = begins_section(line, c->section);
        if (!inside)
            continue;
        if (sets_key(line, c->key))
            p.set = i;
        if (p.example == SIZE_MAX && is_example_of(line, c->key))
            p.example = i;
        if (line[0] != '\n')
            p.end = i + 1;
    }
    return p;
}

static int apply(struct lines *l, const struct config_change *c)
{
    char *line = NULL, *head = NULL;
    if (asprintf(&line, c->value[0] ? "%s = %s\n" : "%s =%s\n", c->key, c->value) < 0)
        return -ENOMEM;
    struct place p = find(l, c);
    size_t there = p.set != SIZE_MAX ? p.set : p.example;
    if (there != SIZE_MAX) {
        free(l->at[there]);
        l->at[there] = line;
        return 0;
    }
    if (p.end != SIZE_MAX)
        return lines_insert(l, p.end, line);
    if (asprintf(&head, "%s[%s]\n", l->n ? "\n" : "", c->section) < 0)
        head = NULL;
    int rc = lines_insert(l, l->n, head);
    if (rc < 0) {
        free(line);
        return rc;
    }
    return lines_insert(l, l->n, line);
}

int config_value_fits(const char *value)
{
    size_t n = strlen(value);
    if (n >= CONFIG_TEXT_MAX || value[0] == ';' || (n > 0 && (isspace((unsigned char)value[0]) || isspace((unsigned char)value[n - 1]))))
        return 0;
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)value[i] < 0x20 || value[i] == 0x7f || (value[i] == ';' && isspace((unsigned char)value[i - 1])))
            return 0;
    return 1;
}

/* The file's lines and what its successor inherits. */
static int read_old(const char *path, struct lines *l, struct stat *st)
{
    FILE *f = fopen(path, "re");
    char *example = NULL;
    size_t bytes = 0;
    *st = (struct stat){.st_mode = 0644, .st_uid = geteuid(), .st_gid = getegid()};
    if (!f && errno == ENOENT) {
        if (!(f = open_memstream(&example, &bytes)))
            return -errno;
        config_print_example(f);
        fclose(f);
        f = fmemopen(example, bytes, "r");
    } else if (f && fstat(fileno(f), st) < 0) {
        int rc = -errno;
        fclose(f);
        return rc;
    }
    int rc = f ? lines_read(l, f) : -errno;
    if (f)
        fclose(f);
    free(example);
    return rc;
}

static int write_beside(const char *beside, const struct lines *l, const struct stat *st)
{
    unlink(beside); /* what a power cut left */
    int rc = 0, fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!f)
        return -errno;
    for (size_t i = 0; i < l->n; i++)
        fputs(l->at[i], f);
    /* Only root can give a file away; who is not keeps what is his own. */
    if (fflush(f) != 0 || (fchown(fd, st->st_uid, st->st_gid) < 0 && errno != EPERM) || fchmod(fd, st->st_mode & 07777) < 0 || fsync(fd) < 0)
        rc = -errno;
    if (fclose(f) != 0 && rc == 0)
        rc = -errno;
    return rc;
}

static int sync_folder(const char *path)
{
    char folder[PATH_MAX];
    snprintf(folder, sizeof(folder), "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash)
        slash[slash == folder] = '\0';
    int fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = fd >= 0 && fsync(fd) == 0 ? 0 : -errno;
    if (fd >= 0)
        close(fd);
    return rc;
}

static int check_text(const char *path, bool changes)
{
    struct config check;
    if (!changes)
        return config_load(path, &check);
    config_defaults(&check);
    return config_read_changes(path, &check);
}

static int replace(const char *path, const struct lines *l, const struct stat *st, bool changes)
{
    char *beside = NULL;
    if (asprintf(&beside, "%s.new", path) < 0)
        return -ENOMEM;
    int rc = write_beside(beside, l, st);
    if (rc < 0)
        log_error("config: %s: %s", beside, strerror(-rc));
    else if ((rc = check_text(beside, changes)) < 0)
        log_error("config: %s: not changed: the line above says what it would not accept", path);
    else if (rename(beside, path) < 0 || sync_folder(path) < 0) {
        rc = -errno;
        log_error("config: %s: %s", path, strerror(-rc));
    }
    if (rc < 0)
        unlink(beside);
    free(beside);
    return rc;
}

int config_edit(const char *path, const struct config_change *changes, size_t n)
{
    char real[PATH_MAX];
    struct lines l = {.at = NULL};
    struct stat st;
    if (realpath(path, real)) /* a link stays one */
        path = real;
    int rc = read_old(path, &l, &st);
    for (size_t i = 0; i < n && rc == 0; i++) {
        if (config_value_fits(changes[i].value))
            rc = apply(&l, &changes[i]);
        else
            rc = -EINVAL;
        if (rc == -EINVAL)
            log_error("config: [%s] %s: a settings file cannot hold this value: no control characters, no blank before a ; or at the ends, and at most %d bytes",
                      changes[i].section, changes[i].key, CONFIG_TEXT_MAX - 1);
    }
    if (rc == 0)
        rc = replace(path, &l, &st, false);
    else if (rc != -EINVAL)
        log_error("config: %s: %s", path, strerror(-rc));
    lines_free(&l);
    return rc;
}

static int drop_lines(struct lines *l, const struct config_change *c)
{
    int gone = 0;
    for (struct place p = find(l, c); p.set != SIZE_MAX; p = find(l, c), gone++) {
        free(l->at[p.set]);
        l->n--;
        memmove(l->at + p.set, l->at + p.set + 1, (l->n - p.set) * sizeof(*l->at));
    }
    return gone;
}

int config_drop(const char *path, const struct config_change *changes, size_t n)
{
    struct lines l = {.at = NULL};
    struct stat st;
    int gone = 0;
    if (access(path, F_OK) < 0 && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    int rc = read_old(path, &l, &st);
    if (rc < 0)
        log_error("config: %s: %s", path, strerror(-rc));
    for (size_t i = 0; i < n && rc == 0; i++)
        gone += drop_lines(&l, &changes[i]);
    if (rc == 0 && gone > 0)
        rc = replace(path, &l, &st, true);
    lines_free(&l);
    return rc < 0 ? rc : gone;
}
