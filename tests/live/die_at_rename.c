/* die_at_rename.c -- the power goes right before a rename (tests/live/feeds_update).
 *
 * Loaded in front of the C library by the test alone: the DIE_AT_RENAME-th renameat() of the process does not take place, the process
 * is killed instead.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
    static int calls;
    const char *at = getenv("DIE_AT_RENAME");
    if (at && ++calls == atoi(at))
        kill(getpid(), SIGKILL);
    return (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, 0);
}
