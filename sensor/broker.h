/* broker.h -- a second process that opens for the capture process what that may not open itself.
 *
 * Purpose    Behind its system-call filter the capture process can open, connect and remove nothing. A few things must still happen
 *            then: changed lists and databases are read, the publisher comes back, a day's key begins and ends, marks are removed. For these it asks
 *            the broker, a child that it forks before it has read anything from outside.
 * Trust      The broker takes the capture process for taken over. A request is of one size and names an entry of a table that was
 *            made before the fork, or a day; never a path. What comes back is a regular file open for reading, a connection to the
 *            publisher, or the file of a day's key. The broker has no capability, reads nothing that it opens, and ends with its parent.
 * Threads    Any may ask. Who asks for a list or a database waits for the disk, five seconds at most, and for others that do. Marks and keys of days lie in
 *            memory and have a lane of their own: a few dozen microseconds, whatever the disk does. A connection is waited for by nobody: -EAGAIN
 *            until it is there.
 * Failure    -errno; -EPIPE when the broker is gone.
 */
#ifndef TELLTALE_SENSOR_BROKER_H
#define TELLTALE_SENSOR_BROKER_H

#include "common/opener.h"
#include "sensor/key_files.h"

#include <stdbool.h>
#include <stddef.h>

enum broker_right { BROKER_READ = 1, BROKER_CONNECT = 2, BROKER_REMOVE = 4 }; /* bits */

#define BROKER_PATHS_MOST 160

struct broker_table {
    struct {
        char path[512];
        unsigned may;
    } entries[BROKER_PATHS_MOST];
    size_t len;
    char key_folder[512]; /* "": no key is kept in files */
};

/* False: the table is full, or the path too long. */
bool broker_table_add(struct broker_table *t, const char *path, unsigned may);

struct broker;

/* Forks. Call it while this process has one thread, and before it has read from outside. */
int broker_start(const struct broker_table *table, struct broker **out);
/* Ends the broker and waits for it. */
void broker_end(struct broker *b);

/* These ask b; they live as long as it. */
const struct opener *broker_opener(const struct broker *b);
const struct key_files *broker_keys(const struct broker *b);

/* False when the broker has gone: this process is to be started anew. */
bool broker_is_there(struct broker *b);

/* For tests: answers one request on the socket, as the broker's process does. False: the other end is closed. */
bool broker_serve_one(const struct broker_table *table, int key_folder, int socket_fd);

#endif
