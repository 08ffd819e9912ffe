/* days.c -- see days.h. */
#include "dashboard/days.h"

#include <string.h>

static void on_newest(void *context, const struct store_entry *entry)
{
    struct local_time t;
    clock_local(store_entry_hour_s(entry) * NS_PER_S, &t);
    memcpy(context, t.day, FOREIGN_DAY_MAX);
}

void days_current(struct web *w, char out[FOREIGN_DAY_MAX])
{
    struct local_time now;
    clock_local(clock_wall_ns(), &now);
    memcpy(out, now.day, FOREIGN_DAY_MAX);
    if (web_is_demo(w) && web_stream(w, STORE_KEY_ALERTS))
        store_stream_newest(w->alerts, 1, on_newest, out);
}

bool days_shown(struct web_call *c, struct shown_day *out)
{
    days_current(c->web, out->today);
    if (!c->request->day) {
        memcpy(out->day, out->today, sizeof(out->day));
    } else if (!foreign_day(c->request->day, out->day)) {
        web_send_error(c, 400, "day", "expected a day such as 2026-11-22");
        return false;
    }
    out->is_today = strcmp(out->day, out->today) == 0;
    return true;
}
