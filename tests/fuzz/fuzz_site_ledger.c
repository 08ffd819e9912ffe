/* fuzz_site_ledger.c -- any sequence of operations on the ledger of support sites, and any bytes as its saved state.
 *
 * Input      { u8 kind, bytes }. Kind even: operations (tests/sensor/ledger_ops.h) with k = 1 + kind / 2 % 8, compared with a ledger that
 *            remembers everything. Kind odd: the bytes are loaded; what was taken can be saved, loaded and closed.
 */
#include "tests/sensor/ledger_ops.h"

#include "sensor/withheld.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void no_site(void *context, const struct period *p, const struct ledger_site *s)
{
    (void)context, (void)p, (void)s;
}

static void no_pair(void *context, const struct period *p, const struct ledger_pair *pair, enum evidence_verdict v)
{
    (void)context, (void)p, (void)pair, (void)v;
}

static void no_contact(void *context, const struct period *p, const struct source *s, enum evidence e, uint32_t connections)
{
    (void)context, (void)p, (void)s, (void)e, (void)connections;
}

static void load_sites(const uint8_t *data, size_t size)
{
    const struct ledger_outlet outlet = {.on_site = no_site, .on_pair = no_pair};
    struct site_ledger *l = site_ledger_new(5, &outlet);
    struct byte_reader r = reader_over(data, size);
    size_t n;
    if (site_ledger_load(l, &r)) {
        uint8_t *again = site_ledger_save(l, &n);
        struct byte_reader whole = reader_over(again, n);
        struct site_ledger *other = site_ledger_new(5, &outlet);
        if (!site_ledger_load(other, &whole))
            abort();
        site_ledger_close_before(other, "2027-01-01");
        free(again);
        site_ledger_free(other);
    }
    site_ledger_close_all(l);
    site_ledger_free(l);
}

static void load_withheld(const uint8_t *data, size_t size)
{
    const struct withheld_outlet outlet = {.on_contact = no_contact};
    struct withheld *w = withheld_new(5, &outlet);
    struct byte_reader r = reader_over(data, size);
    withheld_load(w, &r);
    withheld_close_all(w);
    withheld_free(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ledger_model model;
    if (size < 3)
        return 0;
    if (data[0] % 2 == 0) {
        if (!ops_agree(&model, 1 + data[0] / 2 % 8, 20000 + data[1], data + 2, size - 2))
            abort();
    } else if (data[0] % 4 == 1) {
        load_sites(data + 1, size - 1);
    } else {
        load_withheld(data + 1, size - 1);
    }
    return 0;
}
