/* audit.h -- who looked at, exported or purged what.
 *
 * Purpose    Every program that shows or removes what is stored notes it here first (store/schema.h, STORE_AUDIT_FIELDS), so that no crash
 *            hides it; where the deed then fails, "could-not-..." is noted too. An entry's time is its hour.
 * Shape      who: a role ("lead", "technician") or store_audit_account(); did: "looked", "exported", "purged" and the
 *            like; what: up to 200 bytes of clean text, never a device and never a person's name.
 * Failure    -errno after one log line. What cannot be noted should not be done.
 */
#ifndef TELLTALE_STORE_AUDIT_H
#define TELLTALE_STORE_AUDIT_H

#define STORE_AUDIT_WHAT_MAX 201 /* with the NUL */
int store_audit_write(const char *socket, const char *installation, const char *who, const char *did, const char *what);

/* "uid-1000": the account that runs this program. */
#define STORE_AUDIT_WHO_MAX 33
void store_audit_account(char out[STORE_AUDIT_WHO_MAX]);

#endif
