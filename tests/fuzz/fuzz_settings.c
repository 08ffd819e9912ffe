/* fuzz_settings.c -- any bytes as a change that a page asks for: a byte of which kind, and its values in lines.
 *
 * Claims     What is accepted is within the floors, and reads back from the file of changes as it was written: no value becomes another setting.
 */
#include "common/log.h"
#include "common/period.h"
#include "sensor/settings_floor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define TODAY "2026-11-23"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int file = -1;
static char path[32];
static struct settings standard;

static void must(bool ok)
{
    if (!ok)
        abort();
}

static void set_up(void)
{
    if (file >= 0)
        return;
    log_init("fuzz", (enum log_level)0);
    config_defaults(&standard.config);
    strcpy(standard.config.list_hosts, "lists.example");
    file = memfd_create("settings.conf", MFD_CLOEXEC);
    must(file >= 0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
}

static char *changes_of(const struct config *now)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    must(out != NULL);
    config_print_changes(&standard.config, now, out);
    must(fclose(out) == 0);
    return text;
}

static void reads_back(const struct config *now)
{
    struct config again = standard.config;
    char *text = changes_of(now);
    must(ftruncate(file, 0) == 0 && pwrite(file, text, strlen(text), 0) == (ssize_t)strlen(text));
    must(config_read_changes(path, &again) == 0);
    char *second = changes_of(&again);
    must(strcmp(text, second) == 0 && !again.demo && again.k == now->k);
    free(text);
    free(second);
}

static void check(const struct settings *s)
{
    char why[SETTINGS_WHY_MAX];
    const struct config *c = &s->config;
    must(c->k >= 5 && c->k <= 20 && c->keep_figures <= 400 && c->keep_devices <= 30 && c->keep_alerts <= 30);
    must(!c->demo && strcmp(c->redis_socket, standard.config.redis_socket) == 0);
    if (settings_are_stable(c, TODAY, why))
        must(c->stable_reason[0] && period_day_number(c->stable_until) <= period_day_number(TODAY) + STABLE_DAYS_MOST);
    for (size_t i = 0; i < s->site_count; i++)
        must(strchr(s->sites[i].site, '.') && !strpbrk(s->sites[i].label, "\t\r\n") && s->sites[i].category[0]);
    reads_back(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct settings s;
    struct change change = {0};
    char why[SETTINGS_WHY_MAX], values[1024] = "", *at = values;
    set_up();
    if (size == 0 || size > sizeof(values))
        return 0;
    change.kind = (enum change_kind)(data[0] % CHANGE_KINDS);
    memcpy(values, data + 1, size - 1);
    for (int i = 0; i < CHANGE_MEMBERS_MAX && change_forms[change.kind].members[i]; i++) {
        char *value = at ? strsep(&at, "\n") : NULL;
        if (!value || !change_value_take(value, change.value[i]))
            return 0;
    }
    s = standard;
    if (settings_change(&s, &change, TODAY, why))
        check(&s);
    else
        must(why[0] != '\0' && memcmp(&s, &standard, sizeof(s)) == 0);
    return 0;
}
