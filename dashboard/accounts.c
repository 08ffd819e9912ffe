/* accounts.c -- see accounts.h.
 *
 * argon2id with 19 MiB and 2 passes: what OWASP names as the least, chosen because a Raspberry Pi with 1 GB has to do it beside
 * capturing. libsodium's text form carries the cost, so that raising it later leaves the old hashes good.
 * A name that is not there is checked against a hash of a random password: who guesses names learns nothing from the time.
 */
#include "dashboard/accounts.h"

#include "common/first_code.h"
#include "common/json.h"
#include "common/log.h"
#include "dashboard/foreign.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PASSES 2
#define MEMORY_BYTES (19u << 20)
#define FILE_MOST (64u << 10)

struct account {
    char name[ACCOUNT_NAME_MAX];
    enum role role;
    char hash[crypto_pwhash_STRBYTES];
};

struct accounts {
    char *path;
    size_t count;
    struct account accounts[ACCOUNTS_MAX];
    char code[FIRST_CODE_MAX]; /* "" once there is an account */
    unsigned char browsers[crypto_generichash_KEYBYTES]; /* the key of their marks */
    char nobody[crypto_pwhash_STRBYTES];
};

_Static_assert(ACCOUNT_NAME_MAX == FOREIGN_NAME_MAX, "one length for names");
_Static_assert(ACCOUNT_HASH_MAX == crypto_pwhash_STRBYTES, "as libsodium writes it");

const char *role_word(enum role r)
{
    return r == ROLE_LEAD ? "lead" : r == ROLE_TECHNICIAN ? "technician" : "none";
}

bool role_from_word(const char *word, enum role *out)
{
    *out = strcmp(word, "lead") == 0 ? ROLE_LEAD : strcmp(word, "technician") == 0 ? ROLE_TECHNICIAN : ROLE_NONE;
    return *out != ROLE_NONE;
}

int account_hash(const char *password, char out[ACCOUNT_HASH_MAX])
{
    return crypto_pwhash_str_alg(out, password, strlen(password), PASSES, MEMORY_BYTES, crypto_pwhash_ALG_ARGON2ID13) == 0 ? 0 : -ENOMEM;
}

static int take_account(struct accounts *a, const struct json_node *row)
{
    const char *name = json_node_text(json_node_member(row, "name")), *role = json_node_text(json_node_member(row, "role")),
               *hash = json_node_text(json_node_member(row, "hash"));
    struct account *out = &a->accounts[a->count];
    if (a->count == ACCOUNTS_MAX || !foreign_name(name, out->name) || !role || !role_from_word(role, &out->role) || !hash ||
        strlen(hash) >= sizeof(out->hash) || strncmp(hash, "$argon2id$", 10) != 0)
        return -EINVAL;
    strcpy(out->hash, hash);
    a->count++;
    return 0;
}

/* A file from before there were marks has no key: the one that was made at the start is written with the next change. */
static void take_browsers(struct accounts *a, const char *hex)
{
    unsigned char key[sizeof(a->browsers)];
    size_t n = 0;
    if (hex && sodium_hex2bin(key, sizeof(key), hex, strlen(hex), NULL, &n, NULL) == 0 && n == sizeof(key))
        memcpy(a->browsers, key, sizeof(key));
    sodium_memzero(key, sizeof(key));
}

static int take_file(struct accounts *a, const char *bytes, size_t n)
{
    char error[JSON_ERROR_MAX];
    struct json_node *root = json_read(bytes, n, error);
    const struct json_node *list = json_node_member(root, "accounts");
    int rc = root && json_node_kind(list) == JSON_KIND_ARRAY ? 0 : -EINVAL;
    for (size_t i = 0; i < json_node_count(list) && rc == 0; i++)
        rc = take_account(a, json_node_item(list, i));
    if (rc < 0)
        log_error("accounts: %s: %s; put it right, or move it away to begin with a new code", a->path,
                  root ? "an account in it is not written as the dashboard writes it" : error);
    if (rc == 0)
        take_browsers(a, json_node_text(json_node_member(root, "browsers")));
    json_node_free(root);
    return rc;
}

