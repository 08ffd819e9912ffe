/* pack_zip.h -- an evidence pack as one zip file, made in memory: for a browser to save.
 *
 * Shape      A folder, and in it the files of docs/EVIDENCE_PACK.md with their manifest, byte for byte those of `telltale evidence`, so that
 *            --verify checks the folder once it is unpacked.
 * Threads    One. Ownership: the model is borrowed; *bytes is the caller's to free().
 * Failure    -errno; -EIO after one log line with what libarchive says.
 */
#ifndef TELLTALE_REPORTS_PACK_ZIP_H
#define TELLTALE_REPORTS_PACK_ZIP_H

#include "reports/manifest.h"
#include "reports/site_evidence.h"

#include <stddef.h>

int pack_zip_make(const struct site_evidence *e, const char *folder, char **bytes, size_t *n, char digest[MANIFEST_HEX]);

#endif
