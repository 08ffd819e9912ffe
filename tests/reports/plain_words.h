/* plain_words.h -- how hard a text is to read, for tests of what children read.
 *
 * Shape      Sentences end at . ? ! : and at the end of a block. Words are runs of letters; a name made of letters and dots (an
 *            address) is no sentence end inside.
 */
#ifndef TELLTALE_TESTS_PLAIN_WORDS_H
#define TELLTALE_TESTS_PLAIN_WORDS_H

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct plain_words {
    unsigned sentences, words, longest; /* longest: words of the longest sentence */
    unsigned hard;                      /* words of ten letters or more that are not among `known` */
    char last_hard[32];
};

static inline bool plain_is_known(const char *word, size_t n, const char *const *known)
{
    for (; *known; known++)
        if (strlen(*known) == n && strncasecmp(word, *known, n) == 0)
            return true;
    return false;
}

static inline void plain_words_count(struct plain_words *p, const char *text, const char *const *known)
{
    unsigned in_sentence = 0;
    for (const char *at = text;;) {
        size_t n = 0;
        while (isalpha((unsigned char)at[n]) || at[n] == '\'' || (n > 0 && at[n] == '-'))
            n++;
        if (n > 0) {
            in_sentence++;
            if (n >= 10 && !plain_is_known(at, n, known)) {
                p->hard++;
                size_t kept = n < sizeof(p->last_hard) - 1 ? n : sizeof(p->last_hard) - 1;
                memcpy(p->last_hard, at, kept);
                p->last_hard[kept] = '\0';
            }
            at += n;
        }
        bool ends = *at == '\0' || (strchr(".?!:", *at) && (at[1] == ' ' || at[1] == '\0'));
        if (ends && in_sentence > 0) {
            p->sentences++;
            p->words += in_sentence;
            p->longest = in_sentence > p->longest ? in_sentence : p->longest;
            in_sentence = 0;
        }
        if (*at == '\0')
            return;
        if (n == 0 || ends)
            at++;
    }
}

#endif