/* 0 as well when there is no file yet. */
static int load(struct accounts *a)
{
    struct stat st;
    int rc = 0, fd = open(a->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno == ENOENT)
        return 0;
    char *bytes = malloc(FILE_MOST);
    ssize_t n = 0;
    if (fd < 0 || fstat(fd, &st) < 0 || (bytes && (n = read(fd, bytes, FILE_MOST)) < 0))
        rc = -errno;
    else if (!bytes)
        rc = -ENOMEM;
    if (rc < 0) {
        log_error("accounts: %s: %s", a->path, strerror(-rc));
    } else if (!S_ISREG(st.st_mode) || (st.st_mode & 077) || st.st_uid != geteuid()) {
        log_error("accounts: %s: only its owner, who runs the dashboard, may read it: chmod 600", a->path);
        rc = -EACCES;
    } else if ((size_t)n == FILE_MOST) {
        log_error("accounts: %s: longer than %u bytes; this is not a file of the dashboard's", a->path, FILE_MOST);
        rc = -EFBIG;
    } else {
        rc = take_file(a, bytes, (size_t)n);
    }
    if (fd >= 0)
        close(fd);
    free(bytes);
    return rc;
}

static void take_code(struct accounts *a)
{
    char path[FIRST_CODE_PATH_MAX] = "";
    int rc = first_code_take(a->path, a->code);
    first_code_path(a->path, path);
    if (rc < 0)
        log_warning("accounts: %s: %s: the code of the first account stands in this log only, and the next start makes another", path, strerror(-rc));
}

int accounts_open(const char *path, struct accounts **out)
{
    *out = NULL;
    char random[33];
    unsigned char seed[16];
    struct accounts *a = calloc(1, sizeof(*a));
    if (!a || !(a->path = strdup(path))) {
        accounts_close(a);
        return -ENOMEM;
    }
    randombytes_buf(seed, sizeof(seed));
    sodium_bin2hex(random, sizeof(random), seed, sizeof(seed));
    randombytes_buf(a->browsers, sizeof(a->browsers));
    int rc = account_hash(random, a->nobody);
    if (rc == 0)
        rc = load(a);
    if (rc < 0) {
        accounts_close(a);
        return rc;
    }
    if (a->count == 0)
        take_code(a);
    *out = a;
    return 0;
}

void accounts_close(struct accounts *a)
{
    if (!a)
        return;
    free(a->path);
    sodium_memzero(a, sizeof(*a));
    free(a);
}

size_t accounts_count(const struct accounts *a)
{
    return a->count;
}

const char *accounts_name(const struct accounts *a, size_t i)
{
    return a->accounts[i].name;
}

enum role accounts_role(const struct accounts *a, size_t i)
{
    return a->accounts[i].role;
}

const char *accounts_code(const struct accounts *a)
{
    return a->code[0] ? a->code : NULL;
}

bool accounts_code_is(const struct accounts *a, const char *typed)
{
    return first_code_is(a->code, typed);
}

static const struct account *find(const struct accounts *a, const char *name)
{
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->accounts[i].name, name) == 0)
            return &a->accounts[i];
    return NULL;
}

bool account_verify(const char *hash, const char *password)
{
    size_t n = strlen(password);
    return n <= ACCOUNT_PASSWORD_MOST && crypto_pwhash_str_verify(hash, password, n) == 0;
}

void accounts_hash_of(const struct accounts *a, const char *name, char out[ACCOUNT_HASH_MAX])
{
    const struct account *found = find(a, name);
    memcpy(out, found ? found->hash : a->nobody, ACCOUNT_HASH_MAX);
}

enum role accounts_role_with(const struct accounts *a, const char *name, const char *hash)
{
    const struct account *found = find(a, name);
    return found && strcmp(found->hash, hash) == 0 ? found->role : ROLE_NONE;
}

/* --- browsers --------------------------------------------------------------------------------------------------------------- */

static void seal(const struct accounts *a, const char *name, const char *number, char out[ACCOUNT_BROWSER_NUMBER_MAX])
{
    unsigned char hash[16];
    char message[ACCOUNT_NAME_MAX + ACCOUNT_BROWSER_NUMBER_MAX];
    int n = snprintf(message, sizeof(message), "%s %s", number, name);
    crypto_generichash(hash, sizeof(hash), (const unsigned char *)message, (size_t)n, a->browsers, sizeof(a->browsers));
    sodium_bin2hex(out, ACCOUNT_BROWSER_NUMBER_MAX, hash, sizeof(hash));
}

void accounts_mark_browser(const struct accounts *a, const char *name, char out[ACCOUNT_BROWSER_MAX])
{
    unsigned char random[16];
    char number[ACCOUNT_BROWSER_NUMBER_MAX];
    randombytes_buf(random, sizeof(random));
    sodium_bin2hex(number, sizeof(number), random, sizeof(random));
    memcpy(out, number, sizeof(number) - 1);
    seal(a, name, number, out + sizeof(number) - 1);
}

