/* export_days.c -- see export_days.h. */
#include "cli/export_days.h"

#include "common/clock.h"
#include "common/log.h"
#include "reports/summary_store.h"
#include "store/audit.h"
#include "store/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const words[EXPORT_FORMATS] = {"csv", "json", "html", "pdf"};

const char *export_format_word(enum export_format f)
{
    return words[f];
}

int export_format_of(const char *word)
{
    for (int i = 0; i < EXPORT_FORMATS; i++)
        if (strcmp(word, words[i]) == 0)
            return i;
    return -1;
}

int32_t export_today(void)
{
    struct local_time now;
    int32_t number = 0;
    clock_local(clock_wall_ns(), &now);
    return days_number(now.day, &number) ? number : 0;
}

int export_note(const struct config *c, const char *did, const char *what)
{
    char who[STORE_AUDIT_WHO_MAX];
    store_audit_account(who);
    int rc = store_audit_write(c->redis_socket, c->installation, who, did, what);
    if (rc == -EPERM)
        log_error("%s: the Redis user \"%s\" may not add to the audit, so nothing is exported; name another in [store] user", c->redis_socket, c->redis_user);
    else if (rc < 0 && strcmp(did, "could-not-export") == 0)
        log_error("that the export failed could not be noted in the audit");
    else if (rc < 0)
        log_error("the export could not be noted in the audit, so it was not made");
    return rc;
}

int export_read(const struct export_days *e, const char *first_day, const char *last_day, struct day_summary *s)
{
    const struct config *c = e->config;
    struct store_reader *reader = NULL;
    int rc = store_reader_open(c->redis_socket, c->installation, &reader);
    if (rc < 0)
        return rc;
    struct summary_request request = {.reader = reader, .installation = c->installation, .k = (unsigned)c->k, .first_day = first_day, .last_day = last_day, .feeds = e->feeds, .sites = e->sites, .labels = e->labels, .socket = c->redis_socket};
    rc = day_summary_from_store(s, &request);
    store_reader_close(reader);
    if (rc == -EPERM)
        log_error("%s: the Redis user \"%s\" may not read days; name another in [store] user", c->redis_socket, c->redis_user);
    if (rc == -ENOMEM)
        log_error("out of memory");
    return rc;
}

int export_write(const struct day_summary *s, enum export_format f, bool all, FILE *out)
{
    switch (f) {
    case EXPORT_CSV: return summary_write_csv(s, out);
    case EXPORT_JSON: return summary_write_json(s, out);
    case EXPORT_PDF: return summary_write_pdf(s, all, out);
    default: return summary_write_html(s, all, out);
    }
}

/* The stream is open, or the descriptor is gone. */
static int begin_file(char *path, FILE **out)
{
    int fd = mkostemp(path, O_CLOEXEC); /* mode 0600 */
    if (fd < 0)
        return -errno;
    if ((*out = fdopen(fd, "w")))
        return 0;
    int rc = -errno;
    close(fd);
    unlink(path);
    return rc;
}

int export_write_file(const struct day_summary *s, enum export_format f, bool all, const char *path)
{
    char *beside = NULL;
    FILE *out = NULL;
    if (asprintf(&beside, "%s.XXXXXX", path) < 0)
        return -ENOMEM;
    int rc = begin_file(beside, &out);
    if (rc == 0) {
        rc = export_write(s, f, all, out);
        if (rc == 0 && (fflush(out) != 0 || fsync(fileno(out)) < 0))
            rc = -errno;
        if (fclose(out) != 0 && rc == 0)
            rc = -errno;
        if (rc == 0 && rename(beside, path) < 0)
            rc = -errno;
        if (rc < 0)
            unlink(beside);
    }
    if (rc < 0)
        log_error("%s: %s", path, strerror(-rc));
    free(beside);
    return rc;
}
