/* html.c -- see html.h.
 *
 * The page is written by hand, since there is so little of it: one style sheet, seven kinds of block. A chart is an SVG whose bars
 * are drawn from the same numbers as the table below it; it is hidden from screen readers, who have that table. On paper the
 * table twin stays closed only where the reader closed it: a <details> that is open prints.
 */
#include "reports/html.h"

#include "common/text.h"
#include "reports/report_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Contrasts on white: #1a1a2e 16.9, #4a4a5c 8.7, #7a1f3d 9.9, #1f4e79 8.4; text on #fff4d6 (demo) 15. */
static const char style[] =
    ":root{color-scheme:light}"
    "body{font:16px/1.45 'DejaVu Sans',Verdana,Arial,sans-serif;color:#1a1a2e;background:#fff;max-width:52rem;margin:0 auto;padding:1.5rem}"
    "header{border-bottom:3px solid #1f4e79;margin-bottom:1rem}"
    "h1{font-size:1.6rem;margin:0;line-height:1.2}"
    "h2{font-size:1.1rem;color:#1f4e79;margin:1.4rem 0 .3rem}"
    "header p{color:#4a4a5c;margin:.2rem 0 .6rem}"
    "p{margin:.35rem 0}"
    ".lead{font-size:1.1rem;border-left:4px solid #7a1f3d;padding-left:.7rem}"
    ".small,footer{font-size:.85rem;color:#4a4a5c}"
    ".demo{background:#fff4d6;border:2px solid #7a1f3d;padding:.3rem .7rem;font-weight:bold}"
    ".pair{display:grid;grid-template-columns:1fr 1fr;gap:0 1.5rem;align-items:start}"
    ".three{grid-template-columns:1fr 1fr 1fr}"
    ".wide{overflow-x:auto}"
    "table{border-collapse:collapse;width:100%;font-size:.9rem;margin:.4rem 0}"
    "caption{text-align:left;font-weight:bold;padding:.2rem 0}"
    "th,td{text-align:left;vertical-align:top;padding:.15rem .5rem .15rem 0;border-bottom:1px solid #c9cdd6;overflow-wrap:anywhere}"
    "thead th{border-bottom:2px solid #4a4a5c;overflow-wrap:normal}"
    "tbody th{font-weight:normal}"
    ".n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}thead .n{white-space:normal}"
    "figure{margin:.4rem 0}"
    "figcaption{font-weight:bold}"
    "svg{display:block;width:100%;height:auto}"
    "summary{cursor:pointer;font-size:.85rem;color:#1f4e79}"
    "footer{border-top:1px solid #4a4a5c;margin-top:1.5rem;padding-top:.4rem}"
    "@media(max-width:40rem){.pair{grid-template-columns:1fr}body{padding:.8rem}}"
    "@page{size:A4;margin:14mm}"
    "@media print{html{font-size:12px}body{font-size:1rem;max-width:none;padding:0}h2,caption{break-after:avoid}h2{margin:.8rem 0 .2rem}"
    "tr,figure,.lead{break-inside:avoid}details:not([open]){display:none}thead{display:table-header-group}}";

void html_text(FILE *out, const char *text)
{
    size_t n = text ? strlen(text) : 0;
    char *clean = n ? text_clean_copy(text, n) : NULL;
    for (const char *at = clean; at && *at; at++) {
        switch (*at) {
        case '&': fputs("&amp;", out); break;
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '"': fputs("&quot;", out); break;
        case '\'': fputs("&#39;", out); break;
        default: fputc(*at, out);
        }
    }
    free(clean);
}

static void element(FILE *out, const char *open, const char *text, const char *close)
{
    fputs(open, out);
    html_text(out, text);
    fputs(close, out);
}

