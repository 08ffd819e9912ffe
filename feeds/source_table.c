/* source_table.c -- telltale's own table: what the built-in data is written in, and an operator's additions may be.
 *
 *     suffix  tracker  organisation  country  purpose  source  date  note        (a tab between two columns)
 *
 * Columns after the first may be empty or missing; without a tracker the row has no owner and the next three are not
 * read. An unknown purpose or a country that is not two letters is a mistake that would show in every report, so the
 * row is skipped and counted. The names go into reports as they are: they must be clean text.
 */
#include "feeds/source.h"

#define NAME_MAX_BYTES 100

static bool recognises(struct line line)
{
    struct line host = line_trim(line_cut(&line, '\t'));
    struct line second = line_trim(line);
    return line.at && source_looks_like_host(host) && !line_starts(second, "#");
}

static bool is_country(struct line text)
{
    return text.n == 2 && text.at[0] >= 'A' && text.at[0] <= 'Z' && text.at[1] >= 'A' && text.at[1] <= 'Z';
}

static bool read_purpose(struct line text, enum purpose *out)
{
    char word[32];
    *out = PURPOSE_OTHER;
    if (text.n == 0)
        return true;
    if (text.n >= sizeof(word))
        return false;
    for (size_t i = 0; i < text.n; i++)
        word[i] = text.at[i];
    word[text.n] = '\0';
    return purpose_from_word(word, out);
}

/* Reads what stands after the suffix; false when it cannot be used. */
static bool read_owner(struct line columns, struct source_rule *rule)
{
    rule->tracker = line_trim(line_cut(&columns, '\t'));
    rule->organisation = line_trim(line_cut(&columns, '\t'));
    rule->country = line_trim(line_cut(&columns, '\t'));
    struct line purpose = line_trim(line_cut(&columns, '\t'));
    line_cut(&columns, '\t'); /* source: for people */
    rule->date = line_trim(line_cut(&columns, '\t'));
    rule->purpose = PURPOSE_OTHER;
    if (rule->tracker.n == 0) {
        rule->organisation = rule->country = rule->tracker;
        return true;
    }
    return rule->tracker.n <= NAME_MAX_BYTES && rule->organisation.n <= NAME_MAX_BYTES &&
           line_is_clean(rule->tracker) && line_is_clean(rule->organisation) &&
           (rule->country.n == 0 || is_country(rule->country)) && read_purpose(purpose, &rule->purpose);
}

static int take(struct line line, struct source_walk *walk)
{
    struct source_rule rule = {.purpose = PURPOSE_OTHER};
    struct line columns = line;
    rule.host = line_trim(line_cut(&columns, '\t'));
    if (!read_owner(columns, &rule))
        return source_skip(walk, FEED_SKIP_BAD_ROW);
    return walk->sink->rule(walk->sink->context, &rule);
}

const struct source_syntax source_table = {"telltale's table", false, recognises, take};
