/* json.h -- building and reading JSON (the only file that meets jansson).
 *
 * Building   struct json is an object or array that is being filled. A child stays good to fill after it was put into
 * its parent; json_free() on the root frees all of it. Members keep the order in which they were put. Reading    struct
 * json_node is a value of a document that was read. Everything reached from the root is borrowed from it and dies with
 * json_node_free(). Text       Strings go in as bytes and come out clean (common/text.h): what is not UTF-8, and what
 * could command a terminal, is written as U+FFFD, a tab or line break too. The output is valid UTF-8 whatever the input
 * was. Numbers    Reals are written with 16 digits, so that an epoch time keeps its microseconds and nothing else.
 * Threads    A value belongs to one thread at a time.
 * Failure    Adders on a NULL parent do nothing; json_write() says -ENOMEM when any adder failed before in the tree
 * that it writes, so that a caller may build blindly and ask once.
 */
#ifndef TELLTALE_COMMON_JSON_H
#define TELLTALE_COMMON_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct json;

struct json *json_new_object(void);
struct json *json_new_array(void);
void json_free(struct json *root);

void json_put(struct json *object, const char *key, struct json *child); /* takes child; NULL child: a failed adder */
void json_put_text(struct json *object, const char *key, const char *text); /* NULL text: null */
void json_put_int(struct json *object, const char *key, int64_t n);
void json_put_count(struct json *object, const char *key, uint64_t n); /* INT64_MAX at most */
void json_put_real(struct json *object, const char *key, double x); /* not finite: null */
void json_put_bool(struct json *object, const char *key, bool b);
void json_put_null(struct json *object, const char *key);
void json_append(struct json *array, struct json *child);    /* takes child; NULL child: a failed adder */
void json_append_text(struct json *array, const char *text); /* NULL text: null */

/* Writes the value, indented, and a newline. 0 or -errno. */
int json_write(const struct json *root, FILE *out);
/* Writes the value on one line, without a newline: for an array too long to build whole. 0 or -errno. */
int json_write_line(const struct json *root, FILE *out);

struct json_node;

enum json_kind {
    JSON_KIND_NULL,
    JSON_KIND_BOOL,
    JSON_KIND_INT,
    JSON_KIND_REAL,
    JSON_KIND_TEXT,
    JSON_KIND_ARRAY,
    JSON_KIND_OBJECT
};

#define JSON_ERROR_MAX 200

/* Reads one document (an object or array; nothing but blanks after it; no key twice in an object; a depth limit).
 * NULL, and in `error` what is wrong and on which line. */
struct json_node *json_read(const char *bytes, size_t n, char error[JSON_ERROR_MAX]);
void json_node_free(struct json_node *root);

/* Each takes NULL as the value null, so that a path of look-ups needs one check, at its end. */
enum json_kind json_node_kind(const struct json_node *node);
const char *json_node_text(const struct json_node *node);       /* NULL: not text. May hold control characters. */
bool json_node_int(const struct json_node *node, int64_t *out); /* false: not an integer */
bool json_node_real(const struct json_node *node, double *out); /* false: not a number */
bool json_node_is_true(const struct json_node *node);
size_t json_node_count(const struct json_node *node);                            /* of an array or object; else 0 */
const struct json_node *json_node_item(const struct json_node *array, size_t i); /* NULL: past the end */
const struct json_node *json_node_member(const struct json_node *object, const char *key); /* NULL: not there */

/* Walks an object's members: start with *cursor NULL; false after the last. */
bool json_node_next(const struct json_node *object, void **cursor, const char **key, const struct json_node **value);

#endif
