/* link_watch.c -- see link_watch.h (rtnetlink(7)).
 *
 * AF_PACKET survives an interface that goes down and comes up again, and tells nobody when; it does not survive a removal. So the news come from
 * the kernel's own channel. Interfaces are followed by number; names are for people and for the configuration: a renamed
 * interface goes on being read, until another one takes the name.
 * When the socket's buffer overflowed, news were lost, and the state is asked for anew.
 */
#include "sensor/link_watch.h"

#include "common/log.h"
#include "common/text.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

struct link_watch {
    char wanted[IF_NAMESIZE], name[IF_NAMESIZE]; /* as configured; as it is called now */
    unsigned index, mtu;
    int fd;
    enum link_state state;
    bool cable_out;
};

static int open_socket(void)
{
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    if (fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    int rc = -errno;
    if (fd >= 0)
        close(fd);
    return rc;
}

static void ask(struct link_watch *w)
{
    struct {
        struct nlmsghdr head;
        struct ifinfomsg link;
    } question = {.head = {.nlmsg_len = sizeof(question), .nlmsg_type = RTM_GETLINK, .nlmsg_flags = NLM_F_REQUEST},
                  .link = {.ifi_family = AF_UNSPEC, .ifi_index = (int)w->index}};
    (void)!send(w->fd, &question, sizeof(question), MSG_DONTWAIT); /* to the kernel: behind the filter no address may be named */
}

struct link_watch *link_watch_open(const char *interface)
{
    struct link_watch *w = calloc(1, sizeof(*w));
    int fd = w ? open_socket() : -ENOMEM;
    if (fd < 0 || strlen(interface) >= IF_NAMESIZE) {
        log_warning("capture: %s: whether it goes down is not known: %s", interface, strerror(fd < 0 ? -fd : ENAMETOOLONG));
        if (fd >= 0)
            close(fd);
        free(w);
        return NULL;
    }
    strcpy(w->wanted, interface);
    strcpy(w->name, interface);
    w->fd = fd;
    w->index = if_nametoindex(interface);
    ask(w);
    return w;
}

void link_watch_close(struct link_watch *w)
{
    if (!w)
        return;
    close(w->fd);
    free(w);
}

static void set_state(struct link_watch *w, enum link_state state, const char *words)
{
    if (w->state == state || w->state >= LINK_GONE) /* from there is no way back */
        return;
    if (state == LINK_UP)
        log_info("capture: %s: %s", w->name, words);
    else
        log_warning("capture: %s: %s", w->name, words);
    w->state = state;
}

/* Attributes of a link that matter here. */
struct link_news {
    char name[IF_NAMESIZE];
    unsigned mtu; /* 0: not told */
};

static void read_attributes(struct nlmsghdr *head, struct link_news *news)
{
    struct ifinfomsg *link = NLMSG_DATA(head);
    int left = (int)IFLA_PAYLOAD(head);
    for (struct rtattr *a = IFLA_RTA(link); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
        if (a->rta_type == IFLA_IFNAME && RTA_PAYLOAD(a) > 0 && RTA_PAYLOAD(a) <= sizeof(news->name)) {
            memcpy(news->name, RTA_DATA(a), RTA_PAYLOAD(a));
            news->name[RTA_PAYLOAD(a) - 1] = '\0';
        } else if (a->rta_type == IFLA_MTU && RTA_PAYLOAD(a) == sizeof(news->mtu)) {
            memcpy(&news->mtu, RTA_DATA(a), sizeof(news->mtu));
        }
    }
}

static void note_name_and_mtu(struct link_watch *w, const struct link_news *news)
{
    char clean[TEXT_CLEAN_MAX(IF_NAMESIZE)];
    if (news->name[0] && strcmp(news->name, w->name) != 0) {
        text_clean(news->name, strlen(news->name), clean, sizeof(clean));
        log_warning("capture: %s: it is called %s now, and goes on being read; put the name it shall keep into [capture] interface", w->name, clean);
        strcpy(w->name, news->name);
    }
    if (news->mtu && w->mtu && news->mtu != w->mtu)
        log_info("capture: %s: its MTU is %u now, it was %u", w->name, news->mtu, w->mtu);
    if (news->mtu)
        w->mtu = news->mtu;
}

static void take(struct link_watch *w, struct nlmsghdr *head)
{
    struct ifinfomsg *link = NLMSG_DATA(head);
    struct link_news news = {.mtu = 0};
    if ((head->nlmsg_type != RTM_NEWLINK && head->nlmsg_type != RTM_DELLINK) || head->nlmsg_len < NLMSG_LENGTH(sizeof(*link)) ||
        link->ifi_family != AF_UNSPEC) /* a bridge tells of its ports in a family of its own */
        return;
    read_attributes(head, &news);
    if ((unsigned)link->ifi_index != w->index) {
        if (head->nlmsg_type == RTM_NEWLINK && strcmp(news.name, w->wanted) == 0 && strcmp(w->name, w->wanted) != 0)
            set_state(w, LINK_ELSEWHERE, "another interface has its name now; that one is opened");
    } else if (head->nlmsg_type == RTM_DELLINK) {
        set_state(w, LINK_GONE, "the interface was removed");
    } else {
        note_name_and_mtu(w, &news);
        w->cable_out = (link->ifi_flags & IFF_UP) && !(link->ifi_flags & IFF_RUNNING);
        bool up = (link->ifi_flags & IFF_UP) && (link->ifi_flags & IFF_RUNNING);
        set_state(w, up ? LINK_UP : LINK_DOWN, up ? "up again" : link->ifi_flags & IFF_UP ? "no link: is a cable missing?" : "down");
    }
}

enum link_state link_watch_run(struct link_watch *w)
{
    _Alignas(struct nlmsghdr) char room[16384];
    if (!w)
        return LINK_UP;
    for (;;) {
        struct sockaddr_nl from = {.nl_pid = 0};
        socklen_t size = sizeof(from);
        ssize_t n = recvfrom(w->fd, room, sizeof(room), MSG_DONTWAIT, (struct sockaddr *)&from, &size);
        if (n < 0 && errno == ENOBUFS) {
            ask(w);
            continue;
        }
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return w->state;
        if (from.nl_pid != 0)
            continue; /* not the kernel */
        size_t left = (size_t)n;
        for (struct nlmsghdr *head = (struct nlmsghdr *)(void *)room; NLMSG_OK(head, left); head = NLMSG_NEXT(head, left))
            take(w, head);
    }
}

bool link_watch_lacks_cable(const struct link_watch *w)
{
    return w && w->cable_out;
}

bool link_is_ready(const char *interface)
{
    struct ifreq r = {.ifr_ifindex = 0};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0); /* any socket will do, and the unit allows none of the internet's */
    strncpy(r.ifr_name, interface, sizeof(r.ifr_name) - 1);
    bool ready = fd >= 0 && ioctl(fd, SIOCGIFFLAGS, &r) == 0 && (r.ifr_flags & IFF_UP);
    if (fd >= 0)
        close(fd);
    return ready;
}
