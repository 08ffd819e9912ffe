/* said.h -- what a call wrote to standard error, and files for it to read (tests of feeds/ only). */
#ifndef TELLTALE_TESTS_FEEDS_SAID_H
#define TELLTALE_TESTS_FEEDS_SAID_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct said {
    int file, saved;
    char text[4096];
};

static inline void said_begin(struct said *s)
{
    s->file = memfd_create("said", MFD_CLOEXEC);
    s->saved = dup(STDERR_FILENO);
    if (s->file < 0 || s->saved < 0 || dup2(s->file, STDERR_FILENO) < 0)
        abort();
}

/* One line for each log call, in s->text. */
static inline const char *said_end(struct said *s)
{
    dup2(s->saved, STDERR_FILENO);
    close(s->saved);
    ssize_t n = pread(s->file, s->text, sizeof(s->text) - 1, 0);
    close(s->file);
    s->text[n > 0 ? n : 0] = '\0';
    return s->text;
}

/* A file in a fresh directory, named as asked. said_remove() takes both away. */
static inline const char *said_file(char path[128], const char *name, const char *bytes, size_t n)
{
    char directory[] = "/tmp/telltale-feeds-XXXXXX";
    if (!mkdtemp(directory))
        abort();
    snprintf(path, 128, "%s/%s", directory, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, bytes, n) != (ssize_t)n)
        abort();
    close(fd);
    return path;
}

static inline void said_remove(char *path)
{
    unlink(path);
    *strrchr(path, '/') = '\0';
    rmdir(path);
}

#endif
