/* test_starttls.c -- hellos that come after words: mail, files, directories, databases, chat, proxies.
 *
 * Each dialogue is played to its end, then the hello follows: whole, in pieces, in pieces in the wrong order; with the SYN
 * seen and not; with words lost, doubled and mixed up.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/sensor/conversation.h"
#include "tests/support/hello_maker.h"

#define NAME      "tracker.example" /* that of hello_usual() */
#define TURNS_MAX 10
#define OID       "1.3.6.1.4.1.1466.20037"
#define TLS_NS    " xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"

#define C(text)                                                                                                        \
    {                                                                                                                  \
        true, text, sizeof(text) - 1                                                                                   \
    }
#define S(text)                                                                                                        \
    {                                                                                                                  \
        false, text, sizeof(text) - 1                                                                                  \
    }

struct turn {
    bool client;
    const char *bytes;
    size_t n;
};

/* RFC 3207, 2595, 4217, 4511 4.14, 6120 5, 9110 9.3.6; the messages of PostgreSQL and MySQL as their manuals have them. */
static const struct {
    const char *what;
    struct turn turns[TURNS_MAX];
} dialogues[] = {
    {"SMTP",
     {S("220 mail.example ESMTP ready\r\n"), C("EHLO laptop.local\r\n"),
      S("250-mail.example\r\n250-SIZE 1000\r\n250 STARTTLS\r\n"), C("STARTTLS\r\n"), S("220 2.0.0 go ahead\r\n")}},
    {"IMAP",
     {S("* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n"), C("a000 CAPABILITY\r\n"),
      S("* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\na000 OK done\r\n"), C("a001 STARTTLS\r\n"),
      S("a001 OK begin TLS\r\n")}},
    {"POP3",
     {S("+OK pop.example ready\r\n"), C("CAPA\r\n"), S("+OK\r\nSTLS\r\nUIDL\r\n.\r\n"), C("STLS\r\n"),
      S("+OK begin TLS\r\n")}},
    {"FTP",
     {S("220-welcome\r\n220 ftp.example\r\n"), C("FEAT\r\n"), S("211-Features:\r\n AUTH TLS\r\n211 End\r\n"),
      C("AUTH TLS\r\n"), S("234 proceed\r\n")}},
    {"LDAP",
     {C("\x30\x1d\x02\x01\x01\x77\x18\x80\x16" OID),
      S("\x30\x24\x02\x01\x01\x78\x1f\x0a\x01\x00\x04\x00\x04\x00\x8a\x16" OID)}},
    {"PostgreSQL", {C("\x00\x00\x00\x08\x04\xd2\x16\x2f"), S("S")}},
    {"MySQL",
     {S("\x4a\x00\x00\x00\x0a"
        "8.0.40\0\x08\0\0\0abcdefgh\0\xff\xff\xff\x02\0\xff\xdf\x15\0\0\0\0\0\0\0\0\0\0ijklmnopqrst\0caching_sha2_"
        "pw\0"),
      C("\x20\x00\x00\x01\x05\xae\x03\x00\x00\x00\x00\x01\xff\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")}},
    {"XMPP",
     {C("<?xml version='1.0'?><stream:stream to='chat.example' version='1.0'>"),
      S("<?xml version='1.0'?><stream:stream id='1' version='1.0'><stream:features><starttls" TLS_NS
        "</stream:features>"),
      C("<starttls" TLS_NS), S("<proceed" TLS_NS)}},
    {"CONNECT", {C("CONNECT proxied.example:443 HTTP/1.1\r\n\r\n"), S("HTTP/1.1 200 Connection established\r\n\r\n")}},
    {"CONNECT, unanswered", {C("CONNECT proxied.example:443 HTTP/1.1\r\nUser-Agent: x\r\n\r\n")}},
    {"CONNECT after a refusal",
     {C("CONNECT proxied.example:443 HTTP/1.1\r\n\r\n"),
      S("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"),
      C("CONNECT proxied.example:443 HTTP/1.1\r\nProxy-Authorization: Basic eDp5\r\n\r\n"),
      S("HTTP/1.1 200 OK\r\n\r\n")}},
};
#define DIALOGUES (sizeof(dialogues) / sizeof(dialogues[0]))

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

static void take_turn(const struct turn *t)
{
    if (t->client)
        say_bytes(&c, t->bytes, t->n);
    else
        answer_bytes(&c, t->bytes, t->n);
}

