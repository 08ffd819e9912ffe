/* sign_in.c -- signing in and out, and the first run. What is typed wrong is answered alike whatever was wrong with it.
 *
 * argon2id takes tens of milliseconds, and the server's thread has live viewers to serve: passwords are worked on beside it (jobs.h). A try
 * counts as failed from its beginning until it has succeeded, so that a hundred at once are no more tries than one after the other.
 * Who is it? A browser with the mark of an earlier sign-in of this account is counted by itself, and nobody else can use up its tries. Any
 * other is counted by its address, and by the name that it wants to be (attempts.h). The one-time code has 60 random bits: there the
 * address alone counts, so that nobody keeps the first lead out.
 */
#include "common/log.h"
#include "dashboard/api.h"
#include "dashboard/foreign.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
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

/* By what a try is counted. */
struct subjects {
    char user[ATTEMPT_SUBJECT_MAX], address[ATTEMPT_SUBJECT_MAX]; /* user "": not counted by name */
    bool is_known;                                                  /* address is a browser that is known */
};

/* A password on its way to the thread that works on it, and back. */
struct password_work {
    char name[ACCOUNT_NAME_MAX], password[FOREIGN_MEMBER_MAX + 1], code[FOREIGN_MEMBER_MAX + 1], hash[ACCOUNT_HASH_MAX];
    struct subjects by;
    bool right, has_run;
};

static void free_work(void *context)
{
    explicit_bzero(context, sizeof(struct password_work));
    free(context);
}

static struct password_work *new_work(const char *name, const char *password)
{
    struct password_work *work = calloc(1, sizeof(*work));
    if (work) {
        snprintf(work->name, sizeof(work->name), "%s", name);
        snprintf(work->password, sizeof(work->password), "%s", password);
    }
    return work;
}

static void find_subjects(const struct web_call *c, const char *name, struct subjects *out)
{
    char mark[ACCOUNT_BROWSER_MAX], number[ACCOUNT_BROWSER_NUMBER_MAX];
    memset(out, 0, sizeof(*out));
    out->is_known = name && web_browser_cookie(c, mark, sizeof(mark)) && accounts_knows_browser(c->web->accounts, name, mark, number);
    if (out->is_known)
        snprintf(out->address, sizeof(out->address), "browser:%s", number);
    else
        attempt_of_address(&c->request->peer, out->address);
    if (name && !out->is_known)
        snprintf(out->user, sizeof(out->user), "user:%s", name);
}

static uint64_t wait_of(struct web_call *c, const struct subjects *by)
{
    uint64_t user = by->user[0] ? attempts_wait_ns(&c->web->attempts, by->user, c->now_ns) : 0;
    uint64_t address = attempts_wait_ns(&c->web->attempts, by->address, c->now_ns);
    return user > address ? user : address;
}

/* Tells how long until there may be another try, and answers so; false: it may be now, and counts. */
static bool must_wait(struct web_call *c, const struct subjects *by)
{
    uint64_t wait = wait_of(c, by);
    if (wait == 0) {
        if (by->user[0])
            attempts_failed(&c->web->attempts, by->user, by->address, c->now_ns);
        attempts_failed(&c->web->attempts, by->address, NULL, c->now_ns);
        return false;
    }
    c->answer->retry_after_s = (unsigned)((wait + NS_PER_S - 1) / NS_PER_S);
    web_send_error(c, 429, "wait", "too many tries; wait before the next one");
    return true;
}

static void refuse(struct web_call *c, const struct subjects *by, const char *code, const char *message)
{
    if (wait_of(c, by) > 0) {
        log_warning("sign-in: five wrong tries in fifteen minutes; no more are taken from there for now");
        web_note(c->web, ROLE_NONE, "locked-out", "five wrong tries to sign in");
    }
    web_send_error(c, 403, code, message);
}

static void succeed(struct web_call *c, const struct subjects *by)
{
    if (by->user[0])
        attempts_forget(&c->web->attempts, by->user, by->address);
    attempts_forget(&c->web->attempts, by->address, NULL);
}

/* Too many wait already; that was no try. */
static void refuse_busy(struct web_call *c, const struct subjects *by)
{
    if (by->user[0])
        attempts_take_back(&c->web->attempts, by->user);
    attempts_take_back(&c->web->attempts, by->address);
    c->answer->retry_after_s = 2;
    web_send_error(c, 503, "busy", "the dashboard has too much to do; try again in a minute");
}

