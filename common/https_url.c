/* https_url.c -- see https_url.h.
 *
 * Two programs that read one address differently is how a check is passed by: "https://good.example\@bad.example/" has
 * two hosts, depending on whom one asks. So what is unusual is refused instead of understood: users and passwords,
 * backslashes, fragments, characters outside ASCII, numbers as addresses ("https://2130706433/", "https://0x7f.1/").
 */
#include "common/https_url.h"

#include "common/address.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#define SCHEME "https://"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static const char *fault_of_bytes(const char *url)
{
    size_t n = strlen(url);
    if (n > HTTPS_URL_MAX)
        return "it is longer than any address of a list";
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)url[i];
        if (c <= ' ' || c >= 0x7f)
            return "it has a character that must be percent-encoded";
        if (strchr("\"'<>\\^`{|}", c))
            return "it has a character that addresses do not have";
        if (c == '#')
            return "it has a # part, which is for browsers";
    }
    return NULL;
}

/* A name that ends in a number would be taken for an IPv4 address by some: only the usual form may be one. */
static bool is_usable_name(const char *at, size_t n)
{
    char text[HTTPS_URL_HOST_MAX];
    struct ip_prefix address;
    if (n == 0 || n >= sizeof(text))
        return false;
    memcpy(text, at, n);
    text[n] = '\0';
    if (strspn(text, LETTERS DIGITS "-_.") != n || text[0] == '.' || strstr(text, ".."))
        return false;
    if (text[n - 1] == '.')
        text[n - 1] = '\0';
    const char *dot = strrchr(text, '.'), *last = dot ? dot + 1 : text;
    if (last[0] < '0' || last[0] > '9')
        return true;
    return ip_prefix_parse(text, &address);
}

static bool is_usable_v6(const char *at, size_t n)
{
    char text[ADDRESS_TEXT_MAX];
    struct ip_prefix address;
    if (n < 2 || n >= sizeof(text) || !memchr(at, ':', n) || memchr(at, '/', n))
        return false;
    memcpy(text, at, n);
    text[n] = '\0';
    return ip_prefix_parse(text, &address);
}

static bool is_port(const char *at, size_t n)
{
    unsigned port = 0;
    if (n == 0 || n > 5 || strspn(at, DIGITS) < n)
        return false;
    for (size_t i = 0; i < n; i++)
        port = port * 10 + (unsigned)(at[i] - '0');
    return port >= 1 && port <= 65535;
}

/* Where the host begins, how long it is, and what follows it up to the path. */
struct authority {
    const char *host, *rest;
    size_t host_n, rest_n;
    bool bracketed;
};

static bool split(const char *url, struct authority *a)
{
    const char *at = url + strlen(SCHEME), *end = at + strcspn(at, "/?");
    a->bracketed = *at == '[';
    const char *stop = memchr(at, a->bracketed ? ']' : ':', (size_t)(end - at));
    if (a->bracketed && !stop)
        return false;
    if (!stop)
        stop = end;
    a->host = at + a->bracketed;
    a->host_n = (size_t)(stop - a->host);
    a->rest = stop + a->bracketed;
    a->rest_n = (size_t)(end - a->rest);
    return true;
}

const char *https_url_fault(const char *url)
{
    struct authority a;
    if (strncasecmp(url, SCHEME, strlen(SCHEME)) != 0)
        return "it does not begin with https://";
    const char *fault = fault_of_bytes(url);
    if (fault)
        return fault;
    if (memchr(url + strlen(SCHEME), '@', strcspn(url + strlen(SCHEME), "/?")))
        return "it has a user or password, which would be shown and logged";
    if (!split(url, &a) || !(a.bracketed ? is_usable_v6(a.host, a.host_n) : is_usable_name(a.host, a.host_n)))
        return "it names no usable host";
    if (a.rest_n > 0 && (a.rest[0] != ':' || !is_port(a.rest + 1, a.rest_n - 1)))
        return "it has something other than a port after its host";
    return NULL;
}

void https_url_host(const char *url, char host[HTTPS_URL_HOST_MAX])
{
    struct authority a;
    split(url, &a);
    size_t n = a.host_n;
    if (n > 1 && a.host[n - 1] == '.')
        n--;
    for (size_t i = 0; i < n; i++)
        host[i] = (char)(a.host[i] >= 'A' && a.host[i] <= 'Z' ? a.host[i] + ('a' - 'A') : a.host[i]);
    host[n] = '\0';
}
