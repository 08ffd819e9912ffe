/* devices_label.c -- see devices.h: the file of labels, changed one device at a time.
 *
 * The command refuses what can be told to be wrong (common/device_label.h) and asks the person for what cannot: that the device is the school's, used by many, and
 * that the label names nobody. The record says that a label was given and how many there are; which device it was stands in the file alone.
 * The file is written beside its name and renamed, readable by root and the capture process; telltaled looks for another one every two seconds.
 */
#include "cli/command.h"
#include "cli/devices.h"
#include "common/device_label.h"
#include "common/log.h"
#include "store/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The group of the capture process, where that is a user of its own; (gid_t)-1: it is not. */
static gid_t group_of(const char *capture_user)
{
    const struct passwd *user = capture_user[0] ? getpwnam(capture_user) : NULL;
    return user ? user->pw_gid : (gid_t)-1;
}

static int write_beside(const struct device_labels *l, const char *beside, gid_t group)
{
    unlink(beside); /* what a power cut left */
    int rc = 0, fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!out)
        return -errno;
    device_labels_print(l, out);
    if (fflush(out) != 0 || (group != (gid_t)-1 && (fchown(fd, (uid_t)-1, group) < 0 || fchmod(fd, 0640) < 0)) || fsync(fd) < 0)
        rc = -errno;
    if (fclose(out) != 0 && rc == 0)
        rc = -errno;
    return rc;
}

static int save(const struct config *c, const struct device_labels *l)
{
    char *beside = NULL;
    if (asprintf(&beside, "%s.new", c->labels) < 0)
        return -ENOMEM;
    int rc = write_beside(l, beside, group_of(c->capture_user));
    if (rc == 0 && rename(beside, c->labels) < 0)
        rc = -errno;
    if (rc < 0)
        unlink(beside);
    free(beside);
    return rc;
}

static bool confirmed(bool yes)
{
    char answer[16] = "";
    if (yes)
        return true;
    if (!isatty(STDIN_FILENO)) {
        log_error("devices: asks whether the label may be given, and nobody is there to answer; --yes does without");
        return false;
    }
    printf("A label says which device of the school it is, never whose. With it the safeguarding lead sees, for two days, which row of the list of devices it is.\n"
           "Does the school own this device, do several people use it, and does the label name none of them? Type yes: ");
    fflush(stdout);
    return fgets(answer, sizeof(answer), stdin) && strcmp(answer, "yes\n") == 0;
}

/* What cannot be noted is not done. */
static int note(const struct config *c, const char *did, size_t left)
{
    char who[STORE_AUDIT_WHO_MAX], what[100];
    store_audit_account(who);
    snprintf(what, sizeof(what), "a device of the school; %zu have a label", left);
    int rc = store_audit_write(c->redis_socket, c->installation, who, did, what);
    if (rc < 0)
        log_error("it could not be noted in the record%s, so nothing was changed", rc == -EPERM ? " (the Redis user may not; name another in [store] user)" : "");
    return rc;
}

/* The changed labels, or an exit status. */
static int change(const struct config *c, struct device_labels *l, const struct mac_addr *mac, const char *text, bool yes)
{
    const char *fault = text ? device_labels_set(l, mac, text) : NULL;
    if (fault) {
        log_error("the label %s", fault);
        return EXIT_WRONG_USE;
    }
    if (!text && !device_labels_remove(l, mac)) {
        log_error("this device has no label; `telltale devices label` shows those that have");
        return EXIT_SOME_FAILED;
    }
    if (text && !confirmed(yes)) {
        log_error("nothing was changed");
        return EXIT_SOME_FAILED;
    }
    if (note(c, text ? "labelled" : "unlabelled", l->len) < 0)
        return EXIT_SOME_FAILED;
    int rc = save(c, l);
    if (rc < 0)
        log_error("%s: %s%s", c->labels, strerror(-rc), rc == -EACCES || rc == -EPERM ? ": only root may change it (sudo)" : "");
    return rc < 0 ? EXIT_SOME_FAILED : EXIT_DONE;
}

/* The labels there are; NULL after saying why not. */
static struct device_labels *load(const struct config *c)
{
    struct device_labels *l = c->labels[0] ? calloc(1, sizeof(*l)) : NULL;
    int rc = l ? device_labels_load(l, c->labels) : -ENOMEM;
    if (!c->labels[0])
        log_error("[devices] labels is empty: there is no file for labels");
    else if (!l)
        log_error("out of memory");
    if (rc == 0 || rc == -ENOENT)
        return l;
    free(l);
    return NULL;
}

int devices_label(const struct config *c, const char *address, const char *text, bool yes)
{
    struct mac_addr mac;
    const char *fault = mac_parse(address, &mac) ? device_label_mac_fault(&mac) : "is no hardware address such as 3c:52:82:00:00:1a";
    if (fault) {
        log_error("%s: it %s", address, fault);
        return EXIT_WRONG_USE;
    }
    struct device_labels *l = load(c);
    if (!l)
        return EXIT_SOME_FAILED;
    int status = change(c, l, &mac, text, yes);
    if (status == EXIT_DONE)
        printf(text ? "%s: %s. The sensor knows it in a few seconds; it is shown with the device's next contact.\n" : "%s: no label any more. The sensor knows it in a few seconds, and takes it from today's list.\n",
               address, text);
    free(l);
    return status;
}

int devices_labels(const struct config *c)
{
    struct device_labels *l = load(c);
    if (!l)
        return EXIT_SOME_FAILED;
    for (size_t i = 0; i < l->len; i++) {
        char address[18];
        mac_format(&l->rows[i].mac, address);
        printf("%s  %s\n", address, l->rows[i].text);
    }
    if (l->len == 0)
        printf("No device has a label. `telltale devices label MAC LABEL` gives one.\n");
    free(l);
    return EXIT_DONE;
}
