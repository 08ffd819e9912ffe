/* source_hosts.c -- hosts(5) files made for blocking: `0.0.0.0 ads.example.com tracker.example.net  # comment`.
 *
 * Only names pointed at nowhere (0.0.0.0, ::) or at the machine itself (127/8, ::1) are rules; a line with a real
 * address is an entry of somebody's network and is skipped. Such files begin with the machine's own names
 * (localhost.localdomain, ip6-localhost); those that are not refused as single labels are refused here.
 */
#include "feeds/source.h"

#include "common/hostname.h"

#include <arpa/inet.h>
#include <string.h>

/* An address, "fe80::1%lo0" included. *nowhere: one that a blocking list would use. */
static bool is_address(struct line word, bool *nowhere)
{
    static const unsigned char zero[16];
    static const unsigned char loopback[16] = {[15] = 1};
    unsigned char bytes[16];
    char text[64];
    struct line rest = word;
    word = line_cut(&rest, '%');
    if (word.n == 0 || word.n >= sizeof(text))
        return false;
    memcpy(text, word.at, word.n);
    text[word.n] = '\0';
    if (inet_pton(AF_INET, text, bytes) == 1) {
        *nowhere = memcmp(bytes, zero, 4) == 0 || bytes[0] == 127;
        return true;
    }
    if (inet_pton(AF_INET6, text, bytes) == 1) {
        *nowhere = memcmp(bytes, zero, 16) == 0 || memcmp(bytes, loopback, 16) == 0;
        return true;
    }
    return false;
}

static bool recognises(struct line line)
{
    bool nowhere;
    line = source_without_comment(line);
    return is_address(line_word(&line), &nowhere) && line_trim(line).n > 0;
}

static int take(struct line line, const struct source_sink *sink)
{
    bool nowhere = false;
    line = source_without_comment(line);
    is_address(line_word(&line), &nowhere);
    for (struct line word; (word = line_word(&line)).n > 0;) {
        struct source_rule rule = {.host = word, .purpose = PURPOSE_OTHER};
        int rc = 0;
        if (!nowhere || line_equals(word, "localhost.localdomain") || line_equals(word, "localhost6.localdomain6"))
            sink->skip(sink->context);
        else
            rc = sink->rule(sink->context, &rule);
        if (rc < 0)
            return rc;
    }
    return 0;
}

const struct source_syntax source_hosts = {"hosts file", recognises, take};
