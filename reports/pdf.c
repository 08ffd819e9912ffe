/* pdf.c -- see pdf.h.
 *
 * One pass from top to bottom. A block asks for the room that it needs before it draws, and a new page begins when there is not
 * enough: so a heading stays with what follows, and a row is never torn. Half tables next to each other start at the same
 * height and go on below the longer one. Structure tags (cairo's) give the file headings, paragraphs and tables for a screen
 * reader. What is left out: hyphenation, justified text, footnotes.
 */
#include "reports/pdf.h"

#include "common/log.h"
#include "reports/report_parts.h"

#include <cairo/cairo-pdf.h>
#include <errno.h>
#include <math.h>
#include <pango/pangocairo.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_W   595.28
#define PAGE_H   841.89
#define MARGIN   34.0
#define FOOT     24.0 /* of the page, for the footer */
#define TEXT_W   (PAGE_W - 2 * MARGIN)
#define GUTTER   14.0
#define CELL_GAP 6.0

struct tint {
    double r, g, b;
};
static const struct tint ink = {0.10, 0.10, 0.18}, faint = {0.29, 0.29, 0.36}, accent = {0.12, 0.31, 0.47}, alarm_tint = {0.48, 0.12, 0.24},
                         line_tint = {0.79, 0.80, 0.84};

struct pdf {
    const struct document *document;
    cairo_surface_t *surface;
    cairo_t *cairo;
    double y; /* top of what comes next */
    unsigned pages;
};

static void ink_with(struct pdf *p, struct tint t)
{
    cairo_set_source_rgb(p->cairo, t.r, t.g, t.b);
}

/* A text of its own width; the caller unrefs it. */
static PangoLayout *layout_of(struct pdf *p, const char *text, double width, const char *font, bool right)
{
    PangoLayout *l = pango_cairo_create_layout(p->cairo);
    pango_cairo_context_set_resolution(pango_layout_get_context(l), 72); /* a point of the font is a point of the page */
    PangoFontDescription *f = pango_font_description_from_string(font);
    pango_layout_set_font_description(l, f);
    pango_font_description_free(f);
    pango_layout_set_auto_dir(l, FALSE); /* a foreign name does not turn the line around */
    pango_layout_set_width(l, (int)(width * PANGO_SCALE));
    pango_layout_set_wrap(l, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_alignment(l, right ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT);
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF); /* paper has no pixels to round letters to */
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    pango_cairo_context_set_font_options(pango_layout_get_context(l), options);
    cairo_font_options_destroy(options);
    PangoAttrList *attributes = pango_attr_list_new();
    pango_attr_list_insert(attributes, pango_attr_insert_hyphens_new(FALSE)); /* a name that wraps gets no sign that is not its own */
    pango_layout_set_attributes(l, attributes);
    pango_attr_list_unref(attributes);
    pango_layout_set_text(l, text, -1);
    return l;
}

static double height_of(PangoLayout *l)
{
    int h;
    pango_layout_get_size(l, NULL, &h);
    return (double)h / PANGO_SCALE;
}

/* Draws at a place, returns the height; drawn or not, the layout is given back. */
static double draw_text(struct pdf *p, const char *text, double x, double y, double width, const char *font, bool right, bool drawn)
{
    PangoLayout *l = layout_of(p, text, width, font, right);
    double h = height_of(l);
    if (drawn) {
        cairo_move_to(p->cairo, x, y);
        pango_cairo_show_layout(p->cairo, l);
    }
    g_object_unref(l);
    return h;
}

static void rule_across(struct pdf *p, double x, double y, double width, double thick, struct tint t)
{
    ink_with(p, t);
    cairo_set_line_width(p->cairo, thick);
    cairo_move_to(p->cairo, x, y);
    cairo_line_to(p->cairo, x + width, y);
    cairo_stroke(p->cairo);
}

/* Pages ------------------------------------------------------------------------------------------------------------ */

