/* json.c -- see json.h.
 *
 * A builder that checks each call drowns in its own error paths. Here the tree remembers instead: each object and array
 * under construction is a small struct of ours beside jansson's value, linked to its parent, and a failed adder marks
 * all of its ancestors. The writer then refuses a tree with a hole. Our struct and the parent's value each hold one of
 * jansson's references, so that a child whose key was put twice is still good to fill, though no longer written.
 * Reading hands out jansson's values under our own name; nothing is wrapped, so a large feed costs nothing extra.
 */
#include "common/json.h"

#include "common/text.h"

#include <assert.h>
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct json {
    json_t *value;
    struct json *parent;      /* NULL: a root */
    struct json *first_child; /* in no order that matters */
    struct json *next_sibling;
    bool failed; /* an adder failed here or below */
};

/* 16 digits: a double holds no more for certain, and 1700000000.123456 has 16. */
#define REAL_DIGITS JSON_REAL_PRECISION(16)

static struct json *wrap(json_t *value)
{
    struct json *json = value ? calloc(1, sizeof(*json)) : NULL;
    if (!json) {
        json_decref(value);
        return NULL;
    }
    json->value = value;
    return json;
}

struct json *json_new_object(void)
{
    return wrap(json_object());
}

struct json *json_new_array(void)
{
    return wrap(json_array());
}

static void free_tree(struct json *json)
{
    for (struct json *child = json->first_child, *next; child; child = next) {
        next = child->next_sibling;
        free_tree(child);
    }
    json_decref(json->value);
    free(json);
}

void json_free(struct json *root)
{
    if (!root)
        return;
    assert(!root->parent);
    free_tree(root);
}

static void mark_failed(struct json *json)
{
    for (; json; json = json->parent)
        json->failed = true;
}

static void adopt(struct json *parent, struct json *child)
{
    assert(!child->parent && child != parent);
    child->parent = parent;
    child->next_sibling = parent->first_child;
    parent->first_child = child;
    if (child->failed)
        mark_failed(parent);
}

/* Takes value, which may be NULL after a failed allocation. */
static void put_value(struct json *object, const char *key, json_t *value)
{
    if (!object) {
        json_decref(value);
        return;
    }
    assert(json_is_object(object->value));
    if (json_object_set_new(object->value, key, value) != 0)
        mark_failed(object);
}

static void append_value(struct json *array, json_t *value)
{
    if (!array) {
        json_decref(value);
        return;
    }
    assert(json_is_array(array->value));
    if (json_array_append_new(array->value, value) != 0)
        mark_failed(array);
}

static json_t *text_value(const char *text)
{
    if (!text)
        return json_null();
    size_t n = strlen(text);
    char *clean = text_clean_copy(text, n);
    if (!clean)
        return NULL;
    json_t *value = json_string(clean);
    free(clean);
    return value;
}

void json_put(struct json *object, const char *key, struct json *child)
{
    if (!object) {
        json_free(child);
        return;
    }
    if (child)
        adopt(object, child);
    put_value(object, key, child ? json_incref(child->value) : NULL);
}

void json_append(struct json *array, struct json *child)
{
    if (!array) {
        json_free(child);
        return;
    }
    if (child)
        adopt(array, child);
    append_value(array, child ? json_incref(child->value) : NULL);
}

void json_put_text(struct json *object, const char *key, const char *text)
{
    put_value(object, key, text_value(text));
}

void json_put_int(struct json *object, const char *key, int64_t n)
{
    put_value(object, key, json_integer(n));
}

void json_put_count(struct json *object, const char *key, uint64_t n)
{
    json_put_int(object, key, n > INT64_MAX ? INT64_MAX : (int64_t)n);
}

void json_put_real(struct json *object, const char *key, double x)
{
    put_value(object, key, isfinite(x) ? json_real(x) : json_null());
}

void json_put_bool(struct json *object, const char *key, bool b)
{
    put_value(object, key, json_boolean(b));
}

void json_put_null(struct json *object, const char *key)
{
    put_value(object, key, json_null());
}

