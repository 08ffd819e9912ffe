/* made_message.h -- DNS messages made by hand, for the tests of dns.h.
 *
 * Purpose    A message is put together from its header on by add_*(); counts, lengths and pointers are written as
 *            given, so that a lie is as easy to write as the truth.
 * Shape      One message, `made`, which add_header() begins anew; one record, `r`, the last that walk() read.
 * Failure    The asserts fail the test.
 */
#ifndef TELLTALE_TESTS_MADE_MESSAGE_H
#define TELLTALE_TESTS_MADE_MESSAGE_H

#include "dissectors/dns.h"

struct message {
    uint8_t bytes[70000];
    size_t n;
};

extern struct message made;
extern struct dns_record r;

void add_u8(unsigned v);
void add_u16(unsigned v);
void add_header(unsigned flags, unsigned questions, unsigned answers, unsigned authorities, unsigned additionals);
void add_label(const char *text, size_t n);

/* "a.b": two labels and the root's. */
void add_name(const char *dotted);
void add_pointer(size_t to);
void add_question(const char *dotted, unsigned type);

/* All of a record but its name and its data. */
void add_record(unsigned type, unsigned class_, unsigned data_len);

/* Walks a copy of the message of exactly its size, until after the n-th item. What it returns is about that item. */
enum dissect_outcome walk(unsigned n);
void assert_name(const struct dns_name *got, const char *text, bool is_host);

#endif
