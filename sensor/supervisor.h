/* supervisor.h -- plain `telltaled`: runs the publish and the capture process and restarts whichever dies. It parses nothing
 * from the wire. Under systemd each process is a unit of its own and this file is not used.
 *
 * A process that exits in its first two seconds, at the first start, ends everything with its exit status: its error message has
 * said why, and restarting would only repeat it. Later, and whenever a signal killed it (a frame may have done that), it is started again after a
 * fifth of a second. Of one that dies within two seconds again and again the pauses double from the fourth time on, up to ten seconds.
 */
#ifndef TELLTALE_SENSOR_SUPERVISOR_H
#define TELLTALE_SENSOR_SUPERVISOR_H

#include <stdbool.h>

/* arguments: of this program, after its name, NULL at the end; handed to both. replay: ends when the capture process does.
 * Returns the exit status. */
int supervisor_run(char *const *arguments, const char *run_dir, bool replay);

#endif
