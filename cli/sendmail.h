/* sendmail.h -- hands a message to the mail system of this machine.
 *
 * Purpose    telltale speaks no SMTP and opens no connection: whoever wants mail installs a mail system (msmtp-mta, postfix, ...), and
 *            its `sendmail` program takes the message.
 * Threads    One. Ownership: everything is borrowed for the call.
 * Failure    -errno after one log line: -ENOENT without a sendmail; -EIO when it refused the message (it said why on standard error);
 *            -ETIMEDOUT when it took longer than SENDMAIL_PATIENCE_S and was ended.
 */
#ifndef TELLTALE_CLI_SENDMAIL_H
#define TELLTALE_CLI_SENDMAIL_H

#include <stddef.h>

#define SENDMAIL_PATIENCE_S 120

/* recipients: n addresses, each valid (reports/summary_mail.h); message: with its headers. */
int sendmail(char *const *recipients, size_t n, const char *message, size_t message_bytes);

#endif
