/* evidence_pack.c -- see evidence_pack.h. renameat2() with RENAME_NOREPLACE, because an empty folder of that name would otherwise be replaced. */
#include "reports/evidence_pack.h"

#include "common/log.h"
#include "reports/evidence_proof.h"
#include "reports/evidence_report.h"
#include "reports/html.h"
#include "reports/pack_chart.h"
#include "reports/pdf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *const evidence_pack_free_names[] = {"letter-to-site.txt", "concern-to-regulator.txt", "steps.csv"};
const size_t evidence_pack_free_names_len = 3;

static int complain(const char *what, int rc)
{
    log_error("evidence: %s: %s", what, strerror(-rc));
    return rc;
}

int evidence_pack_open(struct evidence_pack *p, const char *path)
{
    struct stat st;
    memset(p, 0, sizeof(*p));
    p->folder = -1;
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/')
        n--;
    if (n == 0 || n > sizeof(p->path) - sizeof(".partial-XXXXXX"))
        return complain(path, n ? -ENAMETOOLONG : -ENOENT);
    memcpy(p->path, path, n);
    if (lstat(p->path, &st) == 0) {
        log_error("evidence: %s is there already; a pack is never written over anything: choose another name", p->path);
        return -EEXIST;
    }
    char partial[PATH_MAX + 32];
    snprintf(partial, sizeof(partial), "%s.partial-XXXXXX", p->path);
    if (!mkdtemp(partial))
        return complain(p->path, -errno);
    strcpy(p->partial, partial);
    p->folder = open(p->partial, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return p->folder < 0 ? complain(p->partial, -errno) : 0;
}

int evidence_pack_add(struct evidence_pack *p, const char *name, bool covered, int (*write)(const void *what, FILE *out), const void *what)
{
    int fd = openat(p->folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644), rc;
    FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
    if (!out) {
        rc = -errno;
        if (fd >= 0)
            close(fd);
        return complain(name, rc);
    }
    rc = write(what, out);
    if ((fflush(out) != 0 || fsync(fd) < 0) && rc == 0)
        rc = -errno;
    if (fclose(out) != 0 && rc == 0)
        rc = -errno;
    if (rc < 0)
        return complain(name, rc);
    if (covered && p->len == MANIFEST_FILES_MOST)
        return complain(name, -ENOSPC);
    if (covered)
        p->names[p->len++] = name;
    return 0;
}

static int write_report(const void *what, FILE *out)
{
    struct document d;
    evidence_report_fill(&d, what);
    int rc = html_write(&d, out);
    document_fini(&d);
    return rc;
}

static int write_pdf(const void *what, FILE *out)
{
    struct document d;
    evidence_report_fill(&d, what);
    int rc = pdf_write(&d, out, NULL);
    document_fini(&d);
    return rc;
}

static int write_chart(const struct site_evidence *e, void (*fill)(struct document *d, const struct site_evidence *e), FILE *out)
{
    struct document d;
    document_init(&d, e->demo, "", "", "");
    fill(&d, e);
    int rc = d.rc < 0 ? d.rc : pack_chart_write(&d.blocks[0], e->demo, out);
    document_fini(&d);
    return rc;
}

static int write_weeks(const void *what, FILE *out)
{
    return write_chart(what, evidence_chart_weeks, out);
}

static int write_delays(const void *what, FILE *out)
{
    return write_chart(what, evidence_chart_delays, out);
}

static int write_trackers(const void *what, FILE *out)
{
    return evidence_write_trackers(what, out);
}

static int write_periods(const void *what, FILE *out)
{
    return evidence_write_periods(what, out);
}

static int write_letter(const void *what, FILE *out)
{
    return evidence_write_letter(what, out);
}

static int write_concern(const void *what, FILE *out)
{
    return evidence_write_concern(what, out);
}

static int write_steps(const void *what, FILE *out)
{
    return evidence_write_steps(what, out);
}

static int write_recording(const void *what, FILE *out)
{
    const struct site_evidence *e = what;
    return har_write_html(e->proof, out);
}

static int write_requests(const void *what, FILE *out)
{
    return evidence_write_requests(what, out);
}

int evidence_pack_each(const struct site_evidence *e, evidence_pack_file *each, void *context)
{
    static const struct {
        const char *name;
        bool covered;
        int (*write)(const void *what, FILE *out);
    } files[] = {
        {"report.html", true, write_report},         {"report.pdf", true, write_pdf},
        {"weeks.svg", true, write_weeks},            {"delays.svg", true, write_delays},
        {"trackers.csv", true, write_trackers},      {"periods.csv", true, write_periods},
        {"letter-to-site.txt", false, write_letter}, {"concern-to-regulator.txt", false, write_concern},
        {"steps.csv", false, write_steps},
    };
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sizeof(files) / sizeof(files[0]); i++)
        rc = each(context, files[i].name, files[i].covered, files[i].write, e);
    if (rc == 0 && e->proof)
        rc = each(context, "recording.html", true, write_recording, e);
    if (rc == 0 && evidence_has_kept(e))
        rc = each(context, "requests.csv", true, write_requests, e);
    return rc;
}

static int add_file(void *context, const char *name, bool covered, int (*write)(const void *what, FILE *out), const void *what)
{
    return evidence_pack_add(context, name, covered, write, what);
}

int evidence_pack_add_site(struct evidence_pack *p, const struct site_evidence *e)
{
    return evidence_pack_each(e, add_file, p);
}

int evidence_pack_seal(struct evidence_pack *p, char digest[MANIFEST_HEX])
{
    int rc = manifest_write(p->folder, p->names, p->len, digest);
    return rc < 0 ? complain(MANIFEST_NAME, rc) : 0;
}

int evidence_pack_publish(struct evidence_pack *p)
{
    if (fchmod(p->folder, 0750) < 0 || fsync(p->folder) < 0 || renameat2(AT_FDCWD, p->partial, AT_FDCWD, p->path, RENAME_NOREPLACE) < 0)
        return complain(p->path, -errno);
    p->partial[0] = '\0';
    return 0;
}

static void remove_files(int folder)
{
    int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = again < 0 ? NULL : fdopendir(again);
    for (struct dirent *e; dir && (e = readdir(dir)) != NULL;)
        if (e->d_name[0] != '.')
            unlinkat(folder, e->d_name, 0);
    if (dir)
        closedir(dir);
    else if (again >= 0)
        close(again);
}

void evidence_pack_close(struct evidence_pack *p)
{
    if (p->partial[0]) {
        if (p->folder >= 0)
            remove_files(p->folder);
        rmdir(p->partial);
    }
    if (p->folder >= 0)
        close(p->folder);
    p->folder = -1;
}
