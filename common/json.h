/* json.h -- building and reading JSON (the only file that meets jansson).
 *
 * Shape      struct json is an opaque value. The json_* adders take ownership of nothing but the child values that are
 *            put into a parent; the root is freed with json_free().
 * Text       Strings go in as bytes; what is not UTF-8, and control characters, are written so that the output is valid
 *            UTF-8 whatever the input was (each bad byte becomes U+FFFD).
 * Failure    Adders on a NULL parent do nothing; json_write() says ENOMEM when any adder failed before.
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
void json_free(struct json *value);

void json_put(struct json *object, const char *key, struct json *child);   /* takes child */
void json_put_text(struct json *object, const char *key, const char *text); /* NULL text: null */
void json_put_int(struct json *object, const char *key, int64_t n);
void json_put_real(struct json *object, const char *key, double x);        /* not finite: null */
void json_put_bool(struct json *object, const char *key, bool b);
void json_put_null(struct json *object, const char *key);
void json_append(struct json *array, struct json *child);                  /* takes child */
void json_append_text(struct json *array, const char *text);

/* Writes the value, indented, and a newline. 0 or -errno. */
int json_write(const struct json *value, FILE *out);

#endif
