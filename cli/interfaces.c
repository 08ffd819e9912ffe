/* interfaces.c -- see interfaces.h.
 *
 * The kernel tells the same facts over netlink too; its files are enough for a list that a person reads once, and need no privilege.
 */
#include "cli/interfaces.h"

#include "common/clock.h"

#include <dirent.h>
#include <errno.h>
#include <ifaddrs.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <linux/wireless.h> /* behind net/if.h, whose names it would define again */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define NET "/sys/class/net"

const char *interface_kind_phrase(enum interface_kind k)
{
    static const char *const phrases[] = {"wired", "wireless", "a bridge", "a port of a bridge", "a VLAN", "virtual"};
    return phrases[k];
}

/* The first line of a file; "" when there is none. */
static void read_line(const char *path, char *out, size_t size)
{
    FILE *f = fopen(path, "re");
    out[0] = '\0';
    if (f && !fgets(out, (int)size, f))
        out[0] = '\0';
    if (f)
        fclose(f);
    out[strcspn(out, "\n")] = '\0';
}

static long long read_number(const char *name, const char *what)
{
    char path[128], text[32];
    snprintf(path, sizeof(path), NET "/%s/%s", name, what);
    read_line(path, text, sizeof(text));
    return strtoll(text, NULL, 0);
}

static bool has(const char *name, const char *what)
{
    char path[128];
    snprintf(path, sizeof(path), NET "/%s/%s", name, what);
    return access(path, F_OK) == 0;
}

static uint64_t packets_of(const char *name)
{
    return (uint64_t)read_number(name, "statistics/rx_packets") + (uint64_t)read_number(name, "statistics/tx_packets");
}

static void find_kind(struct interface *i)
{
    char path[128], target[256];
    snprintf(path, sizeof(path), NET "/%s/master", i->name);
    ssize_t n = readlink(path, target, sizeof(target) - 1);
    target[n > 0 ? n : 0] = '\0';
    const char *slash = strrchr(target, '/');
    if (has(i->name, "bridge")) {
        i->kind = INTERFACE_BRIDGE;
    } else if (has(i->name, "brport") && slash) {
        i->kind = INTERFACE_BRIDGE_PORT;
        snprintf(i->master, sizeof(i->master), "%.15s", slash + 1);
    } else if (has(i->name, "wireless") || has(i->name, "phy80211")) {
        i->kind = INTERFACE_WIRELESS;
    } else {
        char uevent[128], line[64];
        snprintf(uevent, sizeof(uevent), NET "/%s/uevent", i->name);
        read_line(uevent, line, sizeof(line));
        i->kind = strcmp(line, "DEVTYPE=vlan") == 0 ? INTERFACE_VLAN : has(i->name, "device") ? INTERFACE_WIRED : INTERFACE_VIRTUAL;
    }
}

static void find_mac(struct interface *i)
{
    char path[128], text[32];
    unsigned b[6];
    snprintf(path, sizeof(path), NET "/%s/address", i->name);
    read_line(path, text, sizeof(text));
    if (sscanf(text, "%x:%x:%x:%x:%x:%x", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5]) == 6)
        for (int k = 0; k < 6; k++)
            i->mac.bytes[k] = (uint8_t)b[k];
}

static void fill(struct interface *i)
{
    long long speed;
    i->up = read_number(i->name, "flags") & IFF_UP;
    i->carrier = i->up && read_number(i->name, "carrier") == 1; /* of one that is down the kernel tells nothing */
    i->mtu = (int)read_number(i->name, "mtu");
    speed = i->carrier ? read_number(i->name, "speed") : 0;
    i->speed_mbit = speed > 0 && speed < 10000000 ? (int)speed : 0;
    i->packets = packets_of(i->name);
    find_kind(i);
    find_mac(i);
}

static int prefix_bits(const struct sockaddr *mask)
{
    const uint8_t *at = mask->sa_family == AF_INET ? (const uint8_t *)&((const struct sockaddr_in *)(const void *)mask)->sin_addr
                                                   : (const uint8_t *)&((const struct sockaddr_in6 *)(const void *)mask)->sin6_addr;
    int n = mask->sa_family == AF_INET ? 4 : 16, bits = 0;
    for (int i = 0; i < n; i++)
        bits += __builtin_popcount(at[i]);
    return bits;
}

/* fe80:: is every LAN's and names none; of an address only the network's part matters. */
static void add_prefix(struct interface *i, const struct ifaddrs *a)
{
    struct ip_prefix p;
    int bits = prefix_bits(a->ifa_netmask);
    if (a->ifa_addr->sa_family == AF_INET) {
        p.addr = ip_from_v4((const uint8_t *)&((const struct sockaddr_in *)(const void *)a->ifa_addr)->sin_addr);
        bits += 96;
    } else {
        p.addr = ip_from_v6((const uint8_t *)&((const struct sockaddr_in6 *)(const void *)a->ifa_addr)->sin6_addr);
        if (p.addr.bytes[0] == 0xfe && (p.addr.bytes[1] & 0xc0) == 0x80)
            return;
    }
    for (int bit = bits; bit < 128; bit++)
        p.addr.bytes[bit / 8] &= (uint8_t)~(0x80 >> bit % 8);
    p.bits = (uint8_t)bits;
    for (size_t k = 0; k < i->prefix_count; k++)
        if (i->prefixes[k].bits == p.bits && ip_equal(&i->prefixes[k].addr, &p.addr))
            return;
    if (i->prefix_count < INTERFACE_PREFIXES_MOST)
        i->prefixes[i->prefix_count++] = p;
}

