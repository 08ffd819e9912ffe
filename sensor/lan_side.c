/* lan_side.c -- see lan_side.h.
 *
 * The rules, first that answers wins:
 *   1. One end in the LAN's prefixes (configured, else private or learned), the other not: that end.
 *   2. The other end is multicast or broadcast: the sender.
 *   3. Both or neither: the end that uses the higher port is the client, hence the device (a pupil's laptop asks the
 *      gateway's port 53); equal ports: the sender of a lone SYN, else the sender.
 * The answer must be the same for both directions of a flow, so rules 1 to 3 look at the pair, never at the order,
 * except in the tie of rule 3. Of a datagram in pieces only the first has ports: the others follow it, if it came before
 * them (which is how systems send them).
 */
#include "sensor/lan_side.h"

#include <string.h>

void lan_side_init(struct lan_side *l, const struct ip_prefix *prefixes, int count)
{
    memset(l, 0, sizeof(*l));
    l->configured_count = count;
    for (int i = 0; i < count; i++)
        l->configured[i] = prefixes[i];
}

static bool in_any(const struct ip_addr *a, const struct ip_prefix *prefixes, int count)
{
    for (int i = 0; i < count; i++)
        if (ip_in_prefix(a, &prefixes[i]))
            return true;
    return false;
}

static bool is_lan(const struct lan_side *l, const struct ip_addr *a)
{
    if (l->configured_count > 0)
        return in_any(a, l->configured, l->configured_count);
    return ip_is_private(a) || in_any(a, l->learned, l->learned_count);
}

static unsigned mac_slot(const struct mac_addr *m)
{
    return (m->bytes[3] * 31u + m->bytes[4] * 7u + m->bytes[5]) & 255u;
}

static bool is_resident(const struct lan_side *l, const struct mac_addr *m)
{
    unsigned slot = mac_slot(m);
    return l->resident_used[slot] && mac_equal(&l->residents[slot], m);
}

static void learn_prefix(struct lan_side *l, const struct ip_addr *a)
{
    if (l->learned_count == LAN_LEARNED_MAX)
        return;
    l->learned[l->learned_count++] = (struct ip_prefix){.addr = *a, .bits = ip_is_v4(a) ? 96 + 24 : 64};
}

static bool opens_to_service(const struct packet *p)
{
    if (p->src_port < 1024 || (p->dst_port >= 1024 && p->dst_port != 8080 && p->dst_port != 8443))
        return false;
    return p->ip_proto == IP_PROTO_UDP || (p->ip_proto == IP_PROTO_TCP && (p->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN);
}

/* Learns from packets that leave the LAN for sure. A gateway's MAC also carries the whole internet's addresses towards the
 * LAN, which is why only packets to a service port teach, and only those of a MAC that is no router: one that was seen
 * with a private address of its own, talking to a public one. */
static void learn(struct lan_side *l, const struct packet *p)
{
    if (ip_is_group(&p->dst) || ip_is_group(&p->src))
        return;
    if (ip_is_private(&p->src)) {
        if (p->has_src_mac && !ip_is_private(&p->dst)) {
            l->residents[mac_slot(&p->src_mac)] = p->src_mac;
            l->resident_used[mac_slot(&p->src_mac)] = true;
        }
        return;
    }
    if (is_lan(l, &p->src) || is_lan(l, &p->dst) || !opens_to_service(p))
        return;
    /* Neither end is known. On a network that also has private addresses a resident's prefix is the LAN's;
     * on one that has none, the side that opens connections is. */
    bool resident = p->has_src_mac && is_resident(l, &p->src_mac);
    if (resident || !p->has_dst_mac || !is_resident(l, &p->dst_mac))
        learn_prefix(l, &p->src);
}

static enum lan_end client_end(const struct packet *p)
{
    if (p->src_port != p->dst_port)
        return p->src_port > p->dst_port ? LAN_SRC : LAN_DST;
    bool answer = p->ip_proto == IP_PROTO_TCP && (p->tcp_flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK);
    return answer ? LAN_DST : LAN_SRC;
}

static enum lan_end client_end_of_piece(struct lan_side *l, const struct packet *p)
{
    struct lan_piece *known = &l->pieces[p->fragment_id % LAN_PIECES];
    if (p->fragment_offset == 0)
        *known = (struct lan_piece){.src = p->src, .dst = p->dst, .id = p->fragment_id, .lan = (uint8_t)client_end(p)};
    else if (known->id != p->fragment_id || !ip_equal(&known->src, &p->src) || !ip_equal(&known->dst, &p->dst))
        return client_end(p);
    return known->lan;
}

/* Most packets teach nothing: the sender is a resident that is known, or one end is in the LAN. */
static bool may_teach(const struct lan_side *l, const struct packet *p, bool src, bool dst)
{
    if (!src && !dst)
        return true;
    return src && p->has_src_mac && !is_resident(l, &p->src_mac) && ip_is_private(&p->src);
}

/* Cooked captures name only the sender's MAC: there the address is the device, so that both directions agree. */
static void name_device(struct frame *f)
{
    const struct packet *p = &f->packet;
    bool src = f->lan == LAN_SRC;
    memset(&f->device, 0, sizeof(f->device));
    if (p->has_src_mac && p->has_dst_mac) {
        memcpy(f->device.bytes, src ? p->src_mac.bytes : p->dst_mac.bytes, 6);
        f->device.is_mac = 1;
    } else {
        memcpy(f->device.bytes, src ? p->src.bytes : p->dst.bytes, 16);
    }
}

void lan_side_decide(struct lan_side *l, struct frame *f)
{
    const struct packet *p = &f->packet;
    bool src = is_lan(l, &p->src), dst = is_lan(l, &p->dst);
    if (l->configured_count == 0 && may_teach(l, p, src, dst)) {
        learn(l, p);
        src = is_lan(l, &p->src);
        dst = is_lan(l, &p->dst);
    }
    bool group = ip_is_group(&p->dst);
    if (group)
        f->lan = LAN_SRC;
    else if (src != dst)
        f->lan = src ? LAN_SRC : LAN_DST;
    else
        f->lan = p->fragment ? client_end_of_piece(l, p) : client_end(p);
    f->beyond = !group && !(src && dst);
    f->nobody = l->configured_count > 0 && !src && !dst;
    name_device(f);
}
