/* attempts.c -- see attempts.h. */
#include "dashboard/attempts.h"

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

static struct attempt *find(struct attempts *a, const char *subject)
{
    for (size_t i = 0; i < ATTEMPTS_MAX; i++)
        if (strcmp(a->table[i].subject, subject) == 0)
            return &a->table[i];
    return NULL;
}

uint64_t attempts_wait_ns(struct attempts *a, const char *subject, uint64_t now_ns)
{
    const struct attempt *found = find(a, subject);
    uint64_t fifth = found ? found->at_ns[ATTEMPTS_ALLOWED - 1] : 0;
    return fifth && now_ns - fifth < ATTEMPTS_WINDOW_NS ? ATTEMPTS_WINDOW_NS - (now_ns - fifth) : 0;
}

void attempts_failed(struct attempts *a, const char *subject, uint64_t now_ns)
{
    struct attempt *t = find(a, subject);
    if (!t) {
        t = &a->table[0];
        for (size_t i = 1; i < ATTEMPTS_MAX && t->subject[0]; i++)
            if (!a->table[i].subject[0] || a->table[i].at_ns[0] < t->at_ns[0])
                t = &a->table[i];
        memset(t, 0, sizeof(*t));
        strncpy(t->subject, subject, sizeof(t->subject) - 1);
    }
    memmove(&t->at_ns[1], &t->at_ns[0], sizeof(t->at_ns) - sizeof(t->at_ns[0]));
    t->at_ns[0] = now_ns ? now_ns : 1;
}

void attempts_forget(struct attempts *a, const char *subject)
{
    struct attempt *found = find(a, subject);
    if (found)
        memset(found, 0, sizeof(*found));
}
