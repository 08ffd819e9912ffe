/* evidence_pack.h -- an evidence pack as a folder: written whole or not at all, and never over anything.
 *
 * Shape      The files that docs/EVIDENCE_PACK.md lists. It grows under a temporary name beside its own and is renamed at the end, so
 *            that whoever sees the folder sees all of it.
 * Threads    One. Ownership: all is borrowed.
 * Failure    -errno after one log line that names the folder or file; nothing is left behind.
 */
#ifndef TELLTALE_REPORTS_EVIDENCE_PACK_H
#define TELLTALE_REPORTS_EVIDENCE_PACK_H

#include "reports/manifest.h"
#include "reports/site_evidence.h"

#include <limits.h>
#include <stdio.h>

struct evidence_pack {
    char path[PATH_MAX], partial[PATH_MAX];
    int folder;
    const char *names[MANIFEST_FILES_MOST]; /* of the files that the manifest covers; static texts */
    size_t len;
};

/* A new folder under its temporary name. -EEXIST when there is something at `path` already. */
int evidence_pack_open(struct evidence_pack *p, const char *path);

/* Adds a file; `covered`: by the manifest. The name is kept, not copied. */
int evidence_pack_add(struct evidence_pack *p, const char *name, bool covered, int (*write)(const void *what, FILE *out), const void *what);

/* Calls each() for every file that is made from the model; a result below 0 ends it. The name lives as long as the program. */
typedef int evidence_pack_file(void *context, const char *name, bool covered, int (*write)(const void *what, FILE *out), const void *what);
int evidence_pack_each(const struct site_evidence *e, evidence_pack_file *each, void *context);

/* Everything that is made from the model. */
int evidence_pack_add_site(struct evidence_pack *p, const struct site_evidence *e);

/* Writes the manifest; its digest stands for the whole pack. */
int evidence_pack_seal(struct evidence_pack *p, char digest[MANIFEST_HEX]);

/* Gives the folder its name. Nothing is at `path` then but the pack. */
int evidence_pack_publish(struct evidence_pack *p);

/* Removes what was not published. */
void evidence_pack_close(struct evidence_pack *p);

/* Names of the files that their owner may change, for manifest_verify(). */
extern const char *const evidence_pack_free_names[];
extern const size_t evidence_pack_free_names_len;

#endif