static struct interface *find(struct interfaces *all, const char *name)
{
    for (size_t i = 0; i < all->n; i++)
        if (strcmp(all->at[i].name, name) == 0)
            return &all->at[i];
    return NULL;
}

static void add_addresses(struct interfaces *all)
{
    struct ifaddrs *list;
    if (getifaddrs(&list) < 0)
        return;
    for (const struct ifaddrs *a = list; a; a = a->ifa_next) {
        struct interface *i = find(all, a->ifa_name);
        if (i && a->ifa_addr && a->ifa_netmask && (a->ifa_addr->sa_family == AF_INET || a->ifa_addr->sa_family == AF_INET6))
            add_prefix(i, a);
    }
    freeifaddrs(list);
}

/* The columns of /proc/net/route: interface, destination, ... in hex; the default route has destination and mask 0. */
static void find_default_route(struct interfaces *all)
{
    char line[256], name[INTERFACE_NAME_MAX], destination[16], mask[16];
    FILE *f = fopen("/proc/net/route", "re");
    while (f && fgets(line, sizeof(line), f))
        if (sscanf(line, "%15s %15s %*s %*s %*s %*s %*s %15s", name, destination, mask) == 3 && strcmp(destination, "00000000") == 0 &&
            strcmp(mask, "00000000") == 0 && find(all, name))
            find(all, name)->is_default_route = true;
    if (f)
        fclose(f);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct interface *)a)->name, ((const struct interface *)b)->name);
}

int interfaces_read(struct interfaces *out)
{
    memset(out, 0, sizeof(*out));
    DIR *dir = opendir(NET);
    if (!dir)
        return -errno;
    for (struct dirent *e; (e = readdir(dir)) != NULL && out->n < INTERFACES_MOST;) {
        struct interface *i = &out->at[out->n];
        if (e->d_name[0] == '.' || strlen(e->d_name) >= INTERFACE_NAME_MAX || !has(e->d_name, "flags") ||
            (read_number(e->d_name, "flags") & IFF_LOOPBACK))
            continue;
        strcpy(i->name, e->d_name);
        fill(i);
        out->n++;
    }
    closedir(dir);
    qsort(out->at, out->n, sizeof(out->at[0]), by_name);
    add_addresses(out);
    find_default_route(out);
    out->read_ns = clock_monotonic_ns();
    return 0;
}

void interfaces_measure(struct interfaces *all)
{
    double seconds = (double)(clock_monotonic_ns() - all->read_ns) / (double)NS_PER_S;
    for (size_t i = 0; i < all->n && seconds > 0; i++) {
        uint64_t now = packets_of(all->at[i].name);
        all->at[i].packets_per_s = now > all->at[i].packets ? (double)(now - all->at[i].packets) / seconds : 0;
    }
}

const struct interface *interfaces_find(const struct interfaces *all, const char *name)
{
    for (size_t i = 0; i < all->n; i++)
        if (strcmp(all->at[i].name, name) == 0)
            return &all->at[i];
    return NULL;
}

const struct interface *interfaces_suggest(const struct interfaces *all)
{
    const struct interface *best = NULL;
    for (size_t i = 0; i < all->n; i++) {
        const struct interface *one = &all->at[i];
        if (!one->up || !one->carrier || one->kind == INTERFACE_BRIDGE_PORT) /* the bridge has the traffic of all its ports */
            continue;
        if (!best || (best->is_default_route && !one->is_default_route) ||
            (best->is_default_route == one->is_default_route && one->packets_per_s > best->packets_per_s))
            best = one;
    }
    return best;
}

void interface_prefixes_text(const struct interface *i, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t k = 0; k < i->prefix_count; k++) {
        char address[ADDRESS_TEXT_MAX];
        bool v4 = ip_is_v4(&i->prefixes[k].addr);
        ip_format(&i->prefixes[k].addr, address);
        int n = snprintf(out + used, size - used, "%s%s/%d", used ? " " : "", address, i->prefixes[k].bits - (v4 ? 96 : 0));
        if (n < 0 || (size_t)n >= size - used) {
            out[used] = '\0';
            return;
        }
        used += (size_t)n;
    }
}

static int ask_card(int fd, const char *name, uint32_t command)
{
    struct ethtool_value value = {.cmd = command};
    struct ifreq request;
    memset(&request, 0, sizeof(request));
    snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
    request.ifr_data = (void *)&value;
    return ioctl(fd, SIOCETHTOOL, &request) < 0 ? -1 : (int)value.data;
}

void interface_offloads(const char *name, struct interface_offloads *out)
{
    *out = (struct interface_offloads){-1, -1, -1, -1};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    int flags = ask_card(fd, name, ETHTOOL_GFLAGS);
    out->lro = flags < 0 ? -1 : (flags & ETH_FLAG_LRO) != 0;
    out->gro = ask_card(fd, name, ETHTOOL_GGRO);
    out->tso = ask_card(fd, name, ETHTOOL_GTSO);
    out->gso = ask_card(fd, name, ETHTOOL_GGSO);
    close(fd);
}

int interface_is_access_point(const char *name)
{
    struct iwreq request;
    memset(&request, 0, sizeof(request));
    snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int rc = fd < 0 ? -1 : ioctl(fd, SIOCGIWMODE, &request);
    if (fd >= 0)
        close(fd);
    return rc < 0 ? -1 : request.u.mode == IW_MODE_MASTER;
}

bool machine_forwards(void)
{
    char v4[8], v6[8];
    read_line("/proc/sys/net/ipv4/ip_forward", v4, sizeof(v4));
    read_line("/proc/sys/net/ipv6/conf/all/forwarding", v6, sizeof(v6));
    return v4[0] == '1' || v6[0] == '1';
}
