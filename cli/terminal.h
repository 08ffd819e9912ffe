/* terminal.h -- colours, width and a progress bar, only where a person looks.
 *
 * Colour is used when the stream is a terminal, NO_COLOR is not set and TERM is not dumb. The progress bar goes to standard
 * error, at most ten times a second, and wipes itself.
 */
#ifndef TELLTALE_CLI_TERMINAL_H
#define TELLTALE_CLI_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

bool terminal_colour(FILE *stream);
unsigned terminal_width(FILE *stream); /* 0: not a terminal */

struct progress {
    bool shown;
    uint64_t drawn_ns;
    char label[64];
};

void progress_begin(struct progress *p, const char *label);
void progress_step(struct progress *p, double share, uint64_t count, const char *unit); /* share < 0: not known */
void progress_end(struct progress *p);

#endif