static void draw_footer(struct pdf *p)
{
    char number[32];
    double y = PAGE_H - FOOT;
    cairo_tag_begin(p->cairo, "Div", NULL);
    rule_across(p, MARGIN, y, TEXT_W, 0.5, faint);
    snprintf(number, sizeof(number), "Page %u", p->pages);
    ink_with(p, faint);
    draw_text(p, p->document->footer, MARGIN, y + 3, TEXT_W - 70, "Sans 7.5", false, true);
    draw_text(p, number, PAGE_W - MARGIN - 60, y + 3, 60, "Sans 7.5", true, true);
    cairo_tag_end(p->cairo, "Div");
}

static void begin_page(struct pdf *p)
{
    p->pages++;
    p->y = MARGIN - 6;
    if (p->document->demo) {
        ink_with(p, alarm_tint);
        p->y += draw_text(p, "DEMO: a replayed capture, not this network", MARGIN, p->y, TEXT_W, "Sans Bold 11", false, true) + 3;
    }
}

static void end_page(struct pdf *p)
{
    draw_footer(p);
    cairo_show_page(p->cairo);
}

static double left(const struct pdf *p)
{
    return PAGE_H - FOOT - 6 - p->y;
}

/* Room for so much, on this page or the next. True: on the next. */
static bool need(struct pdf *p, double height)
{
    if (height <= left(p) || p->y < MARGIN + 30)
        return false;
    end_page(p);
    begin_page(p);
    return true;
}

/* Text ------------------------------------------------------------------------------------------------------------- */

struct look {
    const char *font, *tag;
    double above, below, indent, follow; /* follow: room that must be left behind it */
    struct tint tint;
};

static struct look look_of(enum document_kind kind)
{
    switch (kind) {
    case DOCUMENT_HEADING: return (struct look){"Sans Bold 11.5", "H2", 4, 1, 0, 24, accent};
    case DOCUMENT_STATEMENT: return (struct look){"Sans 11", "P", 1, 2, 8, 0, ink};
    case DOCUMENT_ITEM: return (struct look){"Sans 8.5", "LI", 0, 1, 10, 0, ink};
    case DOCUMENT_SMALL: return (struct look){"Sans 7.5", "P", 0, 1, 0, 0, faint};
    default: return (struct look){"Sans 9", "P", 0, 1, 0, 0, ink};
    }
}

/* A paragraph longer than what is left of the page goes on line by line. */
static void draw_lines(struct pdf *p, PangoLayout *l, double x, const struct look *look)
{
    for (int i = 0; i < pango_layout_get_line_count(l); i++) {
        PangoLayoutLine *line = pango_layout_get_line_readonly(l, i);
        PangoRectangle extents;
        pango_layout_line_get_extents(line, NULL, &extents);
        double h = (double)extents.height / PANGO_SCALE;
        need(p, h);
        ink_with(p, look->tint);
        cairo_move_to(p->cairo, x, p->y - (double)extents.y / PANGO_SCALE);
        pango_cairo_show_layout_line(p->cairo, line);
        p->y += h;
    }
}

static void put_text(struct pdf *p, const struct document_block *b)
{
    struct look look = look_of(b->kind);
    PangoLayout *l = layout_of(p, b->text, TEXT_W - look.indent, look.font, false);
    double h = height_of(l);
    need(p, fmin(h, 60) + look.above + look.follow);
    p->y += look.above;
    cairo_tag_begin(p->cairo, look.tag, NULL);
    if (b->kind == DOCUMENT_STATEMENT) {
        ink_with(p, alarm_tint);
        cairo_rectangle(p->cairo, MARGIN, p->y, 2.5, fmin(h, left(p)));
        cairo_fill(p->cairo);
    } else if (b->kind == DOCUMENT_ITEM) {
        ink_with(p, accent);
        draw_text(p, "\xe2\x80\xa2", MARGIN + 2, p->y, 10, look.font, false, true);
    }
    draw_lines(p, l, MARGIN + look.indent, &look);
    cairo_tag_end(p->cairo, look.tag);
    p->y += look.below;
    g_object_unref(l);
}

