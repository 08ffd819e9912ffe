/* days.h -- which day a page is about, and the days around it.
 *
 * Threads    One. Days are local ones, "2026-11-22".
 */
#ifndef TELLTALE_DASHBOARD_DAYS_H
#define TELLTALE_DASHBOARD_DAYS_H

#include "dashboard/foreign.h"
#include "dashboard/web.h"

struct shown_day {
    char day[FOREIGN_DAY_MAX], today[FOREIGN_DAY_MAX];
    bool is_today;
};

/* The day that was asked for; else today, or in a demo the newest day with an alert. False: the text is no day, and the error is sent. */
bool days_shown(struct web_call *c, struct shown_day *out);

/* The newest day of a demo, or today. */
void days_current(struct web *w, char out[FOREIGN_DAY_MAX]);

#endif
