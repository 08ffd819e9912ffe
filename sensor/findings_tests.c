/* findings_tests.c -- staff tests (rule 8): one device's traffic goes to the test, and into no other figure.
 *
 * A test may not begin where a visit might still be withheld, and what follows it is withheld as after a visit: neither end tells of a
 * child who had the device before or has it after.
 */
#include "sensor/findings_state.h"

bool tests_has(const struct findings *f, uint32_t device)
{
    return f->test && device == f->test_device;
}

bool findings_is_testing(const struct findings *f)
{
    return f->test != NULL;
}

/* The device is still where it was, as far as anybody knows: half an hour's withholding begins now. */
void tests_end(struct findings *f, enum store_test_state how)
{
    struct device *d = device_table_at(f->devices, f->test_device);
    staff_test_end(f->test, how);
    staff_test_free(f->test);
    f->test = NULL;
    for (unsigned i = 0; i < DEVICE_SITES; i++)
        if (d->sites[i].tested && f->now_ns > d->sites[i].alive_ns)
            d->sites[i].alive_ns = f->now_ns;
    attribution_forget_device(f->attribution, f->test_device);
    d->references--;
}

static bool was_at_a_site(const struct device *d, uint64_t now_ns)
{
    for (unsigned i = 0; i < DEVICE_SITES; i++)
        if (d->sites[i].last_ns != 0 && !d->sites[i].tested && now_ns <= d->sites[i].alive_ns + WITHHOLD_AFTER_NS)
            return true;
    return false;
}

static enum staff_outcome begin_test(struct findings *f, const struct staff_request *r, uint64_t now_ns)
{
    if (f->test)
        return STAFF_BUSY;
    if (now_ns < f->o.withhold_until_ns)
        return STAFF_UNKNOWN;
    uint32_t device = findings_device(f, &r->device, now_ns);
    if (device == NO_INDEX)
        return STAFF_NO_ROOM;
    if (was_at_a_site(device_table_at(f->devices, device), now_ns))
        return STAFF_NEAR_A_VISIT;
    if (!(f->test = staff_test_new(r, f->o.sites, f->o.visit_gap_ns, &f->staff)))
        return STAFF_NO_ROOM;
    attribution_forget_device(f->attribution, device); /* what it did before has nothing to follow */
    device_table_at(f->devices, device)->references++;
    f->test_device = device;
    f->test_end_ns = now_ns + (uint64_t)r->minutes * 60 * NS_PER_S;
    return STAFF_STARTED;
}

void findings_staff_request(struct findings *f, const struct staff_request *r, uint64_t now_ns)
{
    if (!f->staff.decided)
        return;
    if (!r->stop) {
        f->staff.decided(f->staff.context, begin_test(f, r, now_ns));
    } else if (f->test) { /* of several workers one has it; the others keep silent */
        tests_end(f, STORE_TEST_STOPPED);
        f->staff.decided(f->staff.context, STAFF_STOPPED);
    }
}

void tests_keep(struct findings *f, uint64_t now_ns)
{
    if (!f->test)
        return;
    staff_test_tick(f->test);
    if (now_ns >= f->test_end_ns)
        tests_end(f, STORE_TEST_OVER);
}