/* Tables ----------------------------------------------------------------------------------------------------------- */

struct frame {
    double x, width;
};

static double column_width(const struct document_block *b, const struct frame *f, unsigned c)
{
    unsigned sum = 0;
    for (unsigned i = 0; i < b->columns_len; i++)
        sum += b->columns[i].weight;
    return f->width * b->columns[c].weight / sum;
}

/* One row, its titles with row NULL. Returns its height; drawn only when asked. */
static double table_row(struct pdf *p, const struct document_block *b, const struct document_row *row, const struct frame *f, bool drawn)
{
    double x = f->x, most = 0;
    if (drawn) {
        cairo_tag_begin(p->cairo, "TR", NULL);
        ink_with(p, row ? ink : faint);
    }
    for (unsigned c = 0; c < b->columns_len; c++) {
        double width = column_width(b, f, c);
        const char *tag = row ? "TD" : "TH", *text = row ? row->cells[c] : b->columns[c].title;
        if (drawn)
            cairo_tag_begin(p->cairo, tag, NULL);
        most = fmax(most, draw_text(p, text, x, p->y + 1, width - CELL_GAP, row ? "Sans 8" : "Sans Bold 8", b->columns[c].right, drawn));
        if (drawn)
            cairo_tag_end(p->cairo, tag);
        x += width;
    }
    if (drawn)
        cairo_tag_end(p->cairo, "TR");
    return most + 2;
}

static void draw_row(struct pdf *p, const struct document_block *b, const struct document_row *row, const struct frame *f)
{
    p->y += table_row(p, b, row, f, true);
    rule_across(p, f->x, p->y, f->width - CELL_GAP, row ? 0.3 : 0.8, row ? line_tint : faint);
}

/* Caption, titles, and more rows than fit go over the page. */
static void put_table(struct pdf *p, const struct document_block *b, const struct frame *f)
{
    need(p, 40);
    p->y += 3;
    cairo_tag_begin(p->cairo, "Table", NULL);
    cairo_tag_begin(p->cairo, "Caption", NULL);
    ink_with(p, ink);
    if (b->text[0])
        p->y += draw_text(p, b->text, f->x, p->y, f->width, "Sans Bold 9", false, true) + 1;
    cairo_tag_end(p->cairo, "Caption");
    draw_row(p, b, NULL, f);
    for (size_t r = 0; r < b->rows_len; r++) {
        if (need(p, table_row(p, b, &b->rows[r], f, false)))
            draw_row(p, b, NULL, f);
        draw_row(p, b, &b->rows[r], f);
    }
    cairo_tag_end(p->cairo, "Table");
    if (b->more) {
        char text[64];
        snprintf(text, sizeof(text), "and %s more", PAGE_NUMBER(b->more));
        ink_with(p, faint);
        p->y += draw_text(p, text, f->x, p->y + 1, f->width, "Sans 8", false, true) + 1;
    }
    p->y += 3;
}

static double table_height(struct pdf *p, const struct document_block *b, const struct frame *f)
{
    double h = 32;
    for (size_t r = 0; r < b->rows_len; r++)
        h += table_row(p, b, &b->rows[r], f, false);
    return h;
}

/* Charts ----------------------------------------------------------------------------------------------------------- */

#define CHART_H  56.0
#define BAR_WIDE 30.0 /* holds a number up to 999,999 */

struct bar {
    double x, step, base, room; /* room: above base, of the highest */
    uint64_t most;
    bool labelled, numbered;
};

