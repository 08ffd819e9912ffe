/* proof.h -- what recordings and staff tests prove of a support site, and the join with what the network showed.
 *
 * Purpose    The network shows that a company was contacted after visits. A request in an adult's own recording shows what it was told; a staff
 *            test shows that the contact came after one known visit. Whatever was kept of either upgrades the network's finding everywhere
 *            the finding is shown, and where the two differ, both are shown: neither is complete.
 * Shape      A finding of the network is a host with a company. It is joined by host; where only another host of the same company is in a
 *            recording, that is said (other_host).
 * Ownership  proofs_fini() frees what proofs_read() made; a join borrows from it. Sentences are on the heap.
 * Threads    One. Failure: -errno after one log line of the store's; sentences NULL when memory is out.
 */
#ifndef TELLTALE_REPORTS_PROOF_H
#define TELLTALE_REPORTS_PROOF_H

#include "common/evidence.h"
#include "reports/har.h"
#include "reports/staff_report.h"
#include "store/proofs.h"

/* What one recording of a report shows of a site, ready to be shown or kept, with a fresh random id. -ENOENT: none of its pages is of the site. */
int proof_from_har(const struct har_report *har, size_t recording, const char *site, bool demo, struct store_proof *out);

struct proofs {
    struct store_proof *kept; /* the latest visit first */
    size_t kept_len;
    struct staff_report *tests; /* the latest first */
    size_t tests_len;
};

/* site NULL: of all sites. */
int proofs_read(struct proofs *p, const char *socket, const char *installation, const char *site);
void proofs_fini(struct proofs *p);

enum proof_grade {
    PROOF_NONE,      /* nothing but the network's own */
    PROOF_CONTACTED, /* contacted on an adult's own visit */
    PROOF_TOLD_SITE, /* a request told it which site was visited */
    PROOF_TOLD_PAGE  /* a request told it which page was read */
};

struct proof_join {
    enum proof_grade grade;
    unsigned recordings, contacted, told; /* recordings of the site; in so many it was contacted; was told the page or the site, as the grade says */
    unsigned tests, tests_seen;           /* staff tests of the site; in so many it was contacted */
    const struct store_proof *by;         /* the latest recording that has the grade; NULL: a staff test has it */
    const struct store_proof_request *request; /* what told it there, or NULL */
    bool other_host;                      /* by another host of the company only */
    bool latest_is_silent;                /* it was told in an earlier recording, and in the latest not any more */
};

/* company: the organisation, else the tracker; "" when no list has the host. */
void proofs_join(const struct proofs *p, const char *site, const char *host, const char *company, struct proof_join *out);

/* Who is behind a host: the organisation, else the tracker, else the host. Each may be "" or NULL; never NULL itself. */
const char *proof_company(const char *organisation, const char *tracker, const char *host);

/* What recordings say of this host alone, in a word for a column: "told page", "told site", "contacted", "not in a recording". */
const char *proof_word(const struct proof_join *j);
/* The verdict that is shown, of this host alone: "proved" when a request told it which page; "seen in a test" when an adult's own visit shows the contact and the network
 * could not say; else the network's. */
const char *proof_verdict_word(enum evidence_verdict network, const struct proof_join *j);
/* "A recording of 23 November 2026 shows that a request told secure.adnxs.com which page was read, in redir > u1 (full address)." "" for PROOF_NONE where
 * there is no recording at all; where there are recordings that do not show the host, that is said. */
char *proof_sentence(const struct proof_join *j, const char *who);

/* Differences, as one sentence each. network: hosts with a verdict of likely or shown. "" when there is none. */
struct proof_host_of {
    const char *host, *company;
};
char *proof_only_recorded(const struct proofs *p, const char *site, const struct proof_host_of *network, size_t n);
char *proof_only_network(const struct proofs *p, const char *site, const struct proof_host_of *network, size_t n);
size_t proofs_count(const struct proofs *p, const char *site); /* recordings and tests */

#endif
