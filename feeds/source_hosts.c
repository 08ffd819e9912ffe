/* source_hosts.c -- hosts(5) files made for blocking: `0.0.0.0 ads.example.com tracker.example.net  # comment`.
 *
 * Only names pointed at nowhere (0.0.0.0, ::) or at the machine itself (127/8, ::1) are rules; a line with a real
 * address is an entry of somebody's network and is skipped. Such files begin with the machine's own names
 * (localhost.localdomain, ip6-localhost), which are no rules either.
 */
#include "feeds/source.h"

static bool recognises(struct line line)
{
    bool nowhere;
    line = source_without_comment(line);
    return source_is_address(line_word(&line), &nowhere) && line_trim(line).n > 0;
}

static bool is_own_name(struct line word)
{
    static const char *const own[] = {"localhost", "localhost.localdomain", "localhost6.localdomain6", "local", "broadcasthost"};
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        if (line_equals(word, own[i]))
            return true;
    return line_starts(word, "ip6-") || line_equals(word, "0.0.0.0");
}

static int take(struct line line, struct source_walk *walk)
{
    bool nowhere = false;
    int rc = 0;
    line = source_without_comment(line);
    source_is_address(line_word(&line), &nowhere);
    for (struct line word; rc == 0 && (word = line_word(&line)).n > 0;) {
        if (!nowhere || is_own_name(word))
            rc = source_skip(walk, nowhere ? FEED_SKIP_OWN_NAME : FEED_SKIP_REDIRECT);
        else
            rc = source_tell(walk, SOURCE_RULE, word);
    }
    return rc;
}

const struct source_syntax source_hosts = {"hosts file", false, recognises, take};
