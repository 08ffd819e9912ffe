/* doctor_network.c -- the interface that is listened to: is it there, what does the card do to frames, and whose traffic passes?
 *
 * For the last some seconds of frames go through the sensor's own capture and header decoding, and cli/vantage.h judges. It is the same look that the
 * sensor has, so what is missing here is missing there.
 */
#include "cli/doctor.h"
#include "cli/interfaces.h"
#include "cli/vantage.h"
#include "common/clock.h"
#include "sensor/capture.h"
#include "sensor/capture_file.h"
#include "sensor/lan_side.h"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OWN_MOST 32

struct look {
    struct vantage vantage;
    struct lan_side lan;
    struct ip_addr own[OWN_MOST];
    size_t own_count;
    int mtu;
};

static void find_own_addresses(struct look *l)
{
    struct ifaddrs *list;
    if (getifaddrs(&list) < 0)
        return;
    for (const struct ifaddrs *a = list; a && l->own_count < OWN_MOST; a = a->ifa_next) {
        if (a->ifa_addr && a->ifa_addr->sa_family == AF_INET)
            l->own[l->own_count++] = ip_from_v4((const uint8_t *)&((const struct sockaddr_in *)(const void *)a->ifa_addr)->sin_addr);
        else if (a->ifa_addr && a->ifa_addr->sa_family == AF_INET6)
            l->own[l->own_count++] = ip_from_v6((const uint8_t *)&((const struct sockaddr_in6 *)(const void *)a->ifa_addr)->sin6_addr);
    }
    freeifaddrs(list);
}

static bool is_own(const struct look *l, const struct ip_addr *a)
{
    for (size_t i = 0; i < l->own_count; i++)
        if (ip_equal(&l->own[i], a))
            return true;
    return false;
}

static void on_frame(void *context, const struct captured_frame *c)
{
    struct look *l = context;
    struct frame f = {.time_ns = c->time_ns, .wire_len = c->wire_len};
    f.outcome = (uint8_t)packet_decode(c->link_type, c->bytes, c->captured, c->wire_len, &f.packet);
    if (f.outcome != DISSECT_OK)
        return;
    lan_side_decide(&l->lan, &f);
    vantage_add(&l->vantage, &f, is_own(l, &f.packet.src) || is_own(l, &f.packet.dst), l->mtu);
}

/* 0, or why there was no look. */
static int listen_for(struct doctor *d, const struct interface *i, struct look *l)
{
    struct capture *capture;
    struct ip_prefix lan[CONFIG_LAN_MAX];
    int lan_count = config_lan(&d->config, lan), rc;
    vantage_init(&l->vantage, &i->mac);
    lan_side_init(&l->lan, lan, lan_count > 0 ? lan_count : 0);
    l->mtu = i->mtu;
    find_own_addresses(l);
    if ((rc = capture_open_live(i->name, 2, &capture)) < 0)
        return rc;
    uint64_t end_ns = clock_monotonic_ns() + (uint64_t)(d->listen_s * (double)NS_PER_S);
    while (rc >= 0 && clock_monotonic_ns() < end_ns)
        rc = capture_batch(capture, on_frame, l);
    capture_close(capture);
    return rc < 0 ? rc : 0;
}

