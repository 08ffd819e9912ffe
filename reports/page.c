/* page.c -- see page.h.
 *
 * A table first meets its cells without printing, then knows how wide each column would like to be. Where the terminal
 * is narrower, the widest column loses one column at a time, so that short columns stay whole and long ones share the
 * loss; a cut cell ends (or, for host names, begins) with an ellipsis. Left out: wrapping inside cells and drawn
 * borders: a report gets pasted into e-mails, where neither survives.
 */
#include "reports/page.h"

#include "common/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define INDENT     2u /* of a table */
#define GAP        2u /* between its columns */
#define COLUMN_MIN 4u /* a cut column keeps three characters and the ellipsis */
#define ELLIPSIS   "\xe2\x80\xa6"

static const char bold[] = "\033[1m", reset[] = "\033[0m";
static const char *const tints[] = {[PAGE_PLAIN] = "", [PAGE_ALARM] = "\033[31m", [PAGE_FAINT] = "\033[2m"};

struct page page_open(FILE *out, unsigned width, bool colour)
{
    if (width > 0 && width < PAGE_WIDTH_MIN)
        width = PAGE_WIDTH_MIN;
    return (struct page){.out = out, .width = width, .colour = colour};
}

static void spaces(struct page *page, unsigned n)
{
    fprintf(page->out, "%*s", (int)n, "");
}

void page_heading(struct page *page, const char *title)
{
    fprintf(page->out, "\n%s%s%s\n", page->colour ? bold : "", title, page->colour ? reset : "");
}

/* How many bytes of the text go on a line of so many columns: up to a blank, or as much as fits of a word too long. */
static size_t line_length(const char *text, size_t n, unsigned columns)
{
    size_t fits = text_head(text, n, columns);
    if (fits == n || text[fits] == ' ')
        return fits;
    for (size_t at = fits; at > 0; at--)
        if (text[at - 1] == ' ')
            return at - 1;
    return fits ? fits : n;
}

/* Writes one line's text, its first `inked` bytes with colour. Codes never span a line: a pager would lose them. */
static void ink(struct page *page, const char *text, size_t n, size_t inked, const char *code)
{
    if (inked > n)
        inked = n;
    if (inked > 0 && *code && page->colour)
        fprintf(page->out, "%s%.*s%s", code, (int)inked, text, reset);
    else
        fwrite(text, 1, inked, page->out);
    fwrite(text + inked, 1, n - inked, page->out);
    fputc('\n', page->out);
}

/* Prints clean text as a paragraph, the first `inked` bytes of it with colour. */
static void wrap(struct page *page, unsigned first, unsigned rest, const char *text, size_t inked, const char *code)
{
    size_t n = strlen(text);
    unsigned indent = first;
    do {
        size_t line = page->width ? line_length(text, n, page->width - indent) : n;
        size_t kept = line;
        while (kept > 0 && text[kept - 1] == ' ')
            kept--;
        spaces(page, kept ? indent : 0);
        ink(page, text, kept, inked, code);
        while (line < n && text[line] == ' ')
            line++;
        text += line;
        n -= line;
        inked -= line < inked ? line : inked;
        indent = rest;
    } while (n > 0);
}

