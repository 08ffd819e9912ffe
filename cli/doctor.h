/* doctor.h -- what the checks of `telltale doctor` share: where they look, and where they say what they found.
 *
 * Shape      Each check adds findings: what was looked at, how it is, one sentence, and, where something is not as it should be, one on what to
 *            do. A finding never has an address, a host name from the wire, or anything of a device: counts only.
 * Threads    One.
 * Ownership  Texts are copied into the finding.
 */
#ifndef TELLTALE_CLI_DOCTOR_H
#define TELLTALE_CLI_DOCTOR_H

#include "common/config.h"
#include "store/schema.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DOCTOR_FINDINGS_MOST 64

enum doctor_state {
    DOCTOR_OK,
    DOCTOR_NOTE, /* good to know; nothing to do */
    DOCTOR_WARN, /* works, and should be seen to */
    DOCTOR_BAD   /* does not work, or sees nothing */
};

struct doctor_finding {
    const char *check; /* "redis": a static word */
    enum doctor_state state;
    char what[320], remedy[400]; /* remedy "": nothing to do */
};

struct doctor {
    const char *config_path;
    struct config config;
    double listen_s; /* how long to look at the interface */
    struct doctor_finding findings[DOCTOR_FINDINGS_MOST];
    size_t n;
};

/* doctor_findings.c. remedy NULL: nothing to do. What does not fit is cut. */
void doctor_add(struct doctor *d, const char *check, enum doctor_state state, const char *remedy, const char *format, ...) __attribute__((format(printf, 5, 6)));

/* doctor_settings.c: settings, notice, lists, the dashboard's certificate */
void doctor_check_settings(struct doctor *d, bool readable);
void doctor_check_lists(struct doctor *d);
void doctor_check_web(struct doctor *d);
/* doctor_network.c: the interface, offloads, and what passes it */
void doctor_check_interface(struct doctor *d);
/* doctor_machine.c: clock, disk, memory, the running processes and their rights */
void doctor_check_clock(struct doctor *d);
void doctor_check_disk(struct doctor *d);
void doctor_check_processes(struct doctor *d);
/* doctor_store.c: Redis, and who may do what in it */
void doctor_check_store(struct doctor *d);
/* doctor_figures.c: what the sensor last said of itself; an absent figure has value 0. now_s: since the epoch */
struct doctor_figures {
    bool present[STORE_FIGURE_COUNT];
    uint64_t value[STORE_FIGURE_COUNT];
};
void doctor_say_figures(struct doctor *d, const struct doctor_figures *f, uint64_t now_s);

#endif
