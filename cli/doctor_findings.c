/* doctor_findings.c -- where the checks put what they found. */
#include "cli/doctor.h"

#include "common/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void doctor_add(struct doctor *d, const char *check, enum doctor_state state, const char *remedy, const char *format, ...)
{
    if (d->n == DOCTOR_FINDINGS_MOST)
        return;
    char raw[sizeof(d->findings[0].what)];
    struct doctor_finding *f = &d->findings[d->n++];
    va_list args;
    va_start(args, format);
    vsnprintf(raw, sizeof(raw), format, args);
    va_end(args);
    f->check = check;
    f->state = state;
    text_clean(raw, strlen(raw), f->what, sizeof(f->what)); /* paths and settings are somebody's text */
    snprintf(f->remedy, sizeof(f->remedy), "%s", remedy ? remedy : "");
}