static void say_place(struct doctor *d, const struct interface *i, const struct vantage *v, const struct vantage_verdict *verdict)
{
    const char *name = i->name;
    switch (verdict->place) {
    case VANTAGE_SILENT:
        doctor_add(d, "traffic", DOCTOR_WARN,
                   "Look again while somebody uses the network (--listen 60). If it stays so: is this the right interface, does the cable sit, and does the switch mirror to this port?",
                   "%s: %llu packets in %.0f s: too few to tell what passes here", name, (unsigned long long)v->frames, d->listen_s);
        break;
    case VANTAGE_OWN_ONLY:
        if (machine_forwards())
            doctor_add(d, "traffic", DOCTOR_BAD,
                       "This looks like the outer side of a gateway, where address translation has put its own address in place of the devices'. Listen on the inner interface (sudo telltale setup).",
                       "%s: of %llu packets all but %llu are this machine's own", name, (unsigned long long)v->frames, (unsigned long long)(v->frames - v->for_this_machine));
        else
            doctor_add(d, "traffic", DOCTOR_BAD,
                       "Connect it to a mirror port of the switch (docs: INSTALL.md, \"The mirror port\"), or run it on the gateway.",
                       "%s: of %llu packets all but %llu are this machine's own: the devices' traffic does not come by here", name,
                       (unsigned long long)v->frames, (unsigned long long)(v->frames - v->for_this_machine));
        break;
    default:
        doctor_add(d, "traffic", DOCTOR_OK, NULL, "%s: %s; %llu packets of %u devices in %.0f s, %llu to the internet and %llu back", name,
                   verdict->place == VANTAGE_MIRROR   ? "a mirror port, or a tap"
                   : verdict->place == VANTAGE_BRIDGE ? "a bridge through which others' frames pass"
                                                      : "a gateway that passes others' packets on",
                   (unsigned long long)v->frames, verdict->devices, d->listen_s, (unsigned long long)v->up, (unsigned long long)v->down);
    }
}

static void say_faults(struct doctor *d, const struct interface *i, const struct vantage_verdict *verdict)
{
    if (verdict->one_direction)
        doctor_add(d, "directions", DOCTOR_BAD,
                   verdict->misses_down ? "Let the switch mirror both directions (often called \"both\" or \"rx and tx\"): without answers no flow counts as a connection."
                                        : "Let the switch mirror both directions (often called \"both\" or \"rx and tx\"): names are told by the devices, and those are what is missing.",
                   "%s: only %s is seen", i->name, verdict->misses_down ? "what devices send, nothing that comes back" : "what comes from the internet, nothing that devices send");
    else if (verdict->place != VANTAGE_SILENT && verdict->place != VANTAGE_OWN_ONLY)
        doctor_add(d, "directions", DOCTOR_OK, NULL, "%s: both directions are seen", i->name);
    if (verdict->behind_router)
        doctor_add(d, "devices", DOCTOR_WARN,
                   "Listen on the devices' side of that router, or on its interface to the devices: a device is told by its hardware address, so all of these count as one, and support sites never reach the number of devices from which they are shown.",
                   "at least %u addresses share the hardware address of a router: the devices behind it are hidden", verdict->hidden);
    if (verdict->behind_translation)
        doctor_add(d, "devices", DOCTOR_WARN,
                   "If more than one device is in use: this is the outer side of an address translation, where all look like one. Listen on its inner side.",
                   "all traffic is one device's");
}

static void look_at_traffic(struct doctor *d, const struct interface *i)
{
    struct look *l = calloc(1, sizeof(*l));
    int rc = l ? listen_for(d, i, l) : -ENOMEM;
    if (rc < 0) {
        doctor_add(d, "traffic", rc == -EPERM ? DOCTOR_NOTE : DOCTOR_BAD, rc == -EPERM ? "Run it as root: sudo telltale doctor." : "The line above says why.",
                   "%s: could not be listened to", i->name);
    } else {
        bool bridge = i->kind == INTERFACE_BRIDGE || i->kind == INTERFACE_BRIDGE_PORT;
        struct vantage_verdict verdict = vantage_judge(&l->vantage, bridge, machine_forwards());
        say_place(d, i, &l->vantage, &verdict);
        say_faults(d, i, &verdict);
        if (l->vantage.largest_bytes > CAPTURE_FRAME_MAX)
            doctor_add(d, "frames", DOCTOR_WARN, "Switch the card's offloads off: ethtool -K INTERFACE gro off lro off.", "frames of %u bytes pass; up to %d are read whole",
                       l->vantage.largest_bytes, CAPTURE_FRAME_MAX);
        else if (l->vantage.frames > 0)
            doctor_add(d, "frames", DOCTOR_OK, NULL, "the largest frame has %u bytes, and frames up to %d are read whole; %llu were larger than the interface's %d",
                       l->vantage.largest_bytes, CAPTURE_FRAME_MAX, (unsigned long long)l->vantage.larger_than_mtu, i->mtu);
    }
    if (l)
        explicit_bzero(l, sizeof(*l)); /* addresses */
    free(l);
}

