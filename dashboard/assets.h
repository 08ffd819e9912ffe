/* assets.h -- the files of pages/, as the build put them into the program (dashboard/embed.cmake). */
#ifndef TELLTALE_DASHBOARD_ASSETS_H
#define TELLTALE_DASHBOARD_ASSETS_H

#include <stddef.h>

struct asset {
    const char *name; /* "main.js" */
    const char *bytes;
    size_t len;
    const char *hash; /* of the bytes, for the ETag */
};

extern const struct asset assets[];
extern const size_t assets_count;

#endif
