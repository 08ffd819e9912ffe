/* doctor_machine.c -- the machine: its clock, its disk, and the processes of the sensor with the rights that they really have.
 *
 * Rights are read from /proc, of the processes that run, not from the units: what a unit asks for and what a process has are two things.
 */
#include "cli/doctor.h"
#include "cli/program.h"

#include "common/clock.h"

#include <dirent.h>
#include <errno.h>
#include <linux/magic.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/timex.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#define DISK_LEAST_MB 200
#define DISK_LITTLE_MB 1000

/* Clock ------------------------------------------------------------------------------------------------------------ */

void doctor_check_clock(struct doctor *d)
{
    struct timex t = {.modes = 0};
    char now[64] = "";
    time_t seconds = time(NULL);
    struct tm tm;
    if (localtime_r(&seconds, &tm))
        strftime(now, sizeof(now), "%Y-%m-%d %H:%M %Z", &tm);
    bool synchronised = adjtimex(&t) >= 0 && !(t.status & STA_UNSYNC), battery = access("/dev/rtc0", F_OK) == 0;
    if (!clock_is_believed((uint32_t)d->config.clock_wait_s))
        doctor_add(d, "clock", DOCTOR_BAD, "Let it reach a time server (timedatectl; the gateway is often one). Nothing is stored until then, or until it has been up for [sensor] clock_wait_s.",
                   "the time is %s, and not to be believed yet", now);
    else if (!synchronised)
        doctor_add(d, "clock", DOCTOR_WARN, "Let it reach a time server: sudo timedatectl set-ntp true, and UDP port 123 through the firewall. A wrong clock puts contacts under wrong days.",
                   "the time is %s; no time server has confirmed it%s", now, battery ? "" : ", and this machine has no clock that goes on without power");
    else
        doctor_add(d, "clock", DOCTOR_OK, NULL, "the time is %s, set by a time server", now);
}

/* Disk ------------------------------------------------------------------------------------------------------------- */

/* Is this file system on a device that the kernel decrypts? 1, 0, or -1: not known. A volume manager may lie between. */
static int is_encrypted(dev_t device, int depth)
{
    char path[128], line[64] = "";
    snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/dm/uuid", major(device), minor(device));
    FILE *f = fopen(path, "re");
    if (f) {
        if (!fgets(line, sizeof(line), f))
            line[0] = '\0';
        fclose(f);
    }
    if (strncmp(line, "CRYPT-", 6) == 0)
        return 1;
    snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/slaves", major(device), minor(device));
    DIR *dir = depth < 4 ? opendir(path) : NULL;
    snprintf(path, sizeof(path), "/sys/dev/block/%u:%u", major(device), minor(device));
    int found = access(path, F_OK) == 0 ? 0 : -1;
    for (struct dirent *e; dir && (e = readdir(dir)) != NULL && found != 1;) {
        char dev[400];
        unsigned ma, mi;
        if (e->d_name[0] == '.')
            continue;
        snprintf(dev, sizeof(dev), "%s/slaves/%s/dev", path, e->d_name);
        FILE *g = fopen(dev, "re");
        if (g && fscanf(g, "%u:%u", &ma, &mi) == 2)
            found = is_encrypted(makedev(ma, mi), depth + 1);
        if (g)
            fclose(g);
    }
    if (dir)
        closedir(dir);
    return found;
}

