/* test_flow_names_dialogue.c -- names on TCP flows that do not begin with a hello: HTTP requests, and hellos after
 * words (STARTTLS, CONNECT, a SOCKS greeting).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/sensor/conversation.h"
#include "tests/support/hello_maker.h"

#define GET(host, path) "GET " path " HTTP/1.1\r\nHost: " host "\r\nUser-Agent: x\r\n\r\n"
#define NAME            "tracker.example" /* that of hello_usual() */

static struct made_hello hello;
static struct conversation c;

static int begin(void **state)
{
    (void)state;
    static struct made_hello message;
    hello_usual(&message);
    hello.n = 0;
    hello_record(&hello, message.bytes, message.n);
    listen_for_names(4);
    c = a_conversation(IP_PROTO_TCP, true);
    return 0;
}

static int end(void **state)
{
    (void)state;
    end_conversation(&c);
    flow_names_free(names);
    return 0;
}

static void a_request_names_its_host_and_target(void **state)
{
    (void)state;
    handshake(&c);
    say(&c, GET("Pixel.Example:8080", "/p?u1=x"));
    assert_only(NAME_HTTP, "pixel.example");
    assert_string_equal(heard[0].target, "/p?u1=x");
    assert_true(c.flow.flags & FLOW_HTTP);
    assert_false(c.flow.flags & FLOW_NAMES_DONE); /* the next request may be for another host */
}

