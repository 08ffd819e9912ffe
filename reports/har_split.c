/* har_split.c -- see har_split.h.
 *
 * One byte at a time through a small machine: outside of strings only brackets, commas and colons matter, inside only the quote and the
 * backslash. Numbers and words are passed over unread: whoever parses an element finds their faults. The kind of each open bracket is
 * one bit of a stack of HAR_DEPTH_MAX. Which element is being read follows from the keys on the way: the four paths that matter are at most
 * three keys long, so only the keys at depths 1 and 2 are remembered.
 *
 * Keeping elements well formed. Bytes of an element are copied as they come, but a string is cut at HAR_STRING_MAX, where a plain character
 * begins (never within an escape or a character), and escapes are copied whole, once they are: that is where \u0000 and lone surrogates
 * (which browsers write when a body was not text) are replaced.
 * RFC 8259; HAR 1.2 is the format's last published draft. A byte order mark at the beginning is passed over.
 */
#include "reports/har_split.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_MAX 16 /* "entries" */

struct har_split {
    int (*on_element)(void *context, enum har_part part, const char *json, size_t n);
    void *context;
    uint64_t at; /* of the byte being read */
    unsigned depth;
    bool is_object[HAR_DEPTH_MAX + 1]; /* of the bracket open at each depth */
    bool expects_key, expects_colon, ended, in_string, is_key;
    bool saw_log, saw_entries;
    char keys[4][KEY_MAX + 1]; /* the member being read, at depths 1 to 3 */
    size_t key_len;
    /* strings */
    size_t string_len;
    char escape[6];
    unsigned escape_len; /* 0: none is being read */
    unsigned high;       /* a first half of a surrogate pair, waiting for its second */
    bool cutting;
    /* the element being copied */
    bool copying, overflow;
    enum har_part part;
    unsigned element_depth;
    char *element;
    size_t element_len, element_size;
    uint64_t too_long;
    int rc;
    char fault[160];
};

struct har_split *har_split_new(int (*on_element)(void *context, enum har_part part, const char *json, size_t n),
                                void *context)
{
    struct har_split *s = calloc(1, sizeof(*s));
    if (!s)
        return NULL;
    s->on_element = on_element;
    s->context = context;
    return s;
}

void har_split_free(struct har_split *s)
{
    if (!s)
        return;
    free(s->element);
    free(s);
}

const char *har_split_fault(const struct har_split *s)
{
    return s->fault;
}

uint64_t har_split_too_long(const struct har_split *s)
{
    return s->too_long;
}

static int fault(struct har_split *s, const char *what)
{
    snprintf(s->fault, sizeof(s->fault), "%s at byte %llu", what, (unsigned long long)s->at);
    return s->rc = -EINVAL;
}

/* The element ------------------------------------------------------------------------------------------------------ */

static int copy(struct har_split *s, const char *bytes, size_t n)
{
    if (!s->copying || s->overflow)
        return 0;
    if (s->element_len + n > HAR_ELEMENT_MAX) {
        s->overflow = true;
        s->too_long++;
        return 0;
    }
    if (s->element_len + n > s->element_size) {
        size_t size = s->element_size ? s->element_size * 2 : 4096;
        char *larger = realloc(s->element, size < s->element_len + n ? s->element_len + n : size);
        if (!larger)
            return s->rc = -ENOMEM;
        s->element = larger;
        s->element_size = size < s->element_len + n ? s->element_len + n : size;
    }
    memcpy(s->element + s->element_len, bytes, n);
    s->element_len += n;
    return 0;
}

/* Does the value that begins now, at the present depth, matter? Only objects do. */
static bool is_element(struct har_split *s, enum har_part *part)
{
    if (s->depth < 2 || !s->is_object[1] || strcmp(s->keys[1], "log") != 0 || !s->is_object[2])
        return false;
    if (s->depth == 2 && strcmp(s->keys[2], "creator") == 0)
        return *part = HAR_CREATOR, true;
    if (s->depth == 2 && strcmp(s->keys[2], "browser") == 0)
        return *part = HAR_BROWSER, true;
    if (s->depth != 3 || s->is_object[3])
        return false;
    if (strcmp(s->keys[2], "pages") == 0)
        return *part = HAR_PAGE, true;
    if (strcmp(s->keys[2], "entries") == 0)
        return *part = HAR_ENTRY, true;
    return false;
}

