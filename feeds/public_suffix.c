/* public_suffix.c -- the only file that meets libpsl.
 *
 * libpsl carries a compiled copy of the public suffix list. It is preferred to the distribution's text file:
 * the capture process asks after it has given up the right to open files. The private section of the list
 * (github.io, cloudfront.net, googleapis.com) counts as well: whoever rents a name there is not the landlord.
 */
#include "feeds/public_suffix.h"

#include "common/hostname.h"
#include "common/log.h"

#include <libpsl.h>
#include <pthread.h>
#include <string.h>

static pthread_once_t loaded = PTHREAD_ONCE_INIT;
static const psl_ctx_t *list;

static void load(void)
{
    list = psl_builtin();
    if (!list)
        list = psl_latest(NULL);
    if (!list)
        log_error("feeds: libpsl has no public suffix list: install the package publicsuffix");
}

static const psl_ctx_t *the_list(void)
{
    pthread_once(&loaded, load);
    return list;
}

bool public_suffix_is(const char *name)
{
    const psl_ctx_t *psl = the_list();
    return psl ? psl_is_public_suffix(psl, name) != 0 : strchr(name, '.') == NULL;
}

const char *public_suffix_registrable(const char *name)
{
    const psl_ctx_t *psl = the_list();
    if (psl)
        return psl_registrable_domain(psl, name);
    return strchr(name, '.') ? hostname_tail(name, 2) : NULL;
}
