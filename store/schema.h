/* schema.h -- every key and field that telltale keeps in Redis, in one table.
 *
 * Purpose    The third written contract between the programs. docs/STORE.md shows the same tables to people, and
 *            tests/store/test_schema.c holds the two together, both ways. What is not here is not stored.
 * Shape      STORE_KEYS and the STORE_*_FIELDS lists are X-macros; schema.c turns them into arrays. A `<word>` in a
 *            pattern stands for a value; `{ID}` is the installation's id, a hash tag, so that all keys of one sensor
 *            share a Redis Cluster slot.
 * Units      As the table says. A deadline (the moment a TTL ends) is rounded down to `step_s`: Redis writes deadlines
 *            into its append-only file in milliseconds, and an exact one would give away when a contact was written.
 * Threads    Constants and pure functions.
 */
#ifndef TELLTALE_STORE_SCHEMA_H
#define TELLTALE_STORE_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_HOUR_S 3600u
#define STORE_DAY_S  (24 * STORE_HOUR_S)

/* Raised with every change of store/functions/, where batch_write.lua carries the same number. */
#define STORE_FUNCTION_VERSION 18
#define STORE_FUNCTION_LIBRARY "telltale"
#define STORE_FUNCTION         "telltale_apply"
#define STORE_FUNCTION_SWEEP   "telltale_sweep"
#define STORE_FUNCTION_AUDIT   "telltale_audit"
#define STORE_FUNCTION_TEST    "telltale_test"
#define STORE_FUNCTION_GAP     "telltale_gap"
#define STORE_FUNCTION_PROOF   "telltale_proof"
#define STORE_FUNCTION_REQUEST  "telltale_request"
#define STORE_FUNCTION_SETTINGS "telltale_settings"
#define STORE_FUNCTION_LABEL    "telltale_label"

#define STORE_ALERTS_KEPT    100000u           /* the stream's cap; Redis may keep a few more (MAXLEN ~) */
#define STORE_DEVICE_ALERT_S (2 * STORE_DAY_S) /* an alert that names a device leaves before it is older than this */

/* key, pattern after `telltale:{ID}:`, type, TTL (s), does a write renew it, step of the deadline (s), writer, reader,
 * what */
#define STORE_KEYS(X)                                                                                                  \
    X(ALERTS, "alerts", "stream", 30 * STORE_DAY_S, true, STORE_HOUR_S, "telltaled publish",                           \
      "telltale-web, telltale status", "contacts as they arrive; entry ids are `<hour in ms>-<n>`")                    \
    X(DAY, "day:<day>", "hash", 400 * STORE_DAY_S, false, STORE_HOUR_S, "telltaled publish", "telltale-web, telltale", \
      "how often each tracker was contacted on a local day")                                                           \
    X(DEVICES, "day:<day>:devices", "hash", 30 * STORE_DAY_S, false, STORE_HOUR_S, "telltaled publish",                \
      "telltale-web, telltale", "contacts of each pseudonym on a local day")                                           \
    X(LABELS, "day:<day>:labels", "hash", 2 * STORE_DAY_S, false, STORE_HOUR_S, "telltaled publish",                   \
      "telltale-web, telltale", "what the school calls devices of its own, by the day's pseudonym")                    \
    X(COVERAGE, "day:<day>:coverage", "hash", 400 * STORE_DAY_S, false, STORE_HOUR_S, "telltaled publish",             \
      "telltale", "how much of a local day's traffic was seen")                                                        \
    X(HEALTH, "health", "hash", STORE_HOUR_S, true, 60, "telltaled publish", "telltale-web, telltale status",          \
      "figures of the machinery, the latest of each")                                                                  \
    X(LEDGER, "ledger", "hash", STORE_HOUR_S, true, 60, "telltaled publish", "telltale status",                        \
      "how many contacts went which way, the latest of each; not for the technician")                                  \
    X(MARK, "mark:<incarnation>", "hash", 30 * STORE_DAY_S, true, STORE_HOUR_S, "telltale_apply", "telltaled publish", \
      "the last batch of a publisher that was applied")                                                                \
    X(AUDIT, "audit", "stream", 400 * STORE_DAY_S, true, STORE_HOUR_S, "telltale_audit", "telltale-web, telltale",     \
      "who looked at, exported or purged what; entry ids are `<hour in ms>-<n>`")                                      \
    X(SITE, "site:<period>", "hash", 400 * STORE_DAY_S, false, STORE_HOUR_S, "telltaled publish",                      \
      "telltale-web, telltale", "support sites that enough devices visited in a day, week or term")                    \
    X(TEST, "test:<id>", "hash", 400 * STORE_DAY_S, false, STORE_HOUR_S, "telltaled publish",                          \
      "telltale-web, telltale", "the evidence of one staff test, which has no device and is in no other figure")         \
    X(PROOF, "proof:<id>", "hash", 400 * STORE_DAY_S, false, STORE_HOUR_S, "telltale_proof", "telltale-web, telltale", \
      "an adult's recording of a visit to a support site that somebody kept, redacted; it has no device")    \
    X(REQUEST, "request", "hash", STORE_HOUR_S, true, 60, "telltale-web", "telltaled publish",                         \
      "the change that the page Settings asks for, until it is answered")                                              \
    X(SETTINGS, "settings", "hash", 30 * STORE_DAY_S, true, STORE_HOUR_S, "telltaled publish", "telltale-web",         \
      "the settings in force that the page may ask to change, and the last answer")

