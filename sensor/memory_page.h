/* memory_page.h -- a few bytes that outlive a crash of the capture process, and nothing else.
 *
 * Shape      A file in the run folder, mapped; zeroes when it is new or of another size.
 * Threads    One opens. The mapping stays until the process ends.
 * Failure    NULL with errno; ENOTSUP: the folder is not in memory (tmpfs), and then nothing is kept.
 */
#ifndef TELLTALE_SENSOR_MEMORY_PAGE_H
#define TELLTALE_SENSOR_MEMORY_PAGE_H

#include <stddef.h>

void *memory_page_open(const char *folder, const char *name, size_t bytes);

#endif
