/* capture_trim.h -- a program for the kernel that says how much of each frame is worth copying to us.
 *
 * Purpose    Most bytes of a network are what servers answer, and of those only the beginning of each packet is of use. The kernel
 *            copies as many bytes of a frame as the program returns: of a server's web traffic the headers and CAPTURE_TRIM_KEEP
 *            bytes, of QUIC after its handshake the headers and CAPTURE_TRIM_QUIC, everything else whole. No frame is refused.
 * Shape      Classic BPF over Ethernet, without tags (the kernel has taken the outer one off already), IPv4 and IPv6 without extension
 *            headers; what it does not know it leaves whole.
 * Threads    Any. Ownership: the instructions are static.
 */
#ifndef TELLTALE_SENSOR_CAPTURE_TRIM_H
#define TELLTALE_SENSOR_CAPTURE_TRIM_H

#include <pcap/pcap.h>

#define CAPTURE_TRIM_KEEP 512 /* as sensor/pipeline.c keeps of what is said to a device */
#define CAPTURE_TRIM_QUIC 64

struct bpf_program capture_trim_program(void);

#endif