void json_append_text(struct json *array, const char *text)
{
    append_value(array, text_value(text));
}

/* jansson says only that it failed: errno where the stream set it. */
static int dump(const struct json *root, FILE *out, size_t flags)
{
    if (!root || root->failed)
        return -ENOMEM;
    errno = 0;
    if (json_dumpf(root->value, out, flags | REAL_DIGITS) != 0)
        return errno ? -errno : -EIO;
    return 0;
}

int json_write(const struct json *root, FILE *out)
{
    int rc = dump(root, out, JSON_INDENT(2));
    if (rc == 0 && fputc('\n', out) == EOF)
        return errno ? -errno : -EIO;
    return rc;
}

int json_write_line(const struct json *root, FILE *out)
{
    return dump(root, out, 0);
}

/* Reading: a json_node is jansson's value under our name, and never written through. */
static const json_t *value_of(const struct json_node *node)
{
    return (const json_t *)node;
}

struct json_node *json_read(const char *bytes, size_t n, char error[JSON_ERROR_MAX])
{
    json_error_t detail;
    json_t *root = json_loadb(bytes, n, JSON_REJECT_DUPLICATES, &detail);
    error[0] = '\0';
    if (!root) {
        char raw[JSON_ERROR_MAX];
        int length = snprintf(raw, sizeof(raw), "line %d: %s", detail.line, detail.text);
        size_t kept = length < 0 ? 0 : (size_t)length < sizeof(raw) ? (size_t)length : sizeof(raw) - 1;
        text_clean(raw, kept, error, JSON_ERROR_MAX);
    }
    return (struct json_node *)root;
}

void json_node_free(struct json_node *root)
{
    json_decref((json_t *)root);
}

enum json_kind json_node_kind(const struct json_node *node)
{
    if (!node)
        return JSON_KIND_NULL;
    switch (json_typeof(value_of(node))) {
    case JSON_OBJECT:
        return JSON_KIND_OBJECT;
    case JSON_ARRAY:
        return JSON_KIND_ARRAY;
    case JSON_STRING:
        return JSON_KIND_TEXT;
    case JSON_INTEGER:
        return JSON_KIND_INT;
    case JSON_REAL:
        return JSON_KIND_REAL;
    case JSON_TRUE:
    case JSON_FALSE:
        return JSON_KIND_BOOL;
    case JSON_NULL:
        break;
    }
    return JSON_KIND_NULL;
}

const char *json_node_text(const struct json_node *node)
{
    return json_string_value(value_of(node));
}

bool json_node_int(const struct json_node *node, int64_t *out)
{
    if (!json_is_integer(value_of(node)))
        return false;
    *out = json_integer_value(value_of(node));
    return true;
}

bool json_node_real(const struct json_node *node, double *out)
{
    if (!json_is_number(value_of(node)))
        return false;
    *out = json_number_value(value_of(node));
    return true;
}

bool json_node_is_true(const struct json_node *node)
{
    return json_is_true(value_of(node));
}

size_t json_node_count(const struct json_node *node)
{
    return json_is_array(value_of(node)) ? json_array_size(value_of(node)) : json_object_size(value_of(node));
}

const struct json_node *json_node_item(const struct json_node *array, size_t i)
{
    return (const struct json_node *)json_array_get(value_of(array), i);
}

const struct json_node *json_node_member(const struct json_node *object, const char *key)
{
    return (const struct json_node *)json_object_get(value_of(object), key);
}

bool json_node_next(const struct json_node *object, void **cursor, const char **key, const struct json_node **value)
{
    /* jansson's iterators take a value that is not const, though they only look. */
    union {
        const json_t *borrowed;
        json_t *value;
    } members = {.borrowed = value_of(object)};
    *cursor = *cursor ? json_object_iter_next(members.value, *cursor) : json_object_iter(members.value);
    if (!*cursor)
        return false;
    *key = json_object_iter_key(*cursor);
    *value = (const struct json_node *)json_object_iter_value(*cursor);
    return true;
}
