/* doctor_figures.c -- what the sensor last said of itself, and what each figure asks somebody to do.
 *
 * A figure is a number since the sensor's start, so a fault that is long over stays in it: of gaps the latest is known with its end, and after a day it
 * is no longer something to see to. The rest is said as what it is, a count since the start, and a restart of the sensor clears it.
 */
#include "cli/doctor.h"

#include "common/words.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define FRESH_S      15
#define GAP_RECENT_S 86400

#define V(name)   (f->value[STORE_FIGURE_##name])
#define HAS(name) (f->present[STORE_FIGURE_##name])

static void local_moment(uint64_t time_s, char out[24])
{
    struct tm tm;
    time_t t = (time_t)time_s;
    out[0] = '\0';
    if (localtime_r(&t, &tm))
        strftime(out, 24, "%Y-%m-%d %H:%M", &tm);
}

static const char *s(uint64_t n)
{
    return n == 1 ? "" : "s";
}

static void say_losses(struct doctor *d, const struct doctor_figures *f)
{
    uint64_t lost = V(KERNEL_DROPPED) + V(RING_FULL), seen = V(CAPTURED) + V(KERNEL_DROPPED);
    bool many = (double)lost > 0.001 * (double)seen;
    if (lost > 0)
        doctor_add(d, "losses", many ? DOCTOR_WARN : DOCTOR_NOTE, many ? "Give it more: [capture] buffer_mb, [sensor] ring_mb or workers; or mirror less to it." : NULL,
                   "%llu frames were lost in the kernel and %llu by a full ring", (unsigned long long)V(KERNEL_DROPPED), (unsigned long long)V(RING_FULL));
    if (V(SIGHTINGS_DROPPED))
        doctor_add(d, "losses", DOCTOR_WARN, "The publisher was away too long: journalctl -u telltale-publish says why. What was dropped is gone; restarting the sensor clears the count.",
                   "%llu record%s of the capture process found no publisher", (unsigned long long)V(SIGHTINGS_DROPPED), s(V(SIGHTINGS_DROPPED)));
    if (V(SIGHTINGS_REFUSED))
        doctor_add(d, "losses", DOCTOR_WARN, "journalctl -u telltale-publish names the fault. Are both programs of one version? Restart telltale.target. If it goes on, report it (docs: SECURITY.md).",
                   "the publisher refused %llu record%s of the capture process", (unsigned long long)V(SIGHTINGS_REFUSED), s(V(SIGHTINGS_REFUSED)));
    if (V(DEVICES_REFUSED) || V(TABLE_REFUSED))
        doctor_add(d, "tables", DOCTOR_WARN, "Raise [sensor] max_devices or max_contacts.", "%llu flows of devices and %llu contacts found no room", (unsigned long long)V(DEVICES_REFUSED), (unsigned long long)V(TABLE_REFUSED));
}

static void say_walls(struct doctor *d, const struct doctor_figures *f)
{
    if (HAS(WALLS))
        doctor_add(d, "walls", V(WALLS) ? DOCTOR_OK : DOCTOR_BAD,
                   V(WALLS) ? NULL : "Use a build with libseccomp and without sanitizers, such as the package's; journalctl -u telltale-capture says why there is none.",
                   V(WALLS) ? "the capture process is behind its own system-call filter" : "the capture process runs without its own system-call filter: what breaks a parser could open and connect");
    for (unsigned part = 0; part < DISSECTOR_COUNT; part++)
        if (V(SWITCHED_OFF) >> part & 1)
            doctor_add(d, "crashes", DOCTOR_BAD, "sudo systemctl restart telltale-capture tries it again. If it comes back, upgrade, and report it (docs: SECURITY.md): somebody may be sending what crashes it.",
                       "%s is left out: it crashed three times within a minute, and what only it can read is not seen", dissector_word((enum dissector)part));
    if (V(CRASHES) && !V(SWITCHED_OFF))
        doctor_add(d, "crashes", DOCTOR_WARN, "journalctl -u telltale-capture names the part and the signal. Upgrade, and report it (docs: SECURITY.md); an orderly restart clears the count.",
                   "the capture process crashed %llu time%s since it last ended in order", (unsigned long long)V(CRASHES), s(V(CRASHES)));
}

static void say_gaps(struct doctor *d, const struct doctor_figures *f, uint64_t now_s)
{
    char from[24], until[24];
    local_moment(V(GAP_FROM), from);
    local_moment(V(GAP_UNTIL), until);
    if (V(GAP_FROM) && !V(GAP_UNTIL)) {
        doctor_add(d, "gaps", DOCTOR_BAD, "The interface is down, away or without a cable: see what is said of it above.", "nothing is heard since %s", from);
    } else if (V(GAP_FROM)) {
        bool recent = V(GAP_UNTIL) + GAP_RECENT_S > now_s;
        doctor_add(d, "gaps", recent ? DOCTOR_WARN : DOCTOR_NOTE, recent ? "journalctl -u telltale-capture says why: a cable, a switch that was restarted, a crash. Figures of that time are too low." : NULL,
                   "nothing was heard %llu time%s, %llu s together; the latest from %s until %s", (unsigned long long)V(GAPS), s(V(GAPS)), (unsigned long long)V(GAP_SECONDS), from, until);
    }
}

void doctor_say_figures(struct doctor *d, const struct doctor_figures *f, uint64_t now_s)
{
    if (!HAS(UPDATED) || V(UPDATED) + FRESH_S < now_s) {
        doctor_add(d, "sensor", DOCTOR_BAD, "journalctl -u telltale-capture -u telltale-publish -n 40 says why.", HAS(UPDATED) ? "the sensor's last figures are old: it is not running" : "the sensor has sent no figures for an hour");
        return;
    }
    doctor_add(d, "sensor", V(CAPTURED) ? DOCTOR_OK : DOCTOR_WARN, V(CAPTURED) ? NULL : "See what is said of the interface above.", "running; %llu frames since its start, names seen on %llu of %llu flows",
               (unsigned long long)V(CAPTURED), (unsigned long long)V(NAMED), (unsigned long long)V(FLOWS));
    say_walls(d, f);
    say_gaps(d, f, now_s);
    say_losses(d, f);
    if (V(STORE_RED))
        doctor_add(d, "spool", DOCTOR_BAD, "Make room on the disk, or bring Redis back; the log says which.", "the spool is full, or its disk cannot be written: contacts are being lost");
    if (V(SPOOL_DAMAGED) || V(SPOOL_ERRORS))
        doctor_add(d, "spool", DOCTOR_WARN, "The card may be at its end: look at the kernel's messages (journalctl -k), and copy what is there to a new one.", "%llu parts of the spool were damaged, and %llu calls of its disk failed",
                   (unsigned long long)V(SPOOL_DAMAGED), (unsigned long long)V(SPOOL_ERRORS));
    if (V(DEVICES_DOUBTFUL))
        doctor_add(d, "devices", DOCTOR_WARN,
                   "Two machines with one hardware address (a copied virtual machine, a docking station, somebody who pretends to be another), or a router with devices behind it. They count as one device.",
                   "%llu time%s one hardware address was at two network addresses at once", (unsigned long long)V(DEVICES_DOUBTFUL), s(V(DEVICES_DOUBTFUL)));
}
