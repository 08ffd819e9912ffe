/* fuzz_manifest.c -- any bytes as a manifest: what is taken holds only digests and plain names, and reads back as it was. */
#include "reports/manifest.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct manifest m, again;
    char text[MANIFEST_FILES_MOST * (MANIFEST_HEX + MANIFEST_FILE_MAX + 3)];
    size_t n = 0;
    if (manifest_parse((const char *)data, size, &m) != 0)
        return 0;
    for (size_t i = 0; i < m.len; i++) {
        if (strlen(m.lines[i].digest) != MANIFEST_HEX - 1 || strchr(m.lines[i].name, '/') || m.lines[i].name[0] == '.')
            abort();
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s  %s\n", m.lines[i].digest, m.lines[i].name);
    }
    if (n != size || memcmp(text, data, n) != 0 || manifest_parse(text, n, &again) != 0 || again.len != m.len)
        abort();
    return 0;
}
