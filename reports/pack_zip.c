/* pack_zip.c -- see pack_zip.h (the only file that meets libarchive).
 *
 * Nothing of a pack made here ever lies on a disk of ours. Files carry the hour of their making, like everything else that is stored.
 */
#include "reports/pack_zip.h"

#include "common/clock.h"
#include "common/log.h"
#include "reports/evidence_pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct packing {
    struct archive *zip;
    const char *folder;
    FILE *manifest; /* its lines so far */
    FILE *out;
};

static int complain(struct packing *p)
{
    log_error("evidence: the zip file: %s", archive_error_string(p->zip) ? archive_error_string(p->zip) : "libarchive failed");
    return -EIO;
}

static int put_file(struct packing *p, const char *name, const char *bytes, size_t n)
{
    char path[400];
    struct archive_entry *entry = archive_entry_new();
    if (!entry)
        return -ENOMEM;
    snprintf(path, sizeof(path), "%s/%s", p->folder, name);
    archive_entry_set_pathname(entry, path);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, (la_int64_t)n);
    archive_entry_set_mtime(entry, (time_t)(clock_wall_ns() / NS_PER_S / 3600 * 3600), 0);
    bool ok = archive_write_header(p->zip, entry) == ARCHIVE_OK && archive_write_data(p->zip, bytes, n) == (la_ssize_t)n;
    archive_entry_free(entry);
    return ok ? 0 : complain(p);
}

static int on_file(void *context, const char *name, bool covered, int (*write)(const void *what, FILE *out), const void *what)
{
    struct packing *p = context;
    char *bytes = NULL, digest[MANIFEST_HEX];
    size_t n = 0;
    FILE *out = open_memstream(&bytes, &n);
    int rc = out ? write(what, out) : -ENOMEM;
    if (out && fclose(out) != 0 && rc == 0)
        rc = -ENOMEM;
    if (rc == 0 && covered) {
        manifest_digest_of(bytes, n, digest);
        fprintf(p->manifest, "%s  %s\n", digest, name);
    }
    if (rc == 0)
        rc = put_file(p, name, bytes, n);
    free(bytes);
    return rc;
}

static la_ssize_t on_bytes(struct archive *zip, void *context, const void *bytes, size_t n)
{
    const struct packing *p = context;
    (void)zip;
    return (la_ssize_t)fwrite(bytes, 1, n, p->out);
}

static int put_all(struct packing *p, const struct site_evidence *e, char digest[MANIFEST_HEX])
{
    char *text = NULL;
    size_t n = 0;
    if (!(p->manifest = open_memstream(&text, &n)))
        return -ENOMEM;
    int rc = evidence_pack_each(e, on_file, p);
    if (fclose(p->manifest) != 0 && rc == 0)
        rc = -ENOMEM;
    if (rc == 0) {
        manifest_digest_of(text, n, digest);
        rc = put_file(p, MANIFEST_NAME, text, n);
    }
    free(text);
    return rc;
}

int pack_zip_make(const struct site_evidence *e, const char *folder, char **bytes, size_t *n, char digest[MANIFEST_HEX])
{
    *bytes = NULL;
    struct packing p = {.zip = archive_write_new(), .folder = folder, .out = open_memstream(bytes, n)};
    int rc = p.zip && p.out ? 0 : -ENOMEM;
    if (rc == 0 && (archive_write_set_format_zip(p.zip) != ARCHIVE_OK || archive_write_open2(p.zip, &p, NULL, on_bytes, NULL, NULL) != ARCHIVE_OK))
        rc = complain(&p);
    if (rc == 0)
        rc = put_all(&p, e, digest);
    if (rc == 0 && archive_write_close(p.zip) != ARCHIVE_OK)
        rc = complain(&p);
    if (p.zip)
        archive_write_free(p.zip);
    if (p.out && fclose(p.out) != 0 && rc == 0)
        rc = -ENOMEM;
    if (rc < 0) {
        free(*bytes);
        *bytes = NULL;
    }
    return rc;
}
