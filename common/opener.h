/* opener.h -- how this process reaches files and sockets by their path.
 *
 * Purpose    The capture process may not open anything once its system-call filter is on; another process opens for it
 *            (sensor/broker.h). Code that must work in both worlds asks here instead of calling open(), stat(), connect() and unlink().
 * Shape      Without opener_use() these are the system calls.
 * Threads    opener_use() before other threads begin. The rest from any thread.
 * Failure    -errno.
 */
#ifndef TELLTALE_COMMON_OPENER_H
#define TELLTALE_COMMON_OPENER_H

#include <sys/stat.h>

struct opener {
    int (*open)(void *context, const char *path, int flags);
    int (*look)(void *context, const char *path, struct stat *out);
    int (*connect)(void *context, const char *path);
    int (*remove)(void *context, const char *path);
    void *context;
};

/* From now on these are asked; borrowed. NULL: the system calls again. */
void opener_use(const struct opener *o);

/* A descriptor for reading; flags are more O_ flags. The caller closes it. */
int opener_open(const char *path, int flags);
/* What stat() says, or part of it: device, inode, size, mode and the time of the last change. */
int opener_look(const char *path, struct stat *out);
/* A connection to the Unix seqpacket socket of this path, which does not block, and neither does this. The caller closes it. -EAGAIN: not yet; ask again. */
int opener_connect(const char *path);
/* As unlink(). */
int opener_remove(const char *path);

#endif