static void every_request_of_a_connection_is_read(void **state)
{
    (void)state;
    handshake(&c);
    for (int i = 0; i < 30; i++) {
        heard_count = 0;
        say(&c, i % 2 ? GET("a.example", "/1") : GET("b.example", "/2"));
        answer(&c, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
        assert_only(NAME_HTTP, i % 2 ? "a.example" : "b.example");
    }
}

static void pipelined_requests_are_all_read(void **state)
{
    (void)state;
    handshake(&c);
    say(&c, GET("a.example",
                "/1") "POST /2 HTTP/1.1\r\nHost: b.example\r\nContent-Length: 5\r\n\r\nGET /" GET("c.example", "/3"));
    assert_int_equal(heard_count, 3);
    assert_heard(0, NAME_HTTP, "a.example");
    assert_heard(1, NAME_HTTP, "b.example");
    assert_heard(2, NAME_HTTP, "c.example");
}

static void a_request_cut_anywhere_is_told_once_and_as_soon_as_its_host_is(void **state)
{
    (void)state;
    static const char request[] = GET("cut.example", "/some/where");
    for (size_t cut = 1; cut < sizeof(request) - 1; cut++) {
        heard_count = 0;
        c = a_conversation(IP_PROTO_TCP, true);
        handshake(&c);
        say_bytes(&c, request, cut);
        assert_int_equal(heard_count, strstr(request, "cut.example\r\n") + 13 - request <= (long)cut);
        say_bytes(&c, request + cut, sizeof(request) - 1 - cut);
        assert_only(NAME_HTTP, "cut.example");
        assert_string_equal(heard[0].target, "/some/where");
        end_conversation(&c);
        assert_int_equal(heard_count, 1);
    }
}

static void a_later_request_cut_anywhere_is_read_too(void **state)
{
    (void)state;
    static const char request[] = GET("second.example", "/2");
    for (size_t cut = 8; cut < sizeof(request) - 1; cut++) {
        c = a_conversation(IP_PROTO_TCP, true);
        handshake(&c);
        say(&c, GET("first.example", "/1"));
        heard_count = 0;
        say_bytes(&c, request, cut);
        say_bytes(&c, request + cut, sizeof(request) - 1 - cut);
        assert_only(NAME_HTTP, "second.example");
        end_conversation(&c);
    }
}

static void a_request_whose_end_never_comes_is_told_all_the_same(void **state)
{
    (void)state;
    handshake(&c);
    say(&c, "GET / HTTP/1.1\r\nHost: half.example\r\nCookie: a");
    assert_only(NAME_HTTP, "half.example");
    end_conversation(&c);
    assert_int_equal(heard_count, 1);
}

static void an_uploads_body_is_not_read_for_requests(void **state)
{
    (void)state;
    handshake(&c);
    say(&c, "POST /up HTTP/1.1\r\nHost: a.example\r\nContent-Length: 100000\r\n\r\n");
    for (int i = 0; i < 100; i++)
        say(&c, "..........just bytes that are the body of this upload..........");
    assert_only(NAME_HTTP, "a.example");
    say(&c, GET("b.example", "/2"));
    assert_heard(heard_count - 1, NAME_HTTP, "b.example");
    assert_int_equal(heard_count, 2);
}

static void a_hello_after_connect_is_read(void **state)
{
    (void)state;
    handshake(&c);
    say(&c, "CONNECT proxied.example:443 HTTP/1.1\r\nHost: proxied.example:443\r\n\r\n");
    assert_int_equal(heard_count, 2); /* the target, and the Host header */
    assert_heard(0, NAME_CONNECT, "proxied.example");
    assert_heard(1, NAME_HTTP, "proxied.example");
    answer(&c, "HTTP/1.1 200 Connection established\r\n\r\n");
    say_bytes(&c, hello.bytes, hello.n);
    assert_int_equal(heard_count, 3);
    assert_heard(2, NAME_TLS, NAME);
}

static void a_hello_in_pieces_after_connect_is_read(void **state)
{
    (void)state;
    for (size_t cut = 6; cut < hello.n; cut += 7) {
        c = a_conversation(IP_PROTO_TCP, true);
        handshake(&c);
        say(&c, "CONNECT proxied.example:443 HTTP/1.1\r\n\r\n");
        heard_count = 0;
        answer(&c, "HTTP/1.1 200 OK\r\n\r\n");
        say_bytes(&c, hello.bytes, cut);
        say_bytes(&c, hello.bytes + cut, hello.n - cut);
        assert_only(NAME_TLS, NAME);
        end_conversation(&c);
    }
}

static void a_hello_after_starttls_is_read(void **state)
{
    (void)state;
    handshake(&c);
    answer(&c, "220 mail.example ESMTP\r\n");
    say(&c, "EHLO laptop\r\n");
    answer(&c, "250-mail.example\r\n250 STARTTLS\r\n");
    say(&c, "STARTTLS\r\n");
    answer(&c, "220 go ahead\r\n");
    assert_int_equal(heard_count, 0);
    say_bytes(&c, hello.bytes, hello.n);
    assert_only(NAME_TLS, NAME);
}

static void a_hello_after_a_socks_greeting_is_read(void **state)
{
    (void)state;
    handshake(&c);
    say_bytes(&c, "\5\1\0", 3);
    answer_bytes(&c, "\5\0", 2);
    say_bytes(&c, "\5\1\0\1\xc6\x33\x64\7\1\xbb", 10);
    answer_bytes(&c, "\5\0\0\1\0\0\0\0\0\0", 10);
    say_bytes(&c, hello.bytes, 50);
    say_bytes(&c, hello.bytes + 50, hello.n - 50);
    assert_only(NAME_TLS, NAME);
}

static void words_that_only_look_like_a_hello_do_not_end_the_search(void **state)
{
    (void)state;
    handshake(&c);
    say_bytes(&c, "\x16\x03\x01", 3); /* the beginning of a record that never comes */
    say(&c, "no record at all, but a long sentence instead of one");
    say(&c, "STARTTLS\r\n");
    say_bytes(&c, hello.bytes, hello.n);
    assert_only(NAME_TLS, NAME);
}

static void a_tls_record_that_is_no_hello_names_nothing(void **state)
{
    (void)state;
    say_bytes(&c, "\x17\x03\x03\0\5hello", 10); /* a connection seen from its middle */
    say_bytes(&c, "\x15\x03\x03\0\2\1\0", 7);
    assert_int_equal(heard_count, 0);
    assert_int_equal(c.flow.flags & (FLOW_HELLO_BEGAN | FLOW_NAMES_DONE), 0);
}

static void responses_name_nothing(void **state)
{
    (void)state;
    say(&c, "HTTP/1.1 200 OK\r\nHost: not.a.request.example\r\n\r\n"); /* the first packet seen is a server's */
    assert_int_equal(heard_count, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(a_request_names_its_host_and_target),
        TEST(every_request_of_a_connection_is_read),
        TEST(pipelined_requests_are_all_read),
        TEST(a_request_cut_anywhere_is_told_once_and_as_soon_as_its_host_is),
        TEST(a_later_request_cut_anywhere_is_read_too),
        TEST(a_request_whose_end_never_comes_is_told_all_the_same),
        TEST(an_uploads_body_is_not_read_for_requests),
        TEST(a_hello_after_connect_is_read),
        TEST(a_hello_in_pieces_after_connect_is_read),
        TEST(a_hello_after_starttls_is_read),
        TEST(a_hello_after_a_socks_greeting_is_read),
        TEST(words_that_only_look_like_a_hello_do_not_end_the_search),
        TEST(a_tls_record_that_is_no_hello_names_nothing),
        TEST(responses_name_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
