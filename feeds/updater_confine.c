/* updater_confine.c -- see updater_confine.h.
 *
 * What the folder's owner is decides who the updater becomes: no setting, and no user that must exist by a certain name. A folder
 * that root owns keeps it at user 0, but without a capability that is a user who may write root's files and nothing more.
 * What a system can close better (other folders, system calls, devices) is left to the service manager; docs/FEEDS.md says what.
 */
#include "feeds/updater_confine.h"

#include "common/log.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MEMORY_MAX ((rlim_t)1 << 30) /* two lists of 64 MB, one on its way, and what is compiled from all */
#define FILE_MAX   ((rlim_t)512 << 20)
#define FILES_MAX  64

static int become_owner(int folder_fd)
{
    struct stat st;
    if (geteuid() != 0)
        return 0;
    if (fstat(folder_fd, &st) < 0)
        return -errno;
    if (st.st_uid == 0)
        return 0;
    if (setgroups(0, NULL) < 0 || setresgid(st.st_gid, st.st_gid, st.st_gid) < 0 || setresuid(st.st_uid, st.st_uid, st.st_uid) < 0)
        return -errno;
    return 0;
}

/* What no program run from here can get again. Needs root; without, PR_SET_NO_NEW_PRIVS does the same. */
static void empty_bounding_set(void)
{
    /* Ends behind the last capability that this kernel knows (EINVAL). */
    for (unsigned long capability = 0; prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0; capability++)
        ;
}

static int drop_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{.effective = 0}};
    return syscall(SYS_capset, &header, none) < 0 ? -errno : 0;
}

static int set_limit(__rlimit_resource_t what, rlim_t most)
{
    struct rlimit now;
    if (getrlimit(what, &now) < 0)
        return -errno;
    if (now.rlim_max != RLIM_INFINITY && now.rlim_max < most)
        most = now.rlim_max;
    now.rlim_cur = now.rlim_max = most;
    return setrlimit(what, &now) < 0 ? -errno : 0;
}

static int set_limits(void)
{
    int rc = set_limit(RLIMIT_CORE, 0);
    if (rc == 0)
        rc = set_limit(RLIMIT_FSIZE, FILE_MAX);
    if (rc == 0)
        rc = set_limit(RLIMIT_NOFILE, FILES_MAX);
    /* The sanitizers reserve terabytes of addresses. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    if (rc == 0)
        rc = set_limit(RLIMIT_AS, MEMORY_MAX);
#endif
    return rc;
}

int updater_confine(int folder_fd, const char *folder)
{
    empty_bounding_set();
    int rc = become_owner(folder_fd);
    if (rc == 0)
        rc = drop_capabilities();
    if (rc == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        rc = -errno;
    if (rc == 0)
        rc = set_limits();
    if (rc < 0)
        log_error("feeds update: cannot give up its rights to become the owner of %s: %s", folder, strerror(-rc));
    return rc;
}
