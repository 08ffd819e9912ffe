/* requests.h -- what the page Settings asks for, and what telltaled answers: both ends of two keys.
 *
 * Purpose    The dashboard may write a request and nothing else of the settings; the publisher reads it, decides, and tells the settings in
 *            force with the answer. What a request says is believed by nobody: the reader checks sizes and characters, who decides the rest.
 * Shape      One request at a time: a later one takes the place of one that waits. The settings are told whole.
 * Threads    One per store_requests. store_requests_run() never waits for Redis; store_request_write() does, half a second at most.
 * Ownership  store_requests_tell() copies.
 * Failure    The publisher's end tries again by itself and complains once (store/complaint.h). store_request_write(): -errno as store/asker.h.
 */
#ifndef TELLTALE_STORE_REQUESTS_H
#define TELLTALE_STORE_REQUESTS_H

#include <stdbool.h>
#include <stddef.h>

#define STORE_REQUEST_ID_MAX 33 /* 32 hexadecimal digits */
#define STORE_REQUEST_WORD_MAX 33
#define STORE_REQUEST_MEMBERS 3
#define STORE_REQUEST_VALUE_MAX 201
#define STORE_SETTINGS_FIELDS_MOST 400

struct store_request {
    char id[STORE_REQUEST_ID_MAX], who[STORE_REQUEST_WORD_MAX], change[STORE_REQUEST_WORD_MAX];
    size_t count;
    struct {
        char name[STORE_REQUEST_WORD_MAX], value[STORE_REQUEST_VALUE_MAX];
    } member[STORE_REQUEST_MEMBERS];
};

/* NULL: no member of this name. */
const char *store_request_member(const struct store_request *r, const char *name);

/* --- the dashboard's end ------------------------------------------------------------------------------------------------------ */

int store_request_write(const char *socket, const char *installation, const struct store_request *r);

/* --- the publisher's end ------------------------------------------------------------------------------------------------------ */

struct store_requests;

/* on_request: somebody asks; whoever is called tells the answer at once or later. NULL: nobody is listened to, settings are only told. */
struct store_requests *store_requests_new(const char *socket, const char *installation, void (*on_request)(void *context, const struct store_request *r), void *context);
void store_requests_free(struct store_requests *r);

/* Looks once a second. True while something that was told is not with Redis yet. */
bool store_requests_run(struct store_requests *r);

/* What the settings key is to hold from now on: names and values, n of them. answered: the id of the request that this answers, or "". */
struct store_settings_field {
    const char *name, *value;
};
bool store_requests_tell(struct store_requests *r, const char *answered, const struct store_settings_field *fields, size_t n);

#endif