/* field, unit, what. In this order in every entry; an unknown value is empty. */
#define STORE_ALERT_FIELDS(X)                                                                                          \
    X("kind", "word", "`contact`")                                                                                     \
    X("device", "pseudonym", "the day's pseudonym, empty when withheld")                                               \
    X("tracker", "text", "the tracker's name in the feed")                                                             \
    X("organisation", "text", "the company it belongs to")                                                             \
    X("purpose", "word", "what the tracker is for")                                                                    \
    X("matched", "domain", "the feed's rule, only when it is a registrable domain")                                    \
    X("evidence", "word", "how the contact was seen")                                                                  \
    X("connections", "count", "connections folded into this contact")                                                  \
    X("country", "ISO 3166", "where the address is said to be")                                                        \
    X("asn", "number", "the network of the address")                                                                   \
    X("severity", "word", "from purpose and evidence alone")                                                           \
    X("why", "sentence", "the same for a person to read")                                                              \
    X("feed", "name@version", "the feed that has the rule")                                                            \
    X("demo", "word", "`yes`, only in demo mode")

/* The other kind of alert: a support site told a tracker. It has no device, and at most one is there for a site, tracker and day. */
#define STORE_DISCLOSURE_FIELDS(X)                                                                                     \
    X("kind", "word", "`disclosure`")                                                                                  \
    X("site", "domain", "the support site")                                                                            \
    X("tracker", "text", "the tracker that was contacted after visits to it")                                          \
    X("organisation", "text", "the company the tracker belongs to")                                                    \
    X("purpose", "word", "the tracker's purpose")                                                                      \
    X("day", "day", "the last day of the period whose figures left")                                                   \
    X("verdict", "word", "`shown` or `likely`, over all that left of the site in its term")                            \
    X("why", "sentence", "the finding for a person to read")                                                           \
    X("demo", "word", "`yes` in demo mode, else absent")

/* Of a period. Every site in it was visited by enough distinct devices in that period itself. */
#define STORE_SITE_FIELDS(X)                                                                                           \
    X("first", "day", "the first day of the period")                                                                   \
    X("last", "day", "the last day of the period")                                                                     \
    X("visits:<site>", "count", "visits to the site, those of days that left by themselves not among them")            \
    X("devices:<site>", "count", "distinct devices behind them; a lower bound")                                        \
    X("pair:<site>:<host>", "numbers, texts", "a tracker host that followed visits: see below")                        \
    X("told:<site>:<tracker>", "verdict", "that this tracker's alert was written")                                     \
    X("demo", "word", "`yes` if any of it is a demo's")

