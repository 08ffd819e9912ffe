/* setup_answers.c -- see setup.h. */
#include "cli/setup.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct answer {
    const char *option, *question, *why, *section, *key;
    size_t at; /* in struct config */
};

#define AT(field) offsetof(struct config, field)

static const struct answer answers[SETUP_ANSWERS] = {
    [SETUP_INTERFACE] = {"--interface", "Interface", NULL, "capture", "interface", AT(interface)},
    [SETUP_LAN] = {"--lan", "LAN side (prefixes; - for private addresses and what is seen behind them)", "\nWhich addresses are the devices'? All of their networks, those behind a further router too. In doubt \"-\".", "capture", "lan", AT(lan)},
    [SETUP_CONTROLLER] = {"--controller", "Who answers for it", "\nWho answers for this sensor before the law and the parents, such as \"Head of Safeguarding, St Mary's School\"?", "notice",
                          "controller", AT(controller)},
    [SETUP_URL] = {"--notice-url", "Where the notice is", "\nWhere can the people on the network read what is seen and what is not? (`telltale notice` writes that page.)", "notice", "url", AT(notice_url)},
    [SETUP_SINCE] = {"--notice-since", "Since when people have been told (YYYY-MM-DD)", NULL, "notice", "since", AT(notice_since)},
    [SETUP_LISTEN] = {"--web-listen", "Address that the dashboard listens on", "\nThe dashboard: 127.0.0.1 is for this machine alone, 0.0.0.0 for whoever can reach it over the network and has an account.", "web",
                      "listen", AT(web_listen)},
    [SETUP_HOSTS] = {"--web-hosts", "Names under which browsers reach it (- for localhost alone)", NULL, "web", "hosts", AT(web_hosts)},
};

const char *setup_option(enum setup_answer a)
{
    return answers[a].option;
}

const char *setup_question(enum setup_answer a)
{
    return answers[a].question;
}

const char *setup_why(enum setup_answer a)
{
    return answers[a].why;
}

static const char *in_settings(const struct setup *s, enum setup_answer a)
{
    return (const char *)&s->config + answers[a].at;
}

