/* alert_json.h -- an alert of the stream as JSON, for the list and for live alerts alike.
 *
 * Shape      The fields of store/schema.h but installation details; `hour` is the hour it stands under, in seconds since the epoch.
 *            An alert of a support site (kind `disclosure`) has no device, and one with a device has no site, whatever the stream says.
 * Threads    Pure. Failure: -errno of the writing; NULL when memory is out.
 */
#ifndef TELLTALE_DASHBOARD_ALERT_JSON_H
#define TELLTALE_DASHBOARD_ALERT_JSON_H

#include "common/json.h"
#include "store/stream_reader.h"

#include <stdio.h>

struct json *alert_json(const struct store_entry *entry);
int alert_write_line(const struct store_entry *entry, FILE *out);

#endif