bool accounts_knows_browser(const struct accounts *a, const char *name, const char *mark, char number[ACCOUNT_BROWSER_NUMBER_MAX])
{
    char wanted[ACCOUNT_BROWSER_NUMBER_MAX];
    number[0] = '\0';
    if (strlen(mark) != ACCOUNT_BROWSER_MAX - 1 || !find(a, name))
        return false;
    memcpy(number, mark, ACCOUNT_BROWSER_NUMBER_MAX - 1);
    number[ACCOUNT_BROWSER_NUMBER_MAX - 1] = '\0';
    seal(a, name, number, wanted);
    return sodium_memcmp(wanted, mark + ACCOUNT_BROWSER_NUMBER_MAX - 1, sizeof(wanted)) == 0;
}

/* --- the file --------------------------------------------------------------------------------------------------------------- */

static int write_all(const struct accounts *a, FILE *f)
{
    struct json *root = json_new_object(), *list = json_new_array();
    json_put_int(root, "schema", 1);
    json_put(root, "accounts", list);
    char key[2 * sizeof(a->browsers) + 1];
    sodium_bin2hex(key, sizeof(key), a->browsers, sizeof(a->browsers));
    json_put_text(root, "browsers", key);
    sodium_memzero(key, sizeof(key));
    for (size_t i = 0; i < a->count; i++) {
        struct json *row = json_new_object();
        json_append(list, row);
        json_put_text(row, "name", a->accounts[i].name);
        json_put_text(row, "role", role_word(a->accounts[i].role));
        json_put_text(row, "hash", a->accounts[i].hash);
    }
    int rc = json_write(root, f);
    json_free(root);
    return rc;
}

static int sync_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    int rc = fd >= 0 && fsync(fd) == 0 ? 0 : -errno;
    if (fd >= 0)
        close(fd);
    free(folder);
    return rc;
}

static int save(const struct accounts *a)
{
    char *beside = NULL;
    if (asprintf(&beside, "%s.new", a->path) < 0)
        return -ENOMEM;
    unlink(beside); /* what a power cut left */
    int rc = 0, fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!f) {
        rc = -errno;
    } else {
        rc = write_all(a, f);
        if (rc == 0 && (fflush(f) != 0 || fsync(fd) < 0))
            rc = -errno;
        if (fclose(f) != 0 && rc == 0)
            rc = -errno;
    }
    if (rc == 0 && rename(beside, a->path) < 0)
        rc = -errno;
    if (rc < 0) {
        log_error("accounts: %s: cannot be written: %s", a->path, strerror(-rc));
        unlink(beside);
    } else {
        sync_folder(a->path); /* the new one is there; at worst a power cut now brings the old one back */
    }
    free(beside);
    return rc;
}

int accounts_may_add(const struct accounts *a, const char *name, enum role role, const char *password)
{
    size_t n = strlen(password);
    char right[ACCOUNT_NAME_MAX];
    if (a->count == ACCOUNTS_MAX)
        return -ENOSPC;
    if (n < ACCOUNT_PASSWORD_MIN || n > ACCOUNT_PASSWORD_MOST || role == ROLE_NONE || !foreign_name(name, right))
        return -EINVAL;
    return find(a, name) ? -EEXIST : 0;
}

int accounts_add(struct accounts *a, const char *name, enum role role, const char *hash)
{
    struct account *out = &a->accounts[a->count];
    if (a->count == ACCOUNTS_MAX)
        return -ENOSPC;
    if (role == ROLE_NONE || !foreign_name(name, out->name))
        return -EINVAL;
    if (find(a, name))
        return -EEXIST;
    out->role = role;
    snprintf(out->hash, sizeof(out->hash), "%s", hash);
    a->count++;
    int rc = save(a);
    if (rc < 0) {
        a->count--;
    } else if (a->code[0]) {
        sodium_memzero(a->code, sizeof(a->code));
        first_code_forget(a->path);
    }
    return rc;
}

int accounts_remove(struct accounts *a, const char *name)
{
    const struct account *found = find(a, name);
    size_t leads = 0;
    for (size_t i = 0; i < a->count; i++)
        leads += a->accounts[i].role == ROLE_LEAD;
    if (!found)
        return -ENOENT;
    if (found->role == ROLE_LEAD && leads == 1)
        return -EBUSY;
    size_t at = (size_t)(found - a->accounts);
    struct account kept = *found;
    memmove(&a->accounts[at], &a->accounts[at + 1], (a->count - at - 1) * sizeof(kept));
    a->count--;
    int rc = save(a);
    if (rc < 0) {
        memmove(&a->accounts[at + 1], &a->accounts[at], (a->count - at) * sizeof(kept));
        a->accounts[at] = kept;
        a->count++;
    }
    return rc;
}