/* A connection as the worker begins it: from the ports, if not from a SYN, it knows who opened it. */
static struct conversation connection(bool from_device, bool syn)
{
    struct conversation new = a_conversation(IP_PROTO_TCP, from_device);
    if (from_device)
        new.flow.flags |= FLOW_FROM_DEVICE;
    if (syn)
        handshake(&new);
    return new;
}

/* A new connection, and all the words of one dialogue. Afterwards nothing is heard yet. */
static void play(size_t dialogue, bool syn)
{
    end_conversation(&c);
    c = connection(true, syn);
    for (const struct turn *t = dialogues[dialogue].turns; t < dialogues[dialogue].turns + TURNS_MAX && t->n > 0; t++)
        take_turn(t);
    heard_count = 0;
}

static void assert_found(size_t dialogue, bool syn, size_t cut)
{
    if (heard_count != 1 || heard[0].protocol != NAME_TLS || strcmp(heard[0].host, NAME) != 0)
        fail_msg("%s, SYN %s, cut at %zu: heard %u names", dialogues[dialogue].what, syn ? "seen" : "not seen", cut,
                 heard_count);
    assert_true(heard[0].from_device);
    assert_int_equal(c.flow.hello, NO_INDEX);
    assert_true(c.flow.flags & FLOW_NAMES_DONE);
}

/* A piece of the hello, from..to, where it belongs in the stream. */
static void piece(uint32_t at, size_t from, size_t to)
{
    segment(&c, at + (uint32_t)from, hello.bytes + from, to - from);
}

static void a_whole_hello_after_every_dialogue_is_found(void **state)
{
    (void)state;
    for (size_t d = 0; d < DIALOGUES; d++) {
        for (int syn = 0; syn < 2; syn++) {
            play(d, syn);
            say_bytes(&c, hello.bytes, hello.n);
            assert_found(d, syn, 0);
        }
    }
}

static void the_words_themselves_name_nothing_but_a_proxys_target(void **state)
{
    (void)state;
    for (size_t d = 0; d < DIALOGUES; d++) {
        for (int syn = 0; syn < 2; syn++) {
            heard_count = 0;
            c = connection(true, syn);
            for (const struct turn *t = dialogues[d].turns; t < dialogues[d].turns + TURNS_MAX && t->n > 0; t++)
                take_turn(t);
            for (unsigned i = 0; i < heard_count; i++)
                assert_heard(i, NAME_CONNECT, "proxied.example");
            assert_int_equal(heard_count > 0, strncmp(dialogues[d].what, "CONNECT", 7) == 0);
            end_conversation(&c);
        }
    }
}

static void a_hello_cut_anywhere_after_every_dialogue_is_found(void **state)
{
    (void)state;
    for (size_t d = 0; d < DIALOGUES; d++) {
        for (int syn = 0; syn < 2; syn++) {
            for (size_t cut = 1; cut < hello.n; cut++) {
                play(d, syn);
                uint32_t at = c.sent;
                piece(at, 0, cut);
                piece(at, cut, hello.n);
                assert_found(d, syn, cut);
            }
        }
    }
}

static void its_halves_in_the_wrong_order_are_put_right(void **state)
{
    (void)state;
    for (size_t d = 0; d < DIALOGUES; d++) {
        for (int syn = 0; syn < 2; syn++) {
            for (size_t cut = 1; cut < hello.n; cut++) {
                play(d, syn);
                uint32_t at = c.sent;
                piece(at, cut, hello.n);
                assert_int_equal(heard_count, 0);
                piece(at, 0, cut);
                assert_found(d, syn, cut);
            }
        }
    }
}

static void its_pieces_in_any_order_are_put_right(void **state)
{
    (void)state;
    enum { PIECES = 12 };
    srand(3207);
    for (int round = 0; round < 600; round++) {
        size_t d = (size_t)rand() % DIALOGUES, order[PIECES];
        bool syn = rand() % 2;
        play(d, syn);
        uint32_t at = c.sent;
        for (size_t i = 0; i < PIECES; i++) {
            size_t other = (size_t)rand() % (i + 1);
            order[i] = order[other];
            order[other] = i;
        }
        for (size_t i = 0; i < PIECES; i++)
            piece(at, order[i] * hello.n / PIECES, (order[i] + 1) * hello.n / PIECES);
        assert_found(d, syn, (size_t)round);
    }
}

static void one_byte_a_segment_is_enough(void **state)
{
    (void)state;
    for (size_t d = 0; d < DIALOGUES; d++) {
        for (int syn = 0; syn < 2; syn++) {
            play(d, syn);
            uint32_t at = c.sent;
            for (size_t i = 0; i < hello.n; i++)
                piece(at, i, i + 1);
            assert_found(d, syn, 1);
        }
    }
}

