/* bare_loop.c -- the least that a program can do with a capture file: libpcap hands over each frame, its length is added up.
 *
 *     bare_loop CAPTURE
 *
 * The floor of the benchmark table: whatever reads captures through libpcap pays at least this.
 */
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdio.h>

struct sum {
    uint64_t frames, bytes;
};

static void add(u_char *user, const struct pcap_pkthdr *head, const u_char *frame)
{
    struct sum *sum = (struct sum *)(void *)user;
    (void)frame;
    sum->frames++;
    sum->bytes += head->len;
}

int main(int argc, char **argv)
{
    char error[PCAP_ERRBUF_SIZE];
    struct sum sum = {0};
    pcap_t *pcap = argc == 2 ? pcap_open_offline(argv[1], error) : NULL;
    if (!pcap || pcap_loop(pcap, -1, add, (u_char *)&sum) < 0) {
        fprintf(stderr, "usage: bare_loop CAPTURE (a pcap file)\n");
        return 1;
    }
    printf("packets\t%" PRIu64 "\nbytes\t%" PRIu64 "\n", sum.frames, sum.bytes);
    pcap_close(pcap);
    return 0;
}
