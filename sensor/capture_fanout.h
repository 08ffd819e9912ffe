/* capture_fanout.h -- one interface, read by several sockets: which socket gets a frame (packet(7), PACKET_FANOUT).
 *
 * Purpose    Several capture threads share an interface. All of what a device says and hears beyond the LAN must stay in order, so a frame's socket is chosen
 *            by the pair of hardware addresses on it, the same for both directions; never by flow, whose two directions, pieces and lookups
 *            the kernel's own choice may part.
 * Shape      A small program for the kernel, under a random key of this process.
 * Threads    Before the capture threads begin.
 * Failure    -errno after one log line. Two groups never mix: the kernel gives the group its number.
 */
#ifndef TELLTALE_SENSOR_CAPTURE_FANOUT_H
#define TELLTALE_SENSOR_CAPTURE_FANOUT_H

#define CAPTURE_THREADS_MOST 4

/* Packet sockets, bound to one interface with Ethernet headers. */
int capture_fanout_join(const char *interface, const int sockets[], unsigned n);

#endif
