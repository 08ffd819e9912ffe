/* sign_in.c -- signing in and out, and the first run. What is typed wrong is answered alike whatever was wrong with it. */
#include "common/log.h"
#include "dashboard/api.h"
#include "dashboard/foreign.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void api_session(struct web_call *c)
{
    struct json *root = json_new_object();
    json_put_bool(root, "signed_in", c->session != NULL);
    json_put_text(root, "role", c->session ? role_word(c->session->role) : NULL);
    json_put_text(root, "name", c->session ? c->session->name : NULL);
    json_put_text(root, "token", c->session ? c->session->token : NULL);
    json_put_bool(root, "first_run", accounts_code(c->web->accounts) != NULL);
    json_put_bool(root, "demo", web_is_demo(c->web));
    json_put_text(root, "installation", c->session ? c->web->config->installation : NULL);
    json_put_text(root, "version", c->session ? TELLTALE_VERSION : NULL);
    web_send_json(c, 200, root);
}

/* Tells how long until both may try again, and answers so; false: they may now. */
static bool must_wait(struct web_call *c, const char *user, const char *address)
{
    uint64_t by_user = attempts_wait_ns(&c->web->attempts, user, c->now_ns);
    uint64_t by_address = attempts_wait_ns(&c->web->attempts, address, c->now_ns);
    uint64_t wait = by_user > by_address ? by_user : by_address;
    if (wait == 0)
        return false;
    c->answer->retry_after_s = (unsigned)((wait + NS_PER_S - 1) / NS_PER_S);
    web_send_error(c, 429, "wait", "too many tries; wait before the next one");
    return true;
}

static void refuse(struct web_call *c, const char *user, const char *address, const char *code, const char *message)
{
    attempts_failed(&c->web->attempts, user, c->now_ns);
    attempts_failed(&c->web->attempts, address, c->now_ns);
    if (attempts_wait_ns(&c->web->attempts, user, c->now_ns) || attempts_wait_ns(&c->web->attempts, address, c->now_ns)) {
        log_warning("sign-in: five wrong tries in fifteen minutes; no more are taken from there for now");
        web_note(c->web, ROLE_NONE, "locked-out", "five wrong tries to sign in");
    }
    web_send_error(c, 403, code, message);
}

static void begin_session(struct web_call *c, const char *name, enum role role)
{
    char id[SESSION_ID_MAX];
    if (c->session)
        sessions_end(c->session); /* a new session has a new id */
    c->session = sessions_begin(&c->web->sessions, name, role, c->now_ns, id);
    web_set_cookie(c, id);
    explicit_bzero(id, sizeof(id));
    web_note(c->web, role, "signed-in", "the dashboard");
    api_session(c);
}

void api_sign_in(struct web_call *c)
{
    static const char *const want[] = {"name", "password"};
    char *got[2], name[FOREIGN_NAME_MAX], user[ATTEMPT_SUBJECT_MAX], address[ATTEMPT_SUBJECT_MAX];
    if (!foreign_members(c->request->body, c->request->body_len, want, 2, got)) {
        web_send_error(c, 400, "body", "expected {\"name\": ..., \"password\": ...}");
        return;
    }
    bool is_name = foreign_name(got[0], name);
    snprintf(user, sizeof(user), "user:%s", is_name ? name : "?");
    attempt_of_address(&c->request->peer, address);
    if (!must_wait(c, user, address)) {
        enum role role = accounts_check(c->web->accounts, name, got[1]);
        if (role == ROLE_NONE) {
            refuse(c, user, address, "wrong", "name or password is wrong");
        } else {
            attempts_forget(&c->web->attempts, user);
            attempts_forget(&c->web->attempts, address);
            begin_session(c, name, role);
        }
    }
    foreign_members_free(got, 2);
}

static void make_first(struct web_call *c, char *const *got, const char *code, const char *address)
{
    if (!accounts_code_is(c->web->accounts, got[0])) {
        refuse(c, code, address, "wrong-code", "the code is wrong");
        return;
    }
    int rc = accounts_add(c->web->accounts, got[1], ROLE_LEAD, got[2]);
    if (rc == -EINVAL) {
        web_send_error(c, 400, "account", "a name of a-z and 0-9, and a password of 12 to 128 characters");
    } else if (rc < 0) {
        web_send_error(c, 500, "accounts-file", "the account could not be saved; the log says why");
    } else {
        log_info("accounts: the first account was made");
        web_note(c->web, ROLE_LEAD, "account-added", "the first lead, with the one-time code");
        begin_session(c, got[1], ROLE_LEAD);
    }
}

void api_setup(struct web_call *c)
{
    static const char *const want[] = {"code", "name", "password"};
    char *got[3], address[ATTEMPT_SUBJECT_MAX];
    static const char code[] = "code";
    if (!accounts_code(c->web->accounts)) {
        web_send_error(c, 409, "not-first", "there are accounts already; sign in with one");
        return;
    }
    if (!foreign_members(c->request->body, c->request->body_len, want, 3, got)) {
        web_send_error(c, 400, "body", "expected {\"code\": ..., \"name\": ..., \"password\": ...}");
        return;
    }
    attempt_of_address(&c->request->peer, address);
    if (!must_wait(c, code, address))
        make_first(c, got, code, address);
    foreign_members_free(got, 3);
}

void api_sign_out(struct web_call *c)
{
    sessions_end(c->session);
    c->session = NULL;
    web_set_cookie(c, "");
    api_session(c);
}
