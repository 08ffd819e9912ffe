/* made_paper.h -- a document as one text on the heap, and words that no output may have. */
#ifndef TELLTALE_TESTS_MADE_PAPER_H
#define TELLTALE_TESTS_MADE_PAPER_H

#include "reports/document_text.h"
#include "reports/dpia.h"
#include "reports/html.h"
#include "reports/notice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <cmocka.h>

enum made_form { MADE_TEXT, MADE_HTML, MADE_PAGE, MADE_POSTER };

/* Writes the document, closes it, and returns the text. */
static inline char *made_paper(struct document *d, enum made_form form)
{
    struct report_style style = {.width = 0};
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    assert_non_null(out);
    assert_int_equal(form == MADE_TEXT   ? document_write_text(d, &style, out)
                     : form == MADE_HTML ? html_write(d, out)
                                         : notice_write_html(d, form == MADE_POSTER ? NOTICE_POSTER : NOTICE_PAGE, out),
                     0);
    assert_int_equal(fclose(out), 0);
    document_fini(d);
    return text;
}

static inline void assert_has(const char *text, const char *words)
{
    if (!strstr(text, words))
        fail_msg("\"%s\" is not in: %.3000s", words, text);
}

static inline void assert_has_not(const char *text, const char *words)
{
    const char *at = strcasestr(text, words);
    if (at)
        fail_msg("\"%s\" must not be said: ...%.80s", words, at);
}

static inline unsigned made_count(const char *text, const char *words)
{
    unsigned n = 0;
    for (const char *at = text; (at = strstr(at, words)) != NULL; at += strlen(words))
        n++;
    return n;
}

/* "lawful" would settle what others must decide; the others accuse. */
static inline void assert_judges_nobody(const char *text)
{
    static const char *const never[] = {"breach", "illegal", "lawful", "criminal", "guilty", "anonymous"};
    for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
        assert_has_not(text, never[i]);
}

#endif
