/* peers.h -- who is connected: how many of one address, and until when each has to be done.
 *
 * Purpose    The server's library counts idle time, which a byte every few seconds renews, and IPv6 addresses one by one, of which anybody has
 *            a great many. Here a connection has a deadline for what it is doing, however slowly it does it, and an address counts by its network.
 * Shape      A list. A peer belongs to its connection from peers_add() to peers_remove().
 * Threads    Any: a lock inside. A peer is removed before its socket is closed, so peers_end_slow() never meets another's.
 * Units      Nanoseconds of the monotonic clock; 0: no deadline.
 */
#ifndef TELLTALE_DASHBOARD_PEERS_H
#define TELLTALE_DASHBOARD_PEERS_H

#include "common/address.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#define PEERS_OF_ADDRESS_MAX 96 /* or of one IPv6 /64 */
#define PEERS_OF_LOOPBACK_MAX 512

struct peer;
struct peers {
    pthread_mutex_t lock;
    struct peer *first;
};

void peers_init(struct peers *p);
void peers_fini(struct peers *p);

struct ip_addr peer_address(const struct sockaddr *sa);
bool peer_is_loopback(const struct ip_addr *address);

/* False: there are enough of that address. */
bool peers_may_join(struct peers *p, const struct sockaddr *sa);
struct peer *peers_add(struct peers *p, int fd, const struct sockaddr *sa, uint64_t deadline_ns); /* NULL: out of memory */
void peers_remove(struct peers *p, struct peer *peer);
void peers_set_deadline(struct peers *p, struct peer *peer, uint64_t deadline_ns);
/* Shuts the sockets of those whose time is over. */
void peers_end_slow(struct peers *p, uint64_t now_ns);

#endif
