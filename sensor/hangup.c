/* hangup.c -- see hangup.h. The signal itself does not say why it came; whether there still is a controlling terminal does. */
#include "sensor/hangup.h"

#include <fcntl.h>
#include <unistd.h>

static bool began_on_terminal;

static bool has_terminal(void)
{
    int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

void hangup_begin(void)
{
    began_on_terminal = has_terminal();
}

bool hangup_is_end(void)
{
    return began_on_terminal && !has_terminal();
}
