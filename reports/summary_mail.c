/* summary_mail.c -- see summary_mail.h.
 *
 * Both parts are base64: whatever a list calls a company, no line is too long for SMTP, none begins with a dot or "From ", and the
 * boundary cannot occur in them. The text repeats the sentences of the page, so that most mornings nobody has to open the PDF.
 */
#include "reports/summary_mail.h"

#include "reports/days.h"
#include "reports/report_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BOUNDARY    "=_telltale" /* "_" is no letter of base64 */
#define LINE_BYTES  57           /* 76 characters */
#define LOCAL_MOST  64           /* RFC 5321 4.5.3.1 */
#define ADDRESS_MOST 254

bool summary_mail_address(const char *text)
{
    static const char atom[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-";
    static const char domain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
    size_t local = strspn(text, atom);
    if (local == 0 || local > LOCAL_MOST || strlen(text) > ADDRESS_MOST || text[0] == '-' || text[0] == '.' || text[local - 1] == '.' || strstr(text, ".."))
        return false;
    const char *host = text + local;
    if (*host == '\0')
        return true;
    size_t n = *host == '@' ? strspn(++host, domain) : 0;
    return n > 0 && host[n] == '\0' && !strchr(".-", host[0]) && !strchr(".-", host[n - 1]);
}

/* Parts -------------------------------------------------------------------------------------------------------------- */

static void put_base64(const unsigned char *bytes, size_t n, FILE *out)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < n; i += 3) {
        size_t left = n - i;
        unsigned three = (unsigned)bytes[i] << 16 | (left > 1 ? (unsigned)bytes[i + 1] << 8 : 0) | (left > 2 ? bytes[i + 2] : 0);
        fputc(letters[three >> 18], out);
        fputc(letters[three >> 12 & 63], out);
        fputc(left > 1 ? letters[three >> 6 & 63] : '=', out);
        fputc(left > 2 ? letters[three & 63] : '=', out);
        if ((i + 3) % LINE_BYTES == 0 || left <= 3)
            fputc('\n', out);
    }
}

static void put_sentences(char **sentences, const char *before, struct day_summary *s, FILE *out)
{
    if (!sentences)
        s->rc = -ENOMEM;
    for (size_t i = 0; sentences && sentences[i]; i++)
        fprintf(out, "%s%s\n\n", before, sentences[i]);
    summary_sentences_free(sentences);
}

/* CR LF: a text in base64 must have the line ends of the wire (RFC 2049 4). */
static void put_text_part(const char *text, size_t n, FILE *out)
{
    char *wire = NULL;
    size_t wire_bytes = 0;
    FILE *lines = open_memstream(&wire, &wire_bytes);
    for (size_t i = 0; lines && i < n; i++) {
        if (text[i] == '\n')
            fputc('\r', lines);
        fputc(text[i], lines);
    }
    if (lines && fclose(lines) == 0)
        put_base64((const unsigned char *)wire, wire_bytes, out);
    free(wire);
}

static int put_body(struct day_summary *s, FILE *out)
{
    char *text = NULL;
    size_t n = 0;
    FILE *body = open_memstream(&text, &n);
    if (!body)
        return -ENOMEM;
    if (s->demo)
        fputs("DEMO: nothing is withheld, and nothing here is of a real network.\n\n", body);
    put_sentences(day_summary_sentences(s), "", s, body);
    for (size_t i = 0; i < s->sites_len; i++)
        put_sentences(summary_site_sentences(&s->sites[i]), "- ", s, body);
    if (s->recorded > 0)
        fputs("The page beside this has the figures. Rows of devices are not in mail; they are on the page in the exports folder.\n\n", body);
    fputs("\"Contacted\" means that a connection was attempted or made; what was sent inside it is not known. Counts are lower bounds.\n", body);
    if (fclose(body) != 0)
        s->rc = -ENOMEM;
    else
        put_text_part(text, n, out);
    free(text);
    return s->rc;
}

static int put_page(const struct day_summary *s, FILE *out)
{
    char *pdf = NULL;
    size_t n = 0;
    FILE *page = open_memstream(&pdf, &n);
    if (!page)
        return -ENOMEM;
    int rc = summary_write_pdf(s, false, page);
    if (fclose(page) != 0 && rc == 0)
        rc = -ENOMEM;
    if (rc == 0) {
        fprintf(out, "\n--" BOUNDARY "\nContent-Type: application/pdf; name=\"telltale-%s.pdf\"\nContent-Disposition: attachment; filename=\"telltale-%s.pdf\"\n"
                     "Content-Transfer-Encoding: base64\n\n", s->first_day, s->first_day);
        put_base64((const unsigned char *)pdf, n, out);
    }
    free(pdf);
    return rc;
}

/* The message -------------------------------------------------------------------------------------------------------- */

/* RFC 5322 3.3, whatever the locale calls its days. */
static void put_date(time_t now, FILE *out)
{
    static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct tm t;
    if (gmtime_r(&now, &t))
        fprintf(out, "Date: %s, %d %s %d %02d:%02d:%02d +0000\n", days[t.tm_wday], t.tm_mday, months[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

/* One address a line: a header may not be longer than 998 bytes. */
static void put_recipients(const char *to, FILE *out)
{
    fputs("To: ", out);
    for (; *to; to++) {
        fputc(*to, out);
        if (*to == ',')
            fputc('\n', out);
    }
    fputc('\n', out);
}

static void drop_devices(struct day_summary *s)
{
    for (size_t i = 0; i < s->devices_len; i++) {
        free(s->devices[i].pseudonym);
        free(s->devices[i].label);
    }
    s->devices_len = 0;
}

int summary_write_mail(struct day_summary *s, const char *to, time_t now, FILE *out)
{
    char day[DAYS_WORDS_MAX];
    drop_devices(s);
    put_date(now, out);
    put_recipients(to, out);
    fprintf(out, "Subject: %stelltale: %s\n", s->demo ? "DEMO: " : "", days_words(s->first_day, day));
    fputs("Auto-Submitted: auto-generated\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"" BOUNDARY "\"\n\n", out); /* RFC 3834: no out-of-office answers */
    fputs("--" BOUNDARY "\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n", out);
    int rc = put_body(s, out);
    if (rc == 0 && s->recorded > 0)
        rc = put_page(s, out);
    fputs("\n--" BOUNDARY "--\n", out);
    return rc < 0 ? rc : report_finish(out);
}