/* -- words that go wrong -- */

static void words_sent_again_and_mixed_up_do_no_harm(void **state)
{
    (void)state;
    static const char ehlo[] = "EHLO laptop\r\n", starttls[] = "STARTTLS\r\n";
    for (size_t cut = 1; cut < hello.n; cut++) {
        c = connection(true, true);
        heard_count = 0;
        answer(&c, "220 mail.example\r\n");
        segment(&c, sizeof(ehlo) - 1, starttls, sizeof(starttls) - 1); /* before the word before it */
        segment(&c, 0, ehlo, sizeof(ehlo) - 1);
        segment(&c, sizeof(ehlo) - 1, starttls, sizeof(starttls) - 1);
        segment(&c, 0, ehlo, sizeof(ehlo) - 1);
        answer(&c, "220 go ahead\r\n");
        uint32_t at = c.sent;
        piece(at, cut, hello.n);
        segment(&c, 0, ehlo, sizeof(ehlo) - 1);
        piece(at, 0, cut);
        assert_found(0, true, cut);
    }
}

/* The capture lost the last words; the server's answer to them says by its acknowledgement that they were said. */
static void a_word_that_was_lost_does_no_harm(void **state)
{
    (void)state;
    for (int syn = 0; syn < 2; syn++) {
        for (size_t cut = 1; cut < hello.n; cut++) {
            c = connection(true, syn);
            heard_count = 0;
            answer(&c, "220 mail.example\r\n");
            say(&c, "EHLO laptop\r\n");
            answer(&c, "250 STARTTLS\r\n");
            c.sent += 10;
            answer(&c, "220 go ahead\r\n");
            uint32_t at = c.sent;
            piece(at, cut, hello.n);
            piece(at, 0, cut);
            assert_found(0, syn, cut);
        }
    }
}

static void a_lost_word_that_nobody_answered_does_no_harm_to_a_hello_in_order(void **state)
{
    (void)state;
    for (size_t cut = 6; cut < hello.n; cut++) {
        c = connection(true, true);
        heard_count = 0;
        say(&c, "EHLO laptop\r\n");
        c.sent += 10;            /* lost */
        say(&c, "STARTTLS\r\n"); /* waits for what was lost */
        uint32_t at = c.sent;
        piece(at, 0, cut);
        piece(at, cut, hello.n);
        assert_found(0, true, cut);
    }
}

/* Captures from two interfaces may show an answer before the words that it answers. */
static void a_servers_hello_may_be_seen_first(void **state)
{
    (void)state;
    play(0, true);
    uint32_t at = c.sent;
    c.sent += (uint32_t)hello.n;
    answer_bytes(&c, "\x16\x03\x03\0\x04\x02\0\0\0", 9);
    piece(at, 0, hello.n);
    assert_found(0, true, 0);
}

static void a_device_that_is_the_server_names_nothing_as_its_own(void **state)
{
    (void)state;
    for (int syn = 0; syn < 2; syn++) {
        for (size_t cut = 1; cut < hello.n; cut += 5) {
            c = connection(false, syn);
            heard_count = 0;
            for (const struct turn *t = dialogues[0].turns; t->n > 0; t++)
                take_turn(t);
            uint32_t at = c.sent;
            piece(at, cut, hello.n);
            piece(at, 0, cut);
            assert_only(NAME_TLS, NAME);
            assert_false(heard[0].from_device);
            end_conversation(&c);
        }
    }
}

/* -- proxies -- */

static void a_hello_in_the_segment_of_its_connect_is_found(void **state)
{
    (void)state;
    static const char connect[] = "CONNECT proxied.example:443 HTTP/1.1\r\n\r\n";
    uint8_t both[2000];
    size_t n = sizeof(connect) - 1, all = n + hello.n;
    memcpy(both, connect, n);
    memcpy(both + n, hello.bytes, hello.n);
    for (size_t cut = 8; cut <= all; cut++) { /* cut at `all`: one segment */
        for (int reversed = 0; reversed < 2; reversed++) {
            c = connection(true, true);
            heard_count = 0;
            if (reversed)
                segment(&c, (uint32_t)cut, both + cut, all - cut);
            segment(&c, 0, both, cut);
            if (!reversed)
                segment(&c, (uint32_t)cut, both + cut, all - cut);
            assert_heard(0, NAME_CONNECT, "proxied.example");
            assert_heard(heard_count - 1, NAME_TLS, NAME);
            end_conversation(&c);
        }
    }
}