void html_begin(FILE *out, const char *title, const char *subtitle, bool demo)
{
    fputs("<!DOCTYPE html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n",
          out);
    element(out, demo ? "<title>DEMO: " : "<title>", title, "</title>\n<style>");
    fputs(style, out);
    /* Fixed on paper: the browser repeats it on each page. */
    fputs(demo ? "@media print{.demo{position:fixed;top:0;right:0}}</style>\n" : "</style>\n", out);
    element(out, "</head>\n<body>\n<header>\n<h1>", title, "</h1>\n");
    if (subtitle && *subtitle)
        element(out, "<p>", subtitle, "</p>\n");
    if (demo)
        fputs("<p class=\"demo\">DEMO: a replayed capture, not this network</p>\n", out);
    fputs("</header>\n<main>\n", out);
}

void html_end(FILE *out, const char *footer)
{
    fputs("</main>\n", out);
    if (footer && *footer)
        element(out, "<footer>\n<p>", footer, "</p>\n</footer>\n");
    fputs("</body>\n</html>\n", out);
}

/* Hints: a column takes its share unless what is in it needs less. */
static void widths(const struct document_block *b, FILE *out)
{
    unsigned all = 0;
    for (unsigned c = 0; c < b->columns_len; c++)
        all += b->columns[c].weight;
    fputs("<colgroup>", out);
    for (unsigned c = 0; c < b->columns_len && all > 0; c++)
        fprintf(out, "<col style=\"width:%u%%\">", b->columns[c].weight * 100 / all);
    fputs("</colgroup>\n", out);
}

static void table(const struct document_block *b, FILE *out)
{
    element(out, b->text[0] ? "<div class=\"wide\">\n<table>\n<caption>" : "<div class=\"wide\">\n<table>\n", b->text, b->text[0] ? "</caption>\n" : "");
    widths(b, out);
    fputs("<thead><tr>", out);
    for (unsigned c = 0; c < b->columns_len; c++)
        element(out, b->columns[c].right ? "<th scope=\"col\" class=\"n\">" : "<th scope=\"col\">", b->columns[c].title, "</th>");
    fputs("</tr></thead>\n<tbody>\n", out);
    for (size_t r = 0; r < b->rows_len; r++) {
        fputs("<tr>", out);
        for (unsigned c = 0; c < b->columns_len; c++)
            element(out, c == 0 ? "<th scope=\"row\">" : b->columns[c].right ? "<td class=\"n\">" : "<td>", b->rows[r].cells[c], c == 0 ? "</th>" : "</td>");
        fputs("</tr>\n", out);
    }
    fputs("</tbody>\n</table>\n", out);
    if (b->more)
        fprintf(out, "<p class=\"small\">and %s more</p>\n", PAGE_NUMBER(b->more));
    fputs("</div>\n", out);
}

#define CHART_WIDTH  720u
#define CHART_HEIGHT 120u
#define CHART_TOP    14u
#define CHART_FOOT   16u

static uint64_t highest(const struct document_block *b)
{
    uint64_t most = 1;
    for (size_t i = 0; i < b->rows_len; i++)
        most = b->rows[i].value > most ? b->rows[i].value : most;
    return most;
}

/* A half chart is drawn at half the width, so that its letters are not made smaller. */
static unsigned chart_width(const struct document_block *b)
{
    return b->half ? CHART_WIDTH / 2 : CHART_WIDTH;
}

static size_t longest_label(const struct document_block *b)
{
    size_t most = 0;
    for (size_t i = 0; i < b->rows_len; i++)
        most = strlen(b->rows[i].cells[0]) > most ? strlen(b->rows[i].cells[0]) : most;
    return most;
}

static void bars(const struct document_block *b, FILE *out)
{
    uint64_t most = highest(b);
    double step = (double)chart_width(b) / (double)b->rows_len, room = CHART_HEIGHT - CHART_TOP - CHART_FOOT;
    size_t every = 1; /* labels that fit: a letter is at most 6.5 wide */
    while ((double)every * step < 6.5 * (double)longest_label(b) + 3)
        every++;
    for (size_t i = 0; i < b->rows_len; i++) {
        double high = room * (double)b->rows[i].value / (double)most, x = step * (double)i;
        if (b->rows[i].value > 0)
            fprintf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"#1f4e79\"/>", x + step * 0.12, CHART_TOP + room - high,
                    step * 0.76, high);
        if (b->rows[i].value > 0 && (step >= 22 || b->rows[i].value == most))
            fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>", x + step / 2, CHART_TOP + room - high - 3,
                    step >= 40 ? PAGE_NUMBER(b->rows[i].value) : page_short_number(b->rows[i].value, (char[PAGE_NUMBER_BYTES]){0}));
        if (i % every == 0) {
            fprintf(out, "<text x=\"%.1f\" y=\"%u\" text-anchor=\"middle\">", x + step / 2, CHART_HEIGHT - 4);
            html_text(out, b->rows[i].cells[0]);
            fputs("</text>", out);
        }
    }
}

