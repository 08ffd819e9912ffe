/* settings_stamp.h -- what the files with changed settings are, to see whether they are others now.
 *
 * Purpose    telltaled publish replaces settings.conf and sites.tsv when a page asks for it (sensor/settings_files.h). Who read them looks at their
 *            stamp now and then, and reads them anew when it differs.
 * Threads    Pure, but for looking at the files through common/opener.h.
 */
#ifndef TELLTALE_COMMON_SETTINGS_STAMP_H
#define TELLTALE_COMMON_SETTINGS_STAMP_H

#include "common/config.h"

struct settings_stamp {
    uint64_t file[2][3]; /* settings.conf, sites.tsv: inode, bytes, changed (ns); 0: not there */
};
/* False: it cannot be told now whether they are there. */
bool settings_stamp(const struct config *c, struct settings_stamp *out);

#endif
