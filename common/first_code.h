/* first_code.h -- the code with which the dashboard's first account is made.
 *
 * Purpose    `telltale setup` prints it, telltale-web takes it: whichever comes first makes it, and both then have the same. So a box that is set up in a
 *            workshop, with nothing running, has its code before the dashboard has ever started.
 * Shape      12 letters of 32 that are not mistaken for one another, 60 random bits, in a file of mode 0600 beside that of the accounts:
 *            "<accounts>.code". It is there as long as nobody has an account. Beside it, and not in the run folder: it outlives a restart.
 * Ownership  The file belongs to whom its folder belongs to, which is the user that runs telltale-web; root can make it for him.
 * Threads    Any; no state.
 * Failure    -errno. A file that others may read is not taken: -EACCES. One that holds no code is made anew.
 */
#ifndef TELLTALE_COMMON_FIRST_CODE_H
#define TELLTALE_COMMON_FIRST_CODE_H

#include <stdbool.h>

#define FIRST_CODE_LETTERS 12
#define FIRST_CODE_MAX (FIRST_CODE_LETTERS + 3) /* "ABCD-EFGH-JKLM" */
#define FIRST_CODE_PATH_MAX 512

/* The file's path; false: too long. */
bool first_code_path(const char *accounts, char out[FIRST_CODE_PATH_MAX]);

/* The code that waits beside this file of accounts; made and left there when there is none. The folder has to be there. On failure `out` has a new
 * code all the same, which only the caller knows. */
int first_code_take(const char *accounts, char out[FIRST_CODE_MAX]);

/* It has been used: the file is removed. */
void first_code_forget(const char *accounts);

/* As a person types it: small letters, blanks and missing hyphens are forgiven. Takes the same time wherever the two differ. */
bool first_code_is(const char *code, const char *typed);

#endif
