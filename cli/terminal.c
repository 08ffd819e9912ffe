/* terminal.c -- see terminal.h. */
#include "cli/terminal.h"

#include "common/clock.h"
#include "common/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define BAR_CELLS 30

bool terminal_colour(FILE *stream)
{
    const char *term = getenv("TERM"), *no = getenv("NO_COLOR");
    return isatty(fileno(stream)) && !(no && no[0]) && term && strcmp(term, "dumb") != 0;
}

unsigned terminal_width(FILE *stream)
{
    struct winsize size;
    if (!isatty(fileno(stream)))
        return 0;
    if (ioctl(fileno(stream), TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
        return 80;
    return size.ws_col;
}

void progress_begin(struct progress *p, const char *label)
{
    memset(p, 0, sizeof(*p));
    p->shown = isatty(STDERR_FILENO);
    text_clean(label, strlen(label), p->label, sizeof(p->label));
}

void progress_step(struct progress *p, double share, uint64_t count, const char *unit)
{
    uint64_t now = clock_monotonic_ns();
    if (!p->shown || now < p->drawn_ns + 100 * NS_PER_MS)
        return;
    p->drawn_ns = now;
    if (share < 0) {
        fprintf(stderr, "\r%s  %" PRIu64 " %s\033[K", p->label, count, unit);
    } else {
        char bar[BAR_CELLS + 1];
        int full = (int)(share * BAR_CELLS);
        memset(bar, '.', BAR_CELLS);
        memset(bar, '#', (size_t)(full > BAR_CELLS ? BAR_CELLS : full));
        bar[BAR_CELLS] = '\0';
        fprintf(stderr, "\r%s  [%s] %3.0f %%  %" PRIu64 " %s\033[K", p->label, bar, share * 100, count, unit);
    }
    fflush(stderr);
}

void progress_end(struct progress *p)
{
    if (p->shown && p->drawn_ns)
        fputs("\r\033[K", stderr);
    p->shown = false;
}
