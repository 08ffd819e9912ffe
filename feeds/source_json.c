/* source_json.c -- see source_json.h.
 *
 *     Disconnect   {"categories": {"Advertising": [{"Company": {"https://company.example/": ["a.example", ...]}}]}}
 *     TrackerDB    {"organizations": {"o": {"name", "country"}},
 *                   "patterns": {"p": {"name", "category", "organization": "o", "domains": [], "filters": ["||a.example^$3p"]}}}
 *
 * Both say more than "this is a tracker": they say whose a domain is, be it a tracker or not. TrackerDB has google.com among
 * its domains, to tell who is behind it when it is met on others' pages. So of TrackerDB the filters count, which are rules of
 * blocking lists, and of Disconnect every category but "Content", which Disconnect itself does not block. What is named
 * besides is counted as that. Their words for purposes are wider than ours: all of advertising becomes `ad-exchange`.
 */
#include "feeds/source_json.h"

#include "common/json.h"

#include <errno.h>
#include <string.h>

#define NAME_MAX_BYTES 100

static enum purpose purpose_of(const char *category)
{
    static const struct {
        const char *category;
        enum purpose purpose;
    } table[] = {{"Advertising", PURPOSE_AD_EXCHANGE}, {"advertising", PURPOSE_AD_EXCHANGE}, {"pornvertising", PURPOSE_AD_EXCHANGE},
                 {"Analytics", PURPOSE_ANALYTICS},     {"site_analytics", PURPOSE_ANALYTICS}, {"Social", PURPOSE_SOCIAL},
                 {"social_media", PURPOSE_SOCIAL},     {"audio_video_player", PURPOSE_VIDEO}, {"consent", PURPOSE_CONSENT},
                 {"ConsentManagers", PURPOSE_CONSENT}};
    for (size_t i = 0; category && i < sizeof(table) / sizeof(table[0]); i++)
        if (strcmp(category, table[i].category) == 0)
            return table[i].purpose;
    return PURPOSE_OTHER;
}

static struct line line_of(const char *text)
{
    return text ? line_trim((struct line){text, strlen(text)}) : (struct line){NULL, 0};
}

static bool is_name(struct line name)
{
    return name.n <= NAME_MAX_BYTES && line_is_clean(name);
}

static bool is_country(struct line text)
{
    return text.n == 2 && text.at[0] >= 'A' && text.at[0] <= 'Z' && text.at[1] >= 'A' && text.at[1] <= 'Z';
}

struct owned {
    struct source_sink *to;
    struct source_rule owner; /* a rule without a host */
};

static int tell_owned(void *context, const struct source_rule *found)
{
    struct owned *o = context;
    struct source_rule rule = o->owner;
    rule.kind = found->kind;
    rule.host = found->host;
    if (rule.kind != SOURCE_RULE)
        rule = *found; /* an exception is nobody's */
    else if (!is_name(rule.tracker) || !is_name(rule.organisation)) {
        o->to->skip(o->to->context, FEED_SKIP_BAD_ROW);
        return 0;
    }
    return o->to->rule(o->to->context, &rule);
}

static void skip_owned(void *context, enum feed_skip why)
{
    struct owned *o = context;
    o->to->skip(o->to->context, why);
}

static int skip(struct source_sink *sink, enum feed_skip why, struct line text)
{
    sink->text = text;
    sink->skip(sink->context, why);
    return 0;
}

/* TrackerDB ------------------------------------------------------------------------------------------------------- */

static int take_filter(struct owned *o, const struct json_node *filter)
{
    struct source_sink between = {.context = o, .rule = tell_owned, .skip = skip_owned};
    struct source_walk walk = {.sink = &between};
    struct line line = line_of(json_node_text(filter));
    if (line.n == 0 || line.n > LINE_READER_LINE_MAX)
        return skip(o->to, line.n ? FEED_SKIP_TOO_LONG : FEED_SKIP_BAD_ROW, (struct line){NULL, 0});
    o->to->text = line;
    return source_abp.take(line, &walk);
}

