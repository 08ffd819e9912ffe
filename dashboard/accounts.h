/* accounts.h -- who may sign in: a file of names, roles and argon2id hashes.
 *
 * Shape      Up to ACCOUNTS_MAX accounts in memory, and the same in a JSON file of mode 0600 that is written whole: beside it
 *            first, then renamed over it, so that a power cut leaves the old or the new one.
 * First run  With no account there is a one-time code (common/first_code.h) for whoever reads this machine's terminal or journal, or what
 *            `telltale setup` printed. It makes the first lead and is gone then.
 * Browsers   One that somebody signed in with is given a mark, by which the next sign-in of that account is known (attempts.h): a
 *            keyed hash of name and a random number. It opens nothing.
 * Threads    One; account_hash() and account_verify() run anywhere, for they take tens of milliseconds.
 * Failure    accounts_open(): -errno after one log line that names the file. A change that cannot be written is not made.
 */
#ifndef TELLTALE_DASHBOARD_ACCOUNTS_H
#define TELLTALE_DASHBOARD_ACCOUNTS_H

#include <stdbool.h>
#include <stddef.h>

#define ACCOUNTS_MAX 64
#define ACCOUNT_NAME_MAX 33
#define ACCOUNT_PASSWORD_MIN 12  /* bytes */
#define ACCOUNT_PASSWORD_MOST 128

/* Bits, so that a route can name those who may. */
enum role { ROLE_NONE = 0, ROLE_LEAD = 1, ROLE_TECHNICIAN = 2 };
const char *role_word(enum role r); /* "lead" */
bool role_from_word(const char *word, enum role *out);

struct accounts;
int accounts_open(const char *path, struct accounts **out);
void accounts_close(struct accounts *a);

size_t accounts_count(const struct accounts *a);
const char *accounts_name(const struct accounts *a, size_t i);
enum role accounts_role(const struct accounts *a, size_t i);

/* The code of the first run as it is shown, "ABCD-EFGH-JKLM"; NULL once there is an account. */
const char *accounts_code(const struct accounts *a);
bool accounts_code_is(const struct accounts *a, const char *typed);

#define ACCOUNT_HASH_MAX 128

/* argon2id of a password; about 50 ms and 19 MiB by design. */
int account_hash(const char *password, char out[ACCOUNT_HASH_MAX]);
/* As long. */
bool account_verify(const char *hash, const char *password);

/* What account_verify() is to be asked with; that of nobody when there is no such name, so that both take the same time. */
void accounts_hash_of(const struct accounts *a, const char *name, char out[ACCOUNT_HASH_MAX]);
/* The role, if the account (still) has this hash; else ROLE_NONE. */
enum role accounts_role_with(const struct accounts *a, const char *name, const char *hash);

/* -EINVAL: name or length of the password. -EEXIST. -ENOSPC: ACCOUNTS_MAX. */
int accounts_may_add(const struct accounts *a, const char *name, enum role role, const char *password);
/* The same, and other -errno: the file could not be written. hash: of the password. */
int accounts_add(struct accounts *a, const char *name, enum role role, const char *hash);
/* -ENOENT. -EBUSY: the last lead stays. */
int accounts_remove(struct accounts *a, const char *name);

/* The mark of a browser, to be kept by it. */
#define ACCOUNT_BROWSER_MAX 65
void accounts_mark_browser(const struct accounts *a, const char *name, char out[ACCOUNT_BROWSER_MAX]);
/* Is it one that this account was given? The mark's random number comes out. */
#define ACCOUNT_BROWSER_NUMBER_MAX 33
bool accounts_knows_browser(const struct accounts *a, const char *name, const char *mark, char number[ACCOUNT_BROWSER_NUMBER_MAX]);

#endif
