/* fuzz_web_request.c -- any text as the headers and the query of a request to the dashboard.
 *
 * Claims     What is accepted is made of the letters of its grammar, stands in the text as it was, and is accepted again from itself.
 */
#include "dashboard/foreign.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int ok)
{
    if (!ok)
        abort();
}

static void try_host(const char *text)
{
    char host[FOREIGN_HOST_MAX], port[FOREIGN_PORT_MAX], again[FOREIGN_HOST_MAX];
    if (!foreign_host(text, host, port)) {
        must(!host[0] && !port[0]);
        return;
    }
    must(strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789-._[]:") == strlen(host) && host[0]);
    must(strspn(port, "0123456789") == strlen(port) && strncasecmp(text, host, strlen(host)) == 0);
    must(foreign_host(host, again, port) && strcmp(host, again) == 0 && !port[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1), value[33], day[FOREIGN_DAY_MAX], name[FOREIGN_NAME_MAX], again[FOREIGN_NAME_MAX];
    must(text != NULL);
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    try_host(text);
    if (foreign_cookie(text, "telltale", value, sizeof(value)))
        must(strstr(text, value) != NULL && !strpbrk(value, " ;=\"\\,"));
    else
        must(!value[0]);
    if (foreign_day(text, day))
        must(strcmp(text, day) == 0 && strlen(day) == 10);
    if (foreign_name(text, name))
        must(strcmp(text, name) == 0 && foreign_name(name, again));
    if (foreign_origin_is(text, true, text))
        abort(); /* an origin begins with a scheme, a host does not */
    free(text);
    return 0;
}
