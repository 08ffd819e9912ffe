/* feeds_compile.c -- `telltale feeds compile`: lists of trackers into one file that the sensor reads at once. */
#include "cli/feeds.h"
#include "common/log.h"
#include "feeds/feed_file.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

static int run(int argc, char **argv);

const struct command command_feeds_compile = {
    .name = "feeds compile",
    .summary = "Puts lists of trackers, and the built-in one, into one checked file that the sensor reads at once",
    .synopsis = "FILE... -o OUT",
    .options = "  -o, --output FILE     the file to write; an old one is replaced whole\n"
               "  FILE                  a list in any syntax, or a compiled one\n",
    .run = run,
};

static void show_refusals(const struct feed_source *s)
{
    uint32_t shown = s->refused < FEED_REFUSALS_KEPT ? s->refused : FEED_REFUSALS_KEPT;
    for (uint32_t i = 0; i < shown; i++) {
        const struct feed_refusal *r = &s->refusals[i];
        fputs("  ", stdout);
        if (r->line > 0)
            printf("line %u: ", r->line);
        printf("%s: %s\n", feed_skip_phrase(r->why), r->text[0] ? r->text : "(too long to show)");
    }
    if (s->refused > shown)
        printf("  and %u more\n", s->refused - shown);
}

static void show(const char *path, const struct feed_source *s)
{
    printf("%s: %s%s%u rules taken", path, s->syntax, s->syntax[0] ? ": " : "", s->taken);
    if (s->duplicate > 0)
        printf(", %u there already", s->duplicate);
    if (s->exceptions > 0)
        printf(", %u exceptions", s->exceptions);
    putchar('\n');
    const char *between = ": ";
    if (s->skipped > 0)
        printf("  skipped %u", s->skipped);
    for (int i = 0; i < FEED_SKIP_COUNT; i++)
        if (s->skips[i] > 0) {
            printf("%s%u %s", between, s->skips[i], feed_skip_phrase((enum feed_skip)i));
            between = ", ";
        }
    if (s->skipped > 0)
        putchar('\n');
    if (s->licence[0])
        printf("  licence: %s\n", s->licence);
    show_refusals(s);
}

static int compile(const struct file_list *files, struct feed_builder *b, struct feed_set **set)
{
    struct feed_source source;
    int rc = b ? feed_builder_add_builtin(b, &source) : -ENOMEM;
    for (size_t i = 0; rc == 0 && i < files->len; i++) {
        rc = feed_builder_add_file(b, files->paths[i], &source);
        if (rc == 0)
            show(files->paths[i], &source);
    }
    if (rc == 0 && !(*set = feed_builder_compile(b)))
        rc = -ENOMEM;
    if (rc == -ENOMEM)
        log_error("feeds: the rules do not fit into memory");
    return rc;
}

static int compile_to(const struct file_list *files, const char *out)
{
    struct feed_builder *b = feed_builder_new();
    struct feed_set *set = NULL;
    int rc = compile(files, b, &set);
    if (rc == 0)
        rc = feed_file_write(out, set);
    if (rc == 0)
        printf("%s: %u rules in %zu bytes: %s\n", out, feed_set_rules(set), feed_set_bytes(set), feed_set_provenance(set));
    feed_set_free(set);
    feed_builder_free(b);
    return rc < 0 ? EXIT_SOME_FAILED : EXIT_DONE;
}

static int run(int argc, char **argv)
{
    static const struct option longs[] = {{"output", required_argument, NULL, 'o'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    struct file_list files = {.len = 0};
    const char *out = NULL;
    for (int opt; (opt = getopt_long(argc, argv, "o:h", longs, NULL)) != -1;) {
        if (opt != 'o')
            return command_usage(&command_feeds_compile, opt == 'h');
        out = optarg;
    }
    for (; optind < argc; optind++)
        if (!file_list_add(&files, argv[optind]))
            return EXIT_WRONG_USE;
    if (!out || files.len == 0) {
        log_error("feeds compile: %s", out ? "no list is named" : "-o OUT says where the compiled file goes");
        return command_usage(&command_feeds_compile, false);
    }
    return compile_to(&files, out);
}