static void check_data(struct doctor *d, const char *path)
{
    struct statvfs v;
    struct stat st;
    if (statvfs(path, &v) < 0 || stat(path, &st) < 0) {
        bool missing = errno == ENOENT;
        doctor_add(d, "disk", missing ? DOCTOR_BAD : DOCTOR_WARN,
                   missing ? "The units make it when they start: sudo systemctl start telltale.target. If it lies on a partition of its own: is that there (lsblk), and opened?" : NULL, "%s: %s", path, strerror(errno));
        return;
    }
    uint64_t free_mb = (uint64_t)v.f_bavail * v.f_frsize >> 20;
    bool read_only = v.f_flag & ST_RDONLY;
    if (read_only)
        doctor_add(d, "disk", DOCTOR_BAD, "The card may be at its end: look at the kernel's messages (journalctl -k), and copy what is there to a new one.", "%s: cannot be written", path);
    else
        doctor_add(d, "disk", free_mb < DISK_LEAST_MB ? DOCTOR_BAD : free_mb < DISK_LITTLE_MB ? DOCTOR_WARN : DOCTOR_OK,
                   free_mb < DISK_LITTLE_MB ? "Make room: Redis needs twice the size of its file when it writes it anew, and the spool up to [store] spool_mb." : NULL,
                   "%s: %llu MB free", path, (unsigned long long)free_mb);
    int encrypted = is_encrypted(st.st_dev, 0);
    doctor_add(d, "encryption", DOCTOR_NOTE, NULL, "%s: %s", path,
               encrypted == 1   ? "is on an encrypted volume"
               : encrypted == 0 ? "is not encrypted: whoever takes the card can read what is stored (docs: PRIVACY.md says what that is, and how to encrypt it)"
                                : "it cannot be told whether it is encrypted");
}

static void check_run_folder(struct doctor *d)
{
    struct statfs fs;
    if (statfs(d->config.run_dir, &fs) < 0)
        return; /* made when the sensor starts */
    if (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC)
        doctor_add(d, "run folder", DOCTOR_OK, NULL, "%s: in memory, gone when the power is", d->config.run_dir);
    else
        doctor_add(d, "run folder", DOCTOR_WARN, "Let [run] dir name a folder in a tmpfs, such as one under /run.",
                   "%s: is on a disk: the day's key is not kept there, and a restart of the sensor starts new pseudonyms", d->config.run_dir);
}

/* Raspberry Pi's system starts its kernel with the accounting of memory switched off: then MemoryMax in a unit is read, and does nothing. */
static void check_memory_limits(struct doctor *d)
{
    char controllers[256] = "", *rest = NULL;
    FILE *f = fopen("/sys/fs/cgroup/cgroup.controllers", "re");
    if (!f)
        return; /* no cgroups, or the old ones */
    if (!fgets(controllers, sizeof(controllers), f))
        controllers[0] = '\0';
    fclose(f);
    for (const char *word = strtok_r(controllers, " \n", &rest); word; word = strtok_r(NULL, " \n", &rest))
        if (strcmp(word, "memory") == 0)
            return;
    doctor_add(d, "memory", DOCTOR_WARN,
               "Add cgroup_enable=memory to the one line of /boot/firmware/cmdline.txt (older systems: /boot/cmdline.txt), take cgroup_disable=memory out of it, and restart the machine.",
               "the kernel does not account for memory: the units' limits (MemoryMax) do nothing, and one process that grows takes the others with it");
}

void doctor_check_disk(struct doctor *d)
{
    char folder[CONFIG_TEXT_MAX];
    snprintf(folder, sizeof(folder), "%s", d->config.spool[0] ? d->config.spool : "/var/lib/telltale");
    char *slash = strrchr(folder, '/');
    if (slash && slash != folder)
        *slash = '\0';
    check_data(d, folder);
    check_run_folder(d);
    check_memory_limits(d);
}

/* Processes -------------------------------------------------------------------------------------------------------- */

struct process {
    long pid;
    unsigned uid, no_new_privs, seccomp, dumpable_known;
    unsigned long long effective;
};

static bool read_status(struct process *p)
{
    char path[64], line[256];
    snprintf(path, sizeof(path), "/proc/%ld/status", p->pid);
    FILE *f = fopen(path, "re");
    if (!f)
        return false;
    while (fgets(line, sizeof(line), f)) {
        sscanf(line, "Uid: %u", &p->uid);
        sscanf(line, "CapEff: %llx", &p->effective);
        sscanf(line, "NoNewPrivs: %u", &p->no_new_privs);
        sscanf(line, "Seccomp: %u", &p->seccomp);
    }
    fclose(f);
    return true;
}