#define STORE_DAY_FIELDS(X)                                                                                            \
    X("contacts", "count", "all contacts of the day")                                                                  \
    X("contacts:purpose:<purpose>", "count", "of one purpose")                                                         \
    X("contacts:tracker:<tracker>", "count", "of one tracker")                                                         \
    X("contacts:organisation:<organisation>", "count", "of one company")                                               \
    X("contacts:evidence:<evidence>", "count", "seen in one way")                                                      \
    X("contacts:hour:<hour>", "count", "in one local hour, `00` to `23`")                                              \
    X("contacts:country:<country>", "count", "to one country, where known")                                            \
    X("demo", "word", "`yes`, only in demo mode")

#define STORE_DEVICES_FIELDS(X)                                                                                        \
    X("<pseudonym>", "count", "contacts of the device, withheld ones not among them")                                  \
    X("<pseudonym>:<purpose>", "count", "of one purpose")

#define STORE_LABELS_FIELDS(X)                                                                                         \
    X("<pseudonym>", "text", "the label, such as `Library PC 3`; never a person's name")

/* Figures of health (and two of the ledger), added up over a local day. The function has the same list. */
#define STORE_COVERAGE_FIELDS(X)                                                                                       \
    X("captured", "frames", "handed over by the kernel")                                                               \
    X("kernel_dropped", "frames", "lost before us, by the kernel's count")                                             \
    X("ring_full", "frames", "dropped because a ring was full")                                                        \
    X("undecodable_truncated", "frames", "that ended too early")                                                       \
    X("undecodable_malformed", "frames", "with a length that lies")                                                    \
    X("flows", "flows", "that count for coverage")                                                                     \
    X("named", "flows", "whose name was seen")                                                                         \
    X("names_seen", "names", "that devices said, one a device, name and minute")                                       \
    X("names_along", "names", "of these that came along with others")                                                  \
    X("blind_ech", "flows", "without a name: encrypted hello")                                                         \
    X("blind_doh", "flows", "without a name: DNS over HTTPS")                                                          \
    X("blind_dot", "flows", "without a name: DNS over TLS")                                                            \
    X("blind_doq", "flows", "without a name: DNS over QUIC")                                                           \
    X("blind_relay", "flows", "without a name: relay")                                                                 \
    X("blind_vpn", "flows", "without a name: VPN")                                                                     \
    X("blind_no_name", "flows", "that carried none")                                                                   \
    X("blind_incomplete", "flows", "whose hello was not complete")                                                     \
    X("sightings_dropped", "sightings", "lost because the publisher was away too long")                                \
    X("gaps", "gaps", "in which nothing could be heard")                                                               \
    X("gap_seconds", "seconds", "that they lasted together")                                                           \
    X("gap:<from>", "columns", "a gap, by the epoch second of its beginning: see below")

/* Never a name of a person: a role, or the number of an account of this machine. */
#define STORE_AUDIT_FIELDS(X)                                                                                          \
    X("who", "word", "a role, or `uid-<number>` for an account of this machine")                                       \
    X("did", "word", "such as `looked`, `exported`, `purged`; what can fail is told twice: `tried-to-keep`, then `kept` or `could-not-keep`; the same with `mail`") \
    X("what", "text", "the object: a day, a report, a site; never a device")

/* Of a staff test: what one opted-in member of staff's device showed. Names of hosts stand here in full, and no device. */
#define STORE_TEST_FIELDS(X)                                                                                           \
    X("label", "text", "`staff test`")                                                                                 \
    X("site", "domain", "the support site that was tested")                                                            \
    X("reason", "text", "what the person who tests gave as the reason")                                                \
    X("started", "epoch seconds", "the hour in which the test began")                                                  \
    X("minutes", "count", "how long it was to last")                                                                   \
    X("state", "text", "`running`, `over`, `stopped` or `cut short` (the sensor ended, or its clock leapt)")           \
    X("visits", "count", "to the site during the test")                                                                \
    X("beyond", "count", "tracker hosts and leaks for which there was no room")                                        \
    X("host:<host>", "columns", "a tracker host that was contacted: see below")                                        \
    X("link:<n>:<host>", "domain", "the n-th CNAME target on the way from the host to the rule, from 0")               \
    X("leak:<n>", "columns", "a request in clear text that told a tracker a page of the site: host, parameter, page")  \
    X("demo", "word", "`yes`, only in demo mode")

