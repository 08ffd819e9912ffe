/* certificate.c -- see certificate.h. */
#include "cli/certificate.h"
#include "cli/program.h"

#include <stdio.h>
#include <string.h>

/* openssl says "does match" or "does NOT match"; its status is the same for both. */
static bool has_name(const char *path, const char *name)
{
    char said[256] = "", plain[CONFIG_TEXT_MAX];
    bool bracketed = name[0] == '[', address = bracketed || name[strspn(name, "0123456789.")] == '\0';
    snprintf(plain, sizeof(plain), "%s", name + bracketed);
    plain[strcspn(plain, "]")] = '\0';
    const char *const words[] = {"openssl", "x509", "-in", path, "-noout", address ? "-checkip" : "-checkhost", plain, NULL};
    return program_run(words, said, sizeof(said), 5000) < 0 || strstr(said, "does match") != NULL;
}

bool certificate_lacks(const char *path, const char *hosts, char missing[CONFIG_TEXT_MAX])
{
    char text[CONFIG_TEXT_MAX], *rest = NULL;
    size_t used = 0;
    missing[0] = '\0';
    snprintf(text, sizeof(text), "%s", hosts);
    for (const char *name = strtok_r(text, " ,\t", &rest); name && used < CONFIG_TEXT_MAX; name = strtok_r(NULL, " ,\t", &rest))
        if (!has_name(path, name))
            used += (size_t)snprintf(missing + used, CONFIG_TEXT_MAX - used, "%s%s", used ? ", " : "", name);
    return used > 0;
}
