/* options.c -- see options.h. */
#include "cli/options.h"

#include "common/log.h"

#include <string.h>
#include <unistd.h>

static bool output_among(const char *word, int formats, enum output *out)
{
    static const char *const words[] = {"table", "json", "csv", "html"};
    for (int i = 0; i < formats; i++)
        if (strcmp(word, words[i]) == 0) {
            *out = (enum output)i;
            return true;
        }
    log_error("-o %s: expected %s", word, formats == 2 ? "table or json" : "table, json, csv or html");
    return false;
}

bool options_output(const char *word, enum output *out)
{
    return output_among(word, 4, out);
}

bool options_json(const char *word, bool *as_json)
{
    enum output output;
    bool known = output_among(word, 2, &output);
    *as_json = known && output == OUTPUT_JSON;
    return known;
}

int options_settings(const char *path, struct config *out)
{
    config_defaults(out);
    if (!path && access(CONFIG_DEFAULT_PATH, F_OK) != 0)
        return 0;
    return config_load(path ? path : CONFIG_DEFAULT_PATH, out);
}
