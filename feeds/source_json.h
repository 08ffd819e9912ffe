/* source_json.h -- lists that name owners, in JSON: Disconnect's services.json and TrackerDB's trackerdb.json.
 *
 * Shape      Recognised by their members. Company and purpose go with each rule; texts are checked as those of our own table.
 * Threads    Any.
 * Ownership  What the sink is given lives until it returns.
 * Failure    -EINVAL when the text is not JSON, or is none of the two: nothing went to the sink then. Else as source_parse().
 */
#ifndef TELLTALE_FEEDS_SOURCE_JSON_H
#define TELLTALE_FEEDS_SOURCE_JSON_H

#include "feeds/source.h"

/* Does the text begin as a JSON object? No other syntax has such a line. */
bool source_json_is(const char *text, size_t n);

int source_json_parse(const char *text, size_t n, struct source_sink *sink, const char **syntax);

#endif
