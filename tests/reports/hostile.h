/* hostile.h -- what a label, a file name or a page address may hold to break out of where it is shown. */
#ifndef TELLTALE_TESTS_REPORTS_HOSTILE_H
#define TELLTALE_TESTS_REPORTS_HOSTILE_H

static const char *const hostile_texts[] = {
    "=HYPERLINK(\"http://example.net\",\"x\")",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "  =1",
    "\xef\xbc\x9d"
    "1", /* a full-width = */
    "\",\"x\":\"y",
    "a,b;c\"d",
    "line\r\nbreak\nand\ttab",
    "\033[2J\033[31mred",
    "\xc2\x9b"
    "31mred", /* U+009B, the one-character CSI */
    "\033]0;title\007",
    "abc\xe2\x80\xae"
    "fed", /* U+202E, right-to-left override */
    "\xe2\x81\xa6"
    "x\xe2\x81\xa9",                    /* U+2066, U+2069 */
    "\xd8\x9c\xe2\x80\x8e\xe2\x80\x8f", /* U+061C, U+200E, U+200F */
    "\xff\xfe\xc0\x80\xed\xa0\x80\xf5", /* not UTF-8: bad leads, overlong NUL, surrogate */
    "cut \xe2\x82",                     /* the end of a character is missing */
    "</script><img src=x>",
    "%s%n%s",
    "\\\\\"\\",
    "",
    " ",
    "\xf0\x9f\x9a\xb8 \xe5\xad\xa6\xe6\xa0\xa1 e\xcc\x81",
};
#define HOSTILE_TEXTS (sizeof(hostile_texts) / sizeof(hostile_texts[0]))

#endif