/* Centred over the bar, and wider than it if need be. */
static void write_at_bar(struct pdf *p, const char *text, const struct bar *bar, double y)
{
    double wide = fmax(bar->step + 8, 60), x = bar->x + bar->step / 2 - wide / 2;
    PangoLayout *l = layout_of(p, text, wide, "Sans 7", false);
    pango_layout_set_alignment(l, PANGO_ALIGN_CENTER);
    ink_with(p, ink);
    cairo_move_to(p->cairo, x, y);
    pango_cairo_show_layout(p->cairo, l);
    g_object_unref(l);
}

static void draw_bar(struct pdf *p, const struct document_row *row, const struct bar *bar)
{
    double high = bar->room * (double)row->value / (double)bar->most;
    char number[PAGE_NUMBER_BYTES];
    if (row->value > 0) {
        ink_with(p, accent);
        cairo_rectangle(p->cairo, bar->x + bar->step * 0.12, bar->base - high, bar->step * 0.76, high);
        cairo_fill(p->cairo);
    }
    if (row->value > 0 && bar->numbered)
        write_at_bar(p, bar->step < BAR_WIDE ? page_short_number(row->value, number) : page_number(row->value, number), bar, bar->base - high - 8.5);
    if (bar->labelled)
        write_at_bar(p, row->cells[0], bar, bar->base + 1.5);
}

static void put_chart(struct pdf *p, const struct document_block *b, const struct frame *f)
{
    uint64_t most = 1;
    for (size_t i = 0; i < b->rows_len; i++)
        most = b->rows[i].value > most ? b->rows[i].value : most;
    need(p, CHART_H + 16);
    p->y += 3;
    cairo_tag_begin(p->cairo, "Figure", NULL);
    ink_with(p, ink);
    p->y += draw_text(p, b->text, f->x, p->y, f->width, "Sans Bold 9", false, true);
    double base = p->y + CHART_H - 12, step = f->width / (double)(b->rows_len ? b->rows_len : 1);
    size_t every = 1, longest = 0; /* labels that fit: a letter is at most 4.5 wide */
    for (size_t i = 0; i < b->rows_len; i++)
        longest = strlen(b->rows[i].cells[0]) > longest ? strlen(b->rows[i].cells[0]) : longest;
    while ((double)every * step < 4.5 * (double)longest + 2)
        every++;
    for (size_t i = 0; i < b->rows_len; i++) {
        const struct document_row *row = &b->rows[i];
        draw_bar(p, row, &(struct bar){f->x + step * (double)i, step, base, CHART_H - 24, most, i % every == 0, step >= 16 || row->value == most});
    }
    rule_across(p, f->x, base, f->width, 0.6, faint);
    cairo_tag_end(p->cairo, "Figure");
    p->y = base + 13;
}

/* Side by side ------------------------------------------------------------------------------------------------------ */

static double block_height(struct pdf *p, const struct document_block *b, const struct frame *f)
{
    return b->kind == DOCUMENT_CHART ? CHART_H + 16 : table_height(p, b, f);
}

static void put_block(struct pdf *p, const struct document_block *b, const struct frame *f)
{
    if (b->kind == DOCUMENT_CHART)
        put_chart(p, b, f);
    else
        put_table(p, b, f);
}

/* Side by side where they fit on one page, else one after the other. */
static void put_beside(struct pdf *p, const struct document_block *blocks, size_t n)
{
    double width = (TEXT_W - GUTTER * (double)(n - 1)) / (double)n, most = 0, lowest;
    struct frame frames[3], whole = {MARGIN, TEXT_W};
    for (size_t i = 0; i < n; i++) {
        frames[i] = (struct frame){MARGIN + (width + GUTTER) * (double)i, width};
        most = fmax(most, block_height(p, &blocks[i], &frames[i]));
    }
    bool fits = most <= PAGE_H - 2 * MARGIN - FOOT;
    if (fits)
        need(p, most);
    double top = lowest = p->y;
    for (size_t i = 0; i < n; i++) {
        p->y = fits ? top : p->y;
        put_block(p, &blocks[i], fits ? &frames[i] : &whole);
        lowest = fmax(lowest, p->y);
    }
    p->y = fits ? lowest : p->y;
}

