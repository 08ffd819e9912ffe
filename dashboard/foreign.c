/* foreign.c -- see foreign.h. */
#include "dashboard/foreign.h"

#include "common/json.h"

#include <stdlib.h>
#include <string.h>

#define SMALL "abcdefghijklmnopqrstuvwxyz"
#define CAPITAL "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGIT "0123456789"

static bool copy(const char *at, size_t n, char *out, size_t out_bytes)
{
    out[0] = '\0';
    if (n >= out_bytes)
        return false;
    memcpy(out, at, n);
    out[n] = '\0';
    return true;
}

bool foreign_cookie(const char *header, const char *name, char *out, size_t out_bytes)
{
    size_t name_len = strlen(name);
    bool found = false;
    out[0] = '\0';
    while (header && *header) {
        header += strspn(header, " ;");
        size_t pair = strcspn(header, ";");
        if (pair > name_len && memcmp(header, name, name_len) == 0 && header[name_len] == '=') {
            const char *value = header + name_len + 1;
            size_t n = strspn(value, SMALL CAPITAL DIGIT "-_");
            if (found || n != pair - name_len - 1 || !copy(value, n, out, out_bytes)) {
                out[0] = '\0';
                return false;
            }
            found = true;
        }
        header += pair;
    }
    return found;
}

static unsigned two_digits(const char *at)
{
    return (unsigned)(at[0] - '0') * 10 + (unsigned)(at[1] - '0');
}

bool foreign_day(const char *text, char out[FOREIGN_DAY_MAX])
{
    static const unsigned char lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    out[0] = '\0';
    if (!text || strlen(text) != 10)
        return false;
    for (int i = 0; i < 10; i++)
        if (i == 4 || i == 7 ? text[i] != '-' : text[i] < '0' || text[i] > '9')
            return false;
    unsigned year = two_digits(text) * 100 + two_digits(text + 2), month = two_digits(text + 5), day = two_digits(text + 8);
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > lengths[month - 1] + (unsigned)(month == 2 && leap))
        return false;
    return copy(text, 10, out, FOREIGN_DAY_MAX);
}

bool foreign_host(const char *header, char host[FOREIGN_HOST_MAX], char port[FOREIGN_PORT_MAX])
{
    host[0] = port[0] = '\0';
    if (!header)
        return false;
    size_t n = header[0] == '[' ? strcspn(header, "]") + 1 : strcspn(header, ":");
    if (n > strlen(header))
        return false;
    const char *rest = header + n;
    const char *letters = header[0] == '[' ? "[]:." DIGIT "abcdefABCDEF" : SMALL CAPITAL DIGIT "-._";
    if (n == 0 || strspn(header, letters) < n || !copy(header, n, host, FOREIGN_HOST_MAX))
        goto refuse;
    if (rest[0] == ':') {
        rest++;
        if (strlen(rest) == 0 || strspn(rest, DIGIT) != strlen(rest) || !copy(rest, strlen(rest), port, FOREIGN_PORT_MAX))
            goto refuse;
    } else if (rest[0] != '\0') {
        goto refuse;
    }
    for (char *c = host; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    return true;
refuse:
    host[0] = port[0] = '\0';
    return false;
}

bool foreign_origin_is(const char *origin, bool tls, const char *host_header)
{
    const char *scheme = tls ? "https://" : "http://";
    size_t n = strlen(scheme);
    return origin && host_header && strncmp(origin, scheme, n) == 0 && strcmp(origin + n, host_header) == 0;
}

bool foreign_name(const char *text, char out[FOREIGN_NAME_MAX])
{
    out[0] = '\0';
    size_t n = text ? strlen(text) : 0;
    if (n == 0 || strspn(text, SMALL DIGIT ".-") != n || strchr(".-", text[0]) || strchr(".-", text[n - 1]))
        return false;
    return copy(text, n, out, FOREIGN_NAME_MAX);
}

static bool is_plain(const char *text)
{
    size_t n = 0;
    for (const char *c = text; *c; c++, n++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            return false;
    return n <= FOREIGN_MEMBER_MAX;
}

bool foreign_members(const char *bytes, size_t n, const char *const *want, size_t count, char **out)
{
    char error[JSON_ERROR_MAX];
    struct json_node *root = json_read(bytes, n, error);
    bool right = json_node_kind(root) == JSON_KIND_OBJECT && json_node_count(root) == count;
    for (size_t i = 0; i < count; i++)
        out[i] = NULL;
    for (size_t i = 0; i < count && right; i++) {
        const char *text = json_node_text(json_node_member(root, want[i]));
        right = text && is_plain(text) && (out[i] = strdup(text));
    }
    json_node_free(root);
    if (!right)
        foreign_members_free(out, count);
    return right;
}

void foreign_members_free(char **out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (out[i])
            explicit_bzero(out[i], strlen(out[i]));
        free(out[i]);
        out[i] = NULL;
    }
}
