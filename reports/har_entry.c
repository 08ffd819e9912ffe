/* har_entry.c -- see har_entry.h.
 *
 * HAR 1.2 (the last published draft of the W3C web performance group), and what the three browsers make of it.
 */
#include "reports/har_entry.h"

#include <string.h>
#include <strings.h>

static struct url_text view(const char *text)
{
    return (struct url_text){.at = text ? text : "", .len = text ? strlen(text) : 0};
}

static struct url_text member_text(const struct json_node *object, const char *key)
{
    return view(json_node_text(json_node_member(object, key)));
}

static const char *member_string(const struct json_node *object, const char *key)
{
    const char *text = json_node_text(json_node_member(object, key));
    return text ? text : "";
}

static const struct json_node *member_array(const struct json_node *object, const char *key)
{
    const struct json_node *array = json_node_member(object, key);
    return json_node_kind(array) == JSON_KIND_ARRAY ? array : NULL;
}

struct url_text har_header(const struct json_node *headers, const char *name)
{
    for (size_t i = 0; i < json_node_count(headers); i++) {
        const struct json_node *header = json_node_item(headers, i);
        if (strcasecmp(member_string(header, "name"), name) == 0)
            return member_text(header, "value");
    }
    return view(NULL);
}

static bool digits(const char **at, int n, int *out)
{
    *out = 0;
    for (; n > 0; n--, (*at)++) {
        if (**at < '0' || **at > '9')
            return false;
        *out = *out * 10 + (**at - '0');
    }
    return true;
}

/* Days since the epoch of a day of the Gregorian calendar: the era of 400 years is 146,097 days long. */
static int64_t days_of(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = y / 400, of_era = y % 400, of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool read_zone(const char *at, int *minutes)
{
    int hour, minute;
    *minutes = 0;
    if (*at == 'Z' || *at == '\0')
        return true;
    int sign = *at == '-' ? -1 : 1;
    if (*at != '+' && *at != '-')
        return false;
    at++;
    if (!digits(&at, 2, &hour))
        return false;
    at += *at == ':';
    if (!digits(&at, 2, &minute))
        return false;
    *minutes = sign * (hour * 60 + minute);
    return true;
}

int64_t har_time_ms(const char *text)
{
    int year, month, day, hour, minute, second, zone, fraction = 0, scale = 100;
    const char *at = text;
    if (!digits(&at, 4, &year) || *at++ != '-' || !digits(&at, 2, &month) || *at++ != '-' || !digits(&at, 2, &day) ||
        (*at | 0x20) != 't' || !(at++, digits(&at, 2, &hour)) || *at++ != ':' || !digits(&at, 2, &minute) ||
        *at++ != ':' || !digits(&at, 2, &second))
        return INT64_MIN;
    if (*at == '.')
        for (at++; *at >= '0' && *at <= '9'; at++, scale /= 10)
            fraction += (*at - '0') * scale;
    if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 24 || minute > 59 || second > 60 ||
        !read_zone(at, &zone))
        return INT64_MIN;
    return ((days_of(year, month, day) * 24 + hour) * 60 + minute - zone) * 60000 + second * 1000 + fraction;
}

static void read_answer(const struct json_node *response, struct har_entry *out)
{
    int64_t status = 0;
    const struct json_node *content = json_node_member(response, "content");
    json_node_int(json_node_member(response, "status"), &status);
    out->status = status >= 100 && status <= 599 ? (int)status : 0;
    out->answer_headers = member_array(response, "headers");
    out->cookies_set = member_array(response, "cookies");
    if (out->status >= 300 && out->status < 400) {
        out->location = member_text(response, "redirectURL");
        if (out->location.len == 0)
            out->location = har_header(out->answer_headers, "location");
    }
    const char *type = member_string(content, "mimeType");
    if (*type == '\0')
        type = har_header(out->answer_headers, "content-type").at;
    out->html = strncasecmp(type, "text/html", 9) == 0 || strncasecmp(type, "application/xhtml", 17) == 0;
    if (out->html) {
        out->content = member_text(content, "text");
        out->content_base64 = strcasecmp(member_string(content, "encoding"), "base64") == 0;
    }
}

bool har_entry_read(const struct json_node *entry, struct har_entry *out)
{
    const struct json_node *request = json_node_member(entry, "request"),
                           *posted = json_node_member(request, "postData");
    struct url_parts parts;
    *out = (struct har_entry){0};
    out->address = member_text(request, "url");
    if (!url_split(out->address.at, out->address.len, &parts))
        return false;
    out->pageref = member_string(entry, "pageref");
    out->type = member_string(entry, "_resourceType");
    out->method = member_string(request, "method");
    out->started_ms = har_time_ms(member_string(entry, "startedDateTime"));
    out->request_headers = member_array(request, "headers");
    out->referer = har_header(out->request_headers, "referer");
    out->cookies_sent = member_array(request, "cookies");
    out->body = member_text(posted, "text");
    out->body_type = member_text(posted, "mimeType");
    out->params = member_array(posted, "params");
    read_answer(json_node_member(entry, "response"), out);
    return true;
}
