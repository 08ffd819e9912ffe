/* replay.h -- runs the whole pipeline over saved captures, for the commands that read them.
 *
 * Failure    A capture that cannot be opened or is damaged is named on standard error; the rest is still read.
 *            replay_file() returns EXIT_DONE or EXIT_SOME_FAILED.
 */
#ifndef TELLTALE_CLI_REPLAY_H
#define TELLTALE_CLI_REPLAY_H

#include "sensor/pipeline.h"

/* Reads one capture into a started pipeline, with a progress bar on a terminal. */
int replay_file(struct pipeline *p, const char *path);

/* A pipeline with the defaults of a replay: one worker, waits when the ring is full. Takes sizes from the settings' defaults. */
void replay_defaults(struct pipeline_options *o);

/* Ctrl-C ends the reading; what was read until then is still reported. */
void replay_catch_interrupt(void);
bool replay_interrupted(void);

#endif
