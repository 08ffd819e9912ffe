/* settings_stamp.c -- see settings_stamp.h. A file is replaced by a rename, so that the inode alone would nearly do; a hand may write into it, too. */
#include "common/settings_stamp.h"

#include "common/clock.h"
#include "common/opener.h"

#include <errno.h>
#include <string.h>

bool settings_stamp(const struct config *c, struct settings_stamp *out)
{
    static const char *const names[2] = {CONFIG_CHANGED_NAME, CONFIG_SITES_NAME};
    memset(out, 0, sizeof(*out));
    for (int i = 0; i < 2; i++) {
        char path[CONFIG_PATH_MAX];
        struct stat st;
        int rc = config_changed_path(c, names[i], path) ? opener_look(path, &st) : -ENOENT;
        if (rc < 0 && rc != -ENOENT && rc != -ENOTDIR && rc != -EACCES)
            return false;
        if (rc < 0)
            continue;
        out->file[i][0] = st.st_ino;
        out->file[i][1] = (uint64_t)st.st_size;
        out->file[i][2] = (uint64_t)st.st_mtim.tv_sec * NS_PER_S + (uint64_t)st.st_mtim.tv_nsec;
    }
    return true;
}
