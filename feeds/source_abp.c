/* source_abp.c -- the one kind of rule in browser blocking lists that speaks of a whole host: `||host^`.
 *
 * Taken: `||host^`, alone or with options that do not narrow it to some resources or some pages. On the wire only a
 * host is seen, so a rule with a path, with `domain=` or with a resource type would accuse more than its author
 * meant. An exception (`@@||host^`) is taken under the same conditions: one for some pages only would hide a tracker
 * from all others. Rules that hide parts of a page say nothing about who is contacted.
 */
#include "feeds/source.h"

#include <string.h>

/* "example.com##.advert": a mark of hiding that follows the host at once. After a blank it is somebody's comment. */
static bool hides(struct line line)
{
    static const char *const marks[] = {"##", "#@#", "#?#", "#$#", "#%#", "#@?#", "#@$#"};
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        const char *at = memmem(line.at, line.n, marks[i], strlen(marks[i]));
        if (at && at > line.at && at[-1] != ' ' && at[-1] != '\t')
            return true;
    }
    return false;
}

static bool recognises(struct line line)
{
    return line_starts(line, "||") || line_starts(line, "@@") || hides(line);
}

/* Do the options leave every request to the host within the rule? Third-party is how our rules are meant anyway: a
 * site's visits to itself are no disclosure. */
static bool options_keep_it_whole(struct line options)
{
    static const char *const whole[] = {"third-party", "3p", "important", "all"};
    while (options.at) {
        struct line option = line_trim(line_cut(&options, ','));
        bool known = false;
        for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
            known |= line_equals(option, whole[i]);
        if (!known)
            return false;
    }
    return true;
}

static int take(struct line line, struct source_walk *walk)
{
    bool exception = line_starts(line, "@@");
    struct line rest = exception ? (struct line){line.at + 2, line.n - 2} : line;
    if (hides(line))
        return source_skip(walk, FEED_SKIP_COSMETIC);
    if (!line_starts(rest, "||"))
        return source_skip(walk, exception ? FEED_SKIP_EXCEPTION : FEED_SKIP_PATH);
    rest = (struct line){rest.at + 2, rest.n - 2};
    struct line host = line_cut(&rest, '^');
    bool whole_host = rest.at && source_looks_like_host(host) && (rest.n == 0 || rest.at[0] == '$');
    if (!whole_host)
        return source_skip(walk, exception ? FEED_SKIP_EXCEPTION : FEED_SKIP_PATH);
    if (rest.n > 0 && !options_keep_it_whole((struct line){rest.at + 1, rest.n - 1}))
        return source_skip(walk, exception ? FEED_SKIP_EXCEPTION : FEED_SKIP_CONDITION);
    return source_tell(walk, exception ? SOURCE_EXCEPTION : SOURCE_RULE, host);
}

const struct source_syntax source_abp = {"blocking rules", true, recognises, take};