/* Of a kept recording. Addresses stand in it without any value, cookies and identifiers by name alone. */
#define STORE_PROOF_FIELDS(X)                                                                                          \
    X("label", "text", "`recording`")                                                                                  \
    X("site", "domain", "the support site that was opened")                                                            \
    X("kept", "epoch seconds", "the hour in which somebody kept it")                                                   \
    X("recorded", "day", "the day of the visit, empty when the recording does not say")                                \
    X("browser", "text", "the browser that recorded it")                                                               \
    X("page", "address", "the first page of the site in it, without values")                                           \
    X("title", "text", "the title of that page")                                                                       \
    X("pages", "count", "pages of the site in it")                                                                     \
    X("requests", "count", "requests that these pages made")                                                           \
    X("others", "count", "of these, to others than the site")                                                          \
    X("beyond", "count", "rows for which there was no room")                                                           \
    X("complete", "word", "`yes` when the recording was read to its end")                                              \
    X("answered", "word", "`yes` when a consent banner was answered in it")                                            \
    X("host:<n>", "columns", "somebody else whom these pages asked for something: see below")                          \
    X("told:<n>", "columns", "a request that told somebody else which page, or which site: see below")                 \
    X("chain:<n>", "columns", "hosts that each led on to the next by a redirect")                                      \
    X("demo", "word", "`yes`, only in demo mode")

/* Nothing here is believed: telltaled checks every member against its floors. */
#define STORE_REQUEST_FIELDS(X)                                                                                        \
    X("id", "number", "32 hexadecimal digits, by which the answer is known")                                           \
    X("who", "word", "the role that asks")                                                                             \
    X("change", "word", "`privacy`, `pseudonyms`, `retention`, `notice`, `list` or `site`")                            \
    X("value:<member>", "text", "a member of that change, such as `k`")

#define STORE_SETTINGS_FIELDS(X)                                                                                       \
    X("answer", "number", "the id of the request that was answered last")                                              \
    X("verdict", "word", "`accepted` or `refused`")                                                                    \
    X("why", "sentence", "for a person to read: why it was refused, or what happens now")                              \
    X("set:<section>.<key>", "text", "a setting that the page may ask to change")                                      \
    X("list:<name>", "URL", "a subscribed list")                                                                       \
    X("known:<name>", "columns", "a list that may be subscribed to: address, licence")                                 \
    X("site:<site>", "columns", "a support site of the operator's own: label, category")                               \
    X("categories", "words", "that a support site may have")                                                           \
    X("fixed", "word", "`yes` when nothing can be changed from the page: a replay, or `[settings] dir` is empty")

#define STORE_MARK_FIELDS(X)                                                                                           \
    X("sequence", "number", "the last batch that was applied")                                                         \
    X("contacts", "count", "contacts in all batches up to it")