static int hand_out(struct har_split *s)
{
    s->copying = false;
    return s->overflow ? 0 : (s->rc = s->on_element(s->context, s->part, s->element, s->element_len));
}

/* Structure ------------------------------------------------------------------------------------------------------- */

static int open_bracket(struct har_split *s, char c)
{
    enum har_part part;
    if (s->depth == HAR_DEPTH_MAX)
        return fault(s, "nested too deeply");
    if (s->ended)
        return fault(s, "something follows the recording");
    if (s->depth > 0 && s->is_object[s->depth] && s->expects_key)
        return fault(s, "a name was expected");
    if (s->depth == 0 && c != '{')
        return fault(s, "not a recording: no object");
    if (!s->copying && c == '{' && is_element(s, &part)) {
        s->copying = true;
        s->overflow = false;
        s->part = part;
        s->element_depth = s->depth;
        s->element_len = 0;
    }
    if (s->depth == 1 && c == '{' && strcmp(s->keys[1], "log") == 0)
        s->saw_log = true;
    if (s->depth == 2 && c == '[' && s->saw_log && strcmp(s->keys[1], "log") == 0 && strcmp(s->keys[2], "entries") == 0)
        s->saw_entries = true;
    s->is_object[++s->depth] = c == '{';
    if (s->depth < 4)
        s->keys[s->depth][0] = '\0';
    s->expects_key = c == '{';
    s->expects_colon = false;
    return copy(s, &c, 1);
}

static int close_bracket(struct har_split *s, char c)
{
    if (s->depth == 0 || s->is_object[s->depth] != (c == '}') || s->expects_colon)
        return fault(s, "a bracket does not match");
    s->depth--;
    s->expects_key = false;
    s->ended = s->depth == 0;
    if (copy(s, &c, 1) < 0)
        return s->rc;
    return s->copying && s->depth == s->element_depth ? hand_out(s) : 0;
}

static int begin_string(struct har_split *s)
{
    if (s->depth == 0)
        return fault(s, s->ended ? "something follows the recording" : "not a recording: no object");
    if (s->expects_colon)
        return fault(s, "a colon was expected");
    s->in_string = true;
    s->is_key = s->is_object[s->depth] && s->expects_key;
    s->key_len = s->string_len = 0;
    s->cutting = false;
    s->high = 0;
    return copy(s, "\"", 1);
}

static int structure(struct har_split *s, char c)
{
    switch (c) {
    case '{':
    case '[':
        return open_bracket(s, c);
    case '}':
    case ']':
        return close_bracket(s, c);
    case '"':
        return begin_string(s);
    case ':':
        if (!s->expects_colon)
            return fault(s, "a colon is out of place");
        s->expects_colon = s->expects_key = false;
        return copy(s, &c, 1);
    case ',':
        if (s->depth == 0 || s->expects_colon)
            return fault(s, "a comma is out of place");
        s->expects_key = s->is_object[s->depth];
        return copy(s, &c, 1);
    case ' ':
    case '\t':
    case '\r':
    case '\n':
        return 0;
    default:
        if (s->depth == 0)
            return fault(s, s->ended ? "something follows the recording" : "not a recording: no object");
        return s->expects_colon || (s->is_object[s->depth] && s->expects_key)
                   ? fault(s, "a name in quotes was expected")
                   : copy(s, &c, 1);
    }
}

/* Strings --------------------------------------------------------------------------------------------------------- */

static int text(struct har_split *s, const char *bytes, size_t n)
{
    if (s->high) { /* its second half did not come */
        s->high = 0;
        if (copy(s, "\\ufffd", 6) < 0)
            return s->rc;
    }
    return copy(s, bytes, n);
}

static int end_string(struct har_split *s)
{
    s->in_string = false;
    if (s->is_key) {
        s->expects_colon = true;
        if (s->depth < 4)
            s->keys[s->depth][s->key_len <= KEY_MAX ? s->key_len : 0] = '\0';
    }
    return text(s, "\"", 1);
}

static unsigned hex4(const char *at)
{
    unsigned value = 0;
    for (int i = 0; i < 4; i++) {
        unsigned c = (unsigned char)at[i];
        unsigned digit = c - '0' < 10 ? c - '0' : (c | 0x20) - 'a' < 6 ? (c | 0x20) - 'a' + 10 : 16;
        if (digit == 16)
            return UINT16_MAX + 1u;
        value = value << 4 | digit;
    }
    return value;
}

