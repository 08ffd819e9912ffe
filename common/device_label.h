/* device_label.h -- what a school calls its own devices: "Library PC 3", by hardware address.
 *
 * Purpose    A device is a made-up name of the day. One that the school owns and many people use may be called by what it is, so that somebody can walk up to
 *            it. A person's name is never a label, and a label is never read from the network: root writes it (docs/PRIVACY.md).
 * Shape      A label is 2 to DEVICE_LABEL_BYTES bytes: Latin letters, digits, single blanks and - / # ( ) _, and at most one full stop between two
 *            digits ("Room 2.14"). It begins with a letter or a digit and has a digit: devices of a school have numbers, people have not.
 *            The file has a line a device, `<hardware address><tab><label>`; blank lines and lines that begin with # are left out of account.
 *            At most DEVICE_LABELS_MOST, no address and no label twice. A made-up (randomised) address is no school-owned device's.
 * Privacy    Addresses are read by the capture process and by root alone. No reason given here repeats an address or a label.
 * Threads    Pure, but for device_labels_load().
 */
#ifndef TELLTALE_COMMON_DEVICE_LABEL_H
#define TELLTALE_COMMON_DEVICE_LABEL_H

#include "common/address.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define DEVICE_LABEL_BYTES 40
#define DEVICE_LABEL_MAX   (DEVICE_LABEL_BYTES + 1) /* with the NUL */
#define DEVICE_LABELS_MOST 1000
#define DEVICE_LABELS_FILE_MOST (DEVICE_LABELS_MOST * 128u) /* bytes of the file */

struct device_label {
    struct mac_addr mac;
    char text[DEVICE_LABEL_MAX];
};

struct device_labels {
    size_t len;
    struct device_label rows[DEVICE_LABELS_MOST]; /* by address */
};

/* NULL when this may be a label, or this address have one; else what is wrong, in words that can follow "it ". */
const char *device_label_fault(const char *text);
const char *device_label_mac_fault(const struct mac_addr *mac);

/* The row of an address; NULL: it has no label. */
const struct device_label *device_labels_find(const struct device_labels *l, const struct mac_addr *mac);

/* Gives an address this label, whatever it had. NULL, or what is wrong; nothing is changed then. */
const char *device_labels_set(struct device_labels *l, const struct mac_addr *mac, const char *text);
bool device_labels_remove(struct device_labels *l, const struct mac_addr *mac);

/* The bytes of a file. NULL, or what is wrong with line *line (from 1); what is in l is then of no use. */
const char *device_labels_parse(struct device_labels *l, const char *bytes, size_t n, unsigned *line);

/* Reads a file. 0; -ENOENT, silently, when there is none; else -errno after one log line that names file and line. In all
 * but the first case l is empty. */
int device_labels_load(struct device_labels *l, const char *path);

/* Writes the file's text. */
void device_labels_print(const struct device_labels *l, FILE *out);

#endif