/* Of each worker, so that one that has too much to do is seen: two rows a worker, in this order. */
#define STORE_WORKERS_MOST 8
#define STORE_THREADS_MOST 4
#define STORE_WORKER_FIGURES(X)                                                                                        \
    X(WORKER_1_DEVICES, HEALTH, "worker_1_devices", "devices", "that worker 1 knows")                                 \
    X(WORKER_1_FRAMES, HEALTH, "worker_1_frames", "frames", "that worker 1 decoded")                                    \
    X(WORKER_2_DEVICES, HEALTH, "worker_2_devices", "devices", "that worker 2 knows")                                 \
    X(WORKER_2_FRAMES, HEALTH, "worker_2_frames", "frames", "that worker 2 decoded")                                    \
    X(WORKER_3_DEVICES, HEALTH, "worker_3_devices", "devices", "that worker 3 knows")                                 \
    X(WORKER_3_FRAMES, HEALTH, "worker_3_frames", "frames", "that worker 3 decoded")                                    \
    X(WORKER_4_DEVICES, HEALTH, "worker_4_devices", "devices", "that worker 4 knows")                                 \
    X(WORKER_4_FRAMES, HEALTH, "worker_4_frames", "frames", "that worker 4 decoded")                                    \
    X(WORKER_5_DEVICES, HEALTH, "worker_5_devices", "devices", "that worker 5 knows")                                 \
    X(WORKER_5_FRAMES, HEALTH, "worker_5_frames", "frames", "that worker 5 decoded")                                    \
    X(WORKER_6_DEVICES, HEALTH, "worker_6_devices", "devices", "that worker 6 knows")                                 \
    X(WORKER_6_FRAMES, HEALTH, "worker_6_frames", "frames", "that worker 6 decoded")                                    \
    X(WORKER_7_DEVICES, HEALTH, "worker_7_devices", "devices", "that worker 7 knows")                                 \
    X(WORKER_7_FRAMES, HEALTH, "worker_7_frames", "frames", "that worker 7 decoded")                                    \
    X(WORKER_8_DEVICES, HEALTH, "worker_8_devices", "devices", "that worker 8 knows")                                 \
    X(WORKER_8_FRAMES, HEALTH, "worker_8_frames", "frames", "that worker 8 decoded")

/* name in C, key, field, unit, what. To add a figure, add a line here and its row in docs/STORE.md; the function knows the
 * names of the ledger's. Never a figure that depends on what a device visited, and in HEALTH, which the technician sees,
 * none that moves with contacts. */
