/* capture_trim.c -- see capture_trim.h.
 *
 * A filter's return value is the number of bytes that the kernel keeps; libpcap's language can only say "all" or "none", so
 * the program is written out. A load beyond the frame's end refuses the frame: therefore short frames leave at once, and
 * every load lies within the SHORT bytes that the others have (14 of Ethernet, at most 60 of IPv4, 20 of TCP). Which end is
 * the server is told by its port alone, since the kernel does not know the LAN; a client that sends from such a port is cut
 * too, which none does.
 */
#include "sensor/capture_trim.h"

#include "sensor/capture_file.h"

#define WHOLE CAPTURE_FRAME_MAX
#define SHORT (14 + 60 + 20)
#define IPV4  14u /* where the header begins */
#define IPV6  14u
#define BODY6 (IPV6 + 40u)

/* Jumps count instructions behind the next one; the labels below are their places in the program. */
enum {
    KIND = 2,
    V4 = 5,
    TCP4 = 11,
    UDP4 = 21,
    V6 = 31,
    TCP6 = 34,
    UDP6 = 43,
    ALL = 51,
};
#define TO(label, here) ((label) - (here) - 1)
#define IF(here, code, k, yes, no) BPF_JUMP(BPF_JMP | BPF_K | (code), (k), TO(yes, here), TO(no, here))
#define NEXT(here) ((here) + 1)

static struct bpf_insn program[] = {
    /*  0 */ BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
    /*  1 */ IF(1, BPF_JGE, SHORT, KIND, ALL),
    /*  2 */ BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
    /*  3 */ IF(3, BPF_JEQ, 0x0800, V4, NEXT(3)),
    /*  4 */ IF(4, BPF_JEQ, 0x86dd, V6, ALL),
    /*  5 */ BPF_STMT(BPF_LD | BPF_H | BPF_ABS, IPV4 + 6),
    /*  6 */ IF(6, BPF_JSET, 0x3fff, ALL, NEXT(6)), /* a piece of a datagram */
    /*  7 */ BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, IPV4),
    /*  8 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, IPV4 + 9),
    /*  9 */ IF(9, BPF_JEQ, 6, TCP4, NEXT(9)),
    /* 10 */ IF(10, BPF_JEQ, 17, UDP4, ALL),
    /* 11 */ BPF_STMT(BPF_LD | BPF_H | BPF_IND, IPV4),
    /* 12 */ IF(12, BPF_JEQ, 443, 15, NEXT(12)),
    /* 13 */ IF(13, BPF_JEQ, 80, 15, NEXT(13)),
    /* 14 */ IF(14, BPF_JEQ, 8080, 15, ALL),
    /* 15 */ BPF_STMT(BPF_LD | BPF_B | BPF_IND, IPV4 + 12),
    /* 16 */ BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 2),
    /* 17 */ BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x3c),
    /* 18 */ BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0),
    /* 19 */ BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, IPV4 + CAPTURE_TRIM_KEEP),
    /* 20 */ BPF_STMT(BPF_RET | BPF_A, 0),
    /* 21 */ BPF_STMT(BPF_LD | BPF_H | BPF_IND, IPV4),
    /* 22 */ IF(22, BPF_JEQ, 443, 25, NEXT(22)),
    /* 23 */ BPF_STMT(BPF_LD | BPF_H | BPF_IND, IPV4 + 2),
    /* 24 */ IF(24, BPF_JEQ, 443, 25, ALL),
    /* 25 */ BPF_STMT(BPF_LD | BPF_B | BPF_IND, IPV4 + 8),
    /* 26 */ BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xc0),
    /* 27 */ IF(27, BPF_JEQ, 0x40, 28, ALL),
    /* 28 */ BPF_STMT(BPF_MISC | BPF_TXA, 0),
    /* 29 */ BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, IPV4 + 8 + CAPTURE_TRIM_QUIC),
    /* 30 */ BPF_STMT(BPF_RET | BPF_A, 0),
    /* 31 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, IPV6 + 6),
    /* 32 */ IF(32, BPF_JEQ, 6, TCP6, NEXT(32)),
    /* 33 */ IF(33, BPF_JEQ, 17, UDP6, ALL),
    /* 34 */ BPF_STMT(BPF_LD | BPF_H | BPF_ABS, BODY6),
    /* 35 */ IF(35, BPF_JEQ, 443, 38, NEXT(35)),
    /* 36 */ IF(36, BPF_JEQ, 80, 38, NEXT(36)),
    /* 37 */ IF(37, BPF_JEQ, 8080, 38, ALL),
    /* 38 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, BODY6 + 12),
    /* 39 */ BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 2),
    /* 40 */ BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x3c),
    /* 41 */ BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, BODY6 + CAPTURE_TRIM_KEEP),
    /* 42 */ BPF_STMT(BPF_RET | BPF_A, 0),
    /* 43 */ BPF_STMT(BPF_LD | BPF_H | BPF_ABS, BODY6),
    /* 44 */ IF(44, BPF_JEQ, 443, 47, NEXT(44)),
    /* 45 */ BPF_STMT(BPF_LD | BPF_H | BPF_ABS, BODY6 + 2),
    /* 46 */ IF(46, BPF_JEQ, 443, 47, ALL),
    /* 47 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, BODY6 + 8),
    /* 48 */ BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xc0),
    /* 49 */ IF(49, BPF_JEQ, 0x40, 50, ALL),
    /* 50 */ BPF_STMT(BPF_RET | BPF_K, BODY6 + 8 + CAPTURE_TRIM_QUIC),
    /* 51 */ BPF_STMT(BPF_RET | BPF_K, WHOLE),
};
_Static_assert(sizeof(program) / sizeof(program[0]) == ALL + 1, "the labels count the instructions");

struct bpf_program capture_trim_program(void)
{
    return (struct bpf_program){.bf_len = sizeof(program) / sizeof(program[0]), .bf_insns = program};
}
