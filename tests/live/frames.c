/* frames.c -- sends made frames into an interface as fast as it is told: a SYN flood of random tuples, or of tuples that are alike, which all fall
 * together where a hash without a secret chooses the place: half of them have the same sum of addresses and ports (what nDPI's own reader goes by), the
 * other half the same exclusive or. What an unseeded hash of ours would make of an attack is tests/sensor/test_flow_table.c's question.
 *
 * usage: frames IFACE flood|alike FRAMES_A_SECOND SECONDS
 * Sixteen devices send to made-up servers, by way of a gateway that is not there: the kernels between would spend on the flood what is the sensor's.
 * A sender that was not let run for a while catches up. 64 frames a system call: 1.2 us a frame, of which nearly all is the interface's. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH       64
#define FRAME_BYTES 60

static uint64_t random_state = 0x9e3779b97f4a7c15u;

static uint64_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static void put_16(uint8_t *at, unsigned n)
{
    at[0] = (uint8_t)(n >> 8);
    at[1] = (uint8_t)n;
}

static void put_32(uint8_t *at, uint32_t n)
{
    put_16(at, n >> 16);
    put_16(at + 2, n & 0xffff);
}

#define ALIKE_EACH 30000u

/* Of one device, to one port: the server's low half and the source port move against each other, or together. */
static void make_alike(uint32_t number, uint32_t *server, unsigned *port)
{
    uint32_t k = number / 2 % ALIKE_EACH;
    *server = 0x05000000 + k;
    *port = number & 1 ? k ^ 0x8000 : 62000 - k;
}

static void make(uint8_t f[FRAME_BYTES], bool alike, uint32_t number)
{
    static const uint8_t gateway[6] = {0x02, 0xfe, 0xfe, 0xfe, 0xfe, 0xfe};
    uint64_t r = next_random();
    unsigned device = alike ? 0 : r & 15;
    memset(f, 0, FRAME_BYTES);
    memcpy(f, gateway, 6);
    memcpy(f + 6, (const uint8_t[6]){0x02, 0x77, 0, 0, 0, (uint8_t)device}, 6);
    put_16(f + 12, 0x0800);
    f[14] = 0x45;
    put_16(f + 16, 40);
    f[22] = 64;
    f[23] = 6;
    put_32(f + 26, 0xc0a84d64 + device); /* 192.168.77.100 ... */
    uint32_t server = (uint32_t)(r >> 32 | 0x05000000) & 0x5fffffff;
    unsigned port = 1024 + (unsigned)(r >> 8 & 0x7fff);
    if (alike)
        make_alike(number, &server, &port);
    put_32(f + 30, server);
    put_16(f + 34, port);
    put_16(f + 36, 443);
    put_32(f + 38, (uint32_t)(r >> 16));
    f[46] = 5 << 4;
    f[47] = 0x02;
    put_16(f + 48, 64240);
}

static int open_interface(const char *name)
{
    struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(name)};
    int fd = socket(AF_PACKET, SOCK_RAW, 0);
    int past_the_queue = 1; /* nothing shapes this traffic */
    if (fd >= 0)
        setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &past_the_queue, sizeof(past_the_queue));
    if (fd < 0 || to.sll_ifindex == 0 || bind(fd, (const struct sockaddr *)&to, sizeof(to)) < 0) {
        fprintf(stderr, "frames: %s: %s\n", name, strerror(errno));
        exit(1);
    }
    return fd;
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    static uint8_t frames[BATCH][FRAME_BYTES];
    struct mmsghdr messages[BATCH];
    struct iovec parts[BATCH];
    if (argc != 5 || (strcmp(argv[2], "flood") != 0 && strcmp(argv[2], "alike") != 0)) {
        fputs("usage: frames IFACE flood|alike FRAMES_A_SECOND SECONDS\n", stderr);
        return 2;
    }
    bool alike = strcmp(argv[2], "alike") == 0;
    int fd = open_interface(argv[1]);
    double rate = atof(argv[3]), seconds = atof(argv[4]), begun = now_s(), elapsed;
    uint64_t sent = 0;
    memset(messages, 0, sizeof(messages));
    for (int i = 0; i < BATCH; i++) {
        parts[i] = (struct iovec){frames[i], FRAME_BYTES};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
    }
    while ((elapsed = now_s() - begun) < seconds) {
        if ((double)sent >= elapsed * rate) {
            usleep(200);
            continue;
        }
        for (int i = 0; i < BATCH; i++)
            make(frames[i], alike, (uint32_t)sent + (uint32_t)i);
        int n = sendmmsg(fd, messages, BATCH, 0);
        sent += n > 0 ? (uint64_t)n : 0;
    }
    printf("%llu frames in %.1f s\n", (unsigned long long)sent, elapsed);
    close(fd);
    return 0;
}
