/* proofs.h -- recordings of support sites that somebody kept: what a browser's own requests told whom, redacted.
 *
 * Shape      One hash a recording and site, `proof:<id>` (store/schema.h, STORE_PROOF_FIELDS). It is an adult's own visit: there is no device in it, no
 *            value of a parameter, no cookie, and no time but the hour in which it was kept and the day of the visit.
 * Bounds     STORE_PROOF_*_MOST rows of each kind, texts of STORE_PROOF_TEXT bytes; who fills one counts what is beyond.
 * Ownership  A proof owns its texts and arrays (store_proof_fini). Texts that were read are clean (common/text.h).
 * Threads    One.
 * Failure    -errno after one log line; -EPERM without one: this user may not; -EPROTO: the store refused what was offered. Adders: NULL when memory or room is out.
 */
#ifndef TELLTALE_STORE_PROOFS_H
#define TELLTALE_STORE_PROOFS_H

#include "common/words.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_PROOF_ID_LEN      16
#define STORE_PROOF_ID_MAX      (STORE_PROOF_ID_LEN + 1)
#define STORE_PROOF_HOSTS_MOST  120
#define STORE_PROOF_TOLD_MOST   80
#define STORE_PROOF_CHAINS_MOST 16
#define STORE_PROOF_STEPS_MOST  8 /* hosts of one chain */
#define STORE_PROOF_TEXT        300
#define STORE_PROOF_UNKNOWN_MS  (-1)
#define STORE_PROOFS_MOST       50 /* of an installation: each page of a site reads all that it has of it */
#define STORE_PROOFS_FULL       "%d recordings are kept already, and that is the most; remove one on the page of its site, or `telltale purge`"

/* What a host was told: nothing was found, which site, which page. */
enum store_told { STORE_TOLD_NOTHING, STORE_TOLD_SITE, STORE_TOLD_PAGE, STORE_TOLD_COUNT };
const char *store_told_word(enum store_told told); /* "nothing" "site" "page" */

struct store_proof_host {
    char *host, *tracker, *organisation; /* "": no list has it */
    char *role, *consent;                /* feeds/url_role.h, or ""; "before", "after", "action", "none seen" */
    enum purpose purpose;
    enum store_told told;
    uint32_t requests;
    int32_t after_ms; /* the first, after the page was asked for */
};

struct store_proof_request {
    char *host, *parameter, *place, *carried; /* common/leak.h */
    char *page, *inside;                      /* addresses without values; inside: that carried the page on, or "" */
    char *consent, *with;                     /* with: names of identifiers and cookies that went along, or "" */
    int32_t after_ms;
    bool tells_page;
};

struct store_proof_chain {
    char *hosts[STORE_PROOF_STEPS_MOST]; /* each led on to the next */
    size_t len;
};

struct store_proof {
    char id[STORE_PROOF_ID_MAX];
    char *site, *browser, *page, *title; /* page: the first that was opened, without values */
    char recorded[11];                   /* the day of the visit; "": not known */
    uint64_t kept_hour_s;
    uint32_t pages, requests, third_party, beyond; /* of the site; its requests; those to others; rows without room */
    bool complete, answered, demo;                 /* read to its end; a consent banner was answered in it */
    struct store_proof_host *hosts;
    size_t hosts_len;
    struct store_proof_request *told;
    size_t told_len;
    struct store_proof_chain *chains;
    size_t chains_len;
};

void store_proof_fini(struct store_proof *p);
struct store_proof_host *store_proof_add_host(struct store_proof *p);
struct store_proof_request *store_proof_add_told(struct store_proof *p);
struct store_proof_chain *store_proof_add_chain(struct store_proof *p);

bool store_proof_id_is_valid(const char *id);

/* Writes it whole, in one step. The id is the caller's, random. A row that is longer than the store takes is cut, and ends its columns with an ellipsis. -ENOSPC:
 * STORE_PROOFS_MOST are kept (two writers at the same moment may keep one more). */
int store_proof_write(const char *socket, const char *installation, const struct store_proof *p);
int store_proof_remove(const char *socket, const char *installation, const char *id); /* 0 too when there is none */

struct store_asker;
/* *out is zeroed first. -ENOENT: no such recording. */
int store_proof_read(struct store_asker *a, const char *installation, const char *id, struct store_proof *out);
/* Is it of this site? 1, 0; no more than the one field is read. */
int store_proof_is_of(struct store_asker *a, const char *installation, const char *id, const char *site);
/* Calls each() with the id of every recording there is. */
int store_proof_list(struct store_asker *a, const char *installation, void (*each)(void *context, const char *id), void *context);

#endif
