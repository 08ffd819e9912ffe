/* updater_gunzip.c -- see updater_gunzip.h.
 *
 * The whole packed text is in memory, so one loop does: give zlib room, let it work, look why it stopped. The room grows by doubling up to the
 * cap, and one byte more than the cap is what tells a bomb. A file of several members, one after the other, is one text (RFC 1952 2.2).
 */
#include "feeds/updater_gunzip.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#define ZLIB_CONST /* zlib does not write to what it reads */
#include <zlib.h>

#define GZIP_WINDOW (15 + 16) /* zlib's way to say: the largest window, and a gzip header */
#define ROOM_FIRST  65536u

struct unpacking {
    z_stream z;
    char *bytes;
    size_t n, room, room_most;
};

static int reserve(struct unpacking *u)
{
    if (u->n < u->room)
        return 0;
    if (u->room == u->room_most)
        return -EFBIG;
    size_t room = u->room ? u->room * 2 : ROOM_FIRST;
    if (room > u->room_most)
        room = u->room_most;
    char *bytes = realloc(u->bytes, room);
    if (!bytes)
        return -ENOMEM;
    u->bytes = bytes;
    u->room = room;
    return 0;
}

/* 1 when a member has ended, 0 to go on. */
static int step(struct unpacking *u)
{
    int rc = reserve(u);
    if (rc < 0)
        return rc;
    size_t room = u->room - u->n;
    u->z.next_out = (Bytef *)u->bytes + u->n;
    u->z.avail_out = (uInt)room;
    int said = inflate(&u->z, Z_NO_FLUSH);
    u->n += room - u->z.avail_out;
    if (said == Z_STREAM_END)
        return 1;
    if (said == Z_MEM_ERROR)
        return -ENOMEM;
    /* Z_BUF_ERROR: no input left, or no room; there is room. */
    return said == Z_OK && (u->z.avail_in > 0 || u->z.avail_out == 0) ? 0 : -EBADMSG;
}

static int unpack(struct unpacking *u)
{
    int rc = 0;
    while (rc == 0) {
        rc = step(u);
        if (rc == 1 && u->z.avail_in > 0)
            rc = inflateReset(&u->z) == Z_OK ? 0 : -EBADMSG;
    }
    return rc < 0 ? rc : 0;
}

int updater_gunzip(const char *bytes, size_t n, size_t most, char **out, size_t *out_n)
{
    struct unpacking u = {.room_most = most + 1};
    if (n == 0 || n > UINT_MAX || most >= UINT_MAX)
        return -EBADMSG;
    if (inflateInit2(&u.z, GZIP_WINDOW) != Z_OK)
        return -ENOMEM;
    u.z.next_in = (const Bytef *)bytes;
    u.z.avail_in = (uInt)n;
    int rc = unpack(&u);
    inflateEnd(&u.z);
    if (rc == 0 && u.n > most)
        rc = -EFBIG;
    if (rc < 0) {
        free(u.bytes);
        return rc;
    }
    char *whole = realloc(u.bytes, u.n + 1);
    if (!whole) {
        free(u.bytes);
        return -ENOMEM;
    }
    u.bytes = whole;
    u.bytes[u.n] = '\0';
    *out = u.bytes;
    *out_n = u.n;
    return 0;
}
