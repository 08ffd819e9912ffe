/* test_visit_ask.c -- see test_visit.h: the part that speaks with the running sensor (sensor/staff_desk.h).
 *
 * The order matters. First the person is told whose device may be named, and says yes. Then the audit has it, and only then the sensor is asked: a
 * test that is in no audit does not begin by this command. What the sensor says no to leaves a second line there.
 */
#include "cli/test_visit.h"

#include "cli/command.h"
#include "common/clock.h"
#include "common/hostname.h"
#include "common/log.h"
#include "sensor/staff_desk.h"
#include "store/audit.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define AUDIT_WHAT_MAX 201

bool test_visit_mac(const char *text, uint8_t mac[6])
{
    int n = 0;
    unsigned b[6];
    if (strlen(text) != 17 || strspn(text, "0123456789abcdefABCDEF:") != 17 ||
        sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5], &n) != 6 || n != 17)
        return false;
    for (int i = 0; i < 6; i++)
        mac[i] = (uint8_t)b[i];
    return staff_mac_is_valid(mac);
}

unsigned test_visit_minutes(const char *text)
{
    char *end;
    unsigned long n = *text >= '0' && *text <= '9' && strlen(text) <= 5 ? strtoul(text, &end, 10) : 0;
    if (n > 0 && strcmp(end, "h") == 0)
        n *= 60;
    else if (n > 0 && *end != '\0' && strcmp(end, "m") != 0)
        n = 0;
    return n <= STORE_TEST_MINUTES_MOST ? (unsigned)n : 0;
}

static const char *outcome_text(uint32_t outcome)
{
    static const char *const texts[STAFF_OUTCOMES] = {
        [STAFF_NONE_RUNS] = "no staff test is going on",
        [STAFF_BUSY] = "another staff test is going on; `telltale test-visit --stop` ends it",
        [STAFF_NEAR_A_VISIT] = "this device was at a support site within the last half hour, and whoever that was has not agreed to be watched: is it the right device? "
                               "If it is, wait half an hour",
        [STAFF_UNKNOWN] = "the sensor was restarted and does not know which devices were at a support site; ask again in half an hour",
        [STAFF_NO_ROOM] = "the sensor's table of devices is full ([sensor] max_devices)",
        [STAFF_NO_SUCH_SITE] = "not among the support sites that the sensor knows; add it to the list that [feeds] sites names",
        [STAFF_WRONG] = "the sensor does not understand the request: are `telltale` and `telltaled` of one version?",
        [STAFF_NO_CLOCK] = "the machine's clock is not set yet, or the replay has not begun",
        [STAFF_NO_ANSWER] = "the sensor gave no answer: it is busy, or its capture has not begun",
    };
    return outcome < STAFF_OUTCOMES && texts[outcome] ? texts[outcome] : "the sensor gave a strange answer";
}

/* The sensor ------------------------------------------------------------------------------------------------------- */