/* A whole \uXXXX. */
static int unicode_escape(struct har_split *s)
{
    unsigned code = hex4(s->escape + 2), high = s->high;
    if (code > UINT16_MAX)
        return fault(s, "an escape is wrong");
    if (code >= 0xd800 && code < 0xdc00) {
        int rc = text(s, "", 0);
        s->high = code;
        return rc;
    }
    if (code >= 0xdc00 && code < 0xe000 && high) {
        char pair[13];
        s->high = 0;
        snprintf(pair, sizeof(pair), "\\u%04x\\u%04x", high & 0xffff, code & 0xffff);
        return copy(s, pair, 12);
    }
    return code == 0 || (code >= 0xdc00 && code < 0xe000) ? text(s, "\\ufffd", 6) : text(s, s->escape, 6);
}

static int escaped(struct har_split *s, char c)
{
    s->escape[s->escape_len++] = c;
    if (s->escape_len == 2 && c != 'u') {
        s->escape_len = 0;
        return c != '\0' && strchr("\"\\/bfnrt", c) ? text(s, s->escape, 2) : fault(s, "an escape is wrong");
    }
    if (s->escape_len < 6)
        return 0;
    s->escape_len = 0;
    return unicode_escape(s);
}

static int string(struct har_split *s, char c)
{
    s->string_len++;
    if (s->is_key && s->depth < 4 && c != '"') {
        if (s->key_len < KEY_MAX)
            s->keys[s->depth][s->key_len] = c;
        s->key_len++;
    }
    /* A plain character, or the first byte of a longer one: here a string may be cut. */
    if (s->string_len > HAR_STRING_MAX && s->escape_len == 0 && c != '\\' && ((unsigned char)c & 0xc0) != 0x80)
        s->cutting = true;
    if (s->escape_len > 0)
        return s->cutting ? (s->escape_len = 0, 0) : escaped(s, c);
    if (c == '"')
        return end_string(s);
    if (c == '\\') {
        s->escape[0] = c;
        s->escape_len = 1;
        return 0;
    }
    if ((unsigned char)c < ' ')
        return fault(s, "a control character in a text");
    return s->cutting ? 0 : text(s, &c, 1);
}

/* Feeding --------------------------------------------------------------------------------------------------------- */

/* The part of a string that needs no thought, in one go: most of a large recording is inside strings. */
static size_t plain_run(struct har_split *s, const char *bytes, size_t n)
{
    size_t i = 0;
    if (!s->in_string || s->escape_len > 0 || s->is_key || s->high || s->string_len > HAR_STRING_MAX / 2)
        return 0;
    if (n > HAR_STRING_MAX / 2)
        n = HAR_STRING_MAX / 2;
    while (i < n && bytes[i] != '"' && bytes[i] != '\\' && (unsigned char)bytes[i] >= ' ')
        i++;
    if (i > 0 && copy(s, bytes, i) < 0)
        return 0;
    s->string_len += i;
    return i;
}

/* While a string is being cut only its end matters. */
static size_t cut_run(const struct har_split *s, const char *bytes, size_t n)
{
    size_t i = 0;
    if (!s->in_string || !s->cutting || s->escape_len > 0)
        return 0;
    while (i < n && bytes[i] != '"' && bytes[i] != '\\' && (unsigned char)bytes[i] >= ' ')
        i++;
    return i;
}

int har_split_feed(struct har_split *s, const char *bytes, size_t n)
{
    static const char mark[] = "\xef\xbb\xbf";
    for (size_t i = 0; i < n && s->rc == 0;) {
        size_t run = plain_run(s, bytes + i, n - i);
        run = run ? run : cut_run(s, bytes + i, n - i);
        i += run;
        s->at += run;
        if (run > 0 || s->rc < 0)
            continue;
        char c = bytes[i++];
        if (s->in_string)
            string(s, c);
        else if (s->at >= 3 || c != mark[s->at])
            structure(s, c);
        s->at++;
    }
    return s->rc;
}

int har_split_end(struct har_split *s)
{
    if (s->rc < 0)
        return s->rc;
    if (s->at == 0)
        return fault(s, "the file is empty");
    if (!s->ended)
        return fault(s, "the recording is cut: it ends");
    if (!s->saw_log)
        return fault(s, "not a recording: it has no \"log\", and ends");
    return s->saw_entries ? 0 : fault(s, "not a recording: its \"log\" has no \"entries\", and ends");
}
