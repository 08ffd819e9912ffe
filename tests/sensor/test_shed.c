/* test_shed.c -- of which flows the worker says that it needs no more payload. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "sensor/shed.h"
#include "tests/sensor/driven_worker.h"

static bool is_shed(const struct talk *t)
{
    struct packet back = made_answer(&t->up);
    bool up = shed_has(worker_shed(worker), shed_hash(worker_shed(worker), &t->up));
    assert_int_equal(shed_has(worker_shed(worker), shed_hash(worker_shed(worker), &back)), up); /* one mark for both directions */
    return up;
}

static struct talk named_connection(void)
{
    struct talk t = connect_to(5, SERVER, 443);
    struct made_hello *h = hello_for("www.books.example", false);
    say(&t, h->bytes, h->n);
    answer(&t, "\x16\x03\x03\0\x64\x02\0\0\x60\x03\x03", 11);
    return t;
}

static void a_flow_whose_name_is_known_is_shed(void **state)
{
    (void)state;
    struct talk t = named_connection();
    run();
    assert_true(is_shed(&t));
}

static void a_flow_that_is_over_is_shed_no_more(void **state)
{
    (void)state;
    struct talk t = named_connection();
    give(&t, true, TCP_FIN | TCP_ACK, NULL, 0);
    run();
    assert_false(is_shed(&t));
}

static void a_flow_that_begins_on_the_tuple_of_another_is_looked_at(void **state)
{
    (void)state;
    struct talk t = named_connection();
    run();
    assert_true(is_shed(&t));
    give(&t, true, TCP_SYN, NULL, 0);
    run();
    assert_false(is_shed(&t));
}

static void a_flow_is_not_shed_before_its_name_is_known(void **state)
{
    (void)state;
    struct talk half = connect_to(5, SERVER, 443), clear = connect_to(5, SERVER, 80);
    struct made_hello *h = hello_for("www.books.example", false);
    say(&half, h->bytes, h->n / 2);
    answer(&half, "some words before the rest", 26);
    say(&clear, "GET / HTTP/1.1\r\nHost: books.example\r\n\r\n", 39); /* the next request has a name too */
    answer(&clear, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 38);
    run();
    assert_false(is_shed(&half));
    assert_false(is_shed(&clear));
}

static void marks_are_forgotten_sooner_than_a_silent_flow(void **state)
{
    (void)state;
    struct talk t = named_connection();
    now_ns += 301 * NS_PER_S; /* not a word on it; somebody else's packets let the time go by */
    struct talk other = connect_to(6, SERVER, 443);
    now_ns += 2 * NS_PER_S;
    say(&other, "a", 1);
    run();
    assert_false(is_shed(&t));
}

static void dns_is_never_shed(void **state)
{
    (void)state;
    struct talk t = connect_to(5, "203.0.113.53", 53);
    for (int i = 0; i < 80; i++)
        say(&t, "\0\x0c\1\2\1\0\0\0\0\0\0\0\0\0", 14);
    run();
    assert_false(is_shed(&t));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(a_flow_whose_name_is_known_is_shed),
        TEST(a_flow_that_is_over_is_shed_no_more),
        TEST(a_flow_that_begins_on_the_tuple_of_another_is_looked_at),
        TEST(a_flow_is_not_shed_before_its_name_is_known),
        TEST(marks_are_forgotten_sooner_than_a_silent_flow),
        TEST(dns_is_never_shed),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
