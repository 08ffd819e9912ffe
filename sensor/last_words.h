/* last_words.h -- which dissector was at work when the capture process crashed, and what is left out therefore.
 *
 * Purpose    A frame that crashes a dissector comes again, by accident or because somebody sends it. After three crashes in a minute by
 *            one dissector, or by libndpi, that one is left out from the next start on: the rest goes on seeing, and the status is red.
 *            An orderly end forgets it all: the next start tries again.
 * Shape      A page shared with a file in the run folder, which is in memory. Each thread that reads from the wire has a line of it, where it notes the
 *            dissector it calls and the length of what it gives; never a byte of a frame. The handler of a fault marks the line
 *            of the thread that it happened in; the next process reads the marks.
 * Threads    last_words_open() before others; last_words_thread() once in each; the rest anywhere.
 * Failure    Without a folder, or with one that is not in memory, nothing is kept and nothing left out.
 */
#ifndef TELLTALE_SENSOR_LAST_WORDS_H
#define TELLTALE_SENSOR_LAST_WORDS_H

#include "common/words.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LAST_WORDS_CRASHES 3
#define LAST_WORDS_WITHIN_S 60

struct words_line {
    _Alignas(64) volatile uint32_t part, length;
    volatile uint32_t signal_number; /* 0: no crash here */
    volatile uint64_t time_ns;       /* of the crash, steady */
};

extern _Thread_local struct words_line *last_words_line;
extern uint32_t last_words_off;

/* What comes next is this dissector's doing. */
static inline void last_words(enum dissector part, size_t length)
{
    struct words_line *line = last_words_line;
    if (!line)
        return;
    line->length = (uint32_t)length;
    line->part = part;
}

static inline bool last_words_is_off(enum dissector part)
{
    return last_words_off >> part & 1;
}

/* Reads what the last process left in the folder, says it in the log, and decides what is left out. NULL: no file. */
void last_words_open(const char *run_dir);
/* The calling thread reads from the wire: thread 0 is the capture thread, then the workers. Its faults are marked from now on. */
void last_words_thread(unsigned thread);
uint32_t last_words_crashes(void); /* since the last orderly end */
/* An orderly end. */
void last_words_forget(void);

#endif
