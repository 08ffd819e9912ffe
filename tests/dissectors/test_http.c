/* test_http.c -- request heads as browsers, proxies' clients and televisions send them, and what only looks like one.
 */
#include "dissectors/http.h"

#include "tests/dissectors/exact_bytes.h"

static struct http_request r; /* the last one parsed; its views point into `bytes` */
static uint8_t *bytes;

static enum dissect_outcome parse_bytes(const void *head, size_t n)
{
    free(bytes);
    bytes = exact_bytes(head, n);
    return http_request_parse(bytes, n, &r);
}

static enum dissect_outcome parse(const char *head)
{
    return parse_bytes(head, strlen(head));
}

static int free_bytes(void **state)
{
    (void)state;
    free(bytes);
    bytes = NULL;
    return 0;
}

static void assert_view(struct bytes_view got, const char *want)
{
    assert_int_equal(got.len, strlen(want));
    if (got.len > 0)
        assert_memory_equal(got.at, want, got.len);
}

static void a_browsers_request_is_read(void **state)
{
    (void)state;
    size_t n;
    uint8_t *file = corpus_bytes("http/get-browser", &n);
    assert_int_equal(parse_bytes(file, n), DISSECT_OK);
    free(file);
    assert_view(r.method, "GET");
    assert_true(r.target.len > 10 && r.target.at[0] == '/');
    assert_view(r.host, "pixel.quantserve.com");
    assert_view(r.host_header, "pixel.quantserve.com");
    assert_view(r.referer, "http://www.oldboards.org.uk/");
    assert_int_equal(r.head_len, n);
    assert_int_equal(r.content_length, 0);
    assert_false(r.connect || r.tls_scheme);
}

static void each_form_of_target_gives_its_host(void **state)
{
    (void)state;
    static const struct {
        const char *head, *host, *host_header;
        bool connect, tls;
    } cases[] = {
        {"GET /a?b=http://c.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n", "a.example", "a.example", false, false},
        {"GET http://a.example/x HTTP/1.1\r\nHost: proxy.example\r\n\r\n", "a.example", "proxy.example", false, false},
        {"GET HTTP://a.example HTTP/1.0\r\n\r\n", "a.example", "", false, false},
        {"GET https://a.example:8443?q HTTP/1.1\r\n\r\n", "a.example", "", false, true},
        {"GET httpsx://a.example#f HTTP/1.1\r\n\r\n", "a.example", "", false, false},
        {"GET http://user:p%40ss@a.example:80/@b HTTP/1.1\r\n\r\n", "a.example", "", false, false},
        {"GET http://x@y@a.example/ HTTP/1.1\r\n\r\n", "a.example", "", false, false},
        {"GET http://[2001:db8::1]:8080/ HTTP/1.1\r\n\r\n", "2001:db8::1", "", false, false},
        {"GET http:///x HTTP/1.1\r\nHost: a.example\r\n\r\n", "a.example", "a.example", false, false},
        {"GET http:/x HTTP/1.1\r\nHost: a.example\r\n\r\n", "a.example", "a.example", false, false},
        {"GET //b.example/x HTTP/1.1\r\nHost: a.example\r\n\r\n", "a.example", "a.example", false, false},
        {"CONNECT a.example:443 HTTP/1.1\r\nHost: b.example:443\r\n\r\n", "a.example", "b.example", true, false},
        {"CONNECT [::1]:443 HTTP/1.1\r\n\r\n", "::1", "", true, false},
        {"OPTIONS * HTTP/1.1\r\nHost: a.example\r\n\r\n", "a.example", "a.example", false, false},
        {"GET /generate_204 HTTP/1.0\r\n\r\n", "", "", false, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(parse(cases[i].head), DISSECT_OK);
        assert_view(r.host, cases[i].host);
        assert_view(r.host_header, cases[i].host_header);
        assert_int_equal(r.connect, cases[i].connect);
        assert_int_equal(r.tls_scheme, cases[i].tls);
    }
}

static void a_host_header_loses_its_port_and_brackets(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"Host: a.example:8080", "a.example"},
        {"Host: a.example:", "a.example"},
        {"HOST:\t a.example \t", "a.example"},
        {"hOsT:a.example", "a.example"},
        {"Host: [2001:db8::1]", "2001:db8::1"},
        {"Host: [2001:db8::1]:81", "2001:db8::1"},
        {"Host: 192.0.2.1:80", "192.0.2.1"},
        {"Host:", ""},
        /* What is no host stays whole, so that no piece of it passes for one. */
        {"Host: 2001:db8::1", "2001:db8::1"},
        {"Host: a.example:80x", "a.example:80x"},
        {"Host: [2001:db8::1", "[2001:db8::1"},
        {"Host: [::1]x", "[::1]x"},
        {"Host: user@a.example", "user@a.example"},
        {"Hosts: a.example", ""},
        {"Host : a.example", ""},
        {"X-Host: a.example", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char head[200];
        snprintf(head, sizeof(head), "GET / HTTP/1.1\r\n%s\r\n\r\n", cases[i][0]);
        assert_int_equal(parse(head), DISSECT_OK);
        assert_view(r.host_header, cases[i][1]);
    }
}

