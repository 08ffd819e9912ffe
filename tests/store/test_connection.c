/* test_connection.c -- the other end of a unix socket misbehaves; the connection says so and the process goes on. */
#include "common/clock.h"
#include "store/connection.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

struct other_end {
    char directory[64], path[80];
    int listener, peer;
    struct store_connection *connection;
};

static int begin(void **state)
{
    struct other_end *o = calloc(1, sizeof(*o));
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    *state = o;
    snprintf(o->directory, sizeof(o->directory), "/tmp/telltale-socket-XXXXXX");
    if (!mkdtemp(o->directory))
        return -1;
    snprintf(o->path, sizeof(o->path), "%s/s", o->directory);
    memcpy(address.sun_path, o->path, strlen(o->path) + 1);
    o->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(o->listener, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(o->listener, 4) < 0)
        return -1;
    if (store_connection_open(o->path, &o->connection) < 0)
        return -1;
    o->peer = accept(o->listener, NULL, NULL);
    return o->peer < 0 ? -1 : 0;
}

static int end(void **state)
{
    struct other_end *o = *state;
    store_connection_close(o->connection);
    close(o->peer);
    close(o->listener);
    unlink(o->path);
    rmdir(o->directory);
    free(o);
    return 0;
}

static void ping(struct other_end *o)
{
    const char *argv[] = {"PING", "a\r\nb"};
    assert_int_equal(store_connection_append(o->connection, 2, argv, (const size_t[]){4, 4}), 0);
}

static void say(struct other_end *o, const char *text)
{
    assert_int_equal(write(o->peer, text, strlen(text)), strlen(text));
}

static void a_command_goes_out_with_the_lengths_of_its_arguments(void **state)
{
    struct other_end *o = *state;
    static const char expected[] = "*2\r\n$4\r\nPING\r\n$4\r\na\r\nb\r\n";
    char got[64] = {0};
    ping(o);
    assert_int_equal(store_connection_pump(o->connection), 0);
    assert_int_equal(read(o->peer, got, sizeof(got) - 1), strlen(expected));
    assert_string_equal(got, expected);
}

static void an_answer_in_pieces_is_taken_when_it_is_whole(void **state)
{
    struct other_end *o = *state;
    static const char answer[] = "*3\r\n$3\r\na\0b\r\n:42\r\n$-1\r\n";
    struct store_reply *reply = NULL;
    size_t length;
    ping(o);
    for (size_t i = 0; i + 1 < sizeof(answer); i++) {
        assert_int_equal(store_connection_pump(o->connection), 0);
        assert_int_equal(store_connection_next(o->connection, &reply), 0);
        assert_int_equal(write(o->peer, answer + i, 1), 1);
    }
    assert_int_equal(store_connection_open_questions(o->connection), 1);
    assert_int_equal(store_connection_pump(o->connection), 0);
    assert_int_equal(store_connection_next(o->connection, &reply), 1);
    assert_int_equal(store_connection_open_questions(o->connection), 0);
    assert_int_equal(store_reply_count(reply), 3);
    assert_memory_equal(store_reply_text(store_reply_item(reply, 0), &length), "a\0b", 4);
    assert_int_equal(length, 3);
    assert_int_equal(store_reply_integer(store_reply_item(reply, 1)), 42);
    assert_int_equal(store_reply_kind(store_reply_item(reply, 2)), STORE_REPLY_NIL);
    store_reply_free(reply);
}

static void silence_is_a_failure_after_half_a_second_only_while_a_question_is_open(void **state)
{
    struct other_end *o = *state;
    usleep(600000);
    assert_int_equal(store_connection_pump(o->connection), 0);
    assert_int_equal(store_connection_patience_ms(o->connection), -1);
    ping(o);
    assert_in_range(store_connection_patience_ms(o->connection), 400, 500);
    usleep(300000);
    assert_int_equal(store_connection_pump(o->connection), 0);
    say(o, "+");
    usleep(300000);
    assert_int_equal(store_connection_pump(o->connection), 0); /* a byte is a sign of life */
    usleep(600000);
    assert_int_equal(store_connection_pump(o->connection), -ETIMEDOUT);
}

static void an_answer_that_was_there_in_time_counts_however_late_we_look(void **state)
{
    struct other_end *o = *state;
    struct store_reply *reply;
    ping(o);
    assert_int_equal(store_connection_pump(o->connection), 0);
    say(o, "+PONG\r\n");
    usleep(700000);
    assert_int_equal(store_connection_pump(o->connection), 0);
    assert_int_equal(store_connection_next(o->connection, &reply), 1);
    store_reply_free(reply);
}

static void writing_to_a_closed_socket_is_an_error_and_no_signal(void **state)
{
    struct other_end *o = *state;
    sigset_t pending;
    close(o->peer);
    o->peer = -1;
    signal(SIGPIPE, SIG_DFL);
    ping(o);
    assert_true(store_connection_pump(o->connection) < 0);
    sigpending(&pending);
    assert_false(sigismember(&pending, SIGPIPE));
    assert_true(strlen(store_connection_problem(o->connection)) > 0);
}

static void a_closed_connection_is_noticed_without_a_question(void **state)
{
    struct other_end *o = *state;
    close(o->peer);
    o->peer = -1;
    assert_int_equal(store_connection_pump(o->connection), -EIO);
}

static void bytes_that_are_not_the_protocol_are_an_error(void **state)
{
    struct other_end *o = *state;
    struct store_reply *reply;
    ping(o);
    say(o, "HTTP/1.1 400 Bad Request\r\n\r\n");
    assert_int_equal(store_connection_pump(o->connection), 0);
    assert_int_equal(store_connection_next(o->connection, &reply), -EIO);
}

static void a_socket_that_is_not_there_says_why(void **state)
{
    (void)state;
    struct store_connection *c;
    char long_path[200];
    memset(long_path, 'a', sizeof(long_path));
    long_path[sizeof(long_path) - 1] = '\0';
    assert_int_equal(store_connection_open("/nonexistent/s", &c), -ENOENT);
    assert_null(c);
    assert_int_equal(store_connection_open(long_path, &c), -ENAMETOOLONG);
    assert_null(c);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_command_goes_out_with_the_lengths_of_its_arguments),
        CASE(an_answer_in_pieces_is_taken_when_it_is_whole),
        CASE(silence_is_a_failure_after_half_a_second_only_while_a_question_is_open),
        CASE(an_answer_that_was_there_in_time_counts_however_late_we_look),
        CASE(writing_to_a_closed_socket_is_an_error_and_no_signal),
        CASE(a_closed_connection_is_noticed_without_a_question),
        CASE(bytes_that_are_not_the_protocol_are_an_error),
        cmocka_unit_test(a_socket_that_is_not_there_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
