/* complaint.h -- what the writer tells the person who runs it, once per change of state.
 *
 * Shape      The last trouble that was logged; the same text again is not news until store_complaint_clear().
 * Privacy    Error replies are cut where Redis begins to repeat arguments.
 */
#ifndef TELLTALE_STORE_COMPLAINT_H
#define TELLTALE_STORE_COMPLAINT_H

#include <stdbool.h>

struct store_complaint {
    const char *socket; /* names the server in each line */
    char text[256];     /* "" while all is well */
};

__attribute__((format(printf, 2, 3))) void store_complain(struct store_complaint *c, const char *format, ...);

/* Says what to do about an error reply of Redis. */
void store_complain_of_error(struct store_complaint *c, const char *error);

void store_complaint_clear(struct store_complaint *c);

/* The function library is not there yet: the writer is about to load it, and says so when it cannot. */
bool store_error_is_early(const char *error);

/* Does an error reply begin with this code word ("WRONGTYPE")? */
bool store_error_is(const char *error, const char *code);

#endif
