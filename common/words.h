/* words.h -- the closed vocabularies that every room and every output shares.
 *
 * Each enum has one spelling, used in JSON, CSV, Redis and on the screen. `*_word()` never returns
 * NULL for a value of the enum; `*_from_word()` returns false for an unknown word.
 */
#ifndef TELLTALE_COMMON_WORDS_H
#define TELLTALE_COMMON_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* What a tracker is for. The order is the order of reports: the most worrying first. */
enum purpose {
    PURPOSE_AD_EXCHANGE,
    PURPOSE_AD_PIXEL,
    PURPOSE_SESSION_REPLAY,
    PURPOSE_SOCIAL,
    PURPOSE_APP_EVENTS,
    PURPOSE_ANALYTICS,
    PURPOSE_TAG_MANAGER,
    PURPOSE_VIDEO,
    PURPOSE_CAPTCHA,
    PURPOSE_TRANSLATE,
    PURPOSE_CONSENT,
    PURPOSE_OTHER,
    PURPOSE_COUNT
};
const char *purpose_word(enum purpose p);                     /* "ad-exchange" */
const char *purpose_phrase(enum purpose p);                   /* "an ad exchange" */
bool purpose_from_word(const char *word, enum purpose *out);

/* How a contact was seen, weakest first; a contact keeps the strongest it ever had. */
enum evidence {
    EVIDENCE_LOOKUP,    /* a DNS question only                                                  */
    EVIDENCE_BLOCKED,   /* answered 0.0.0.0, ::, NXDOMAIN or a block page                       */
    EVIDENCE_ADDRESS,   /* no name on the flow; this device's DNS had just resolved the address */
    EVIDENCE_HANDSHAKE, /* SNI or Host seen                                                     */
    EVIDENCE_URL,       /* clear-text HTTP shows the URL                                        */
    EVIDENCE_COUNT
};
const char *evidence_word(enum evidence e);
bool evidence_from_word(const char *word, enum evidence *out);

/* Why a flow has no usable name. */
enum blind_spot {
    BLIND_ECH,
    BLIND_DOH,
    BLIND_DOT,
    BLIND_DOQ,
    BLIND_RELAY,
    BLIND_VPN,
    BLIND_NO_NAME,
    BLIND_INCOMPLETE,
    BLIND_COUNT
};
const char *blind_spot_word(enum blind_spot b);

/* Which protocol showed a name; bits, because a contact collects them. */
enum seen_by { SEEN_DNS = 1, SEEN_TLS = 2, SEEN_QUIC = 4, SEEN_HTTP = 8 };

/* How serious an alert is for the person who reads it: from the purpose alone, never from the device. */
enum severity { SEVERITY_LOW, SEVERITY_MEDIUM, SEVERITY_HIGH };
enum severity severity_of(enum purpose p, enum evidence e);
const char *severity_word(enum severity s);

/* What reads frames, and can be left out after it crashed (sensor/last_words.h). Numbers are kept in a file, and as bits in the figure
 * `switched_off`: new ones at the end. */
enum dissector {
    DISSECTOR_NONE,    /* the sensor's own tables */
    DISSECTOR_PACKET,  /* headers: cannot be left out */
    DISSECTOR_FRAGMENTS,
    DISSECTOR_DNS,
    DISSECTOR_TLS,
    DISSECTOR_QUIC,
    DISSECTOR_HTTP,
    DISSECTOR_NDPI,
    DISSECTOR_COUNT
};
const char *dissector_word(enum dissector d);

/* Why nothing could be heard; of two causes of one gap the later in this list is kept. Numbers lie in a page of the run folder: new ones at the end. */
enum gap_why {
    GAP_DOWN,  /* the interface was taken down */
    GAP_CABLE, /* it had no link */
    GAP_AWAY,  /* it was removed, or not there */
    GAP_NAME,  /* another interface took its name */
    GAP_DIED,  /* the capture process was not there */
    GAP_WHYS
};
const char *gap_why_word(enum gap_why why);
bool gap_why_from_word(const char *word, enum gap_why *out);

#endif
