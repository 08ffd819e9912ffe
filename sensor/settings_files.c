/* settings_files.c -- see settings_files.h. */
#include "sensor/settings_files.h"

#include "common/log.h"
#include "feeds/sites.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const names[2] = {CONFIG_CHANGED_NAME, CONFIG_SITES_NAME};

static void take_site(struct settings *s, const struct site *site)
{
    struct own_site *out = &s->sites[s->site_count];
    if (s->site_count == OWN_SITES_MAX || strlen(site->label) >= sizeof(out->label) || strlen(site->category) >= sizeof(out->category))
        return;
    snprintf(out->site, sizeof(out->site), "%s", site->site);
    snprintf(out->label, sizeof(out->label), "%s", site->label);
    snprintf(out->category, sizeof(out->category), "%s", site->category);
    s->site_count++;
}

static int load_sites(const char *path, struct settings *out)
{
    uint32_t skipped;
    struct site_set *set = site_set_new();
    int rc = set ? site_set_add_own(set, path, &skipped) : -ENOMEM;
    out->site_count = 0;
    for (uint32_t i = 0; rc == 0 && i < site_set_count(set); i++)
        take_site(out, site_at(set, i));
    site_set_free(set);
    return rc;
}

int settings_load(const struct config *config, struct settings *out)
{
    char path[CONFIG_PATH_MAX];
    memset(out, 0, sizeof(*out));
    out->config = *config;
    if (!config_changed_path(config, CONFIG_SITES_NAME, path))
        return 0;
    int rc = load_sites(path, out);
    if (rc < 0 && rc != -ENOMEM)
        log_warning("settings: %s: goes on without the support sites in it; add them again on the page Settings", path);
    return rc == -ENOMEM ? rc : 0;
}

/* The text of one of the files, to free(). */
static char *text_of(const struct config *file, const struct settings *s, int which)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    fputs(which == 0 ? "# Changed on the dashboard's page Settings. telltaled writes this file; remove it to go back to the settings of the installation.\n"
                     : "# Support sites added on the dashboard's page Settings: site, label, category. telltaled writes this file.\n",
          out);
    if (which == 0)
        config_print_changes(file, &s->config, out);
    for (size_t i = 0; which == 1 && i < s->site_count; i++)
        fprintf(out, "%s\t%s\t%s\n", s->sites[i].site, s->sites[i].label, s->sites[i].category);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

static int write_beside(const char *path, const char *text)
{
    size_t n = strlen(text);
    unlink(path); /* what a power cut left */
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
    int rc = fd >= 0 && fchmod(fd, 0644) == 0 && write(fd, text, n) == (ssize_t)n && fsync(fd) == 0 ? 0 : -(errno ? errno : EIO);
    if (fd >= 0)
        close(fd);
    return rc;
}

/* Does what stands beside say the same when it is read? The one test that no value can get around. */
static bool reads_back(const struct config *file, const struct settings *s, int which, const char *beside, const char *text)
{
    struct settings again = *s;
    again.config = *file;
    int rc = which == 0 ? config_read_changes(beside, &again.config) : load_sites(beside, &again);
    char *second = rc == 0 ? text_of(file, &again, which) : NULL;
    bool same = second && strcmp(second, text) == 0;
    free(second);
    return same;
}

static void sync_folder(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

/* The last site goes with its file: a table without rows is a mistake everywhere else. */
static int remove_sites(const struct settings *now)
{
    char path[CONFIG_PATH_MAX];
    if (!config_changed_path(&now->config, CONFIG_SITES_NAME, path) || (unlink(path) < 0 && errno != ENOENT)) {
        int rc = path[0] ? -errno : -ENOENT;
        log_error("settings: %s: cannot be removed: %s", path, strerror(-rc));
        return rc;
    }
    sync_folder(now->config.settings_dir);
    return 0;
}

static int save_one(const struct config *file, const struct settings *now, int which)
{
    char path[CONFIG_PATH_MAX], beside[CONFIG_PATH_MAX + 8];
    if (!config_changed_path(&now->config, names[which], path))
        return -ENOENT;
    snprintf(beside, sizeof(beside), "%s.new", path);
    char *text = text_of(file, now, which);
    int rc = text ? write_beside(beside, text) : -ENOMEM;
    if (rc == 0 && !reads_back(file, now, which, beside, text))
        rc = -EINVAL;
    if (rc == 0 && rename(beside, path) < 0)
        rc = -errno;
    if (rc < 0) {
        log_error("settings: %s: cannot be written: %s", path, rc == -EINVAL ? "a value does not read back as it was written" : strerror(-rc));
        unlink(beside);
    } else {
        sync_folder(now->config.settings_dir);
    }
    free(text);
    return rc;
}

void settings_make_folder(const struct config *c)
{
    if (mkdir(c->settings_dir, 0755) == 0)
        chmod(c->settings_dir, 0755); /* the umask is for files with pseudonyms */
}

int settings_save(const struct settings *before, const struct settings *now)
{
    struct config *file = malloc(sizeof(*file));
    int rc = file ? config_load_file(now->config.file, file) : -ENOMEM;
    if (rc == 0)
        settings_make_folder(&now->config);
    for (int which = 0; which < 2 && rc == 0; which++) {
        char *old = text_of(file, before, which), *new = text_of(file, now, which);
        if (!old || !new)
            rc = -ENOMEM;
        else if (strcmp(old, new) != 0)
            rc = which == 1 && now->site_count == 0 ? remove_sites(now) : save_one(file, now, which);
        free(old);
        free(new);
    }
    free(file);
    return rc;
}

static void say_lines(char *text, const char *path, const char *file)
{
    char section[64] = "";
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        if (line[0] == '[')
            snprintf(section, sizeof(section), "%.60s", line);
        else
            log_info("settings: %s %s: changed on the page Settings, and holds over %s; to end that, change it there again or take the line out of %s", section, line, file, path);
    }
}

void settings_say_changed(const struct config *c)
{
    char path[CONFIG_PATH_MAX], *text = NULL;
    size_t n = 0;
    struct config *file = malloc(sizeof(*file));
    FILE *out = open_memstream(&text, &n);
    if (file && out && c->file[0] && config_changed_path(c, CONFIG_CHANGED_NAME, path) && config_load_file(c->file, file) == 0)
        config_print_changes(file, c, out);
    if (out && fclose(out) == 0 && n > 0)
        say_lines(text, path, c->file);
    free(text);
    free(file);
}
