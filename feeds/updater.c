/* updater.c -- see updater.h.
 *
 * For each list: what is in force and what is remembered of it; ask the server for something newer; look at what came; put it in
 * place. The state is believed only when its hash is that of the list beside it, so a crash between the two renames, a list edited
 * by hand, or a state that rotted all mean one thing: fetch it whole.
 *
 * A subscription whose address was changed in the settings is another list. What was fetched for the old address stays in
 * force until the new one has come, but says nothing about how many rules the new one should have.
 */
#include "feeds/updater.h"

#include "common/clock.h"
#include "common/log.h"
#include "common/text.h"
#include "feeds/feed_builder.h"
#include "feeds/feed_file.h"
#include "feeds/line_reader.h"
#include "feeds/updater_confine.h"
#include "feeds/updater_fetch.h"
#include "feeds/updater_folder.h"
#include "feeds/updater_state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_NAME_MAX (CONFIG_SUBSCRIPTION_NAME_MAX + 8)

struct update {
    const struct updater_plan *plan;
    struct updater_folder folder;
    struct updater_canaries *canaries;
};

/* One list on its way. */
struct list {
    const struct config_subscription *subscription;
    struct updater_outcome *outcome;
    char file[FILE_NAME_MAX], state_file[FILE_NAME_MAX];
    struct updater_state state; /* all empty when nothing may be believed */
    bool comparable;            /* the list in force is an older one of the same address */
};

const char *updater_result_word(enum updater_result r)
{
    static const char *const words[] = {"new", "unchanged", "kept"};
    return words[r];
}

static void load_state(const struct update *u, struct list *l, const char *hash)
{
    char *text = NULL;
    size_t n;
    bool good = updater_folder_load(&u->folder, l->state_file, UPDATER_STATE_MAX, &text, &n) == 0 && updater_state_read(text, n, &l->state);
    free(text);
    if (!good || strcmp(l->state.hash, hash) != 0 || strcmp(l->state.url, l->subscription->url) != 0) {
        l->comparable = !good || strcmp(l->state.url, l->subscription->url) == 0;
        memset(&l->state, 0, sizeof(l->state));
    } else {
        l->comparable = true;
    }
}

/* The list in force, if there is one. */
static void load_list(const struct update *u, struct list *l)
{
    char *bytes = NULL, hash[UPDATER_HASH_MAX];
    size_t n;
    snprintf(l->file, sizeof(l->file), "%s.txt", l->subscription->name);
    snprintf(l->state_file, sizeof(l->state_file), "%s.state", l->subscription->name);
    if (updater_folder_load(&u->folder, l->file, LINE_READER_FILE_MAX, &bytes, &n) < 0)
        return;
    updater_state_hash(bytes, n, hash);
    l->outcome->before = updater_check_count(l->file, bytes, n);
    load_state(u, l, hash);
    /* A list that is none any more (a disk's fault, an editor's) is fetched anew, whatever the server would say. */
    if (l->outcome->before == 0) {
        memset(&l->state, 0, sizeof(l->state));
        l->comparable = false;
    }
    free(bytes);
}

static int fail(struct list *l, int rc, const char *doing)
{
    snprintf(l->outcome->reason, sizeof(l->outcome->reason), "%s: %s", doing, strerror(-rc));
    return rc;
}

static int store_state(const struct update *u, struct list *l)
{
    char text[UPDATER_STATE_MAX];
    size_t n = updater_state_write(&l->state, text);
    return updater_folder_stage(&u->folder, l->state_file, text, n);
}

/* List and state are both on the disk before either takes its place: a full disk changes nothing. */
static int install(const struct update *u, struct list *l, const struct updater_reply *reply)
{
    int rc = updater_folder_stage(&u->folder, l->file, reply->bytes, reply->n);
    if (rc == 0 && (rc = store_state(u, l)) < 0)
        updater_folder_unstage(&u->folder, l->file);
    if (rc < 0)
        return fail(l, rc, "the folder cannot be written");
    if ((rc = updater_folder_install(&u->folder, l->file)) < 0) {
        updater_folder_unstage(&u->folder, l->file);
        updater_folder_unstage(&u->folder, l->state_file);
        return fail(l, rc, "it cannot be put in place");
    }
    rc = updater_folder_install(&u->folder, l->state_file);
    if (rc == 0)
        rc = updater_folder_sync(&u->folder);
    l->outcome->result = UPDATER_NEW;
    l->outcome->after = (uint32_t)l->state.rules;
    return rc < 0 ? fail(l, rc, "it is in force, but what is remembered of it could not be written") : 0;
}

static void remember(struct list *l, const struct updater_reply *reply, uint32_t rules)
{
    struct updater_state *s = &l->state;
    memset(s, 0, sizeof(*s));
    snprintf(s->url, sizeof(s->url), "%s", l->subscription->url);
    memcpy(s->etag, reply->etag, sizeof(s->etag));
    memcpy(s->last_modified, reply->last_modified, sizeof(s->last_modified));
    updater_state_hash(reply->bytes, reply->n, s->hash);
    s->fetched_s = s->checked_s = (int64_t)(clock_wall_ns() / NS_PER_S);
    s->rules = rules;
}

/* Nothing newer: only when it was asked is noted. A disk too full for that is no reason to call the list old. */
static void note_checked(const struct update *u, struct list *l)
{
    l->outcome->result = UPDATER_UNCHANGED;
    l->state.checked_s = (int64_t)(clock_wall_ns() / NS_PER_S);
    if (store_state(u, l) == 0 && updater_folder_install(&u->folder, l->state_file) == 0)
        updater_folder_sync(&u->folder);
}

