/* capture_process.h -- `telltaled capture`: the process that reads packets and says nothing but sightings.
 *
 * Process    Its own. It holds no connection to Redis and no file but the capture.
 * Threads    The caller's is the capture thread; one more for each worker.
 * End        SIGTERM, SIGINT or the end of the file. Returns the exit status: 0 done, 1 failed (named in the log), CAPTURE_AGAIN when settings
 *            were changed on the dashboard that are read at the start only: start it again.
 */
#ifndef TELLTALE_SENSOR_CAPTURE_PROCESS_H
#define TELLTALE_SENSOR_CAPTURE_PROCESS_H

#include "common/config.h"

#define CAPTURE_AGAIN 75

struct capture_source {
    const char *interface; /* live, or NULL */
    const char *file;      /* replay, or NULL */
    bool pace;
};

int capture_process_run(const struct config *c, const struct capture_source *source);

#endif
