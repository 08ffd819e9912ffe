/* run_marks.h -- how and when the last capture process ended, told from one to the next.
 *
 * Purpose    A capture process that ended knew who was visiting what; the next one does not. Until half an hour is over since then, nothing may be
 *            told of any device, since some may be on a support site.
 * Shape      Two files in the run folder: `capture.running`, which an orderly end removes, and `capture.ended`, which says when that was, on the
 *            steady clock. The second stays open from the start on: behind the system-call filter nothing is opened.
 * Threads    One: the capture thread.
 * Failure    A mark that cannot be written is said in the log; the next start then believes that this one ended badly, which is the safe side.
 */
#ifndef TELLTALE_SENSOR_RUN_MARKS_H
#define TELLTALE_SENSOR_RUN_MARKS_H

#include "common/config.h"

struct run_marks {
    char running[CONFIG_TEXT_MAX + 32]; /* path */
    int ended;                          /* descriptor; -1: none */
};

void run_marks_init(struct run_marks *m, const char *run_dir);

/* Opens both. Until when, on the steady clock, nothing is told of any device: half an hour from now after a bad end, or from the last good one. 0: at once. */
uint64_t run_marks_open(struct run_marks *m, const char *run_dir);

/* An orderly end. */
void run_marks_end(struct run_marks *m);

#endif
