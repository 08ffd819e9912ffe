/* leak_text.c -- see leak_text.h. */
#include "common/leak_text.h"

#include <string.h>
#include <strings.h>

const char *leak_text_find_address(const char *at, const char *end)
{
    for (; end - at > 8; at++)
        if ((*at | 0x20) == 'h' && (strncasecmp(at, "http://", 7) == 0 || strncasecmp(at, "https://", 8) == 0))
            return at;
    return NULL;
}

bool leak_text_has_escape(struct url_text v)
{
    char out[3];
    for (size_t i = 0; i + 2 < v.len; i++)
        if (v.at[i] == '%' && url_decode(v.at + i, 3, false, out) == 1)
            return true;
    return false;
}

bool leak_text_is_pairs(struct url_text v)
{
    size_t i = 0;
    while (i < v.len && i <= LEAK_NAME_MAX && v.at[i] != '\0' &&
           (strchr("_.-[]~:", v.at[i]) || (v.at[i] >= '0' && v.at[i] <= '9') ||
            ((v.at[i] | 0x20) >= 'a' && (v.at[i] | 0x20) <= 'z')))
        i++;
    return i > 0 && i <= LEAK_NAME_MAX && i + LEAK_VALUE_LEAST < v.len && v.at[i] == '=' && v.at[i + 1] != '=';
}

bool leak_text_is_plain(const char *at, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)at[i] < ' ' && at[i] != '\n' && at[i] != '\r' && at[i] != '\t')
            return false;
    return n >= LEAK_VALUE_LEAST;
}

bool leak_text_type_has(struct url_text type, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= type.len; i++)
        if (strncasecmp(type.at + i, word, n) == 0)
            return true;
    return false;
}

static unsigned hex4(const char *at)
{
    unsigned value = 0;
    for (int i = 0; i < 4; i++) {
        unsigned c = (unsigned char)at[i];
        unsigned digit = c - '0' < 10 ? c - '0' : (c | 0x20) - 'a' < 6 ? (c | 0x20) - 'a' + 10 : 99;
        if (digit == 99)
            return 0;
        value = value << 4 | digit;
    }
    return value;
}

/* A character outside ASCII becomes its UTF-8 (RFC 3629); a surrogate becomes '?': no address needs one. */
static size_t put_utf8(unsigned code, char *out)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xc0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code >= 0xd800 && code < 0xe000) {
        out[0] = '?';
        return 1;
    }
    out[0] = (char)(0xe0 | code >> 12);
    out[1] = (char)(0x80 | (code >> 6 & 0x3f));
    out[2] = (char)(0x80 | (code & 0x3f));
    return 3;
}

const char *leak_text_json_string(const char *at, const char *end, char *out, size_t *len)
{
    *len = 0;
    while (at < end && *at != '"') {
        if (*at != '\\' || end - at < 2) {
            out[(*len)++] = *at++;
            continue;
        }
        static const char plain[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
        const char *escape = strchr(plain, at[1]);
        if (at[1] == 'u' && end - at >= 6) {
            *len += put_utf8(hex4(at + 2), out + *len);
            at += 6;
        } else {
            out[(*len)++] = escape && at[1] != '\0' ? meant[escape - plain] : at[1];
            at += 2;
        }
    }
    return at < end ? at + 1 : end;
}