static int connect_desk(const char *run_dir)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int n = snprintf(address.sun_path, sizeof(address.sun_path), "%s/" STAFF_SOCKET_NAME, run_dir);
    int fd = n > 0 && (size_t)n < sizeof(address.sun_path) ? socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0) : -1;
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    if (errno == EACCES)
        log_error("%s/" STAFF_SOCKET_NAME ": only root and the sensor's own user may ask for a staff test", run_dir);
    else
        log_error("%s/" STAFF_SOCKET_NAME ": no sensor listens there (%s); is `telltaled` running with this [run] dir?", run_dir, strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

static bool ask_desk(int fd, const struct staff_call *call, struct staff_answer *out)
{
    struct pollfd answer = {.fd = fd, .events = POLLIN};
    memset(out, 0, sizeof(*out));
    bool got = send(fd, call, sizeof(*call), MSG_NOSIGNAL) == (ssize_t)sizeof(*call) && poll(&answer, 1, 2 * STAFF_ANSWER_MS) == 1 &&
               recv(fd, out, sizeof(*out), 0) == (ssize_t)sizeof(*out) && out->magic == STAFF_MAGIC && out->site[sizeof(out->site) - 1] == '\0';
    if (!got)
        out->outcome = STAFF_NO_ANSWER;
    return got;
}

/* The person ------------------------------------------------------------------------------------------------------- */

static const char promise[] =
    "A staff test keeps the full evidence of one device's session: which tracker hosts it contacts after it opens the site.\n"
    "Name only the device of a member of staff who has agreed to this, and who opens the page themselves.\n"
    "Never a pupil's device, and never one that somebody else may be using meanwhile. The test is noted in the audit.\n";

static bool agreed(const struct test_visit *v)
{
    char answer[16] = "";
    fputs(promise, stdout);
    if (v->i_am_staff)
        return true;
    if (!isatty(STDIN_FILENO)) {
        log_error("test-visit asks whose device this is, and nobody is there to answer; --i-am-staff says that it is a consenting member of staff's");
        return false;
    }
    printf("Is this the device of a member of staff who agreed? Type yes: ");
    fflush(stdout);
    return fgets(answer, sizeof(answer), stdin) && strcmp(answer, "yes\n") == 0;
}

static int note(const struct test_visit *v, const char *did, const char *what)
{
    char who[STORE_AUDIT_WHO_MAX];
    store_audit_account(who);
    int rc = store_audit_write(v->config.redis_socket, v->config.installation, who, did, what);
    if (rc == -EPERM)
        log_error("%s: the Redis user \"%s\" may not write to the audit, and a test that is not noted does not begin; name another in [store] user",
                  v->config.redis_socket, v->config.redis_user);
    return rc;
}

static void make_id(char id[STORE_TEST_ID_MAX])
{
    uint64_t random;
    while (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
        ;
    snprintf(id, STORE_TEST_ID_MAX, "%016" PRIx64, random);
}

/* Fills the call from what was given; the sensor checks it again. */
static int read_call(const struct test_visit *v, struct staff_call *call)
{
    char site[HOSTNAME_MAX + 1];
    unsigned minutes = test_visit_minutes(v->length ? v->length : "30m");
    *call = (struct staff_call){.magic = STAFF_MAGIC, .kind = STAFF_CALL_START, .minutes = (uint16_t)minutes};
    if (!v->device || !test_visit_mac(v->device, call->mac)) {
        log_error("--device %s: expected the hardware address of one network card, such as 3c:22:fb:10:00:10", v->device ? v->device : "is missing");
        return -EINVAL;
    }
    if (minutes == 0) {
        log_error("--for %s: expected 1 to %d minutes, such as 30m", v->length, STORE_TEST_MINUTES_MOST);
        return -EINVAL;
    }
    if (hostname_normalise((const uint8_t *)v->site, strlen(v->site), site) == 0) {
        log_error("%s: not the name of a site, such as themix.org.uk", v->site);
        return -EINVAL;
    }
    const char *reason = v->reason ? v->reason : "no reason given";
    if (!staff_reason_is_valid(reason, strlen(reason) + 1)) {
        log_error("--reason: expected one line of at most %d bytes; a role, never the name of a person", STORE_WORD_MAX - 1);
        return -EINVAL;
    }
    memcpy(call->site, site, strlen(site) + 1);
    memcpy(call->reason, reason, strlen(reason) + 1);
    make_id(call->id);
    return 0;
}

static void describe(const struct staff_call *call, char what[AUDIT_WHAT_MAX])
{
    snprintf(what, AUDIT_WHAT_MAX, "staff test %s of %.80s for %u minutes: %s", call->id, call->site, call->minutes, call->reason);
}

static int begin_at(const struct test_visit *v, int desk, const struct staff_call *call)
{
    char what[AUDIT_WHAT_MAX];
    struct staff_answer answer;
    describe(call, what);
    if (note(v, "test-visit", what) < 0)
        return EXIT_SOME_FAILED;
    ask_desk(desk, call, &answer);
    if (answer.outcome == STAFF_STARTED) {
        printf("Staff test %s of %s has begun, for %u minutes. Nothing else counts this device meanwhile.\n"
               "Now open the page on the device, and no other; close other tabs first.\n"
               "  telltale test-visit show %s   shows what was seen\n"
               "  telltale test-visit --stop                  ends it early\n",
               call->id, answer.site, call->minutes, call->id);
        return EXIT_DONE;
    }
    log_error("%s: %s", answer.outcome == STAFF_NO_SUCH_SITE ? call->site : "test-visit", outcome_text(answer.outcome));
    note(v, "test-visit-refused", what);
    return EXIT_SOME_FAILED;
}

int test_visit_begin(const struct test_visit *v)
{
    struct staff_call call;
    if (read_call(v, &call) < 0)
        return EXIT_WRONG_USE;
    int desk = connect_desk(v->config.run_dir);
    if (desk < 0)
        return EXIT_SOME_FAILED;
    close(desk); /* it waits two seconds for a word; a person takes longer */
    int status = EXIT_SOME_FAILED;
    if (!agreed(v))
        log_error("no test was begun");
    else if ((desk = connect_desk(v->config.run_dir)) >= 0) {
        status = begin_at(v, desk, &call);
        close(desk);
    }
    explicit_bzero(&call, sizeof(call));
    return status;
}

int test_visit_stop(const struct test_visit *v)
{
    struct staff_call call = {.magic = STAFF_MAGIC, .kind = STAFF_CALL_STOP};
    struct staff_answer answer;
    int desk = connect_desk(v->config.run_dir);
    if (desk < 0)
        return EXIT_SOME_FAILED;
    ask_desk(desk, &call, &answer);
    close(desk);
    if (answer.outcome != STAFF_STOPPED) {
        log_error("test-visit: %s", outcome_text(answer.outcome));
        return EXIT_SOME_FAILED;
    }
    puts("The staff test is ended.");
    return note(v, "test-visit-stopped", "the staff test that was going on") < 0 ? EXIT_SOME_FAILED : EXIT_DONE;
}
