/* hangup.c -- see hangup.h. The signal itself does not say why it came; whether there still is a
 * controlling terminal does. It is opened at the start and asked later, since the capture process cannot open anything then. */
#include "sensor/hangup.h"

#include <fcntl.h>
#include <unistd.h>

static int terminal = -1; /* the controlling one, if we were started from one */

void hangup_begin(void)
{
    terminal = open("/dev/tty", O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
}

bool hangup_is_end(void)
{
    return terminal >= 0 && tcgetpgrp(terminal) < 0; /* it fails on a terminal that is gone, or that is not ours any more */
}
