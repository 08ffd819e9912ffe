/* program.h -- runs another program of this machine and hears what it says: openssl, systemctl.
 *
 * Shape      No shell: the words are the program's arguments as they are. Standard input is empty, standard error is ours.
 * Threads    Any.
 * Failure    -errno when it cannot be started (-ENOENT: it is not installed) or has not ended in time and was killed (-ETIMEDOUT); else its
 *            exit status, 128 and more for a signal.
 */
#ifndef TELLTALE_CLI_PROGRAM_H
#define TELLTALE_CLI_PROGRAM_H

#include <stddef.h>

/* out: the beginning of its standard output, with a final NUL; NULL when nobody wants it. */
int program_run(const char *const argv[], char *out, size_t size, int patience_ms);

#endif
