/* setup.h -- the answers that `telltale setup` needs: what is asked, what is offered, what will do, what it becomes in the settings.
 *
 * Shape      One row of a table for each answer, in the order in which they are asked: later ones may depend on earlier ones.
 * Threads    One.
 * Ownership  struct setup holds its texts; changes borrow them.
 */
#ifndef TELLTALE_CLI_SETUP_H
#define TELLTALE_CLI_SETUP_H

#include "cli/interfaces.h"
#include "common/config.h"
#include "common/config_edit.h"

enum setup_answer { SETUP_INTERFACE, SETUP_LAN, SETUP_CONTROLLER, SETUP_URL, SETUP_SINCE, SETUP_LISTEN, SETUP_HOSTS, SETUP_ANSWERS };

#define SETUP_REASON_MAX 320

struct setup {
    const char *path;
    struct config config; /* as it was */
    struct interfaces interfaces;
    bool interactive, no_start;
    bool given[SETUP_ANSWERS]; /* by an option */
    char value[SETUP_ANSWERS][CONFIG_TEXT_MAX];
};

const char *setup_option(enum setup_answer a);   /* "--interface" */
const char *setup_question(enum setup_answer a); /* "Interface" */
const char *setup_why(enum setup_answer a);      /* a line before the question; NULL: none */

/* Fills what no option gave: from the settings, else from what the machine shows. Who answers, and where the notice is, are only taken from the
 * settings. Once more after the interface is chosen: the LAN side depends on it. */
void setup_suggest(struct setup *s);

/* Will this value do? If not, `reason` says what is expected. */
bool setup_check(const struct setup *s, enum setup_answer a, const char *value, char reason[SETUP_REASON_MAX]);

/* What differs from the settings as they were. Returns how many. */
size_t setup_changes(const struct setup *s, struct config_change out[SETUP_ANSWERS]);

#endif