static void requests_before_a_connect_are_heard_too(void **state)
{
    (void)state;
    handshake(&c);
    say(&c, "GET http://first.example/ HTTP/1.1\r\nHost: first.example\r\n\r\n");
    answer(&c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    say(&c, "CONNECT proxied.example:443 HTTP/1.1\r\n\r\n");
    uint32_t at = c.sent;
    piece(at, 100, hello.n);
    piece(at, 0, 100);
    assert_heard(0, NAME_HTTP, "first.example");
    assert_heard(1, NAME_CONNECT, "proxied.example");
    assert_heard(2, NAME_TLS, NAME);
    assert_int_equal(heard_count, 3);
}

static void a_later_request_in_the_wrong_order_is_read(void **state)
{
    (void)state;
    static const char request[] = "GET /2 HTTP/1.1\r\nHost: second.example\r\n\r\n";
    for (size_t cut = 1; cut < sizeof(request) - 1; cut++) {
        c = connection(true, true);
        say(&c, "GET /1 HTTP/1.1\r\nHost: first.example\r\n\r\n");
        answer(&c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        heard_count = 0;
        uint32_t at = c.sent;
        segment(&c, at + (uint32_t)cut, request + cut, sizeof(request) - 1 - cut);
        segment(&c, at, request, cut);
        assert_only(NAME_HTTP, "second.example");
        end_conversation(&c);
    }
}

static void a_lost_request_does_not_hide_the_next(void **state)
{
    (void)state;
    handshake(&c);
    say(&c, "GET /1 HTTP/1.1\r\nHost: first.example\r\n\r\n");
    c.sent += 500; /* a request that was not captured */
    say(&c, "GET /3 HTTP/1.1\r\nHost: third.example\r\n\r\n");
    say(&c, "GET /4 HTTP/1.1\r\nHost: fourth.example\r\n\r\n");
    assert_int_equal(heard_count, 3);
    assert_heard(1, NAME_HTTP, "third.example");
    assert_heard(2, NAME_HTTP, "fourth.example");
}

/* -- places -- */

static void a_dialogue_that_waits_in_vain_gives_its_place_back(void **state)
{
    (void)state;
    handshake(&c);
    say(&c, "a protocol of its own\r\n");
    c.sent += 10; /* lost */
    for (int i = 0; i < 70; i++)
        say(&c, "and more of it\r\n");
    assert_true(c.flow.flags & FLOW_NAMES_DONE);
    assert_int_equal(c.flow.hello, NO_INDEX);
    assert_int_equal(heard_count, 0);
}

static void bulk_behind_a_hole_is_not_kept(void **state)
{
    (void)state;
    static const uint8_t bulk[1400];
    handshake(&c);
    say(&c, "POST /up HTTP/1.1\r\nHost: a.example\r\nContent-Length: 1000000\r\n\r\n");
    for (int i = 0; i < 300; i++) {
        say_bytes(&c, bulk, sizeof(bulk));
        c.sent += i % 20 == 0 ? 1400 : 0; /* lost */
    }
    answer(&c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    assert_int_equal(c.flow.hello, NO_INDEX);
    say(&c, "GET /2 HTTP/1.1\r\nHost: b.example\r\n\r\n");
    assert_int_equal(heard_count, 2);
    assert_heard(1, NAME_HTTP, "b.example");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(a_whole_hello_after_every_dialogue_is_found),
        TEST(the_words_themselves_name_nothing_but_a_proxys_target),
        TEST(a_hello_cut_anywhere_after_every_dialogue_is_found),
        TEST(its_halves_in_the_wrong_order_are_put_right),
        TEST(its_pieces_in_any_order_are_put_right),
        TEST(one_byte_a_segment_is_enough),
        TEST(words_sent_again_and_mixed_up_do_no_harm),
        TEST(a_word_that_was_lost_does_no_harm),
        TEST(a_lost_word_that_nobody_answered_does_no_harm_to_a_hello_in_order),
        TEST(a_servers_hello_may_be_seen_first),
        TEST(a_device_that_is_the_server_names_nothing_as_its_own),
        TEST(a_hello_in_the_segment_of_its_connect_is_found),
        TEST(requests_before_a_connect_are_heard_too),
        TEST(a_later_request_in_the_wrong_order_is_read),
        TEST(a_lost_request_does_not_hide_the_next),
        TEST(a_dialogue_that_waits_in_vain_gives_its_place_back),
        TEST(bulk_behind_a_hole_is_not_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
