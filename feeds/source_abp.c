/* source_abp.c -- the one kind of rule in browser blocking lists that speaks of a whole host: `||host^`.
 *
 * Taken: `||host^`, alone or with options that do not narrow it to some resources or some pages. On the wire only a
 * host is seen, so a rule with a path, with `domain=` or with a resource type would accuse more than its author
 * meant: those, exceptions (@@) and rules that hide parts of a page are skipped.
 */
#include "feeds/source.h"

#include <string.h>

/* "example.com##.advert": a mark of hiding that follows the host at once. After a blank it is somebody's comment. */
static bool hides(struct line line, const char *mark)
{
    const char *at = memmem(line.at, line.n, mark, strlen(mark));
    return at && at > line.at && at[-1] != ' ' && at[-1] != '\t';
}

static bool recognises(struct line line)
{
    static const char *const marks[] = {"##", "#@#", "#?#", "#$#", "#%#", "#@?#", "#@$#"};
    if (line_starts(line, "||") || line_starts(line, "@@"))
        return true;
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        if (hides(line, marks[i]))
            return true;
    return false;
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

static int take(struct line line, const struct source_sink *sink)
{
    struct line rest = line;
    struct source_rule rule = {.purpose = PURPOSE_OTHER};
    bool usable = line_starts(line, "||");
    if (usable) {
        rest = (struct line){line.at + 2, line.n - 2};
        rule.host = line_cut(&rest, '^');
        usable = rest.at && source_looks_like_host(rule.host);
    }
    if (usable && rest.n > 0)
        usable = rest.at[0] == '$' && options_keep_it_whole((struct line){rest.at + 1, rest.n - 1});
    if (usable)
        return sink->rule(sink->context, &rule);
    sink->skip(sink->context);
    return 0;
}

const struct source_syntax source_abp = {"blocking rules", recognises, take};