#define STORE_FIGURES(X)                                                                                               \
    X(UPDATED, HEALTH, "updated", "epoch seconds", "when the figures were taken")                                      \
    X(STARTED, HEALTH, "started", "epoch seconds", "when the capture process began")                                   \
    X(CAPTURED, HEALTH, "captured", "frames", "handed over by the kernel")                                             \
    X(CAPTURED_BYTES, HEALTH, "captured_bytes", "bytes", "of these frames, on the wire")                               \
    X(KERNEL_DROPPED, HEALTH, "kernel_dropped", "frames", "lost before us, by the kernel's count")                     \
    X(RING_IN, HEALTH, "ring_in", "frames", "handed to the workers")                                                   \
    X(RING_FULL, HEALTH, "ring_full", "frames", "dropped because a ring was full")                                     \
    X(DECODED, HEALTH, "decoded", "frames", "understood down to the transport")                                        \
    X(UNDECODABLE_TRUNCATED, HEALTH, "undecodable_truncated", "frames", "that ended too early")                        \
    X(UNDECODABLE_MALFORMED, HEALTH, "undecodable_malformed", "frames", "with a length that lies")                     \
    X(UNDECODABLE_OTHER, HEALTH, "undecodable_other", "frames", "of a kind that is not ours")                          \
    X(FLOWS, HEALTH, "flows", "flows", "that count for coverage")                                                      \
    X(FLOWS_PUSHED_OUT, HEALTH, "flows_pushed_out", "flows", "forgotten while active: the flow table was full")        \
    X(DEVICES_REFUSED, HEALTH, "devices_refused", "flows", "of devices that found the device table full")              \
    X(TABLE_PUSHED_OUT, HEALTH, "table_pushed_out", "contacts", "closed early: the contact table was full")            \
    X(TABLE_REFUSED, HEALTH, "table_refused", "contacts", "not kept: live flows held the whole contact table")         \
    X(FRAGMENTS_DROPPED, HEALTH, "fragments_dropped", "datagrams", "in pieces that could not be put together")         \
    X(HELLOS_EVICTED, HEALTH, "hellos_evicted", "hellos", "in pieces thrown away because too many were open")          \
    X(NAMED, HEALTH, "named", "flows", "whose name was seen")                                                          \
    X(NAMES_SEEN, LEDGER, "names_seen", "names", "that devices said, one a device, name and minute")                   \
    X(NAMES_ALONG, LEDGER, "names_along", "names", "of these that came along with others")                             \
    X(BLIND_ECH, HEALTH, "blind_ech", "flows", "without a name: encrypted hello")                                      \
    X(BLIND_DOH, HEALTH, "blind_doh", "flows", "without a name: DNS over HTTPS")                                       \
    X(BLIND_DOT, HEALTH, "blind_dot", "flows", "without a name: DNS over TLS")                                         \
    X(BLIND_DOQ, HEALTH, "blind_doq", "flows", "without a name: DNS over QUIC")                                        \
    X(BLIND_RELAY, HEALTH, "blind_relay", "flows", "without a name: relay")                                            \
    X(BLIND_VPN, HEALTH, "blind_vpn", "flows", "without a name: VPN")                                                  \
    X(BLIND_NO_NAME, HEALTH, "blind_no_name", "flows", "that carried none")                                            \
    X(BLIND_INCOMPLETE, HEALTH, "blind_incomplete", "flows", "whose hello was not complete")                           \
    X(UNCONFIRMED, HEALTH, "unconfirmed", "flows", "with a name to which no server answered: not told")               \
    X(DEVICES_DOUBTFUL, HEALTH, "devices_doubtful", "times",                                                           \
      "that a hardware address spoke from two IPv4 addresses at once: two devices, or a router")                       \
    X(WORKERS, HEALTH, "workers", "threads", "among which the devices are divided")                                    \
    X(THREADS, HEALTH, "threads", "threads", "that read the interface")                                                \
    X(THREAD_1_FRAMES, HEALTH, "thread_1_frames", "frames", "that capture thread 1 was given")                                 \
    X(THREAD_2_FRAMES, HEALTH, "thread_2_frames", "frames", "that capture thread 2 was given")                                 \
    X(THREAD_3_FRAMES, HEALTH, "thread_3_frames", "frames", "that capture thread 3 was given")                                 \
    X(THREAD_4_FRAMES, HEALTH, "thread_4_frames", "frames", "that capture thread 4 was given")                                 \
    STORE_WORKER_FIGURES(X)                                                                                            \
    X(WALLS, HEALTH, "walls", "0 or 1", "1 while the capture process is behind its system-call filter")                \
    X(CRASHES, HEALTH, "crashes", "times", "that the capture process crashed since it last ended in order")            \
    X(SWITCHED_OFF, HEALTH, "switched_off", "bits",                                                                    \
      "dissectors left out after three crashes: 4 fragments, 8 DNS, 16 TLS, 32 QUIC, 64 HTTP, 128 nDPI")               \
    X(GAPS, HEALTH, "gaps", "gaps", "in which nothing could be heard")                                                 \
    X(GAP_SECONDS, HEALTH, "gap_seconds", "seconds", "that they lasted together")                                      \
    X(GAP_FROM, HEALTH, "gap_from", "epoch seconds", "when the latest began; 0: there was none")                       \
    X(GAP_UNTIL, HEALTH, "gap_until", "epoch seconds", "when the latest ended; 0: it is open")                         \
    X(FEED_RULES, HEALTH, "feed_rules", "rules", "in the feed that is in use")                                         \
    X(COUNTRIES_BUILT, HEALTH, "countries_built", "epoch seconds",                                                     \
      "when the country database was built; 0: none is installed")                                                     \
    X(NETWORKS_BUILT, HEALTH, "networks_built", "epoch seconds", "the same of the database of networks")               \
    X(SIGHTINGS_SENT, LEDGER, "sightings_sent", "sightings", "from capture to publisher")                              \
    X(SIGHTINGS_RECEIVED, LEDGER, "sightings_received", "sightings", "that the publisher read")                        \
    X(SIGHTINGS_DROPPED, HEALTH, "sightings_dropped", "sightings", "lost because the publisher was away too long")     \
    X(SIGHTINGS_REFUSED, HEALTH, "sightings_refused", "sightings", "that failed the publisher's checks")               \
    X(CONTACTS_MADE, LEDGER, "contacts_made", "contacts", "given to the store: the four below together")               \
    X(CONTACTS_ACKNOWLEDGED, LEDGER, "contacts_acknowledged", "contacts", "that Redis has")                            \
    X(CONTACTS_SPOOLED, LEDGER, "contacts_spooled", "contacts", "that wait on the disk until their turn comes")        \
    X(CONTACTS_IN_FLIGHT, LEDGER, "contacts_in_flight", "contacts", "in memory, or on their way to Redis")             \
    X(CONTACTS_REFUSED, LEDGER, "contacts_refused", "contacts", "not stored: queue full, or the record was wrong")     \
    X(CONTACTS_QUEUED, LEDGER, "contacts_queued", "contacts", "that wait for Redis: spooled and in flight together")   \
    X(CONTACTS_RECOVERED, LEDGER, "contacts_recovered", "contacts", "found in the spool when the publisher started")   \
    X(CONTACTS_LOST, LEDGER, "contacts_lost", "contacts", "that Redis had acknowledged and then lost itself")          \
    X(BATCHES_SENT, LEDGER, "batches_sent", "batches", "offered to Redis")                                             \
    X(BATCHES_REPEATED, HEALTH, "batches_repeated", "batches", "offered more than once")                               \
    X(SPOOL_BYTES, LEDGER, "spool_bytes", "bytes", "in the spool's folder")                                            \
    X(SPOOL_SYNCS, LEDGER, "spool_syncs", "calls", "that made the disk write the spool out")                           \
    X(SPOOL_DAMAGED, HEALTH, "spool_damaged", "parts", "of the spool that could not be read, set aside")               \
    X(SPOOL_ERRORS, HEALTH, "spool_errors", "calls", "of the spool's disk that failed")                                \
    X(DISK_BYTES_DAY, HEALTH, "disk_bytes_day", "bytes",                                                               \
      "that the publisher made a disk write in the 24 whole hours before this one, rounded up to 1 MB")                \
    X(STORE_RED, HEALTH, "store_red", "0 or 1", "1 while the spool cannot be written or contacts are refused")         \
    X(RECONNECTS, HEALTH, "reconnects", "times", "the connection to Redis was made again")                             \
    X(DEMO, HEALTH, "demo", "0 or 1", "1 only in demo mode, set by the store")