static void chart(const struct document_block *b, FILE *out)
{
    element(out, "<figure>\n<figcaption>", b->text, "</figcaption>\n");
    if (b->rows_len > 0) {
        fprintf(out, "<svg viewBox=\"0 0 %u %u\" aria-hidden=\"true\" focusable=\"false\" font-size=\"10\" fill=\"#1a1a2e\">", chart_width(b), CHART_HEIGHT);
        bars(b, out);
        fprintf(out, "<line x1=\"0\" x2=\"%u\" y1=\"%u\" y2=\"%u\" stroke=\"#4a4a5c\"/></svg>\n", chart_width(b), CHART_HEIGHT - CHART_FOOT,
                CHART_HEIGHT - CHART_FOOT);
    }
    fputs("<details>\n<summary>The same as a table</summary>\n", out);
    element(out, "<table>\n<caption>", b->text, "</caption>\n");
    element(out, "<thead><tr><th scope=\"col\">", b->label_title, "</th>");
    element(out, "<th scope=\"col\" class=\"n\">", b->value_title, "</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < b->rows_len; i++) {
        element(out, "<tr><th scope=\"row\">", b->rows[i].cells[0], "</th>");
        fprintf(out, "<td class=\"n\">%s</td></tr>\n", PAGE_NUMBER(b->rows[i].value));
    }
    fputs("</tbody>\n</table>\n</details>\n</figure>\n", out);
}

static void block(const struct document_block *b, FILE *out)
{
    switch (b->kind) {
    case DOCUMENT_HEADING: element(out, "<h2>", b->text, "</h2>\n"); break;
    case DOCUMENT_STATEMENT: element(out, "<p class=\"lead\">", b->text, "</p>\n"); break;
    case DOCUMENT_PARAGRAPH: element(out, "<p>", b->text, "</p>\n"); break;
    case DOCUMENT_ITEM: element(out, "<li>", b->text, "</li>\n"); break;
    case DOCUMENT_SMALL: element(out, "<p class=\"small\">", b->text, "</p>\n"); break;
    case DOCUMENT_TABLE: table(b, out); break;
    case DOCUMENT_CHART: chart(b, out); break;
    }
}

void html_blocks(const struct document *d, FILE *out)
{
    for (size_t i = 0; i < d->blocks_len; i++) {
        const struct document_block *b = &d->blocks[i], *next = i + 1 < d->blocks_len ? b + 1 : NULL;
        bool after_item = i > 0 && b[-1].kind == DOCUMENT_ITEM;
        if (b->kind == DOCUMENT_ITEM && !after_item)
            fputs("<ul>\n", out);
        size_t beside = document_beside(d, i);
        if (b->half) { /* alone it has half the page too */
            fputs(beside <= 2 ? "<div class=\"pair\">\n" : "<div class=\"pair three\">\n", out);
            for (size_t n = 0; n < beside; n++)
                block(&b[n], out);
            fputs("</div>\n", out);
            i += beside - 1;
            continue;
        }
        block(b, out);
        if (b->kind == DOCUMENT_ITEM && !(next && next->kind == DOCUMENT_ITEM))
            fputs("</ul>\n", out);
    }
}

int html_write(const struct document *d, FILE *out)
{
    if (d->rc < 0)
        return d->rc;
    html_begin(out, d->title, d->subtitle, d->demo);
    html_blocks(d, out);
    html_end(out, d->footer);
    return report_finish(out);
}
