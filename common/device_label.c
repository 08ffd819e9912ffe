/* device_label.c -- see device_label.h.
 *
 * That a text is a person's name cannot be told by looking at it. Two plain rules keep most names out without any list: a label has a number, and it has no
 * apostrophe, comma or @ ("Emma's iPad", "Smith, E", an address of mail). Whoever writes "Emma 3" all the same was asked before by the command.
 * The alphabet also leaves nothing that a spreadsheet takes for a formula, a terminal for a command, or a page for markup.
 */
#include "common/device_label.h"

#include "common/log.h"
#include "common/opener.h"
#include "common/text.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_ascii_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The bytes of a Latin letter outside ASCII, U+00C0 to U+023F, times and divided-by aside; 0: it is none. */
static size_t latin_letter(const char *at)
{
    uint8_t lead = (uint8_t)at[0], next = (uint8_t)at[1]; /* at worst the NUL */
    return lead >= 0xc3 && lead <= 0xc8 && (next & 0xc0) == 0x80 && !(lead == 0xc3 && (next == 0x97 || next == 0xb7)) ? 2 : 0;
}

/* Twelve hexadecimal digits, whatever stands between them. */
static bool looks_like_mac(const char *text)
{
    unsigned run = 0;
    for (; *text; text++) {
        if (is_hex(*text))
            run++;
        else if (!strchr("-/._ ", *text))
            run = 0;
        if (run >= 12)
            return true;
    }
    return false;
}

/* The character at `at`, of a label that begins at `begin`: how many bytes of it may stand there; 0: none. */
static size_t letter_at(const char *begin, const char *at)
{
    if (is_digit(*at) || is_ascii_letter(*at))
        return 1;
    if (at > begin && strchr("-/#()_", *at))
        return 1;
    if (at > begin && *at == ' ')
        return at[-1] != ' ' && at[1] != '\0' ? 1 : 0;
    if (at > begin && *at == '.')
        return is_digit(at[-1]) && is_digit(at[1]) ? 1 : 0;
    return latin_letter(at);
}

const char *device_label_fault(const char *text)
{
    size_t n = strlen(text), digits = 0, points = 0;
    if (n < 2 || n > DEVICE_LABEL_BYTES)
        return "must have 2 to 40 bytes";
    for (const char *at = text; *at;) {
        size_t bytes = letter_at(text, at);
        if (bytes == 0)
            return "must begin with a letter or a digit, and have nothing else than letters, digits, single blanks, - / # ( ) _ and a full stop between two digits";
        digits += is_digit(*at);
        points += *at == '.';
        at += bytes;
    }
    if (points > 1 || looks_like_mac(text))
        return "must not be an address";
    if (digits == 0)
        return "must have a number, such as \"Library PC 3\": it says which device of the school it is, never whose";
    return NULL;
}

const char *device_label_mac_fault(const struct mac_addr *mac)
{
    static const struct mac_addr none;
    if ((mac->bytes[0] & 1) || mac_equal(mac, &none))
        return "is an address of no single device";
    if (mac_is_randomised(mac))
        return "is a made-up (randomised) address, which belongs to no school-owned device: a device that makes up addresses wants not to be recognised";
    return NULL;
}

