/* log.c -- see log.h.
 *
 * A line is put together in a local buffer and written by one write(), so that lines of several threads
 * and processes never mix. Longer than the buffer is cut: nobody reads a log line of 1 kB.
 */
#include "common/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1024

static const char *program_name = "telltale";
static enum log_level threshold = LOG_LEVEL_INFO;
static bool for_journal;

/* systemd names the device and inode of the journal's socket; only when standard error is that very
 * socket are level prefixes understood (sd-daemon(3)). */
static bool stderr_is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    unsigned long long device, inode;
    struct stat st;
    if (!stream || sscanf(stream, "%llu:%llu", &device, &inode) != 2 || fstat(STDERR_FILENO, &st) < 0)
        return false;
    return st.st_dev == device && st.st_ino == inode;
}

void log_init(const char *program, enum log_level level)
{
    program_name = program;
    threshold = level;
    for_journal = stderr_is_journal();
}

__attribute__((format(printf, 2, 0))) static void write_line(enum log_level level, const char *format, va_list args)
{
    static const char *const prefix[] = {[LOG_LEVEL_ERROR] = "", [LOG_LEVEL_WARNING] = "warning: "};
    char line[LINE_MAX_BYTES];
    if (level > threshold)
        return;
    int head = for_journal ? snprintf(line, sizeof(line), "<%d>", (int)level)
                           : snprintf(line, sizeof(line), "%s: %s", program_name, level <= LOG_LEVEL_WARNING ? prefix[level] : "");
    int body = vsnprintf(line + head, sizeof(line) - (size_t)head - 1, format, args);
    if (body < 0)
        return;
    size_t n = (size_t)head + (size_t)body;
    if (n > sizeof(line) - 2)
        n = sizeof(line) - 2;
    for (size_t i = (size_t)head; i < n; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            line[i] = '?';
    line[n++] = '\n';
    if (write(STDERR_FILENO, line, n) < 0)
        return; /* standard error is gone: there is nobody left to tell */
}

#define LOG_AT(name, level)                                                                                            \
    void name(const char *format, ...)                                                                                 \
    {                                                                                                                  \
        va_list args;                                                                                                  \
        va_start(args, format);                                                                                        \
        write_line(level, format, args);                                                                               \
        va_end(args);                                                                                                  \
    }

LOG_AT(log_error, LOG_LEVEL_ERROR)
LOG_AT(log_warning, LOG_LEVEL_WARNING)
LOG_AT(log_info, LOG_LEVEL_INFO)
LOG_AT(log_debug, LOG_LEVEL_DEBUG)
