/* updater.h -- brings the subscribed lists up to date; a list in force is replaced by a better one or not at all.
 *
 * Shape      In the folder [feeds] dir, for a subscription named NAME: NAME.txt, the list in force as it came, and NAME.state,
 *            what is remembered of it (updater_state.h). After all of them, what is in force is compiled into one file.
 * Threads    One. Two updates never run at a time on one folder.
 * Ownership  The caller's; nothing is kept.
 * Failure    updater_run() returns -errno after one log line when nothing could be tried (no folder, another update, wrong
 *            canaries). What became of each list is in its outcome, not in the log.
 */
#ifndef TELLTALE_FEEDS_UPDATER_H
#define TELLTALE_FEEDS_UPDATER_H

#include "common/config.h"
#include "feeds/updater_check.h"

/* In the folder: the built-in trackers and every subscribed list in force, compiled (feeds/feed_file.h). */
#define UPDATER_COMPILED "telltale.feed"

enum updater_result {
    UPDATER_NEW,       /* another list is in force now */
    UPDATER_UNCHANGED, /* the server has nothing newer */
    UPDATER_KEPT       /* what was in force (perhaps nothing) still is, and the reason says why */
};
const char *updater_result_word(enum updater_result r);

struct updater_outcome {
    const char *name; /* the config's */
    enum updater_result result;
    uint32_t before, after; /* rules in force; 0: none */
    char reason[UPDATER_REASON_MAX]; /* "" or one line of clean text */
};

struct updater_plan {
    const struct config *config;
    bool chosen[CONFIG_SUBSCRIPTIONS_MAX]; /* by index in config->subscriptions */
    /* May be NULL: as in updater_fetch.h, for the list of that name. */
    void (*progress)(void *context, const char *name, uint64_t bytes, uint64_t total);
    void *context;
};

/* Fills an outcome for each chosen list, in the config's order; *count says how many. Outcomes stand even when what is in
 * force could not be compiled and -errno comes back. */
int updater_run(const struct updater_plan *plan, struct updater_outcome outcomes[CONFIG_SUBSCRIPTIONS_MAX], size_t *count);

#endif
