/* fuzz_feed_file.c -- a compiled file from anywhere, with its checksum set right so that the checks behind it are reached.
 *
 * What is accepted must be safe to ask, every name of it found, and safe to take apart and compile again. */
#include "feeds/feed_builder.h"
#include "feeds/feed_check.h"
#include "feeds/feed_file.h"

#include "common/hostname.h"
#include "common/log.h"
#include "common/text.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool promise)
{
    if (!promise)
        abort();
}

static bool ask(void *context, const struct feed_entry *e)
{
    const struct feed_set *set = context;
    struct feed_match match;
    char below[HOSTNAME_MAX + 3] = "w.";
    memcpy(below + 2, e->name, e->length + 1);
    if (feed_match(set, below, e->length + 2, &match)) {
        check(match.rule < feed_set_rules(set) && match.owner.purpose < PURPOSE_COUNT && strlen(match.feed) < 100);
        check(hostname_is_under(below, match.matched));
    }
    return true;
}

static void use(const struct feed_set *set)
{
    static const char *const asked[] = {"a.b.c.d.e.f.g.example.com", "secure.adnxs.com", "x", "1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17.18.org"};
    struct feed_match match;
    for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
        feed_match(set, asked[i], strlen(asked[i]), &match);
    check(feed_image_each(set->image, ask, (void *)(uintptr_t)set));
    check(strlen(feed_set_provenance(set)) < set->image->bytes);
    struct feed_builder *b = feed_builder_new();
    check(b && feed_builder_add_set(b, "again", set, NULL) == 0);
    struct feed_set *again = feed_builder_compile(b);
    check(again && feed_set_rules(again) <= feed_set_rules(set));
    feed_set_free(again);
    feed_builder_free(b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct feed_set *set;
    log_init("fuzz", 0);
    char *bytes = malloc(size ? size : 1);
    memcpy(bytes, data, size);
    if (size > FEED_CHECKSUM_FROM)
        crypto_generichash((unsigned char *)bytes + offsetof(struct feed_image, checksum), FEED_CHECKSUM_BYTES,
                           (const unsigned char *)bytes + FEED_CHECKSUM_FROM, size - FEED_CHECKSUM_FROM, NULL, 0);
    if (feed_file_is_compiled(bytes, size) && feed_file_read("file", bytes, size, &set) == 0) {
        use(set);
        feed_set_free(set);
    }
    free(bytes);
    return 0;
}
