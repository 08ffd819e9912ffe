/* fuzz_https_url.c -- any text as the address of a list, as a redirect would give it.
 *
 * Claims     An address without fault has one host, made of safe characters, which stands in the text right after the
 *            scheme; spelling the host into a plain address gives the same host again.
 */
#include "common/https_url.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int ok)
{
    if (!ok)
        abort();
}

static void check(const char *url)
{
    char host[HTTPS_URL_HOST_MAX], plain[HTTPS_URL_HOST_MAX + 16], again[HTTPS_URL_HOST_MAX];
    https_url_host(url, host);
    size_t n = strlen(host);
    must(n > 0 && strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789-_.:") == n);
    must(strncasecmp(url + 8 + (url[8] == '['), host, n) == 0);
    must(strlen(url) <= HTTPS_URL_MAX && !strpbrk(url, "\\ \t\r\n"));
    snprintf(plain, sizeof(plain), "https://%s%s%s/", strchr(host, ':') ? "[" : "", host, strchr(host, ':') ? "]" : "");
    must(https_url_fault(plain) == NULL);
    https_url_host(plain, again);
    must(strcmp(host, again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *url = malloc(size + 1);
    must(url != NULL);
    if (size)
        memcpy(url, data, size);
    url[size] = '\0';
    if (!https_url_fault(url))
        check(url);
    free(url);
    return 0;
}
