/* pack_chart.c -- see pack_chart.h. Drawn by hand: bars, numbers, labels, one line. Many bars take turns in being labelled. */
#include "reports/pack_chart.h"

#include "reports/html.h"
#include "reports/page.h"
#include "reports/report_parts.h"

#define WIDTH  760u
#define HEIGHT 300u
#define TOP    56u
#define FOOT   46u
#define SIDE   16u

static uint64_t highest(const struct document_block *b)
{
    uint64_t most = 1;
    for (size_t i = 0; i < b->rows_len; i++)
        most = b->rows[i].value > most ? b->rows[i].value : most;
    return most;
}

static void text_at(FILE *out, double x, double y, const char *style, const char *text)
{
    fprintf(out, "<text x=\"%.1f\" y=\"%.1f\"%s>", x, y, style);
    html_text(out, text);
    fputs("</text>\n", out);
}

static void describe(const struct document_block *b, FILE *out)
{
    fputs("<title>", out);
    html_text(out, b->text);
    fputs("</title>\n<desc>", out);
    for (size_t i = 0; i < b->rows_len; i++) {
        fputs(i ? "; " : "", out);
        html_text(out, b->rows[i].cells[0]);
        fprintf(out, ": %s", PAGE_NUMBER(b->rows[i].value));
    }
    fputs("</desc>\n", out);
}

static void bars(const struct document_block *b, FILE *out)
{
    double step = (double)(WIDTH - 2 * SIDE) / (double)b->rows_len, room = HEIGHT - TOP - FOOT, wide = step > 90 ? 70 : step * 0.78;
    uint64_t most = highest(b);
    size_t every = b->rows_len / 10 + 1; /* labels such as 2026-W47 fit */
    for (size_t i = 0; i < b->rows_len; i++) {
        double high = room * (double)b->rows[i].value / (double)most, middle = SIDE + step * ((double)i + 0.5);
        if (b->rows[i].value > 0) {
            fprintf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"#1f4e79\"/>\n", middle - wide / 2, TOP + room - high, wide, high);
            text_at(out, middle, TOP + room - high - 5, " text-anchor=\"middle\"", PAGE_NUMBER(b->rows[i].value));
        }
        if (i % every == 0)
            text_at(out, middle, HEIGHT - FOOT + 18, " text-anchor=\"middle\"", b->rows[i].cells[0]);
    }
}

int pack_chart_write(const struct document_block *b, bool demo, FILE *out)
{
    fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %u %u\" width=\"%u\" height=\"%u\" role=\"img\" font-family=\"Verdana, Arial, sans-serif\" "
                 "font-size=\"12\" fill=\"#1a1a2e\">\n",
            WIDTH, HEIGHT, WIDTH, HEIGHT);
    describe(b, out);
    fprintf(out, "<rect width=\"%u\" height=\"%u\" fill=\"#fff\"/>\n", WIDTH, HEIGHT);
    text_at(out, SIDE, 24, " font-size=\"15\" font-weight=\"bold\"", b->text);
    if (demo)
        text_at(out, WIDTH - SIDE, 24, " font-weight=\"bold\" text-anchor=\"end\" fill=\"#7a1f3d\"", "DEMO");
    if (b->rows_len > 0)
        bars(b, out);
    fprintf(out, "<line x1=\"%u\" x2=\"%u\" y1=\"%u\" y2=\"%u\" stroke=\"#4a4a5c\"/>\n", SIDE, WIDTH - SIDE, HEIGHT - FOOT, HEIGHT - FOOT);
    text_at(out, SIDE, HEIGHT - 8, " fill=\"#4a4a5c\"", b->value_title);
    text_at(out, WIDTH - SIDE, HEIGHT - 8, " text-anchor=\"end\" fill=\"#4a4a5c\"", b->label_title);
    fputs("</svg>\n", out);
    return report_finish(out);
}