/* The whole -------------------------------------------------------------------------------------------------------- */

static void put_title(struct pdf *p)
{
    cairo_tag_begin(p->cairo, "H1", NULL);
    ink_with(p, ink);
    p->y += draw_text(p, p->document->title, MARGIN, p->y, TEXT_W, "Sans Bold 15.5", false, true);
    cairo_tag_end(p->cairo, "H1");
    cairo_tag_begin(p->cairo, "P", NULL);
    ink_with(p, faint);
    p->y += draw_text(p, p->document->subtitle, MARGIN, p->y + 1, TEXT_W, "Sans 9.5", false, true) + 4;
    cairo_tag_end(p->cairo, "P");
    rule_across(p, MARGIN, p->y, TEXT_W, 1.5, accent);
    p->y += 5;
}

static void put_blocks(struct pdf *p)
{
    const struct frame whole = {MARGIN, TEXT_W}, half = {MARGIN, (TEXT_W - GUTTER) / 2};
    const struct document *d = p->document;
    for (size_t i = 0; i < d->blocks_len; i++) {
        const struct document_block *b = &d->blocks[i];
        size_t beside = document_beside(d, i);
        if (b->kind != DOCUMENT_TABLE && b->kind != DOCUMENT_CHART) {
            bool item = b->kind == DOCUMENT_ITEM;
            if (item && (i == 0 || b[-1].kind != DOCUMENT_ITEM))
                cairo_tag_begin(p->cairo, "L", NULL);
            put_text(p, b);
            if (item && (i + 1 == d->blocks_len || b[1].kind != DOCUMENT_ITEM))
                cairo_tag_end(p->cairo, "L");
        }
        else if (beside > 1)
            put_beside(p, b, beside);
        else
            put_block(p, b, b->half ? &half : &whole);
        i += beside - 1;
    }
}

static cairo_status_t to_stream(void *closure, const unsigned char *bytes, unsigned n)
{
    return fwrite(bytes, 1, n, closure) == n ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

static cairo_status_t to_nowhere(void *closure, const unsigned char *bytes, unsigned n)
{
    (void)closure, (void)bytes, (void)n;
    return CAIRO_STATUS_SUCCESS;
}

static int result_of(struct pdf *p, FILE *out)
{
    cairo_status_t status = cairo_status(p->cairo);
    if (status == CAIRO_STATUS_SUCCESS)
        status = cairo_surface_status(p->surface);
    if (status == CAIRO_STATUS_SUCCESS)
        return out ? report_finish(out) : 0;
    if (status == CAIRO_STATUS_NO_MEMORY)
        return -ENOMEM;
    if (status == CAIRO_STATUS_WRITE_ERROR)
        return errno ? -errno : -EIO;
    log_error("PDF: %s", cairo_status_to_string(status));
    return -EIO;
}

int pdf_write(const struct document *d, FILE *out, unsigned *pages)
{
    if (d->rc < 0)
        return d->rc;
    struct pdf p = {.document = d};
    p.surface = cairo_pdf_surface_create_for_stream(out ? to_stream : to_nowhere, out, PAGE_W, PAGE_H);
    cairo_pdf_surface_set_metadata(p.surface, CAIRO_PDF_METADATA_TITLE, d->title);
    cairo_pdf_surface_set_metadata(p.surface, CAIRO_PDF_METADATA_CREATOR, "telltale");
    p.cairo = cairo_create(p.surface);
    cairo_tag_begin(p.cairo, "Document", NULL);
    begin_page(&p);
    put_title(&p);
    put_blocks(&p);
    end_page(&p);
    cairo_tag_end(p.cairo, "Document");
    cairo_surface_finish(p.surface);
    int rc = result_of(&p, out);
    if (pages)
        *pages = p.pages;
    cairo_destroy(p.cairo);
    cairo_surface_destroy(p.surface);
    return rc;
}
