/* attempts.c -- see attempts.h. */
#include "dashboard/attempts.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

void attempt_of_address(const struct ip_addr *address, char out[ATTEMPT_SUBJECT_MAX])
{
    struct ip_addr network = *address;
    char text[ADDRESS_TEXT_MAX];
    if (!ip_is_v4(address))
        memset(network.bytes + 8, 0, 8);
    ip_format(&network, text);
    snprintf(out, ATTEMPT_SUBJECT_MAX, "address:%s", text);
}

static uint64_t hash_of(const char *subject)
{
    uint64_t h = 14695981039346656037ull;
    for (; *subject; subject++)
        h = (h ^ (unsigned char)*subject) * 1099511628211ull;
    return h ? h : 1;
}

static struct attempt *find(struct attempts *a, const char *subject)
{
    for (size_t i = 0; i < ATTEMPTS_MAX; i++)
        if (strcmp(a->table[i].subject, subject) == 0)
            return &a->table[i];
    return NULL;
}

static struct attempt *find_by_hash(struct attempts *a, uint64_t hash)
{
    for (size_t i = 0; i < ATTEMPTS_MAX && hash != 0; i++)
        if (a->table[i].subject[0] && hash_of(a->table[i].subject) == hash)
            return &a->table[i];
    return NULL;
}

static bool is_recent(uint64_t at_ns, uint64_t now_ns)
{
    return at_ns != 0 && now_ns - at_ns < ATTEMPTS_WINDOW_NS;
}

/* Has this one failed so often by itself that it must wait? Whatever came from it is then its own affair. */
static bool is_locked(const struct attempt *t, uint64_t now_ns)
{
    return t && is_recent(t->failures[ATTEMPTS_ALLOWED - 1].at_ns, now_ns);
}

uint64_t attempts_wait_ns(struct attempts *a, const char *subject, uint64_t now_ns)
{
    const struct attempt *found = find(a, subject);
    unsigned counted = 0;
    for (size_t i = 0; found && i < ATTEMPTS_KEPT && is_recent(found->failures[i].at_ns, now_ns); i++)
        if (!is_locked(find_by_hash(a, found->failures[i].from), now_ns) && ++counted == ATTEMPTS_ALLOWED)
            return ATTEMPTS_WINDOW_NS - (now_ns - found->failures[i].at_ns);
    return 0;
}

void attempts_failed(struct attempts *a, const char *subject, const char *from, uint64_t now_ns)
{
    struct attempt *t = find(a, subject);
    if (!t) {
        t = &a->table[0];
        for (size_t i = 1; i < ATTEMPTS_MAX && t->subject[0]; i++)
            if (!a->table[i].subject[0] || a->table[i].failures[0].at_ns < t->failures[0].at_ns)
                t = &a->table[i];
        memset(t, 0, sizeof(*t));
        strncpy(t->subject, subject, sizeof(t->subject) - 1);
    }
    memmove(&t->failures[1], &t->failures[0], sizeof(t->failures) - sizeof(t->failures[0]));
    t->failures[0].at_ns = now_ns ? now_ns : 1;
    t->failures[0].from = from ? hash_of(from) : 0;
}

void attempts_forget(struct attempts *a, const char *subject, const char *from)
{
    struct attempt *found = find(a, subject);
    uint64_t whose = from ? hash_of(from) : 0;
    size_t kept = 0;
    if (!found)
        return;
    for (size_t i = 0; i < ATTEMPTS_KEPT; i++)
        if (from && found->failures[i].from != whose)
            found->failures[kept++] = found->failures[i];
    memset(&found->failures[kept], 0, (ATTEMPTS_KEPT - kept) * sizeof(found->failures[0]));
    if (found->failures[0].at_ns == 0)
        memset(found, 0, sizeof(*found));
}

void attempts_take_back(struct attempts *a, const char *subject)
{
    struct attempt *found = find(a, subject);
    if (!found)
        return;
    memmove(&found->failures[0], &found->failures[1], sizeof(found->failures) - sizeof(found->failures[0]));
    memset(&found->failures[ATTEMPTS_KEPT - 1], 0, sizeof(found->failures[0]));
    if (found->failures[0].at_ns == 0)
        memset(found, 0, sizeof(*found));
}