static void take(const struct update *u, struct list *l, const struct updater_reply *reply)
{
    struct updater_outcome *o = l->outcome;
    char hash[UPDATER_HASH_MAX];
    uint32_t rules = 0;
    if (reply->not_modified) {
        note_checked(u, l);
        return;
    }
    if (!updater_check_list(u->canaries, l->file, reply->bytes, reply->n, &rules, o->reason))
        return;
    updater_state_hash(reply->bytes, reply->n, hash);
    bool same = strcmp(hash, l->state.hash) == 0;
    if (l->comparable && o->before > 0 && !same && !updater_check_size(o->before, rules, o->reason)) {
        size_t n = strlen(o->reason);
        snprintf(o->reason + n, sizeof(o->reason) - n, "; to take it all the same, remove %s and update again", l->file);
        return;
    }
    remember(l, reply, rules);
    if (same)
        note_checked(u, l);
    else
        install(u, l, reply);
}

struct progress_for {
    const struct updater_plan *plan;
    const char *name;
};

static void on_progress(void *context, uint64_t bytes, uint64_t total)
{
    const struct progress_for *p = context;
    if (p->plan->progress)
        p->plan->progress(p->plan->context, p->name, bytes, total);
}

static void update_list(const struct update *u, const struct config_subscription *s, struct updater_outcome *o)
{
    struct list l = {.subscription = s, .outcome = o};
    struct progress_for progress = {u->plan, s->name};
    struct updater_reply reply;
    char clean[UPDATER_REASON_MAX];
    *o = (struct updater_outcome){.name = s->name, .result = UPDATER_KEPT};
    load_list(u, &l);
    o->after = o->before;
    struct updater_request request = {.url = s->url,
                                      .etag = l.state.etag,
                                      .last_modified = l.state.last_modified,
                                      .ca_file = u->plan->config->ca_file,
                                      .within_s = u->plan->config->update_s,
                                      .most_bytes = LINE_READER_FILE_MAX,
                                      .progress = on_progress,
                                      .context = &progress};
    if (updater_fetch(&request, &reply, o->reason) == 0) {
        take(u, &l, &reply);
        free(reply.bytes);
    }
    text_clean(o->reason, strlen(o->reason), clean, sizeof(clean));
    memcpy(o->reason, clean, sizeof(clean));
}

/* What is in force now, of all lists: also of those that were not asked for this time, or kept. */
static int compile(const struct update *u)
{
    const struct config *c = u->plan->config;
    char path[CONFIG_TEXT_MAX + sizeof("/" UPDATER_COMPILED)], name[FILE_NAME_MAX], *bytes;
    struct feed_builder *b = feed_builder_new();
    size_t n, lists = 0;
    int rc = b ? feed_builder_add_builtin(b, NULL) : -ENOMEM;
    for (size_t i = 0; i < c->subscription_count && rc == 0; i++) {
        snprintf(name, sizeof(name), "%s.txt", c->subscriptions[i].name);
        if (updater_folder_load(&u->folder, name, LINE_READER_FILE_MAX, &bytes, &n) < 0)
            continue;
        lists += feed_builder_add_text(b, name, bytes, n, NULL) == 0;
        free(bytes);
    }
    struct feed_set *set = rc == 0 && lists > 0 ? feed_builder_compile(b) : NULL;
    snprintf(path, sizeof(path), "%s/%s", c->feeds_dir, UPDATER_COMPILED);
    if (set)
        rc = feed_file_write(path, set);
    else if (rc == 0 && lists > 0)
        rc = -ENOMEM;
    feed_set_free(set);
    feed_builder_free(b);
    return rc;
}

static int open_folder(struct update *u, const char *path)
{
    int rc = updater_folder_open(&u->folder, path);
    if (rc == -EWOULDBLOCK)
        log_error("feeds update: %s: another update is under way", path);
    else if (rc < 0)
        log_error("feeds update: %s: %s; [feeds] dir names the folder for lists", path, strerror(-rc));
    return rc;
}

int updater_run(const struct updater_plan *plan, struct updater_outcome outcomes[CONFIG_SUBSCRIPTIONS_MAX], size_t *count)
{
    struct update u = {.plan = plan};
    const struct config *c = plan->config;
    *count = 0;
    u.canaries = updater_canaries_new(c->canaries, c->sites);
    if (!u.canaries)
        return -EINVAL;
    int rc = open_folder(&u, c->feeds_dir);
    if (rc < 0)
        goto free_canaries;
    if ((rc = updater_confine(u.folder.fd, c->feeds_dir)) < 0)
        goto close_folder;
    if ((rc = updater_fetch_init()) < 0) {
        log_error("feeds update: libcurl cannot be used");
        goto close_folder;
    }
    for (size_t i = 0; i < c->subscription_count; i++)
        if (plan->chosen[i])
            update_list(&u, &c->subscriptions[i], &outcomes[(*count)++]);
    updater_fetch_fini();
    if ((rc = compile(&u)) < 0)
        log_error("feeds update: %s/%s keeps the rules of before: what is in force could not be compiled", c->feeds_dir, UPDATER_COMPILED);
close_folder:
    updater_folder_close(&u.folder);
free_canaries:
    updater_canaries_free(u.canaries);
    return rc;
}