static int take_pattern(const struct json_node *organisations, const struct json_node *pattern, struct source_sink *sink)
{
    const char *id = json_node_text(json_node_member(pattern, "organization"));
    const struct json_node *organisation = id ? json_node_member(organisations, id) : NULL;
    const struct json_node *filters = json_node_member(pattern, "filters"), *domains = json_node_member(pattern, "domains");
    struct owned o = {.to = sink,
                      .owner = {.tracker = line_of(json_node_text(json_node_member(pattern, "name"))),
                                .organisation = line_of(json_node_text(json_node_member(organisation, "name"))),
                                .country = line_of(json_node_text(json_node_member(organisation, "country"))),
                                .purpose = purpose_of(json_node_text(json_node_member(pattern, "category")))}};
    if (!is_country(o.owner.country))
        o.owner.country = (struct line){NULL, 0};
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < json_node_count(filters); i++)
        rc = take_filter(&o, json_node_item(filters, i));
    for (size_t i = 0; json_node_count(filters) == 0 && i < json_node_count(domains); i++)
        skip(sink, FEED_SKIP_NO_TRACKER, line_of(json_node_text(json_node_item(domains, i))));
    return rc;
}

static int take_trackerdb(const struct json_node *root, struct source_sink *sink)
{
    const struct json_node *patterns = json_node_member(root, "patterns"), *pattern;
    const struct json_node *organisations = json_node_member(root, "organizations");
    const char *id;
    void *cursor = NULL;
    int rc = 0;
    while (rc == 0 && json_node_next(patterns, &cursor, &id, &pattern))
        rc = take_pattern(organisations, pattern, sink);
    return rc;
}

/* Disconnect ------------------------------------------------------------------------------------------------------ */

static int take_domain(struct owned *o, const struct json_node *domain, bool tracker)
{
    struct source_rule rule = {.host = line_of(json_node_text(domain))};
    o->to->text = rule.host;
    if (!tracker)
        return skip(o->to, FEED_SKIP_NO_TRACKER, rule.host);
    return tell_owned(o, &rule);
}

/* {"https://company.example/": ["a.example", ...], "performance": "true"} */
static int take_company(const char *name, const struct json_node *pages, const char *category, struct source_sink *sink)
{
    struct owned o = {.to = sink,
                      .owner = {.tracker = line_of(name), .organisation = line_of(name), .purpose = purpose_of(category)}};
    const struct json_node *domains;
    const char *page;
    void *cursor = NULL;
    int rc = 0;
    while (rc == 0 && json_node_next(pages, &cursor, &page, &domains))
        for (size_t i = 0; rc == 0 && json_node_kind(domains) == JSON_KIND_ARRAY && i < json_node_count(domains); i++)
            rc = take_domain(&o, json_node_item(domains, i), strcmp(category, "Content") != 0);
    return rc;
}

static int take_category(const char *category, const struct json_node *companies, struct source_sink *sink)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < json_node_count(companies); i++) {
        const struct json_node *pages;
        const char *name;
        void *cursor = NULL;
        while (rc == 0 && json_node_next(json_node_item(companies, i), &cursor, &name, &pages))
            rc = take_company(name, pages, category, sink);
    }
    return rc;
}

static int take_disconnect(const struct json_node *root, struct source_sink *sink)
{
    const struct json_node *categories = json_node_member(root, "categories"), *companies;
    const char *category;
    void *cursor = NULL;
    int rc = 0;
    while (rc == 0 && json_node_next(categories, &cursor, &category, &companies))
        rc = take_category(category, companies, sink);
    return rc;
}

bool source_json_is(const char *text, size_t n)
{
    struct line_reader reader = line_reader_over(text, n);
    struct line all = line_trim((struct line){reader.at, (size_t)(reader.end - reader.at)});
    return all.n > 0 && all.at[0] == '{';
}

int source_json_parse(const char *text, size_t n, struct source_sink *sink, const char **syntax)
{
    char error[JSON_ERROR_MAX];
    struct line_reader reader = line_reader_over(text, n); /* passes over a byte order mark */
    struct json_node *root = json_read(reader.at, (size_t)(reader.end - reader.at), error);
    int rc = -EINVAL;
    sink->line = 0;
    if (json_node_kind(json_node_member(root, "patterns")) == JSON_KIND_OBJECT) {
        *syntax = "TrackerDB";
        rc = take_trackerdb(root, sink);
    } else if (json_node_kind(json_node_member(root, "categories")) == JSON_KIND_OBJECT) {
        *syntax = "Disconnect";
        rc = take_disconnect(root, sink);
    }
    json_node_free(root);
    return rc;
}
