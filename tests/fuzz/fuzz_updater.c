/* fuzz_updater.c -- what a server sends, and what lies in the folder: any bytes as a packed text, a list, a state.
 *
 * Claims     A text is either taken, with rules in it, or refused with a reason. A taken list has no NUL byte, and no rule that covers a
 *            canary. What is read as a state is exactly what we write.
 */
#include "common/log.h"
#include "feeds/feed_builder.h"
#include "feeds/updater_check.h"
#include "feeds/updater_gunzip.h"
#include "feeds/updater_state.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define UNPACKED_MAX (1u << 20)

static void must(bool ok)
{
    if (!ok)
        abort();
}

static void check_covers_nothing(const char *text, size_t n)
{
    static const char *const canaries[] = {"bbc.co.uk", "www.bbc.co.uk", "www.nhs.uk", "www.wikipedia.org", "samaritans.org"};
    struct feed_builder *b = feed_builder_new();
    struct feed_source source;
    must(b && feed_builder_add_text(b, "list", text, n, &source) == 0);
    struct feed_set *set = feed_builder_compile(b);
    struct feed_match match;
    for (size_t i = 0; i < sizeof(canaries) / sizeof(canaries[0]); i++)
        must(!feed_match(set, canaries[i], strlen(canaries[i]), &match));
    feed_set_free(set);
    feed_builder_free(b);
}

static void check_list(const struct updater_canaries *canaries, const char *text, size_t n)
{
    char reason[UPDATER_REASON_MAX] = "";
    uint32_t rules = 0;
    bool taken = updater_check_list(canaries, "list", text, n, &rules, reason);
    must(taken == (reason[0] == '\0') && (!taken || rules > 0));
    must(strlen(reason) < UPDATER_REASON_MAX);
    if (taken) {
        must(!memchr(text, '\0', n));
        check_covers_nothing(text, n);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct updater_canaries *canaries;
    struct updater_state state;
    char *unpacked, again[UPDATER_STATE_MAX];
    size_t n;
    log_init("fuzz", 0);
    if (!canaries)
        canaries = updater_canaries_new("", "");
    char *text = malloc(size + 1);
    must(canaries && text);
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    check_list(canaries, text, size);
    if (updater_state_read(text, size, &state))
        must(updater_state_write(&state, again) == size && memcmp(again, text, size) == 0);
    if (updater_gunzip(text, size, UNPACKED_MAX, &unpacked, &n) == 0) {
        must(n <= UNPACKED_MAX);
        check_list(canaries, unpacked, n);
        free(unpacked);
    }
    free(text);
    return 0;
}
