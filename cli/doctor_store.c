/* doctor_store.c -- Redis: does it answer, does it keep what it is told, does it ask who is there?
 *
 * Whether strangers get in is tried as a stranger would: a connection of its own that says PING without a name.
 */
#include "cli/doctor.h"

#include "common/clock.h"
#include "store/asker.h"
#include "store/connection.h"
#include "store/reader.h"
#include "store/schema.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

/* What Redis says to somebody without a name: its first line. "" when it says nothing. */
static void knock(const char *path, char *said, size_t size)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    struct timeval patience = {.tv_sec = 2, .tv_usec = 0};
    said[0] = '\0';
    if (strlen(path) >= sizeof(a.sun_path))
        return;
    strcpy(a.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    ssize_t n = connect(fd, (const struct sockaddr *)&a, sizeof(a)) == 0 && send(fd, "PING\r\n", 6, MSG_NOSIGNAL) == 6 ? recv(fd, said, size - 1, 0) : -1;
    said[n > 0 ? n : 0] = '\0';
    said[strcspn(said, "\r\n")] = '\0';
    close(fd);
}

static void check_strangers(struct doctor *d)
{
    char said[128];
    knock(d->config.redis_socket, said, sizeof(said));
    if (strncmp(said, "-NOAUTH", 7) == 0 || strncmp(said, "-NOPERM", 7) == 0)
        doctor_add(d, "acl", DOCTOR_OK, NULL, "Redis refuses whoever does not name himself");
    else if (said[0] == '+')
        doctor_add(d, "acl", DOCTOR_BAD, "Start Redis with the users that the package makes (--aclfile; /usr/lib/telltale/prepare writes them), and name one in [store] user.",
                   "Redis answers without a name: whoever reaches its socket may read everything");
    if (!d->config.redis_user[0])
        doctor_add(d, "acl", DOCTOR_WARN, "Name telltale-publisher in [store] user, and its password_file.", "[store] user is empty: telltale is Redis' default user");
}

static void check_socket(struct doctor *d)
{
    struct stat st;
    if (stat(d->config.redis_socket, &st) == 0 && (st.st_mode & S_IRWXO))
        doctor_add(d, "redis", DOCTOR_WARN, "unixsocketperm 770, or 700, in Redis' settings.", "%s: every user of this machine may knock", d->config.redis_socket);
}

/* "aof_enabled:1" out of INFO's lines. */
static bool info_says(const char *info, const char *line)
{
    const char *at = strstr(info, line);
    return at && (at == info || at[-1] == '\n') && (at[strlen(line)] == '\r' || at[strlen(line)] == '\n');
}

static void check_persistence(struct doctor *d, struct store_asker *a)
{
    struct store_reply *reply = NULL;
    if (store_asker_ask(a, 2, (const char *[]){"INFO", "persistence"}, &reply) < 0)
        return; /* this user may not ask */
    const char *info = store_reply_text(reply, NULL);
    if (!info_says(info, "aof_enabled:1"))
        doctor_add(d, "redis", DOCTOR_WARN, "Start it with telltale's redis.conf (appendonly yes).", "Redis does not write what it is told to the disk: a restart loses it");
    else if (!info_says(info, "aof_last_write_status:ok") || !info_says(info, "aof_last_bgrewrite_status:ok"))
        doctor_add(d, "redis", DOCTOR_BAD, "Is its disk full, or at its end? Redis' log says which: journalctl -u telltale-redis.", "Redis could not write its file");
    store_reply_free(reply);
}

static void on_field(void *context, const char *name, const char *value)
{
    struct doctor_figures *f = context;
    int which = store_figure_from_name(name);
    if (which < 0)
        return;
    f->present[which] = true;
    f->value[which] = strtoull(value, NULL, 10);
}

static void check_figures(struct doctor *d, struct store_reader *r)
{
    struct doctor_figures f = {.present = {false}};
    int rc = store_reader_health(r, on_field, &f);
    if (rc == -EPERM)
        doctor_add(d, "acl", DOCTOR_BAD, "Is [store] installation the one that the users were made for? /usr/lib/telltale/prepare makes them anew; then restart telltale-redis.",
                   "the Redis user \"%s\" may not read the figures of installation %s", d->config.redis_user, d->config.installation);
    else if (rc == 0 || rc == -ENOENT)
        doctor_say_figures(d, &f, clock_wall_ns() / NS_PER_S);
}

void doctor_check_store(struct doctor *d)
{
    const struct config *c = &d->config;
    struct store_reader *r = NULL;
    struct store_asker *a = NULL;
    char version[32] = "";
    if (c->redis_user[0] && c->redis_password_file[0] && access(c->redis_password_file, R_OK) < 0) {
        doctor_add(d, "redis", errno == EACCES ? DOCTOR_NOTE : DOCTOR_BAD, errno == EACCES ? "Run it as root: sudo telltale doctor." : "/usr/lib/telltale/prepare makes it, and Redis' users with it.",
                   "%s: %s", c->redis_password_file, strerror(errno));
        return;
    }
    int rc = store_login_set(c->redis_user, c->redis_password_file);
    if (rc == 0 && (rc = store_reader_open(c->redis_socket, c->installation, &r)) == 0)
        rc = store_reader_version(r, version, sizeof(version));
    if (rc < 0) {
        doctor_add(d, "redis", DOCTOR_BAD, "systemctl status telltale-redis; is [store] socket the path that it listens on, and the password the one of users.acl?", "%s: no answer that helps", c->redis_socket);
    } else {
        doctor_add(d, "redis", strtol(version, NULL, 10) >= 7 ? DOCTOR_OK : DOCTOR_BAD, strtol(version, NULL, 10) >= 7 ? NULL : "Redis 7 or later is needed.", "Redis %s answers at %s", version, c->redis_socket);
        if (store_asker_open(c->redis_socket, &a) == 0)
            check_persistence(d, a);
        check_figures(d, r);
    }
    check_strangers(d);
    check_socket(d);
    store_asker_close(a);
    store_reader_close(r);
}
