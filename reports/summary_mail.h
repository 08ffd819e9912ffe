/* summary_mail.h -- a day's summary as a mail message: its sentences to read, and the PDF beside them.
 *
 * Purpose    A mail lies on servers that nobody here looks after. So it has no row of a device, not even a pseudonym: that is for
 *            the file in the exports folder.
 * Shape      RFC 5322 with MIME (RFC 2045, 2046), ASCII only, lines of at most 76 characters that end in LF, as sendmail takes them
 *            from a program. Sender, Message-ID and the envelope are the mail system's business.
 * Threads    One at a time (pdf.h). Ownership: everything is borrowed for the call.
 * Failure    -errno of the stream or of the PDF; -ENOMEM.
 */
#ifndef TELLTALE_REPORTS_SUMMARY_MAIL_H
#define TELLTALE_REPORTS_SUMMARY_MAIL_H

#include "reports/day_summary.h"

#include <stdio.h>
#include <time.h>

/* An address that may be mailed to: "head@school.example", or an account of this machine. Nothing in it can begin another header or
 * be an option of a program. */
bool summary_mail_address(const char *text);

/* to: addresses that are valid as above, with ", " between. Takes the rows of devices out of s. */
int summary_write_mail(struct day_summary *s, const char *to, time_t now, FILE *out);

#endif
