/* vantage.c -- see vantage.h.
 *
 * A mirror port brings frames that are neither from nor to this machine's hardware address. A router's frames always have it at one end, on a
 * gateway for others' IP addresses, on a host for its own: that is how a gateway is told from a machine that merely sees itself.
 * The hardware address of a router in front of devices shows by its many IPv4 addresses. IPv6 says nothing here: a single device has several.
 */
#include "cli/vantage.h"

#include <string.h>

#define ENOUGH_FRAMES 20
#define ENOUGH_UP     5  /* one direction is missing when the other has so many and this one less than a fiftieth */
#define SHARE(part, whole) ((whole) > 0 ? (double)(part) / (double)(whole) : 0)

void vantage_init(struct vantage *v, const struct mac_addr *own)
{
    memset(v, 0, sizeof(*v));
    v->own = *own;
}

static struct vantage_device *device_of(struct vantage *v, const struct mac_addr *mac)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < sizeof(mac->bytes); i++)
        h = (h ^ mac->bytes[i]) * 16777619u;
    for (uint32_t k = 0; k < 64; k++) {
        struct vantage_device *d = &v->devices[(h + k) % VANTAGE_DEVICES];
        if (!d->used) {
            d->used = true;
            d->mac = *mac;
            v->device_count++;
            return d;
        }
        if (mac_equal(&d->mac, mac))
            return d;
    }
    return NULL; /* a crowd: what is known of the others is enough */
}

static void note_address(struct vantage_device *d, const struct ip_addr *a)
{
    uint32_t last;
    memcpy(&last, a->bytes + 12, sizeof(last));
    for (uint8_t i = 0; i < d->addresses; i++)
        if (d->address[i] == last)
            return;
    if (d->addresses < VANTAGE_ADDRESSES)
        d->address[d->addresses++] = last;
}

void vantage_add(struct vantage *v, const struct frame *f, bool own_address, int mtu)
{
    const struct packet *p = &f->packet;
    const struct ip_addr *lan = f->lan == LAN_SRC ? &p->src : &p->dst;
    const struct mac_addr *lan_mac = f->lan == LAN_SRC ? &p->src_mac : &p->dst_mac;
    if (ip_is_group(&p->dst) || (p->has_dst_mac && p->dst_mac.bytes[0] & 1))
        return;
    v->frames++;
    if (f->wire_len > v->largest_bytes)
        v->largest_bytes = f->wire_len;
    v->larger_than_mtu += mtu > 0 && f->wire_len > (uint32_t)mtu + 22; /* Ethernet's header and two tags */
    bool own = (p->has_src_mac && mac_equal(&p->src_mac, &v->own)) || (p->has_dst_mac && mac_equal(&p->dst_mac, &v->own));
    v->of_this_machine += own;
    v->for_this_machine += own && own_address;
    if (own_address)
        return; /* says nothing about anybody else's way */
    if (!f->beyond) {
        v->inside++;
        return;
    }
    if (f->lan == LAN_SRC)
        v->up++;
    else
        v->down++;
    struct vantage_device *d = p->has_src_mac ? device_of(v, lan_mac) : NULL;
    if (d && ip_is_v4(lan))
        note_address(d, lan);
}

struct vantage_verdict vantage_judge(const struct vantage *v, bool is_bridge, bool forwards)
{
    struct vantage_verdict out = {.devices = v->device_count};
    uint64_t foreign = v->frames - v->of_this_machine, passed = v->of_this_machine - v->for_this_machine, ways = v->up + v->down;
    if (v->frames < ENOUGH_FRAMES)
        out.place = VANTAGE_SILENT;
    else if (SHARE(foreign, v->frames) > 0.2 && foreign >= ENOUGH_UP)
        out.place = is_bridge ? VANTAGE_BRIDGE : VANTAGE_MIRROR;
    else if (passed >= ENOUGH_UP && (forwards || is_bridge))
        out.place = VANTAGE_GATEWAY;
    else
        out.place = VANTAGE_OWN_ONLY;
    if (out.place == VANTAGE_SILENT || out.place == VANTAGE_OWN_ONLY)
        return out;
    out.one_direction = ways >= ENOUGH_FRAMES && (v->up * 50 < v->down || v->down * 50 < v->up);
    out.misses_down = out.one_direction && v->down < v->up;
    uint32_t alone = 0;
    for (size_t i = 0; i < VANTAGE_DEVICES; i++) {
        const struct vantage_device *d = &v->devices[i];
        if (d->used && d->addresses >= VANTAGE_ROUTER_ADDRESSES) {
            out.behind_router = true;
            out.hidden += d->addresses;
        }
        alone += d->used && d->addresses == 1;
    }
    out.behind_translation = ways >= 5 * ENOUGH_FRAMES && v->device_count == 1 && alone == 1;
    return out;
}

const char *vantage_place_word(enum vantage_place p)
{
    static const char *const words[] = {"silent", "mirror", "bridge", "gateway", "own only"};
    return words[p];
}