static void the_first_of_a_header_counts(void **state)
{
    (void)state;
    assert_int_equal(parse("POST / HTTP/1.1\r\nHost: a.example\r\nhost: b.example\r\nReferer: http://r1/\r\n"
                           "Referer: http://r2/\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
                     DISSECT_OK);
    assert_view(r.host, "a.example");
    assert_view(r.referer, "http://r1/");
    assert_int_equal(r.content_length, 5);
    assert_memory_equal(bytes + r.head_len, "hello", 5);
}

static void a_folded_host_is_not_believed(void **state)
{
    (void)state;
    assert_int_equal(parse("GET / HTTP/1.1\r\nHost: exam\r\n ple.com\r\nA: b\r\n\r\n"), DISSECT_OK);
    assert_view(r.host, "");
    assert_int_equal(parse("GET / HTTP/1.1\r\nHost: a.example\r\nA: b\r\n\tHost: b.example\r\n\r\n"), DISSECT_OK);
    assert_view(r.host, "a.example");
}

static void lines_may_end_in_lf_alone_and_need_not_be_headers(void **state)
{
    (void)state;
    static const char head[] = "POST /x HTTP/1.1\nno colon\n:\nHost: a.example\ncontent-length: 12\n\n";
    assert_int_equal(parse(head), DISSECT_OK);
    assert_view(r.target, "/x");
    assert_view(r.host, "a.example");
    assert_int_equal(r.content_length, 12);
    assert_int_equal(r.head_len, strlen(head));
}

static void a_content_length_is_a_number_or_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t length;
    } cases[] = {
        {"0", 0},
        {"18446744073709551615", UINT64_MAX},
        {"18446744073709551616", 0},
        {"99999999999999999999999", 0},
        {"-1", 0},
        {"+1", 0},
        {"5, 5", 0},
        {"0x10", 0},
        {"", 0},
        {"007", 7},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char head[200];
        snprintf(head, sizeof(head), "PUT / HTTP/1.1\r\nContent-Length: %s\r\n\r\n", cases[i].text);
        assert_int_equal(parse(head), DISSECT_OK);
        assert_true(r.content_length == cases[i].length);
    }
}

static void methods_of_webdav_and_upnp_are_known(void **state)
{
    (void)state;
    static const char *const methods[] = {"GET",       "HEAD",      "POST",     "PUT",    "DELETE",     "CONNECT",
                                          "OPTIONS",   "TRACE",     "PATCH",    "MKCOL",  "PROPFIND",   "REPORT",
                                          "PROPPATCH", "SUBSCRIBE", "M-SEARCH", "NOTIFY", "UNSUBSCRIBE"};
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        char head[100];
        snprintf(head, sizeof(head), "%s * HTTP/1.1\r\nHost: 239.255.255.250:1900\r\n\r\n", methods[i]);
        assert_int_equal(parse(head), DISSECT_OK);
        assert_view(r.method, methods[i]);
        assert_true(http_looks_like_request(bytes, strlen(head)));
        for (size_t n = 0; n <= strlen(methods[i]) + 1; n++)
            assert_true(http_looks_like_request(bytes, n));
    }
}

static void other_protocols_are_not_http(void **state)
{
    (void)state;
    static const char *const heads[] = {
        "OPTIONS rtsp://cam.example/1 RTSP/1.0\r\nCSeq: 1\r\n\r\n",
        "NOTIFY sip:a@b.example SIP/2.0\r\n\r\n",
        "OPTIONS icap://a.example/x ICAP/1.0\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "GET / HTTP/2\r\n\r\n",
        "GET / HTTP/1.\r\n\r\n",
        "GET / HTTP/1.11\r\n\r\n",
        "GET / HTTP/1.1 \r\n\r\n",
        "GET / http/1.1\r\n\r\n",
        "GET /\r\n",
        "GET  / HTTP/1.1\r\n\r\n",
        "GET /a b HTTP/1.1\r\n\r\n",
        "GET /\x01 HTTP/1.1\r\n\r\n",
        "GET\t/ HTTP/1.1\r\n\r\n",
        "get / HTTP/1.1\r\n\r\n",
        "GETS / HTTP/1.1\r\n\r\n",
        " GET / HTTP/1.1\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n",
        "SSH-2.0-OpenSSH_9.2\r\n",
        "\x16\x03\x01\x02\x00\x01",
    };
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        assert_int_equal(parse(heads[i]), DISSECT_NOT_MINE);
        assert_view(r.method, "");
        assert_view(r.target, "");
    }
    assert_false(http_looks_like_request((const uint8_t *)"HTTP/1.1 200", 12));
    assert_false(http_looks_like_request((const uint8_t *)"\x16\x03\x01", 3));
    assert_false(http_looks_like_request((const uint8_t *)"GET \r\n", 6));
    assert_false(http_looks_like_request((const uint8_t *)"GETX", 4));
}