static char *format_clean(struct page *page, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

static char *format_clean(struct page *page, const char *format, va_list args)
{
    char *raw = NULL, *clean = NULL;
    int length = vasprintf(&raw, format, args);
    if (length >= 0) {
        clean = text_clean_copy(raw, (size_t)length);
        free(raw);
    }
    if (!clean)
        page->rc = -ENOMEM;
    return clean;
}

void page_paragraph(struct page *page, unsigned first, unsigned rest, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = format_clean(page, format, args);
    va_end(args);
    if (text)
        wrap(page, first, rest, text, 0, "");
    free(text);
}

void page_statement(struct page *page, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = format_clean(page, format, args);
    va_end(args);
    if (text)
        wrap(page, 0, 0, text, strlen(text), bold);
    free(text);
}

void page_item(struct page *page, unsigned indent, enum page_tint tint, const char *lead, const char *text)
{
    char *both = NULL;
    size_t n = 0;
    FILE *joined = open_memstream(&both, &n);
    if (joined) {
        fprintf(joined, "%s: %s", lead, text);
        fclose(joined);
    }
    char *clean = both ? text_clean_copy(both, n) : NULL;
    if (clean)
        wrap(page, indent, indent + 2, clean, strlen(lead), tints[tint]);
    else
        page->rc = -ENOMEM;
    free(both);
    free(clean);
}

void page_cell_set(struct page_cell *cell, enum page_tint tint, const char *format, ...)
{
    char raw[PAGE_CELL_BYTES];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(raw, sizeof(raw), format, args);
    va_end(args);
    cell->tint = tint;
    text_clean(raw, length > 0 ? strnlen(raw, sizeof(raw) - 1) : 0, cell->text, sizeof(cell->text));
}

static unsigned columns_of(const char *text)
{
    return text_columns(text, strlen(text));
}

void page_table_measure(struct page_column *columns, size_t n, const struct page_cell *cells)
{
    for (size_t i = 0; i < n; i++) {
        unsigned wanted = columns_of(cells[i].text);
        if (wanted > columns[i].content)
            columns[i].content = wanted;
    }
}

static unsigned least(const struct page_column *column)
{
    return column->right && column->content > COLUMN_MIN ? column->content : COLUMN_MIN;
}

/* The widest column that may still give way, or NULL. */
static struct page_column *widest(struct page_column *columns, size_t n)
{
    struct page_column *found = NULL;
    for (size_t i = 0; i < n; i++)
        if (columns[i].width > least(&columns[i]) && (!found || columns[i].width > found->width))
            found = &columns[i];
    return found;
}

static void print_cell(struct page *page, const struct page_column *column, const char *text, enum page_tint tint,
                       bool pad)
{
    size_t n = strlen(text);
    unsigned wanted = text_columns(text, n);
    bool cut = wanted > column->width;
    const char *begin = text;
    if (cut && column->keep_end) {
        begin = text + text_tail(text, n, column->width - 1);
        n = strlen(begin);
    } else if (cut) {
        n = text_head(text, n, column->width - 1);
    }
    unsigned used = text_columns(begin, n) + cut;
    if (column->right)
        spaces(page, column->width - used);
    const char *tint_on = page->colour ? tints[tint] : "";
    fputs(tint_on, page->out);
    fputs(cut && column->keep_end ? ELLIPSIS : "", page->out);
    fwrite(begin, 1, n, page->out);
    fputs(cut && !column->keep_end ? ELLIPSIS : "", page->out);
    fputs(*tint_on ? reset : "", page->out);
    if (pad && !column->right)
        spaces(page, column->width - used);
}

unsigned page_table_wanted(const struct page_column *columns, size_t n)
{
    unsigned total = INDENT + GAP * (unsigned)(n - 1);
    for (size_t i = 0; i < n; i++) {
        unsigned title = columns_of(columns[i].title);
        total += columns[i].content > title ? columns[i].content : title;
    }
    return total;
}

void page_table_fit(struct page *page, struct page_column *columns, size_t n)
{
    unsigned total = page_table_wanted(columns, n);
    for (size_t i = 0; i < n; i++) {
        unsigned title = columns_of(columns[i].title);
        columns[i].width = columns[i].content > title ? columns[i].content : title;
    }
    for (struct page_column *column; page->width && total > page->width && (column = widest(columns, n)); total--)
        column->width--;
    spaces(page, INDENT);
    for (size_t i = 0; i < n; i++) {
        spaces(page, i ? GAP : 0);
        struct page_column title = columns[i];
        title.keep_end = false;
        print_cell(page, &title, columns[i].title, PAGE_FAINT, i + 1 < n);
    }
    fputc('\n', page->out);
}

void page_table_row(struct page *page, const struct page_column *columns, size_t n, const struct page_cell *cells)
{
    spaces(page, INDENT);
    for (size_t i = 0; i < n; i++) {
        spaces(page, i ? GAP : 0);
        print_cell(page, &columns[i], cells[i].text, cells[i].tint, i + 1 < n);
    }
    fputc('\n', page->out);
}

const char *page_number(unsigned long long n, char out[PAGE_NUMBER_BYTES])
{
    char digits[24];
    int length = snprintf(digits, sizeof(digits), "%llu", n);
    char *at = out;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            *at++ = ',';
        *at++ = digits[i];
    }
    *at = '\0';
    return out;
}

const char *page_short_number(unsigned long long n, char out[PAGE_NUMBER_BYTES])
{
    if (n < 10000)
        return page_number(n, out);
    snprintf(out, PAGE_NUMBER_BYTES, "%llu%s", n < 10000000 ? n / 1000 : n / 1000000, n < 10000000 ? "k" : "M");
    return out;
}

const char *page_bytes(unsigned long long n, char out[PAGE_NUMBER_BYTES])
{
    static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB", "PB", "EB"};
    size_t unit = 0;
    unsigned long long tenths = 0; /* of the unit, rounded down, and no decimal comma in any locale */
    for (; n >= 1000; unit++) {
        tenths = n % 1000 / 100;
        n /= 1000;
    }
    if (unit == 0)
        snprintf(out, PAGE_NUMBER_BYTES, "%llu byte%s", n, page_plural(n));
    else
        snprintf(out, PAGE_NUMBER_BYTES, "%llu.%llu %s", n, tenths, units[unit]);
    return out;
}

const char *page_plural(unsigned long long n)
{
    return n == 1 ? "" : "s";
}