static void begin_session(struct web_call *c, const char *name, enum role role)
{
    char id[SESSION_ID_MAX], mark[ACCOUNT_BROWSER_MAX];
    if (c->session)
        sessions_end(c->session); /* a new session has a new id */
    c->session = sessions_begin(&c->web->sessions, name, role, c->now_ns, id);
    web_set_cookie(c, id);
    accounts_mark_browser(c->web->accounts, name, mark);
    web_set_browser_cookie(c, mark);
    explicit_bzero(id, sizeof(id));
    web_note(c->web, role, "signed-in", "the dashboard");
    api_session(c);
}

/* On the passwords' thread: touches its work alone. */
static void verify(void *context)
{
    struct password_work *work = context;
    work->right = account_verify(work->hash, work->password);
    work->has_run = true;
}

static void verified(struct web_call *c, void *context)
{
    const struct password_work *work = context;
    enum role role = work->right ? accounts_role_with(c->web->accounts, work->name, work->hash) : ROLE_NONE;
    if (!work->has_run) {
        refuse_busy(c, &work->by);
    } else if (role == ROLE_NONE) {
        refuse(c, &work->by, "wrong", "name or password is wrong");
    } else {
        succeed(c, &work->by);
        begin_session(c, work->name, role);
    }
}

void api_sign_in(struct web_call *c)
{
    static const char *const want[] = {"name", "password"};
    char *got[2], name[FOREIGN_NAME_MAX];
    struct subjects by;
    if (!foreign_members(c->request->body, c->request->body_len, want, 2, got)) {
        web_send_error(c, 400, "body", "expected {\"name\": ..., \"password\": ...}");
        return;
    }
    if (!foreign_name(got[0], name))
        strcpy(name, "?"); /* nobody's */
    find_subjects(c, name, &by);
    if (!must_wait(c, &by)) {
        struct password_work *work = new_work(name, got[1]);
        if (work) {
            work->by = by;
            accounts_hash_of(c->web->accounts, name, work->hash);
        }
        web_later_password(c, verify, verified, free_work, work);
    }
    foreign_members_free(got, 2);
}

static void make_hash(void *context)
{
    struct password_work *work = context;
    work->right = account_hash(work->password, work->hash) == 0;
    work->has_run = true;
}

/* The code is asked for once more: another may have used it meanwhile. */
static void hashed_first(struct web_call *c, void *context)
{
    const struct password_work *work = context;
    if (!work->has_run) {
        refuse_busy(c, &work->by);
        return;
    }
    if (!accounts_code_is(c->web->accounts, work->code)) {
        web_send_error(c, 409, "not-first", "there are accounts already; sign in with one");
        return;
    }
    int rc = work->right ? accounts_add(c->web->accounts, work->name, ROLE_LEAD, work->hash) : -ENOMEM;
    succeed(c, &work->by);
    if (rc < 0) {
        web_send_error(c, 500, "accounts-file", "the account could not be saved; the log says why");
        return;
    }
    log_info("accounts: the first account was made");
    web_note(c->web, ROLE_LEAD, "account-added", "the first lead, with the one-time code");
    begin_session(c, work->name, ROLE_LEAD);
}

static void make_first(struct web_call *c, char *const *got, const struct subjects *by)
{
    struct accounts *a = c->web->accounts;
    if (!accounts_code_is(a, got[0])) {
        refuse(c, by, "wrong-code", "the code is wrong");
    } else if (accounts_may_add(a, got[1], ROLE_LEAD, got[2]) < 0) {
        succeed(c, by);
        web_send_error(c, 400, "account", "a name of a-z and 0-9, and a password of 12 to 128 characters");
    } else {
        struct password_work *work = new_work(got[1], got[2]);
        if (work) {
            work->by = *by;
            snprintf(work->code, sizeof(work->code), "%s", got[0]);
        }
        web_later_password(c, make_hash, hashed_first, free_work, work);
    }
}

void api_setup(struct web_call *c)
{
    static const char *const want[] = {"code", "name", "password"};
    char *got[3];
    struct subjects by;
    if (!accounts_code(c->web->accounts)) {
        web_send_error(c, 409, "not-first", "there are accounts already; sign in with one");
        return;
    }
    if (!foreign_members(c->request->body, c->request->body_len, want, 3, got)) {
        web_send_error(c, 400, "body", "expected {\"code\": ..., \"name\": ..., \"password\": ...}");
        return;
    }
    find_subjects(c, NULL, &by);
    if (!must_wait(c, &by))
        make_first(c, got, &by);
    foreign_members_free(got, 3);
}

void api_sign_out(struct web_call *c)
{
    sessions_end(c->session);
    c->session = NULL;
    web_set_cookie(c, "");
    api_session(c);
}
