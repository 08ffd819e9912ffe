/* batch_pack.c -- see batch_pack.h. */
#include "store/batch_pack.h"

#include "common/period.h"

#include <stdlib.h>
#include <string.h>

size_t batch_packed_size(const struct store_batch *b)
{
    return sizeof(struct batch_head) + b->arguments * sizeof(uint16_t) + b->size;
}

void batch_pack(const struct store_batch *b, struct batch_head *head, uint8_t *out)
{
    head->contacts = b->contacts;
    head->days = b->days;
    head->moments = b->moments;
    head->descriptions = b->descriptions;
    head->arguments = b->arguments;
    head->size = b->size;
    memset(head->day, 0, sizeof(head->day));
    for (uint32_t i = 0; i < b->days; i++)
        memcpy(head->day[i], b->day[i], sizeof(b->day[i]));
    memset(head->period, 0, sizeof(head->period));
    memcpy(head->period, b->period, sizeof(b->period));
    memcpy(out, head, sizeof(*head));
    memcpy(out + sizeof(*head), b->lengths, b->arguments * sizeof(uint16_t));
    memcpy(out + sizeof(*head) + b->arguments * sizeof(uint16_t), b->bytes, b->size);
}

static bool is_day(const char day[12])
{
    static const char pattern[] = "dddd-dd-dd";
    for (int i = 0; i < 10; i++)
        if (pattern[i] == 'd' ? day[i] < '0' || day[i] > '9' : day[i] != '-')
            return false;
    return day[10] == '\0';
}

/* Or none. */
static bool is_period(const char period[12])
{
    struct period p;
    return memchr(period, '\0', 12) && (period[0] == '\0' || period_read(period, &p));
}

bool batch_read_head(const uint8_t *bytes, size_t n, struct batch_head *out)
{
    if (n < sizeof(*out))
        return false;
    memcpy(out, bytes, sizeof(*out));
    if (out->sequence == 0 || out->contacts > STORE_BATCH_CONTACTS || out->days > STORE_BATCH_DAYS || out->moments > STORE_BATCH_MOMENTS ||
        out->descriptions > STORE_BATCH_CONTACTS || out->size > n ||
        out->arguments != out->moments * STORE_MOMENT_ARGUMENTS + out->descriptions * STORE_DESCRIPTION_ARGUMENTS +
                              out->contacts * STORE_CONTACT_ARGUMENTS + (out->period[0] ? STORE_SITE_ARGUMENTS : 0) ||
        !is_period(out->period) ||
        n != sizeof(*out) + out->arguments * sizeof(uint16_t) + out->size)
        return false;
    for (uint32_t i = 0; i < out->days; i++)
        if (!is_day(out->day[i]))
            return false;
    return true;
}

struct store_batch *batch_unpack(const uint8_t *bytes, size_t n)
{
    struct batch_head head;
    if (!batch_read_head(bytes, n, &head))
        return NULL;
    struct store_batch *b = malloc(sizeof(*b) + n - sizeof(head));
    if (!b)
        return NULL;
    uint16_t *lengths = (uint16_t *)(b + 1);
    char *texts = (char *)(lengths + head.arguments);
    *b = (struct store_batch){.contacts = head.contacts,
                              .days = head.days,
                              .moments = head.moments,
                              .descriptions = head.descriptions,
                              .arguments = head.arguments,
                              .size = head.size,
                              .lengths = lengths,
                              .bytes = texts};
    memcpy(b->period, head.period, sizeof(b->period));
    for (uint32_t i = 0; i < head.days; i++)
        memcpy(b->day[i], head.day[i], sizeof(b->day[i]));
    memcpy(lengths, bytes + sizeof(head), head.arguments * sizeof(uint16_t));
    memcpy(texts, bytes + sizeof(head) + head.arguments * sizeof(uint16_t), head.size);
    uint64_t sum = 0;
    for (uint32_t i = 0; i < head.arguments; i++) {
        sum += lengths[i];
        if (lengths[i] > STORE_ARGUMENT_MAX)
            sum = UINT64_MAX / 2;
    }
    if (sum != head.size) {
        free(b);
        return NULL;
    }
    return b;
}
