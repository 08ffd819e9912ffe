/* replay.c -- runs a fuzz target over every file of its kept corpus, where libFuzzer is not linked in.
 *
 * Each file is handed over in an exactly sized heap buffer, so that the address sanitizer sees a read
 * of one byte too many. An empty or missing corpus is a failure: it would be a check that cannot fail.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return -1;
    static uint8_t buffer[1 << 20];
    size_t n = fread(buffer, 1, sizeof(buffer), f);
    fclose(f);
    uint8_t *exact = malloc(n ? n : 1);
    if (!exact)
        abort();
    memcpy(exact, buffer, n);
    LLVMFuzzerTestOneInput(exact, n);
    free(exact);
    return 0;
}

int main(int argc, char **argv)
{
    int done = 0;
    for (int i = 1; i < argc; i++) {
        DIR *dir = opendir(argv[i]);
        if (!dir) {
            fprintf(stderr, "%s: no such corpus\n", argv[i]);
            return 1;
        }
        for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
            char path[4096];
            if (entry->d_name[0] == '.')
                continue;
            snprintf(path, sizeof(path), "%s/%s", argv[i], entry->d_name);
            if (replay_file(path) == 0)
                done++;
        }
        closedir(dir);
    }
    printf("%d inputs replayed\n", done);
    return done > 0 ? 0 : 1;
}
