/* sessions.c -- see sessions.h. */
#include "dashboard/sessions.h"

#include <sodium.h>
#include <string.h>

static void random_hex(char out[SESSION_ID_MAX])
{
    unsigned char bits[16];
    randombytes_buf(bits, sizeof(bits));
    sodium_bin2hex(out, SESSION_ID_MAX, bits, sizeof(bits));
    sodium_memzero(bits, sizeof(bits));
}

static void hash_id(const char *id, uint8_t out[32])
{
    crypto_generichash(out, 32, (const unsigned char *)id, strlen(id), NULL, 0);
}

static bool is_over(const struct session *s, uint64_t now_ns)
{
    return now_ns - s->seen_ns >= SESSION_IDLE_NS || now_ns - s->began_ns >= SESSION_LIFE_NS;
}

struct session *sessions_begin(struct sessions *s, const char *name, enum role role, uint64_t now_ns, char id[SESSION_ID_MAX])
{
    struct session *out = &s->table[0];
    for (size_t i = 0; i < SESSIONS_MAX && out->used; i++) {
        struct session *candidate = &s->table[i];
        if (!candidate->used || candidate->seen_ns < out->seen_ns)
            out = candidate;
    }
    memset(out, 0, sizeof(*out));
    random_hex(id);
    random_hex(out->token);
    hash_id(id, out->id_hash);
    strncpy(out->name, name, sizeof(out->name) - 1);
    out->used = true;
    out->role = role;
    out->began_ns = out->seen_ns = now_ns;
    out->number = ++s->last_number;
    return out;
}

void sessions_end(struct session *session)
{
    sodium_memzero(session, sizeof(*session));
}

void sessions_end_of(struct sessions *s, const char *name)
{
    for (size_t i = 0; i < SESSIONS_MAX; i++)
        if (s->table[i].used && strcmp(s->table[i].name, name) == 0)
            sessions_end(&s->table[i]);
}

struct session *sessions_find(struct sessions *s, const char *id, uint64_t now_ns, bool act)
{
    uint8_t hash[32];
    hash_id(id, hash);
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        struct session *candidate = &s->table[i];
        if (!candidate->used || sodium_memcmp(candidate->id_hash, hash, sizeof(hash)) != 0)
            continue;
        if (is_over(candidate, now_ns)) {
            sessions_end(candidate);
            return NULL;
        }
        if (act)
            candidate->seen_ns = now_ns;
        return candidate;
    }
    return NULL;
}

bool sessions_alive(struct sessions *s, uint64_t number, uint64_t now_ns)
{
    for (size_t i = 0; i < SESSIONS_MAX; i++)
        if (s->table[i].used && s->table[i].number == number)
            return !is_over(&s->table[i], now_ns);
    return false;
}

bool session_token_is(const struct session *session, const char *token)
{
    return token && strlen(token) == SESSION_ID_MAX - 1 && sodium_memcmp(session->token, token, SESSION_ID_MAX - 1) == 0;
}

bool session_notes(struct session *session, const char *what, uint64_t wall_hour)
{
    uint64_t hash;
    unsigned char digest[32];
    hash_id(what, digest);
    memcpy(&hash, digest, sizeof(hash));
    if (session->noted_hour != wall_hour) {
        session->noted_hour = wall_hour;
        session->noted_count = 0;
    }
    for (unsigned i = 0; i < session->noted_count; i++)
        if (session->noted[i] == hash)
            return false;
    if (session->noted_count < SESSION_NOTED_MAX)
        session->noted[session->noted_count++] = hash;
    return true;
}

void session_unnote(struct session *session)
{
    if (session->noted_count > 0)
        session->noted_count--;
}
