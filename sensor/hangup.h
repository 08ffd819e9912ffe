/* hangup.h -- what SIGHUP means: a service is asked to read its lists again; a program whose terminal went away is to end.
 *
 * Threads    hangup_begin() at the start, before the signal may come; hangup_is_end() by any thread, not in a handler.
 */
#ifndef TELLTALE_SENSOR_HANGUP_H
#define TELLTALE_SENSOR_HANGUP_H

#include <stdbool.h>

void hangup_begin(void);
/* After a SIGHUP: did it say that the terminal we were started from is gone? */
bool hangup_is_end(void);

#endif
