/* options.h -- what several commands mean by --output and --config.
 *
 * Threads    One. Failure: after a log line that names the option or the file; the command then ends with EXIT_WRONG_USE.
 */
#ifndef TELLTALE_CLI_OPTIONS_H
#define TELLTALE_CLI_OPTIONS_H

#include "common/config.h"

#include <stdbool.h>

enum output { OUTPUT_TABLE, OUTPUT_JSON, OUTPUT_CSV, OUTPUT_HTML };

/* "table", "json", "csv" or "html". */
bool options_output(const char *word, enum output *out);
/* "table" or "json". */
bool options_json(const char *word, bool *as_json);

/* path NULL: the usual file, or where that is not there, the settings that hold without one. 0 or -errno. */
int options_settings(const char *path, struct config *out);

#endif
