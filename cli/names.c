/* names.c -- `telltale names`: each distinct name in each capture, for whoever checks the sensor against other tools.
 *
 * It prints what the dissectors read from the wire, matched or not, and stores nothing. Names that are no host names (DNS
 * allows any byte) are shown with their odd bytes as \DDD.
 */
#include "cli/command.h"
#include "cli/replay.h"
#include "common/log.h"
#include "common/text.h"
#include "feeds/rules.h"

#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int run(int argc, char **argv);

const struct command command_names = {
    .name = "names",
    .summary = "Prints each distinct name in captures: file, protocol and name with tabs between",
    .synopsis = "CAPTURE...",
    .options = "  The protocol is dns (questions on port 53), dns-target (CNAME and service targets), tls, quic, http (Host),\n"
               "  connect, mdns or llmnr. A capture without a name prints `FILE - -`.\n"
               "  CAPTURE   pcap or pcapng; - is standard input\n",
    .run = run,
};

/* Distinct (protocol, name) pairs in order of appearance: an open-addressing set over a growing list. */
struct name_list {
    struct named {
        enum name_protocol protocol;
        char *name;
    } *items;
    size_t len, room;
    uint32_t *slots; /* index + 1 */
    size_t slot_mask;
    bool out_of_memory;
    pthread_mutex_t lock;
};

static size_t slot_of(const struct name_list *l, enum name_protocol protocol, const char *name)
{
    uint64_t h = 14695981039346656037ull ^ protocol;
    for (; *name; name++)
        h = (h ^ (uint8_t)*name) * 1099511628211ull;
    return (size_t)(h ^ h >> 29) & l->slot_mask;
}

static bool grow(struct name_list *l)
{
    size_t room = l->room ? l->room * 2 : 256;
    struct named *items = realloc(l->items, room * sizeof(*items));
    if (!items)
        return false;
    l->items = items;
    l->room = room;
    uint32_t *slots = calloc(room * 2, sizeof(*slots));
    if (!slots)
        return false;
    free(l->slots);
    l->slots = slots;
    l->slot_mask = room * 2 - 1;
    for (size_t i = 0; i < l->len; i++) {
        size_t s = slot_of(l, l->items[i].protocol, l->items[i].name);
        while (l->slots[s])
            s = (s + 1) & l->slot_mask;
        l->slots[s] = (uint32_t)i + 1;
    }
    return true;
}

static void add_name(struct name_list *l, enum name_protocol protocol, const char *name)
{
    if (l->len == l->room && !grow(l)) {
        l->out_of_memory = true;
        return;
    }
    size_t s = slot_of(l, protocol, name);
    for (; l->slots[s]; s = (s + 1) & l->slot_mask) {
        const struct named *have = &l->items[l->slots[s] - 1];
        if (have->protocol == protocol && strcmp(have->name, name) == 0)
            return;
    }
    char *copy = strdup(name);
    if (!copy) {
        l->out_of_memory = true;
        return;
    }
    l->items[l->len++] = (struct named){.protocol = protocol, .name = copy};
    l->slots[s] = (uint32_t)l->len;
}

static void on_name(void *context, enum name_protocol protocol, const char *name)
{
    struct name_list *l = context;
    pthread_mutex_lock(&l->lock);
    add_name(l, protocol, name);
    pthread_mutex_unlock(&l->lock);
}

static void clear(struct name_list *l)
{
    for (size_t i = 0; i < l->len; i++)
        free(l->items[i].name);
    l->len = 0;
    if (l->slots)
        memset(l->slots, 0, (l->slot_mask + 1) * sizeof(*l->slots));
}

static void print(const struct name_list *l, const char *file)
{
    char *shown = text_clean_copy(file, strlen(file));
    for (size_t i = 0; i < l->len; i++)
        printf("%s\t%s\t%s\n", shown ? shown : "?", name_protocol_word(l->items[i].protocol), l->items[i].name);
    if (l->len == 0)
        printf("%s\t-\t-\n", shown ? shown : "?");
    free(shown);
}

static int one_file(struct name_list *l, const struct feed_set *trackers, const struct site_set *sites, const char *path)
{
    struct pipeline_options options;
    replay_defaults(&options);
    options.worker.findings.trackers = trackers;
    options.worker.findings.sites = sites;
    options.worker.on_name = on_name;
    options.worker.name_context = l;
    clear(l);
    struct pipeline *p = pipeline_new(&options);
    int status = p && pipeline_start(p) == 0 ? replay_file(p, path) : EXIT_SOME_FAILED;
    if (p) {
        pipeline_finish(p);
        if (status == EXIT_DONE || pipeline_totals(p).captured > 0)
            print(l, path);
    }
    pipeline_free(p);
    if (!p || l->out_of_memory) {
        log_error("%s: out of memory", path);
        status = EXIT_SOME_FAILED;
    }
    return status;
}

static int run(int argc, char **argv)
{
    static const struct option longs[] = {{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    for (int opt; (opt = getopt_long(argc, argv, "h", longs, NULL)) != -1;)
        return command_usage(&command_names, opt == 'h');
    if (optind == argc)
        return command_usage(&command_names, false);

    struct name_list list = {.lock = PTHREAD_MUTEX_INITIALIZER};
    struct feed_set *trackers = NULL;
    struct site_set *sites = NULL;
    int status = EXIT_DONE;
    replay_catch_interrupt();
    if (rules_load_trackers(NULL, 0, &trackers) < 0 || rules_load_sites(NULL, 0, &sites) < 0)
        status = EXIT_SOME_FAILED;
    for (int i = optind; trackers && sites && i < argc && !replay_interrupted(); i++)
        if (one_file(&list, trackers, sites, argv[i]) != EXIT_DONE)
            status = EXIT_SOME_FAILED;
    if (fflush(stdout) != 0) {
        log_error("standard output: %s", strerror(errno));
        status = EXIT_SOME_FAILED;
    }
    clear(&list);
    free(list.items);
    free(list.slots);
    feed_set_free(trackers);
    site_set_free(sites);
    return status;
}