#define STORE_KEY_ENUM(name, ...) STORE_KEY_##name,
enum store_key { STORE_KEYS(STORE_KEY_ENUM) STORE_KEY_COUNT };
#undef STORE_KEY_ENUM

#define STORE_FIGURE_ENUM(name, ...) STORE_FIGURE_##name,
enum store_figure { STORE_FIGURES(STORE_FIGURE_ENUM) STORE_FIGURE_COUNT };
#undef STORE_FIGURE_ENUM

struct store_key_info {
    const char *pattern, *type;
    uint32_t ttl_s;
    bool renewed; /* does each write move the deadline? Otherwise the first write sets it for good */
    uint32_t step_s;
    const char *writer, *reader, *what;
};
extern const struct store_key_info store_keys[STORE_KEY_COUNT];

struct store_field_info {
    enum store_key key;
    const char *pattern, *unit, *what;
};
extern const struct store_field_info store_fields[];
extern const size_t store_fields_count;

/* Which of the two hashes holds a figure: health, or the ledger. */
enum store_key store_figure_key(enum store_figure figure);

/* The name of a figure in its hash, and back; -1 for a name that is not in the list. */
const char *store_figure_name(enum store_figure figure);
int store_figure_from_name(const char *name);

/* [a-z0-9-]{1,32}: what may stand in `telltale:{ID}:`. */
#define STORE_INSTALLATION_MAX 32
bool store_installation_is_valid(const char *installation);

/* Writes `telltale:{ID}:<pattern>`, with `value` in the place of the pattern's `<word>` (NULL when it has none). */
#define STORE_KEY_MAX 128
void store_key_write(char out[STORE_KEY_MAX], const char *installation, enum store_key key, const char *value);

#endif
