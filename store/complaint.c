/* complaint.c -- see complaint.h.
 *
 * Redis' error replies name the trouble but not the way out, and the way out is what somebody needs who finds the line
 * in the journal of a school's gateway.
 */
#include "store/complaint.h"

#include "common/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void store_complain(struct store_complaint *c, const char *format, ...)
{
    char text[sizeof(c->text)];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (strcmp(text, c->text) == 0)
        return;
    memcpy(c->text, text, sizeof(text));
    log_error("store: %s: %s", c->socket, text);
}

void store_complaint_clear(struct store_complaint *c)
{
    if (c->text[0] != '\0')
        log_info("store: %s: Redis takes batches again", c->socket);
    c->text[0] = '\0';
}

bool store_error_is(const char *error, const char *code)
{
    size_t n = strlen(code);
    return strncmp(error, code, n) == 0 && (error[n] == ' ' || error[n] == '\0');
}

bool store_error_is_early(const char *error)
{
    return strstr(error, "Function not found") != NULL;
}

void store_complain_of_error(struct store_complaint *c, const char *error)
{
    int n = (int)strcspn(error, "'`"); /* Redis quotes the arguments of a command that it does not know */
    if (store_error_is(error, "WRONGTYPE"))
        store_complain(c, "%.*s; it is not ours: RENAME or DEL that key, the batches wait until then", n, error);
    else if (store_error_is(error, "LOADING") || store_error_is(error, "BUSY"))
        store_complain(c, "Redis is busy (%.*s); the batches wait", n, error);
    else if (store_error_is(error, "OOM"))
        store_complain(c, "Redis has reached its `maxmemory`: raise it, the batches wait until then");
    else if (store_error_is(error, "READONLY"))
        store_complain(c, "this Redis is a replica: point `socket` at the primary, the batches wait until then");
    else if (store_error_is(error, "MISCONF"))
        store_complain(c, "Redis cannot write to its disk: make room there, the batches wait until then");
    else if (store_error_is(error, "NOAUTH") || store_error_is(error, "NOPERM"))
        store_complain(c, "Redis refuses this user (%.*s): allow FCALL, FUNCTION and HMGET on `telltale:*`", n, error);
    else if (strncmp(error, "ERR unknown command", 19) == 0)
        store_complain(c, "this Redis has no functions: telltale needs Redis 7 or Valkey, the batches wait until then");
    else
        store_complain(c, "Redis answers: %.*s; the batches wait", n, error);
}
