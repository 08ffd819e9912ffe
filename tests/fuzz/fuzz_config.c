/* fuzz_config.c -- any bytes as telltale.conf.
 *
 * Claims     A file that is taken leaves every number in its range, every text ended and every LAN prefix readable. One
 *            that is refused is refused for a reason.
 */
#include "common/config.h"
#include "common/https_url.h"
#include "common/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int file = -1;
static char path[32];

static void must(bool ok)
{
    if (!ok)
        abort();
}

static void set_up(void)
{
    if (file >= 0)
        return;
    log_init("fuzz", (enum log_level)0); /* nothing is written: reasons would drown the fuzzer's own words */
    file = memfd_create("telltale.conf", MFD_CLOEXEC);
    must(file >= 0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
}

static void check(const struct config *c)
{
    struct ip_prefix lan[CONFIG_LAN_MAX];
    int n = config_lan(c, lan);
    must(n >= 0 && n <= CONFIG_LAN_MAX);
    for (int i = 0; i < n; i++)
        must(lan[i].bits <= 128);
    must(c->workers >= 1 && c->workers <= 8 && c->ring_mb >= 1 && c->ring_mb <= 256 && c->visit_gap_s >= 1 &&
         c->visit_gap_s <= 3600 && c->visit_window_s >= 2 && c->visit_window_s <= 10);
    must(c->max_devices >= 16 && c->max_flows >= 1024 && c->max_contacts >= 1024 && c->buffer_mb >= 1 &&
         c->queue_batches >= 16);
    const char *texts[] = {c->interface,  c->lan,          c->trackers,     c->sites,        c->controller,
                           c->notice_url, c->notice_since, c->redis_socket, c->installation, c->run_dir,
                           c->feeds_dir,  c->canaries,     c->ca_file};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        must(memchr(texts[i], '\0', CONFIG_TEXT_MAX) != NULL);
    must(c->update_s >= 1 && c->update_s <= 600 && c->subscription_count <= CONFIG_SUBSCRIPTIONS_MAX);
    for (size_t i = 0; i < c->subscription_count; i++)
        must(https_url_fault(c->subscriptions[i].url) == NULL && c->subscriptions[i].name[0] &&
             strspn(c->subscriptions[i].name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(c->subscriptions[i].name));
    must(strspn(c->installation, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(c->installation) &&
         c->installation[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct config c;
    set_up();
    must(ftruncate(file, 0) == 0 && pwrite(file, data, size, 0) == (ssize_t)size);
    memset(&c, 0xff, sizeof(c));
    int rc = config_load_file(path, &c);
    if (rc == 0) {
        check(&c);
        rc = config_check_live(&c, path);
    }
    must(rc == 0 || rc == -EINVAL);
    /* The same bytes as the file of what a page changed: of that only a few settings count. */
    struct config before;
    config_defaults(&c);
    before = c;
    rc = config_read_changes(path, &c);
    if (rc == 0) {
        check(&c);
        must(c.demo == before.demo && memcmp(c.redis_socket, before.redis_socket, sizeof(c.redis_socket)) == 0 && c.web_port == before.web_port);
    }
    must(rc == 0 || rc == -EINVAL);
    return 0;
}
