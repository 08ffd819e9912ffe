/* first_code.c -- see first_code.h.
 *
 * The folder belongs to the dashboard's user, and root writes into it. So nothing is followed or overwritten there: a file is made anew or not at all, and
 * owner and mode are asked of what was opened, not of a name.
 */
#include "common/first_code.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
_Static_assert(sizeof(letters) - 1 == 32, "five bits a letter");

bool first_code_path(const char *accounts, char out[FIRST_CODE_PATH_MAX])
{
    return snprintf(out, FIRST_CODE_PATH_MAX, "%s.code", accounts) < FIRST_CODE_PATH_MAX;
}

static void make(char out[FIRST_CODE_MAX])
{
    uint8_t random[FIRST_CODE_LETTERS];
    if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random)) /* so few bytes come whole, or the kernel has none to give */
        abort();
    for (int i = 0; i < FIRST_CODE_LETTERS; i++) {
        if (i > 0 && i % 4 == 0)
            *out++ = '-';
        *out++ = letters[random[i] % 32];
    }
    *out = '\0';
}

static bool is_code(const char *text)
{
    for (int i = 0; i < FIRST_CODE_MAX - 1; i++)
        if (i % 5 == 4 ? text[i] != '-' : text[i] == '\0' || !strchr(letters, text[i]))
            return false;
    return text[FIRST_CODE_MAX - 1] == '\0';
}

static int read_code(const char *path, char out[FIRST_CODE_MAX])
{
    char text[FIRST_CODE_MAX + 1] = "";
    struct stat st;
    int rc = 0, fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return -errno;
    if (fstat(fd, &st) < 0)
        rc = -errno;
    else if (!S_ISREG(st.st_mode) || (st.st_mode & 077) || (geteuid() != 0 && st.st_uid != geteuid()))
        rc = -EACCES;
    else if (read(fd, text, sizeof(text) - 1) != FIRST_CODE_MAX || text[FIRST_CODE_MAX - 1] != '\n')
        rc = -EINVAL;
    close(fd);
    text[FIRST_CODE_MAX - 1] = '\0';
    if (rc == 0 && !is_code(text))
        rc = -EINVAL;
    if (rc == 0)
        memcpy(out, text, FIRST_CODE_MAX);
    return rc;
}

/* The folder's owner gets it: he runs the dashboard. */
static int give_away(int fd, const char *path)
{
    char folder[FIRST_CODE_PATH_MAX];
    struct stat st;
    snprintf(folder, sizeof(folder), "%s", path);
    char *slash = strrchr(folder, '/');
    snprintf(slash ? slash + 1 : folder, 2, "."); /* there is room: something stood behind the slash */
    if (stat(folder, &st) < 0)
        return -errno;
    return st.st_uid == geteuid() || fchown(fd, st.st_uid, st.st_gid) == 0 ? 0 : -errno;
}

static int write_code(const char *path, const char *code)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return -errno;
    int rc = geteuid() == 0 ? give_away(fd, path) : 0;
    if (rc == 0 && (dprintf(fd, "%s\n", code) != FIRST_CODE_MAX || fsync(fd) < 0))
        rc = errno ? -errno : -EIO;
    close(fd);
    if (rc < 0)
        unlink(path);
    return rc;
}

int first_code_take(const char *accounts, char out[FIRST_CODE_MAX])
{
    char path[FIRST_CODE_PATH_MAX];
    make(out);
    if (!first_code_path(accounts, path))
        return -ENAMETOOLONG;
    int rc = read_code(path, out);
    if (rc == -EINVAL && unlink(path) == 0) /* a power cut left it empty */
        rc = -ENOENT;
    if (rc == -ENOENT)
        rc = write_code(path, out);
    return rc == -EEXIST ? read_code(path, out) : rc; /* somebody else was faster */
}

void first_code_forget(const char *accounts)
{
    char path[FIRST_CODE_PATH_MAX];
    if (first_code_path(accounts, path))
        unlink(path);
}

bool first_code_is(const char *code, const char *typed)
{
    char plain[FIRST_CODE_LETTERS] = "";
    unsigned differ = 0;
    size_t n = 0;
    for (; *typed; typed++) {
        if (*typed == '-' || *typed == ' ')
            continue;
        if (n == FIRST_CODE_LETTERS)
            return false;
        plain[n++] = (char)(*typed >= 'a' && *typed <= 'z' ? *typed - 'a' + 'A' : *typed);
    }
    if (n != FIRST_CODE_LETTERS || !is_code(code))
        return false;
    for (size_t i = 0, at = 0; i < FIRST_CODE_LETTERS; i++, at++) {
        at += code[at] == '-';
        differ |= (unsigned)(plain[i] ^ code[at]);
    }
    return differ == 0;
}