static bool is_loopback(const char *address)
{
    return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

/* This machine's name, as the package's certificate has it. */
static void suggest_hosts(char out[CONFIG_TEXT_MAX])
{
    char name[65] = "";
    if (gethostname(name, sizeof(name) - 1) < 0 || !name[0] || strcmp(name, "localhost") == 0)
        return;
    snprintf(out, CONFIG_TEXT_MAX, "%s %s.local", name, name);
}

/* The networks that the interface itself is in. Only to a person, who knows whether routers have more behind them; a script that says nothing gets the
 * setting's own default, which takes all private addresses. A mirror port has no address, and so no suggestion. */
static void suggest_lan(const struct setup *s, char out[CONFIG_TEXT_MAX])
{
    const struct interface *i = s->interactive ? interfaces_find(&s->interfaces, s->value[SETUP_INTERFACE]) : NULL;
    if (i)
        interface_prefixes_text(i, out, CONFIG_TEXT_MAX);
}

void setup_suggest(struct setup *s)
{
    for (enum setup_answer a = 0; a < SETUP_ANSWERS; a++) {
        if (s->given[a] || (a == SETUP_INTERFACE && s->value[a][0]))
            continue;
        snprintf(s->value[a], CONFIG_TEXT_MAX, "%s", in_settings(s, a));
        if (s->value[a][0])
            continue;
        if (a == SETUP_INTERFACE && interfaces_suggest(&s->interfaces))
            snprintf(s->value[a], CONFIG_TEXT_MAX, "%s", interfaces_suggest(&s->interfaces)->name);
        if (a == SETUP_LAN)
            suggest_lan(s, s->value[a]);
        if (a == SETUP_HOSTS && !is_loopback(s->value[SETUP_LISTEN]))
            suggest_hosts(s->value[a]);
    }
}

static bool refuse(char reason[SETUP_REASON_MAX], const char *why)
{
    snprintf(reason, SETUP_REASON_MAX, "%s", why);
    return false;
}

/* "-" says: nothing. A terminal cannot tell an empty answer from "as offered". */
static const char *meant(enum setup_answer a, const char *value)
{
    return (a == SETUP_LAN || a == SETUP_HOSTS) && strcmp(value, "-") == 0 ? "" : value;
}

static bool check_lan(const char *value, char reason[SETUP_REASON_MAX])
{
    char text[CONFIG_TEXT_MAX], *rest = NULL;
    struct ip_prefix p;
    int n = 0;
    snprintf(text, sizeof(text), "%s", value);
    for (char *word = strtok_r(text, " ,\t", &rest); word; word = strtok_r(NULL, " ,\t", &rest)) {
        if (!ip_prefix_parse(word, &p)) {
            snprintf(reason, SETUP_REASON_MAX, "%.60s is not a prefix such as 192.168.0.0/16 or 2001:db8::/32", word);
            return false;
        }
        if (++n > CONFIG_LAN_MAX)
            return refuse(reason, "too many prefixes");
    }
    return true;
}

static bool check_interface(const struct setup *s, const char *value, char reason[SETUP_REASON_MAX])
{
    if (!value[0])
        return refuse(reason, "no interface is up to be suggested; `telltale setup --list` shows what there is");
    const struct interface *i = interfaces_find(&s->interfaces, value);
    if (!i) {
        snprintf(reason, SETUP_REASON_MAX, "%.40s: this machine has no such interface; `telltale setup --list` shows them", value);
        return false;
    }
    return true;
}

static bool is_date(const char *text)
{
    struct tm tm = {.tm_isdst = -1}, back;
    int n = 0;
    if (sscanf(text, "%4d-%2d-%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &n) != 3 || n != 10 || text[n] != '\0' || tm.tm_year < 2000)
        return false;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    back = tm;
    return mktime(&back) != (time_t)-1 && back.tm_mday == tm.tm_mday && back.tm_mon == tm.tm_mon; /* 30 February is none */
}

bool setup_check(const struct setup *s, enum setup_answer a, const char *value, char reason[SETUP_REASON_MAX])
{
    value = meant(a, value);
    reason[0] = '\0';
    if (!config_value_fits(value))
        return refuse(reason, "a settings file cannot hold this: no control characters, no blank before a ; and at most 255 bytes");
    switch (a) {
    case SETUP_INTERFACE: return check_interface(s, value, reason);
    case SETUP_LAN: return check_lan(value, reason);
    case SETUP_CONTROLLER: return value[0] || refuse(reason, "nothing is listened to until somebody answers for it");
    case SETUP_URL:
        return strncmp(value, "https://", 8) == 0 || strncmp(value, "http://", 7) == 0 || refuse(reason, "expected the address of a page, such as https://school.example/network-notice");
    case SETUP_SINCE: return is_date(value) || refuse(reason, "expected a day of the calendar, YYYY-MM-DD");
    case SETUP_LISTEN: {
        struct ip_prefix p;
        return (ip_prefix_parse(value, &p) && !strchr(value, '/')) || refuse(reason, "expected an address such as 127.0.0.1 or 0.0.0.0");
    }
    case SETUP_HOSTS:
        return value[0] || is_loopback(s->value[SETUP_LISTEN]) || refuse(reason, "a dashboard that other machines reach needs names, such as telltale.school.example");
    case SETUP_ANSWERS: break;
    }
    return true;
}

size_t setup_changes(const struct setup *s, struct config_change out[SETUP_ANSWERS])
{
    size_t n = 0;
    for (enum setup_answer a = 0; a < SETUP_ANSWERS; a++) {
        const char *value = meant(a, s->value[a]);
        if (strcmp(value, in_settings(s, a)) != 0)
            out[n++] = (struct config_change){answers[a].section, answers[a].key, value};
    }
    return n;
}
