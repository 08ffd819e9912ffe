/* api_settings.c -- the page Settings: what is in force, and asking for something else.
 *
 * Nothing is changed here. A request goes into the store, telltaled holds it against its floors (sensor/settings_floor.h) and says what it
 * did; the page asks until it has said so. The form of a request is checked, so that a person hears of a slip at once; its values are not, so that
 * there is one place that decides.
 */
#include "common/change.h"
#include "dashboard/api.h"
#include "dashboard/foreign.h"
#include "store/requests.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

struct told {
    struct json *set, *lists, *known, *sites, *categories, *answer;
    bool fixed, any;
};

static void put_site(struct json *sites, const char *site, const char *columns)
{
    struct json *row = json_new_object();
    size_t label = strcspn(columns, "\t");
    char text[STORE_REQUEST_VALUE_MAX];
    json_append(sites, row);
    json_put_text(row, "site", site);
    snprintf(text, sizeof(text), "%.*s", (int)label, columns);
    json_put_text(row, "label", text);
    json_put_text(row, "category", columns[label] ? columns + label + 1 : "");
}

static void put_known(struct json *lists, const char *name, const char *columns)
{
    struct json *row = json_new_object();
    size_t url = strcspn(columns, "\t");
    char text[1024];
    json_append(lists, row);
    json_put_text(row, "name", name);
    snprintf(text, sizeof(text), "%.*s", (int)(url < sizeof(text) ? url : 0), columns);
    json_put_text(row, "url", text);
    json_put_text(row, "licence", columns[url] ? columns + url + 1 : "");
}

static void put_categories(struct json *out, const char *words)
{
    for (const char *at = words + strspn(words, " "); *at; at += strspn(at, " ")) {
        char word[64];
        size_t n = strcspn(at, " ");
        snprintf(word, sizeof(word), "%.*s", (int)(n < sizeof(word) ? n : 0), at);
        json_append_text(out, word);
        at += n;
    }
}

static void on_field(void *context, const char *name, const char *value)
{
    struct told *t = context;
    t->any = true;
    if (strncmp(name, "set:", 4) == 0) {
        json_put_text(t->set, name + 4, value);
    } else if (strncmp(name, "list:", 5) == 0) {
        struct json *row = json_new_object();
        json_append(t->lists, row);
        json_put_text(row, "name", name + 5);
        json_put_text(row, "url", value);
    } else if (strncmp(name, "known:", 6) == 0) {
        put_known(t->known, name + 6, value);
    } else if (strncmp(name, "site:", 5) == 0) {
        put_site(t->sites, name + 5, value);
    } else if (strcmp(name, "categories") == 0) {
        put_categories(t->categories, value);
    } else if (strcmp(name, "fixed") == 0) {
        t->fixed = true;
    } else if (strcmp(name, "answer") == 0 || strcmp(name, "verdict") == 0 || strcmp(name, "why") == 0) {
        json_put_text(t->answer, strcmp(name, "answer") == 0 ? "id" : name, value);
    }
}

void api_settings(struct web_call *c)
{
    struct store_reader *reader = web_reader(c->web);
    struct told t = {.set = json_new_object(), .lists = json_new_array(), .known = json_new_array(), .sites = json_new_array(), .categories = json_new_array(), .answer = json_new_object()};
    struct json *root = json_new_object();
    json_put(root, "set", t.set);
    json_put(root, "lists", t.lists);
    json_put(root, "known_lists", t.known);
    json_put(root, "sites", t.sites);
    json_put(root, "categories", t.categories);
    json_put(root, "answer", t.answer);
    int rc = reader ? store_reader_settings(reader, on_field, &t) : -EIO;
    if (rc < 0 && rc != -ENOENT) {
        json_free(root);
        web_send_store_error(c, rc);
        return;
    }
    json_put_bool(root, "demo", web_is_demo(c->web));
    json_put_bool(root, "fixed", t.fixed);
    json_put_bool(root, "known", t.any);
    if (!web_note_look(c, "settings")) {
        json_free(root);
        return;
    }
    web_send_json(c, 200, root);
}

/* Fills the request from a body that has exactly the members of one kind of change. */
static bool read_body(const struct web_call *c, struct store_request *out)
{
    for (int kind = 0; kind < CHANGE_KINDS; kind++) {
        const struct change_form *form = &change_forms[kind];
        const char *want[1 + CHANGE_MEMBERS_MAX] = {"change"};
        char *got[1 + CHANGE_MEMBERS_MAX];
        size_t n = 1;
        for (; form->members[n - 1]; n++)
            want[n] = form->members[n - 1];
        if (!foreign_members(c->request->body, c->request->body_len, want, n, got))
            continue;
        bool right = strcmp(got[0], form->word) == 0;
        snprintf(out->change, sizeof(out->change), "%s", form->word);
        out->count = n - 1;
        for (size_t i = 1; i < n && right; i++) {
            right = change_value_take(got[i], out->member[i - 1].value);
            snprintf(out->member[i - 1].name, sizeof(out->member[i - 1].name), "%s", want[i]);
        }
        foreign_members_free(got, n);
        return right;
    }
    return false;
}

void api_settings_ask(struct web_call *c)
{
    unsigned char random[16];
    struct store_request q = {0};
    _Static_assert(STORE_REQUEST_VALUE_MAX == CHANGE_VALUE_MAX + 1 && STORE_REQUEST_MEMBERS == CHANGE_MEMBERS_MAX, "a request holds what a change has");
    if (!read_body(c, &q)) {
        web_send_error(c, 400, "body", "expected a change such as {\"change\": \"privacy\", \"k\": \"8\"}; a value has at most 200 characters and no ;");
        return;
    }
    randombytes_buf(random, sizeof(random));
    sodium_bin2hex(q.id, sizeof(q.id), random, sizeof(random));
    snprintf(q.who, sizeof(q.who), "%s", role_word(c->session->role));
    int rc = store_request_write(c->web->config->redis_socket, c->web->config->installation, &q);
    if (rc < 0) {
        web_send_store_error(c, rc);
        return;
    }
    struct json *root = json_new_object();
    json_put_text(root, "id", q.id);
    web_send_json(c, 202, root);
}
