/* capture_fanout.c -- see capture_fanout.h.
 *
 * The kernel offers to choose by a hash of the flow, by processor, in turn, or by a program. A program it is: the exclusive or of the two
 * addresses is the same in both directions, and with one gateway it is another for each device. What a device sends to somebody in the LAN itself
 * goes by another pair, and may reach another thread than its traffic through the gateway: of a resolver that is a machine of its own in the LAN, answers
 * and the connections after them are in order to within a block of the kernel's (docs/OPERATE.md says so).
 * Addresses are read relative to the link layer's header (SKF_LL_OFF), which is where they are whether the frame came in or goes out. A
 * frame without one goes to the first socket.
 */
#include "sensor/capture_fanout.h"

#include "common/log.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <sodium.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#define AT(offset) ((uint32_t)SKF_LL_OFF + (offset))

static int choose_by_pair(int socket)
{
    uint32_t key[3];
    randombytes_buf(key, sizeof(key));
    for (unsigned i = 0; i < 3; i++)
        key[i] |= 1; /* odd: no bit is lost by multiplying */
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, AT(0)),  /* the first two bytes of both addresses ... */
        BPF_STMT(BPF_MISC | BPF_TAX, 0),
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, AT(6)),
        BPF_STMT(BPF_ALU | BPF_XOR | BPF_X, 0),
        BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, key[0]),
        BPF_STMT(BPF_ST, 0),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT(2)),  /* ... and the last four */
        BPF_STMT(BPF_MISC | BPF_TAX, 0),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT(8)),
        BPF_STMT(BPF_ALU | BPF_XOR | BPF_X, 0),
        BPF_STMT(BPF_LDX | BPF_MEM, 0),
        BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0),
        BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, key[1]),
        BPF_STMT(BPF_MISC | BPF_TAX, 0),
        BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 15),
        BPF_STMT(BPF_ALU | BPF_XOR | BPF_X, 0),
        BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, key[2]),
        BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 16),
        BPF_STMT(BPF_RET | BPF_A, 0), /* the kernel takes it modulo the number of sockets */
    };
    struct sock_fprog data = {.len = sizeof(program) / sizeof(program[0]), .filter = program};
    return setsockopt(socket, SOL_PACKET, PACKET_FANOUT_DATA, &data, sizeof(data)) < 0 ? -errno : 0;
}

/* The kernel finds a number that no other group has; the others join by it. */
static int join(const int sockets[], unsigned n)
{
    uint32_t group = (uint32_t)(PACKET_FANOUT_CBPF | PACKET_FANOUT_FLAG_UNIQUEID) << 16;
    socklen_t size = sizeof(group);
    if (setsockopt(sockets[0], SOL_PACKET, PACKET_FANOUT, &group, sizeof(group)) < 0 || getsockopt(sockets[0], SOL_PACKET, PACKET_FANOUT, &group, &size) < 0)
        return -errno;
    group = (group & 0xffff) | (uint32_t)PACKET_FANOUT_CBPF << 16;
    for (unsigned i = 1; i < n; i++)
        if (setsockopt(sockets[i], SOL_PACKET, PACKET_FANOUT, &group, sizeof(group)) < 0)
            return -errno;
    return choose_by_pair(sockets[0]);
}

int capture_fanout_join(const char *interface, const int sockets[], unsigned n)
{
    int rc = join(sockets, n);
    if (rc < 0)
        log_error("capture: %s: the kernel does not divide its frames among %u threads: %s; set [capture] threads = 1", interface, n, strerror(-rc));
    return rc;
}