/* The command line of a process as words with blanks between; "" when it cannot be read. */
static void read_words(long pid, char *out, size_t size)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%ld/cmdline", pid);
    FILE *f = fopen(path, "re");
    size_t n = f ? fread(out, 1, size - 1, f) : 0;
    if (f)
        fclose(f);
    out[n] = '\0';
    for (size_t i = 0; i + 1 < n; i++)
        if (out[i] == '\0')
            out[i] = ' ';
}

/* The first process with these two words in its command line. */
static bool find_process(const char *program, const char *role, struct process *out)
{
    DIR *dir = opendir("/proc");
    bool found = false;
    if (!dir)
        return false;
    for (struct dirent *e; !found && (e = readdir(dir)) != NULL;) {
        char words[256], *rest = NULL;
        long pid = strtol(e->d_name, NULL, 10);
        if (pid <= 0)
            continue;
        read_words(pid, words, sizeof(words));
        const char *first = strtok_r(words, " ", &rest), *second = strtok_r(NULL, " ", &rest);
        const char *base = first && strrchr(first, '/') ? strrchr(first, '/') + 1 : first;
        if (base && strcmp(base, program) == 0 && (!role || (second && strcmp(second, role) == 0))) {
            *out = (struct process){.pid = pid};
            found = read_status(out);
        }
    }
    closedir(dir);
    return found;
}

/* Whether a filter is the sensor's own or a unit's cannot be told from outside: that, the figure `walls` says. Here only what no process should be without. */
static void say_process(struct doctor *d, const char *name, const struct process *p, bool needs_filter)
{
    const struct passwd *user = getpwuid(p->uid);
    bool root = p->uid == 0, open = needs_filter && p->seccomp != 2;
    doctor_add(d, "process", open ? DOCTOR_BAD : root || p->effective || !p->no_new_privs ? DOCTOR_WARN : DOCTOR_OK,
               open                ? "Use a build with libseccomp and without sanitizers, such as the package's; its log says why there is no filter."
               : root              ? "Run it as the package's units do: a user of its own."
               : p->effective      ? "It should have dropped this: use the package's units."
               : !p->no_new_privs  ? "Use the package's units (NoNewPrivileges): a program that it starts could gain rights through a set-user-id file."
                                   : NULL,
               "%s: runs as %s, capabilities %s%s%s", name, user ? user->pw_name : "an unknown user", p->effective ? "NOT dropped" : "none", p->no_new_privs ? "" : ", may gain new ones",
               open ? ", without any system-call filter" : "");
}

/* Has systemd given it up? */
static bool is_given_up(const char *unit)
{
    const char *const words[] = {"systemctl", "is-failed", "--quiet", unit, NULL};
    return program_run(words, NULL, 0, 5000) == 0;
}

static void say_missing(struct doctor *d, const char *name, const char *unit)
{
    char remedy[240];
    bool managed = access("/run/systemd/system", F_OK) == 0, given_up = managed && is_given_up(unit);
    snprintf(remedy, sizeof(remedy),
             given_up  ? "journalctl -u %s -n 20 says why; mend that, then: sudo systemctl reset-failed 'telltale-*'; sudo systemctl start telltale.target"
             : managed ? "systemctl status %s; journalctl -u %s -n 20"
                       : "Start it; without systemd: `telltaled` runs capture and publish, `telltale-web` the dashboard.",
             unit, unit);
    doctor_add(d, "process", DOCTOR_BAD, remedy, given_up ? "%s: is not running, and systemd has given it up" : "%s: is not running", name);
}

void doctor_check_processes(struct doctor *d)
{
    struct process p;
    if (find_process("telltaled", "capture", &p))
        say_process(d, "telltaled capture", &p, true);
    else
        say_missing(d, "telltaled capture", "telltale-capture");
    if (find_process("telltaled", "publish", &p))
        say_process(d, "telltaled publish", &p, false);
    else
        say_missing(d, "telltaled publish", "telltale-publish");
    if (find_process("telltale-web", NULL, &p))
        say_process(d, "telltale-web", &p, false);
    else
        say_missing(d, "telltale-web", "telltale-web");
}
