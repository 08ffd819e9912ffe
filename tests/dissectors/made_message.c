/* made_message.c -- see made_message.h. */
#include "tests/dissectors/made_message.h"

#include "tests/dissectors/exact_bytes.h"

struct message made;

void add_u8(unsigned v)
{
    made.bytes[made.n++] = (uint8_t)v;
}

void add_u16(unsigned v)
{
    add_u8(v >> 8);
    add_u8(v & 0xff);
}

void add_header(unsigned flags, unsigned questions, unsigned answers, unsigned authorities, unsigned additionals)
{
    made.n = 0;
    add_u16(0x1234);
    add_u16(flags);
    add_u16(questions);
    add_u16(answers);
    add_u16(authorities);
    add_u16(additionals);
}

void add_label(const char *text, size_t n)
{
    add_u8((unsigned)n);
    memcpy(made.bytes + made.n, text, n);
    made.n += n;
}

void add_name(const char *dotted)
{
    for (const char *at = dotted; *at;) {
        size_t n = strcspn(at, ".");
        add_label(at, n);
        at += n + (at[n] == '.');
    }
    add_u8(0);
}

void add_pointer(size_t to)
{
    add_u16(0xc000 | (unsigned)to);
}

void add_question(const char *dotted, unsigned type)
{
    add_name(dotted);
    add_u16(type);
    add_u16(1);
}

void add_record(unsigned type, unsigned class_, unsigned data_len)
{
    add_u16(type);
    add_u16(class_);
    add_u16(0);
    add_u16(300);
    add_u16(data_len);
}

struct dns_record r;

enum dissect_outcome walk(unsigned n)
{
    struct dns_message m;
    uint8_t *bytes = exact_bytes(made.bytes, made.n);
    enum dissect_outcome rc = dns_open(&m, bytes, made.n);
    for (unsigned i = 0; i < n && rc == DISSECT_OK; i++)
        rc = dns_next(&m, &r);
    free(bytes);
    return rc;
}

void assert_name(const struct dns_name *got, const char *text, bool is_host)
{
    assert_string_equal(got->text, text);
    assert_int_equal(got->len, strlen(text));
    assert_int_equal(got->is_host, is_host);
}
