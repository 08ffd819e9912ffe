/* fuzz_har.c -- any bytes as a recording, through the whole reader and all four writers.
 *
 * Claims     Elements that the splitter hands out are as long as it says; the outputs are clean text; the same bytes in one piece and in pieces
 *            give the same elements.
 */
#include "reports/har.h"
#include "reports/har_split.h"

#include "common/log.h"
#include "common/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int ok)
{
    if (!ok)
        abort();
}

struct sum {
    uint64_t hash, elements;
};

static int add(void *context, enum har_part part, const char *json, size_t n)
{
    struct sum *s = context;
    must(n <= HAR_ELEMENT_MAX && n >= 2 && json[0] == '{' && json[n - 1] == '}');
    s->hash = s->hash * 31 + part;
    for (size_t i = 0; i < n; i++)
        s->hash = s->hash * 31 + (uint8_t)json[i];
    s->elements++;
    return 0;
}

static struct sum split_in(const uint8_t *data, size_t size, size_t step)
{
    struct sum sum = {0};
    struct har_split *s = har_split_new(add, &sum);
    must(s != NULL);
    int rc = 0;
    for (size_t at = 0; at < size && rc == 0; at += step)
        rc = har_split_feed(s, (const char *)data + at, size - at < step ? size - at : step);
    if (rc == 0)
        rc = har_split_end(s);
    must(rc == 0 || strlen(har_split_fault(s)) > 0);
    har_split_free(s);
    return sum;
}

static void write_all(const struct har_report *r)
{
    struct report_style style = {.colour = false, .width = 80};
    int (*const writers[])(const struct har_report *, FILE *) = {har_write_json, har_write_csv, har_write_html};
    for (size_t i = 0; i < 4; i++) {
        char *text = NULL;
        size_t n = 0;
        FILE *out = open_memstream(&text, &n);
        must(out != NULL);
        must((i < 3 ? writers[i](r, out) : har_write_table(r, &style, out)) == 0);
        fclose(out);
        for (size_t k = 0; k < n; k++)
            must((unsigned char)text[k] >= ' ' || text[k] == '\n' || text[k] == '\r');
        free(text);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct har_rules rules;
    if (!rules.trackers) {
        struct feed_source source;
        struct feed_builder *b = feed_builder_new();
        struct site_set *sites = site_set_new();
        log_init("fuzz_har", (enum log_level)0);
        must(feed_builder_add_builtin(b, &source) == 0 && site_set_add_builtin(sites) == 0);
        rules = (struct har_rules){.trackers = feed_builder_compile(b), .sites = sites};
        feed_builder_free(b);
    }
    struct sum whole = split_in(data, size, size ? size : 1), pieces = split_in(data, size, 7);
    must(whole.hash == pieces.hash && whole.elements == pieces.elements);
    int fd = memfd_create("recording", MFD_CLOEXEC);
    char path[64];
    struct har_report report;
    must(fd >= 0 && (size == 0 || write(fd, data, size) == (ssize_t)size));
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    har_report_init(&report);
    har_read_file(&report, &rules, path, NULL, NULL);
    write_all(&report);
    har_report_fini(&report);
    close(fd);
    return 0;
}
