/* peers.c -- see peers.h. */
#include "dashboard/peers.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

struct peer {
    int fd;
    struct ip_addr network;
    uint64_t deadline_ns;
    struct peer *before, *after;
};

void peers_init(struct peers *p)
{
    pthread_mutex_init(&p->lock, NULL);
    p->first = NULL;
}

void peers_fini(struct peers *p)
{
    pthread_mutex_destroy(&p->lock);
}

struct ip_addr peer_address(const struct sockaddr *sa)
{
    if (sa->sa_family == AF_INET6)
        return ip_from_v6(((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr.s6_addr);
    return ip_from_v4((const uint8_t *)&((const struct sockaddr_in *)(const void *)sa)->sin_addr);
}

bool peer_is_loopback(const struct ip_addr *address)
{
    struct ip_prefix v4, v6;
    return (ip_prefix_parse("127.0.0.0/8", &v4) && ip_in_prefix(address, &v4)) || (ip_prefix_parse("::1", &v6) && ip_in_prefix(address, &v6));
}

static struct ip_addr network_of(const struct sockaddr *sa)
{
    struct ip_addr a = peer_address(sa);
    if (!ip_is_v4(&a))
        memset(a.bytes + 8, 0, 8);
    return a;
}

bool peers_may_join(struct peers *p, const struct sockaddr *sa)
{
    struct ip_addr address = peer_address(sa), network = network_of(sa);
    unsigned open = 0;
    pthread_mutex_lock(&p->lock);
    for (const struct peer *other = p->first; other; other = other->after)
        open += ip_equal(&other->network, &network);
    pthread_mutex_unlock(&p->lock);
    return open < (peer_is_loopback(&address) ? PEERS_OF_LOOPBACK_MAX : PEERS_OF_ADDRESS_MAX);
}

struct peer *peers_add(struct peers *p, int fd, const struct sockaddr *sa, uint64_t deadline_ns)
{
    struct peer *peer = calloc(1, sizeof(*peer));
    if (!peer)
        return NULL;
    peer->fd = fd;
    peer->network = network_of(sa);
    peer->deadline_ns = deadline_ns;
    pthread_mutex_lock(&p->lock);
    peer->after = p->first;
    if (p->first)
        p->first->before = peer;
    p->first = peer;
    pthread_mutex_unlock(&p->lock);
    return peer;
}

void peers_remove(struct peers *p, struct peer *peer)
{
    pthread_mutex_lock(&p->lock);
    if (peer->before)
        peer->before->after = peer->after;
    else
        p->first = peer->after;
    if (peer->after)
        peer->after->before = peer->before;
    pthread_mutex_unlock(&p->lock);
    free(peer);
}

void peers_set_deadline(struct peers *p, struct peer *peer, uint64_t deadline_ns)
{
    pthread_mutex_lock(&p->lock);
    peer->deadline_ns = deadline_ns;
    pthread_mutex_unlock(&p->lock);
}

void peers_end_slow(struct peers *p, uint64_t now_ns)
{
    pthread_mutex_lock(&p->lock);
    for (struct peer *peer = p->first; peer; peer = peer->after) {
        if (peer->deadline_ns && now_ns >= peer->deadline_ns) {
            shutdown(peer->fd, SHUT_RDWR);
            peer->deadline_ns = 0;
        }
    }
    pthread_mutex_unlock(&p->lock);
}
