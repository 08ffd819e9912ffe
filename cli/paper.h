/* paper.h -- what the commands share that write pages for people to print.
 *
 * Failure    After one log line.
 */
#ifndef TELLTALE_CLI_PAPER_H
#define TELLTALE_CLI_PAPER_H

#include "common/config.h"
#include "reports/notice.h"

enum paper_format { PAPER_TEXT, PAPER_HTML };

/* False after saying what is expected. */
bool paper_format_from_word(const char *word, enum paper_format *out);

/* What the notice and the assessment say of them; borrows their texts. */
struct notice_facts paper_facts(const struct config *c);

#endif