/* The first row that is not before this address. */
static size_t place_of(const struct device_labels *l, const struct mac_addr *mac)
{
    size_t low = 0, high = l->len;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (memcmp(l->rows[middle].mac.bytes, mac->bytes, sizeof(mac->bytes)) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_at(const struct device_labels *l, size_t place, const struct mac_addr *mac)
{
    return place < l->len && mac_equal(&l->rows[place].mac, mac);
}

const struct device_label *device_labels_find(const struct device_labels *l, const struct mac_addr *mac)
{
    size_t place = place_of(l, mac);
    return is_at(l, place, mac) ? &l->rows[place] : NULL;
}

const char *device_labels_set(struct device_labels *l, const struct mac_addr *mac, const char *text)
{
    const char *fault = device_label_mac_fault(mac);
    size_t place = place_of(l, mac);
    if (!fault)
        fault = device_label_fault(text);
    for (size_t i = 0; i < l->len && !fault; i++)
        if (!mac_equal(&l->rows[i].mac, mac) && strcmp(l->rows[i].text, text) == 0)
            fault = "is the label of another device already; a second one, or a second connection of the same, needs a label of its own";
    if (!fault && !is_at(l, place, mac) && l->len == DEVICE_LABELS_MOST)
        fault = "is one more than the 1000 labels that there may be";
    if (fault)
        return fault;
    if (!is_at(l, place, mac)) {
        memmove(&l->rows[place + 1], &l->rows[place], (l->len - place) * sizeof(l->rows[0]));
        l->len++;
    }
    l->rows[place].mac = *mac;
    memcpy(l->rows[place].text, text, strlen(text) + 1);
    return NULL;
}

bool device_labels_remove(struct device_labels *l, const struct mac_addr *mac)
{
    size_t place = place_of(l, mac);
    if (!is_at(l, place, mac))
        return false;
    l->len--;
    memmove(&l->rows[place], &l->rows[place + 1], (l->len - place) * sizeof(l->rows[0]));
    return true;
}

/* One line without its end. */
static const char *take_line(struct device_labels *l, const char *at, size_t n)
{
    char address[18], text[DEVICE_LABEL_MAX];
    struct mac_addr mac;
    const char *tab = n > 0 ? memchr(at, '\t', n) : NULL;
    size_t before = tab ? (size_t)(tab - at) : 0, behind = tab ? n - before - 1 : 0;
    if (n == 0 || at[0] == '#')
        return NULL;
    if (!tab || before != sizeof(address) - 1 || memchr(at, '\0', n))
        return "is not a hardware address such as 3c:52:82:00:00:1a, a tab and a label";
    if (behind >= sizeof(text))
        return device_label_fault("");
    memcpy(address, at, before);
    address[before] = '\0';
    memcpy(text, tab + 1, behind);
    text[behind] = '\0';
    if (!mac_parse(address, &mac))
        return "is not a hardware address such as 3c:52:82:00:00:1a, a tab and a label";
    if (device_labels_find(l, &mac))
        return "has an address that has a label already";
    return device_labels_set(l, &mac, text);
}

const char *device_labels_parse(struct device_labels *l, const char *bytes, size_t n, unsigned *line)
{
    l->len = 0;
    *line = 0;
    for (size_t at = 0; at < n;) {
        const char *end = memchr(bytes + at, '\n', n - at);
        size_t length = end ? (size_t)(end - (bytes + at)) : n - at;
        size_t kept = length > 0 && bytes[at + length - 1] == '\r' ? length - 1 : length;
        ++*line;
        const char *fault = take_line(l, bytes + at, kept);
        if (fault)
            return fault;
        at += length + 1;
    }
    return NULL;
}

/* All of it, or -errno; -EFBIG for more than `most`. */
static ssize_t read_all(int fd, char *out, size_t most)
{
    size_t n = 0;
    for (;;) {
        ssize_t got = read(fd, out + n, most + 1 - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -errno;
        if (got == 0)
            return (ssize_t)n;
        if ((n += (size_t)got) > most)
            return -EFBIG;
    }
}

int device_labels_load(struct device_labels *l, const char *path)
{
    l->len = 0;
    int fd = opener_open(path, 0);
    if (fd == -ENOENT)
        return fd;
    char *bytes = fd >= 0 ? malloc(DEVICE_LABELS_FILE_MOST + 1) : NULL;
    ssize_t n = fd < 0 ? fd : bytes ? read_all(fd, bytes, DEVICE_LABELS_FILE_MOST) : -ENOMEM;
    unsigned line;
    const char *fault = n < 0 ? NULL : device_labels_parse(l, bytes, (size_t)n, &line);
    if (n < 0)
        log_error("labels: %s: %s", path, strerror((int)-n));
    else if (fault)
        log_error("labels: %s:%u: it %s", path, line, fault);
    if (n < 0 || fault)
        l->len = 0;
    free(bytes);
    if (fd >= 0)
        close(fd);
    return n < 0 ? (int)n : fault ? -EINVAL : 0;
}

void device_labels_print(const struct device_labels *l, FILE *out)
{
    char address[18];
    fputs("# Labels of devices that the school owns and many people use: hardware address, a tab, label. Never a person's name.\n"
          "# `telltale devices label` writes this file.\n",
          out);
    for (size_t i = 0; i < l->len; i++) {
        mac_format(&l->rows[i].mac, address);
        fprintf(out, "%s\t%s\n", address, l->rows[i].text);
    }
}
