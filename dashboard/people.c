/* people.c -- who may sign in: the lead sees it, adds and removes. The record says what role it was about, never a name. */
#include "dashboard/api.h"
#include "dashboard/foreign.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct json *list(const struct web *w)
{
    struct json *root = json_new_object(), *rows = json_new_array();
    json_put(root, "accounts", rows);
    for (size_t i = 0; i < accounts_count(w->accounts); i++) {
        struct json *row = json_new_object();
        json_append(rows, row);
        json_put_text(row, "name", accounts_name(w->accounts, i));
        json_put_text(row, "role", role_word(accounts_role(w->accounts, i)));
    }
    return root;
}

void api_accounts(struct web_call *c)
{
    web_send_json(c, 200, list(c->web));
}

static void answer_change(struct web_call *c, int rc)
{
    switch (rc) {
    case 0: web_send_json(c, 200, list(c->web)); break;
    case -EINVAL: web_send_error(c, 400, "account", "a name of a-z and 0-9, a role, and a password of 12 to 128 characters"); break;
    case -EEXIST: web_send_error(c, 409, "exists", "there is an account of this name"); break;
    case -ENOSPC: web_send_error(c, 409, "full", "there are too many accounts; remove one first"); break;
    case -ENOENT: web_send_error(c, 404, "absent", "there is no account of this name"); break;
    case -EBUSY: web_send_error(c, 409, "last-lead", "the last lead cannot be removed; add another first"); break;
    default: web_send_error(c, 500, "accounts-file", "the change could not be saved; the log says why");
    }
}

/* A new account, whose password is worked on beside the server's thread (jobs.h). */
struct addition {
    char name[ACCOUNT_NAME_MAX], password[FOREIGN_MEMBER_MAX + 1], hash[ACCOUNT_HASH_MAX];
    enum role role;
    bool has_run, hashed;
};

static void free_addition(void *context)
{
    explicit_bzero(context, sizeof(struct addition));
    free(context);
}

static void hash_addition(void *context)
{
    struct addition *work = context;
    work->hashed = account_hash(work->password, work->hash) == 0;
    work->has_run = true;
}

static void add_hashed(struct web_call *c, void *context)
{
    const struct addition *work = context;
    if (!work->has_run) {
        web_send_error(c, 503, "busy", "the dashboard has too much to do; try again in a minute");
        return;
    }
    if (c->session->role != ROLE_LEAD) {
        web_send_error(c, 403, "role", "this is not for your role");
        return;
    }
    int rc = work->hashed ? accounts_add(c->web->accounts, work->name, work->role, work->hash) : -ENOMEM;
    if (rc == 0)
        web_note(c->web, c->session->role, "account-added", work->role == ROLE_LEAD ? "a lead" : "a technician");
    answer_change(c, rc);
}

void api_accounts_add(struct web_call *c)
{
    static const char *const want[] = {"name", "role", "password"};
    char *got[3];
    enum role role;
    if (!foreign_members(c->request->body, c->request->body_len, want, 3, got)) {
        web_send_error(c, 400, "body", "expected {\"name\": ..., \"role\": ..., \"password\": ...}");
        return;
    }
    int rc = role_from_word(got[1], &role) ? accounts_may_add(c->web->accounts, got[0], role, got[2]) : -EINVAL;
    if (rc < 0) {
        answer_change(c, rc);
    } else {
        struct addition *work = calloc(1, sizeof(*work));
        if (work) {
            snprintf(work->name, sizeof(work->name), "%s", got[0]);
            snprintf(work->password, sizeof(work->password), "%s", got[2]);
            work->role = role;
        }
        web_later_password(c, hash_addition, add_hashed, free_addition, work);
    }
    foreign_members_free(got, 3);
}

/* Whoever is signed in as the removed account is signed out; that may be the one who asked. */
void api_accounts_remove(struct web_call *c)
{
    static const char *const want[] = {"name"};
    char *got[1];
    if (!foreign_members(c->request->body, c->request->body_len, want, 1, got)) {
        web_send_error(c, 400, "body", "expected {\"name\": ...}");
        return;
    }
    enum role role = ROLE_NONE, mine = c->session->role;
    for (size_t i = 0; i < accounts_count(c->web->accounts); i++)
        if (strcmp(accounts_name(c->web->accounts, i), got[0]) == 0)
            role = accounts_role(c->web->accounts, i);
    int rc = accounts_remove(c->web->accounts, got[0]);
    if (rc == 0) {
        sessions_end_of(&c->web->sessions, got[0]);
        web_note(c->web, mine, "account-removed", role == ROLE_LEAD ? "a lead" : "a technician");
    }
    foreign_members_free(got, 1);
    answer_change(c, rc);
}