/* What the card joins together we read whole: up to 64 KiB. Only LRO, which forgets what it joined, harms what is passed on. */
static void look_at_offloads(struct doctor *d, const struct interface *i)
{
    struct interface_offloads o;
    interface_offloads(i->name, &o);
    if (o.lro < 0 && o.gro < 0)
        return;
    if (o.lro == 1 && (i->kind == INTERFACE_BRIDGE || i->kind == INTERFACE_BRIDGE_PORT || machine_forwards()))
        doctor_add(d, "offloads", DOCTOR_WARN, "ethtool -K INTERFACE lro off", "%s: large receive offload (LRO) is on, on a machine that passes packets on", i->name);
    else
        doctor_add(d, "offloads", DOCTOR_OK, NULL, "%s: GRO %s, LRO %s, TSO %s: joined frames are read whole", i->name, o.gro == 1 ? "on" : "off", o.lro == 1 ? "on" : "off",
                   o.tso == 1 ? "on" : "off");
}

static bool is_usable(struct doctor *d, const struct interface *i, const char *name)
{
    char remedy[200];
    if (!i) {
        doctor_add(d, "interface", DOCTOR_BAD, "`telltale setup` lists the interfaces and sets the right one. The sensor waits until it is there.", "%s: this machine has no such interface", name);
        return false;
    }
    if (!i->up) {
        snprintf(remedy, sizeof(remedy), "sudo ip link set %.15s up; and let the network's settings do so at the start (docs: INSTALL.md).", name);
        doctor_add(d, "interface", DOCTOR_BAD, remedy, "%s: is switched off", name);
        return false;
    }
    if (!i->carrier && i->kind != INTERFACE_BRIDGE && i->kind != INTERFACE_VIRTUAL) {
        doctor_add(d, "interface", DOCTOR_BAD, "Plug the cable in at both ends, and see whether the switch's port is on.", "%s: nothing is connected to it", name);
        return false;
    }
    return true;
}

void doctor_check_interface(struct doctor *d)
{
    const char *name = d->config.interface;
    struct interfaces all;
    int rc = interfaces_read(&all);
    if (!name[0]) {
        doctor_add(d, "interface", DOCTOR_BAD, "sudo telltale setup", "no interface is chosen");
        return;
    }
    if (rc < 0) {
        doctor_add(d, "interface", DOCTOR_WARN, NULL, "the interfaces of this machine cannot be listed: %s", strerror(-rc));
        return;
    }
    const struct interface *i = interfaces_find(&all, name);
    if (!is_usable(d, i, name))
        return;
    char speed[32] = "";
    if (i->speed_mbit > 0)
        snprintf(speed, sizeof(speed), ", %d Mbit/s", i->speed_mbit);
    int access_point = i->kind == INTERFACE_WIRELESS ? interface_is_access_point(name) : 0;
    bool deaf = i->kind == INTERFACE_WIRELESS && access_point != 1;
    doctor_add(d, "interface", deaf ? DOCTOR_WARN : DOCTOR_OK,
               deaf ? access_point < 0 ? "A wireless card sees its own traffic, not that of others, unless it is this machine's own access point, which could not be told. Else use a cable to a mirror port, or the bridge or gateway that the access point is on."
                                       : "A wireless card sees its own traffic, not that of others. Use a cable to a mirror port, or the bridge or gateway that the access point is on."
                    : NULL,
               "%s: up, %s%s%s%s%s", name, interface_kind_phrase(i->kind), i->master[0] ? " " : "", i->master, access_point == 1 ? ", an access point of this machine's" : "", speed);
    doctor_add(d, "snaplen", DOCTOR_OK, NULL, "the snap length is %d bytes: frames are read whole, and of what servers send in bulk the kernel keeps the beginning of each packet", CAPTURE_FRAME_MAX);
    look_at_offloads(d, i);
    if (d->listen_s > 0)
        look_at_traffic(d, i);
}
