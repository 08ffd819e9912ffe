/* fuzz_device_label.c -- any bytes as the file of labels.
 *
 * Claims     What is taken is sorted, has no address and no label twice, only labels without fault, and reads as the same when it is
 *            printed. A label without fault is clean text that no spreadsheet takes for a formula and no page for markup.
 */
#include "common/device_label.h"
#include "common/text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct device_labels labels, again;

static void must(int ok)
{
    if (!ok)
        abort();
}

static void check_text(const char *text)
{
    char clean[TEXT_CLEAN_MAX(DEVICE_LABEL_BYTES)];
    must(device_label_fault(text) == NULL && strlen(text) <= DEVICE_LABEL_BYTES);
    text_clean(text, strlen(text), clean, sizeof(clean));
    must(strcmp(text, clean) == 0);
    must(!strpbrk(text, "<>&\"'`=+@,;:\\%|{}[]$!*?~^"));
    must(!strchr("-/#()_. ", text[0]));
    must(strpbrk(text, "0123456789") != NULL);
}

static void check_all(void)
{
    char *text;
    size_t n;
    unsigned line;
    for (size_t i = 0; i < labels.len; i++) {
        check_text(labels.rows[i].text);
        must(device_label_mac_fault(&labels.rows[i].mac) == NULL);
        must(i == 0 || memcmp(labels.rows[i - 1].mac.bytes, labels.rows[i].mac.bytes, 6) < 0);
        must(device_labels_find(&labels, &labels.rows[i].mac) == &labels.rows[i]);
    }
    FILE *out = open_memstream(&text, &n);
    must(out != NULL);
    device_labels_print(&labels, out);
    fclose(out);
    must(device_labels_parse(&again, text, n, &line) == NULL && again.len == labels.len);
    for (size_t i = 0; i < labels.len; i++)
        must(strcmp(labels.rows[i].text, again.rows[i].text) == 0 && mac_equal(&labels.rows[i].mac, &again.rows[i].mac));
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned line;
    char *bytes = calloc(1, size ? size : 1);
    must(bytes != NULL);
    if (size)
        memcpy(bytes, data, size);
    if (!device_labels_parse(&labels, bytes, size, &line))
        check_all();
    must(size == 0 || line > 0);
    free(bytes);
    return 0;
}
