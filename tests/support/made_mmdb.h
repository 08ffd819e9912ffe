/* made_mmdb.h -- writes small MaxMind DB files, version 2.0 of the format, byte by byte.
 *
 * Shape      made_mmdb_begin(); for each value made_mmdb_map() and its pairs, then made_mmdb_put() for each network that has it;
 *            made_mmdb_end(). What is to be wrong is changed afterwards in bytes[].
 *            Records are 24 bits. An IPv4 network in an IPv6 database lies at ::/96, as the format has it.
 * Failure    What does not fit is a failed assertion. Include after <cmocka.h>, or define assert_true.
 */
#ifndef TELLTALE_TESTS_SUPPORT_MADE_MMDB_H
#define TELLTALE_TESTS_SUPPORT_MADE_MMDB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define MADE_NODES_MOST 512
#define MADE_NONE       0u
#define MADE_DATA       0x80000000u /* | offset in data */

struct made_mmdb {
    int ip_version;
    uint32_t nodes[MADE_NODES_MOST][2]; /* node number, MADE_NONE, or MADE_DATA | offset */
    uint32_t nodes_len;
    uint8_t data[4096];
    size_t data_len;
    uint8_t bytes[16384];
    size_t n;
    size_t data_at; /* where the data section begins in bytes */
};

static inline void made_mmdb_begin(struct made_mmdb *m, int ip_version)
{
    memset(m, 0, sizeof(*m));
    m->ip_version = ip_version;
    m->nodes_len = 1;
}

/* A control byte: type in the upper three bits (0 and one more byte for the types from 8 on), size in the lower five. */
static inline size_t made_control(uint8_t *at, unsigned type, size_t size)
{
    size_t n = 0, low = size < 29 ? size : 29;
    assert_true(size < 29 + 256);
    at[n++] = (uint8_t)((type < 8 ? type << 5 : 0) | low);
    if (type >= 8)
        at[n++] = (uint8_t)(type - 7);
    if (size >= 29)
        at[n++] = (uint8_t)(size - 29);
    return n;
}

static inline size_t made_text(uint8_t *at, const char *text)
{
    size_t n = made_control(at, 2, strlen(text));
    memcpy(at + n, text, strlen(text));
    return n + strlen(text);
}

/* type 5: 16 bits, 6: 32 bits, 9: 64 bits; as few bytes as the value needs. */
static inline size_t made_number(uint8_t *at, unsigned type, uint64_t value)
{
    uint8_t big[8];
    size_t bytes = 0, n;
    for (uint64_t rest = value; rest; rest >>= 8)
        big[7 - bytes++] = (uint8_t)rest;
    n = made_control(at, type, bytes);
    memcpy(at + n, big + 8 - bytes, bytes);
    return n + bytes;
}

/* Opens a map of so many pairs; its offset is what made_mmdb_put() takes. The pairs follow at once. */
static inline uint32_t made_mmdb_map(struct made_mmdb *m, size_t pairs)
{
    uint32_t offset = (uint32_t)m->data_len;
    m->data_len += made_control(m->data + m->data_len, 7, pairs);
    return offset;
}

static inline void made_mmdb_text(struct made_mmdb *m, const char *key, const char *value)
{
    m->data_len += made_text(m->data + m->data_len, key);
    m->data_len += made_text(m->data + m->data_len, value);
    assert_true(m->data_len < sizeof(m->data) - 400);
}

static inline void made_mmdb_number(struct made_mmdb *m, const char *key, unsigned type, uint64_t value)
{
    m->data_len += made_text(m->data + m->data_len, key);
    m->data_len += made_number(m->data + m->data_len, type, value);
}

/* A key whose value is a map: made_mmdb_map() and its pairs follow. */
static inline void made_mmdb_key(struct made_mmdb *m, const char *key)
{
    m->data_len += made_text(m->data + m->data_len, key);
}

/* address: 16 bytes, or 4 in a database of IPv4. bits: the prefix's. */
static inline void made_mmdb_put(struct made_mmdb *m, const uint8_t *address, unsigned bits, uint32_t offset)
{
    uint32_t node = 0;
    for (unsigned i = 0; i + 1 < bits; i++) {
        uint32_t *next = &m->nodes[node][address[i / 8] >> (7 - i % 8) & 1];
        if (*next == MADE_NONE) {
            assert_true(m->nodes_len < MADE_NODES_MOST);
            *next = m->nodes_len++;
        }
        node = *next;
    }
    m->nodes[node][address[(bits - 1) / 8] >> (7 - (bits - 1) % 8) & 1] = MADE_DATA | offset;
}

static inline void made_mmdb_put_v4(struct made_mmdb *m, const char *address, unsigned bits, uint32_t offset)
{
    uint8_t full[16] = {0};
    unsigned a, b, c, d;
    assert_true(sscanf(address, "%u.%u.%u.%u", &a, &b, &c, &d) == 4);
    uint8_t v4[4] = {(uint8_t)a, (uint8_t)b, (uint8_t)c, (uint8_t)d};
    memcpy(full + 12, v4, 4);
    if (m->ip_version == 4)
        made_mmdb_put(m, v4, bits, offset);
    else
        made_mmdb_put(m, full, 96 + bits, offset);
}

static inline void made_record(uint8_t *at, const struct made_mmdb *m, uint32_t record)
{
    uint32_t value = record == MADE_NONE ? m->nodes_len : record & MADE_DATA ? m->nodes_len + 16 + (record & ~MADE_DATA) : record;
    at[0] = (uint8_t)(value >> 16);
    at[1] = (uint8_t)(value >> 8);
    at[2] = (uint8_t)value;
}

/* Lays out tree, separator, data and metadata in bytes[0..n). */
static inline void made_mmdb_end(struct made_mmdb *m, const char *type, uint64_t built_s)
{
    uint8_t *at = m->bytes;
    for (uint32_t i = 0; i < m->nodes_len; i++, at += 6) {
        made_record(at, m, m->nodes[i][0]);
        made_record(at + 3, m, m->nodes[i][1]);
    }
    at += 16; /* zeros */
    m->data_at = (size_t)(at - m->bytes);
    memcpy(at, m->data, m->data_len);
    at += m->data_len;
    memcpy(at, "\xab\xcd\xefMaxMind.com", 14);
    at += 14;
    const struct {
        const char *key;
        unsigned type;
        uint64_t value;
    } numbers[] = {{"node_count", 6, m->nodes_len},          {"record_size", 5, 24}, {"ip_version", 5, (uint64_t)m->ip_version},
                   {"binary_format_major_version", 5, 2},    {"binary_format_minor_version", 5, 0},
                   {"build_epoch", 9, built_s}};
    at += made_control(at, 7, 6 + 3);
    for (size_t i = 0; i < 6; i++) {
        at += made_text(at, numbers[i].key);
        at += made_number(at, numbers[i].type, numbers[i].value);
    }
    at += made_text(at, "database_type");
    at += made_text(at, type);
    at += made_text(at, "languages");
    at += made_control(at, 11, 0);
    at += made_text(at, "description");
    at += made_control(at, 7, 0);
    m->n = (size_t)(at - m->bytes);
    assert_true(m->n <= sizeof(m->bytes));
}

#endif