static void another_version_is_told_before_the_line_ends(void **state)
{
    (void)state;
    assert_int_equal(parse("OPTIONS rtsp://cam.example/1 R"), DISSECT_NOT_MINE);
    assert_int_equal(parse("GET / HTTP/2"), DISSECT_NOT_MINE);
    assert_int_equal(parse("GET / HTTP/1.x"), DISSECT_NOT_MINE);
    assert_int_equal(parse("GET / HTTP/1."), DISSECT_TRUNCATED);
    assert_int_equal(parse("GET / HTTP/1.1\r"), DISSECT_TRUNCATED);
}

/* Each cut of each kept request: no half a name ever shows, and what shows stays. */
static void each_truncation_gives_whole_lines_only(void **state)
{
    (void)state;
    static const char *const files[] = {"http/get-browser", "http/made-connect", "http/made-absolute-userinfo",
                                        "http/get-short", "http/made-ssdp"};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        size_t size;
        uint8_t *file = corpus_bytes(files[i], &size);
        struct http_request whole;
        assert_int_equal(http_request_parse(file, size, &whole), DISSECT_OK);
        assert_int_equal(whole.head_len, size);
        for (size_t n = 0; n < size; n++) {
            assert_int_equal(parse_bytes(file, n), DISSECT_TRUNCATED);
            assert_int_equal(r.head_len, 0);
            assert_true(http_looks_like_request(bytes, n));
            assert_true(r.method.len == 0 || r.method.len == whole.method.len);
            assert_true(r.target.len == 0 || r.target.len == whole.target.len);
            assert_true(r.host.len == 0 || r.host.len == whole.host.len);
            assert_true(r.host_header.len == 0 || r.host_header.len == whole.host_header.len);
            assert_true(r.referer.len == 0 || r.referer.len == whole.referer.len);
        }
        free(file);
    }
}

static void a_head_without_end_is_not_read_past_its_maximum(void **state)
{
    (void)state;
    static char head[HTTP_HEAD_MAX + 100];
    memset(head, 'a', sizeof(head));
    memcpy(head, "GET /", 5);
    assert_int_equal(parse_bytes(head, sizeof(head)), DISSECT_TRUNCATED);
    assert_view(r.target, "");

    static const char first[] = "GET / HTTP/1.1\r\nA: ";
    memcpy(head, first, strlen(first));
    memcpy(head + HTTP_HEAD_MAX - 4, "\r\n\r\n", 4);
    assert_int_equal(parse_bytes(head, sizeof(head)), DISSECT_OK);
    assert_int_equal(r.head_len, HTTP_HEAD_MAX);
    memcpy(head + HTTP_HEAD_MAX - 4, "a\r\n\r\n", 5);
    assert_int_equal(parse_bytes(head, sizeof(head)), DISSECT_TRUNCATED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_browsers_request_is_read),
        cmocka_unit_test(each_form_of_target_gives_its_host),
        cmocka_unit_test(a_host_header_loses_its_port_and_brackets),
        cmocka_unit_test(the_first_of_a_header_counts),
        cmocka_unit_test(a_folded_host_is_not_believed),
        cmocka_unit_test(lines_may_end_in_lf_alone_and_need_not_be_headers),
        cmocka_unit_test(a_content_length_is_a_number_or_nothing),
        cmocka_unit_test(methods_of_webdav_and_upnp_are_known),
        cmocka_unit_test(other_protocols_are_not_http),
        cmocka_unit_test(another_version_is_told_before_the_line_ends),
        cmocka_unit_test(each_truncation_gives_whole_lines_only),
        cmocka_unit_test(a_head_without_end_is_not_read_past_its_maximum),
    };
    return cmocka_run_group_tests(tests, NULL, free_bytes);
}
