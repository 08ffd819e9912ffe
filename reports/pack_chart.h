/* pack_chart.h -- a chart as an SVG file of its own, for an evidence pack.
 *
 * Shape      Upright bars from the rows of a DOCUMENT_CHART block, each with its number; title and figures are in the picture's
 *            <title> and <desc>, so that it can be read by ear and without its page.
 * Threads    One a stream. Ownership: nothing is kept. Failure: -errno of the stream.
 */
#ifndef TELLTALE_REPORTS_PACK_CHART_H
#define TELLTALE_REPORTS_PACK_CHART_H

#include "reports/document.h"

#include <stdio.h>

int pack_chart_write(const struct document_block *chart, bool demo, FILE *out);

#endif
