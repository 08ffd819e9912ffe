/* schema.c -- see schema.h: the tables as arrays, and key names from them. */
#include "store/schema.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define KEY_ROW(name, pattern, type, ttl, renewed, step, writer, reader, what)                                         \
    [STORE_KEY_##name] = {pattern, type, ttl, renewed, step, writer, reader, what},
const struct store_key_info store_keys[STORE_KEY_COUNT] = {STORE_KEYS(KEY_ROW)};

#define ALERT_ROW(field, unit, what)             {STORE_KEY_ALERTS, field, unit, what},
#define DISCLOSURE_ROW(field, unit, what)        {STORE_KEY_ALERTS, field, unit, what},
#define SITE_ROW(field, unit, what)              {STORE_KEY_SITE, field, unit, what},
#define DAY_ROW(field, unit, what)               {STORE_KEY_DAY, field, unit, what},
#define DEVICES_ROW(field, unit, what)           {STORE_KEY_DEVICES, field, unit, what},
#define LABELS_ROW(field, unit, what)            {STORE_KEY_LABELS, field, unit, what},
#define COVERAGE_ROW(field, unit, what)          {STORE_KEY_COVERAGE, field, unit, what},
#define MARK_ROW(field, unit, what)              {STORE_KEY_MARK, field, unit, what},
#define AUDIT_ROW(field, unit, what)             {STORE_KEY_AUDIT, field, unit, what},
#define TEST_ROW(field, unit, what)              {STORE_KEY_TEST, field, unit, what},
#define PROOF_ROW(field, unit, what)             {STORE_KEY_PROOF, field, unit, what},
#define REQUEST_ROW(field, unit, what)           {STORE_KEY_REQUEST, field, unit, what},
#define SETTINGS_ROW(field, unit, what)          {STORE_KEY_SETTINGS, field, unit, what},
#define FIGURE_ROW(name, key, field, unit, what) {STORE_KEY_##key, field, unit, what},
const struct store_field_info store_fields[] = {STORE_ALERT_FIELDS(ALERT_ROW) STORE_DAY_FIELDS(DAY_ROW)
                                                    STORE_DEVICES_FIELDS(DEVICES_ROW) STORE_LABELS_FIELDS(LABELS_ROW) STORE_COVERAGE_FIELDS(COVERAGE_ROW) STORE_FIGURES(FIGURE_ROW)
                                                        STORE_MARK_FIELDS(MARK_ROW) STORE_AUDIT_FIELDS(AUDIT_ROW)
                                                            STORE_DISCLOSURE_FIELDS(DISCLOSURE_ROW) STORE_SITE_FIELDS(SITE_ROW)
                                                                STORE_TEST_FIELDS(TEST_ROW) STORE_PROOF_FIELDS(PROOF_ROW) STORE_REQUEST_FIELDS(REQUEST_ROW) STORE_SETTINGS_FIELDS(SETTINGS_ROW)};
const size_t store_fields_count = sizeof(store_fields) / sizeof(store_fields[0]);

#define FIGURE_NAME(name, key, field, unit, what) [STORE_FIGURE_##name] = field,
static const char *const figure_names[STORE_FIGURE_COUNT] = {STORE_FIGURES(FIGURE_NAME)};

#define FIGURE_KEY(name, key, field, unit, what) [STORE_FIGURE_##name] = STORE_KEY_##key,
static const enum store_key figure_keys[STORE_FIGURE_COUNT] = {STORE_FIGURES(FIGURE_KEY)};

enum store_key store_figure_key(enum store_figure figure)
{
    return figure_keys[figure];
}

const char *store_figure_name(enum store_figure figure)
{
    return figure_names[figure];
}

int store_figure_from_name(const char *name)
{
    for (int i = 0; i < STORE_FIGURE_COUNT; i++)
        if (strcmp(name, figure_names[i]) == 0)
            return i;
    return -1;
}

bool store_installation_is_valid(const char *installation)
{
    size_t n = strspn(installation, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return n >= 1 && n <= STORE_INSTALLATION_MAX && installation[n] == '\0';
}

void store_key_write(char out[STORE_KEY_MAX], const char *installation, enum store_key key, const char *value)
{
    const char *pattern = store_keys[key].pattern;
    const char *hole = strchr(pattern, '<');
    assert((hole != NULL) == (value != NULL));
    int head = hole ? (int)(hole - pattern) : (int)strlen(pattern);
    const char *tail = hole ? strchr(hole, '>') + 1 : "";
    int n =
        snprintf(out, STORE_KEY_MAX, "telltale:{%s}:%.*s%s%s", installation, head, pattern, value ? value : "", tail);
    assert(n > 0 && n < STORE_KEY_MAX);
    (void)n;
}
