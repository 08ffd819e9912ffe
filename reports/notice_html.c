/* notice_html.c -- the notice as a page for the wall: see notice.h.
 *
 * Apart from html.c because a notice is looked at from two metres away: cards in two columns, large print, one sheet. Each heading opens
 * a section of its own, so that a screen reader can go from one to the next. The two signs are drawings without meaning of their own.
 */
#include "reports/notice.h"

#include "reports/html.h"
#include "reports/report_parts.h"

#include <string.h>

/* Contrasts: #14213d on #fff 15.9, on #eef4fb 14.3, on #fff7e0 14.8; #fff on #14405f 11. */
static const char style[] =
    ":root{color-scheme:light}*{box-sizing:border-box}"
    "body{font:17px/1.4 'DejaVu Sans',Verdana,Arial,sans-serif;color:#14213d;background:#fff;max-width:54rem;margin:0 auto;padding:1rem}"
    "header{background:#14405f;color:#fff;border-radius:.8rem;padding:1rem 1.3rem;display:flex;gap:1.1rem;align-items:center}"
    "header svg{width:4.2rem;flex:none}h1{margin:0;font-size:1.75rem;line-height:1.15}"
    ".draft,.demo{border:3px dashed #8a1c1c;padding:.4rem .8rem;font-weight:bold;margin:.7rem 0}"
    ".lead{font-size:1.2rem;font-weight:bold;margin:.9rem .2rem .4rem}main>p{margin:.4rem .2rem}"
    ".cards{columns:2;column-gap:1rem;margin-top:.8rem}"
    "section{break-inside:avoid;background:#eef4fb;border-radius:.7rem;padding:.6rem 1rem .7rem;margin:0 0 .8rem;overflow-wrap:anywhere}"
    "section.not{background:#fff7e0}h2{font-size:1.15rem;margin:.1rem 0 .3rem}ul{margin:.2rem 0;padding-left:1.2rem}li,section p{margin:.2rem 0}"
    ".small{font-size:.78rem;line-height:1.35;border-top:1px solid #14213d;padding-top:.4rem;overflow-wrap:anywhere}"
    "@media(max-width:40rem){.cards{columns:1}}@page{size:A4;margin:11mm}"
    "@media print{body{padding:0;max-width:none;-webkit-print-color-adjust:exact;print-color-adjust:exact}";
static const char page_print[] = "body{font-size:13.5px}h1{font-size:1.5rem}section{padding:.5rem .9rem}}";
static const char poster_print[] = "body{font-size:21px}section{padding:.9rem 1.2rem 1rem}.lead{margin:1.3rem .2rem .6rem}.small{font-size:11px}}h1{font-size:2.5rem}.lead{font-size:1.5rem}h2{font-size:1.5rem}header{padding:1.5rem}header svg{width:6rem}";

static const char eye[] = "<svg viewBox=\"0 0 64 64\" aria-hidden=\"true\" focusable=\"false\"><path d=\"M4 32q28-34 56 0q-28 34-56 0z\" fill=\"none\" "
                          "stroke=\"#fff\" stroke-width=\"4\"/><circle cx=\"32\" cy=\"32\" r=\"9\" fill=\"#fff\"/></svg>\n";

static void element(FILE *out, const char *open, const char *text, const char *close)
{
    fputs(open, out);
    html_text(out, text);
    fputs(close, out);
}

static void begin(const struct document *d, enum notice_kind kind, FILE *out)
{
    fputs("<!DOCTYPE html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n",
          out);
    element(out, d->demo ? "<title>DEMO: " : "<title>", d->title, "</title>\n<style>");
    fprintf(out, "%s%s</style>\n</head>\n<body>\n<header>\n%s", style, kind == NOTICE_POSTER ? poster_print : page_print, eye);
    element(out, "<h1>", d->title, "</h1>\n</header>\n<main>\n");
    if (d->demo)
        fputs("<p class=\"demo\">DEMO: a replayed capture, not this network</p>\n", out);
    if (d->subtitle[0])
        element(out, "<p class=\"draft\">", d->subtitle, "</p>\n");
}

/* What lies between two blocks: lists and cards begin and end there. */
struct place {
    bool in_cards, in_card, in_list;
};

static void end_list(struct place *at, FILE *out)
{
    fputs(at->in_list ? "</ul>\n" : "", out);
    at->in_list = false;
}

static void end_card(struct place *at, FILE *out)
{
    end_list(at, out);
    fputs(at->in_card ? "</section>\n" : "", out);
    at->in_card = false;
}

static void begin_card(struct place *at, const char *title, bool dark, FILE *out)
{
    end_card(at, out);
    fputs(at->in_cards ? "" : "<div class=\"cards\">\n", out);
    element(out, dark ? "<section class=\"not\">\n<h2>" : "<section>\n<h2>", title, "</h2>\n");
    at->in_cards = at->in_card = true;
}

static void block(const struct document_block *b, struct place *at, FILE *out)
{
    if (b->kind == DOCUMENT_ITEM) {
        fputs(at->in_list ? "" : "<ul>\n", out);
        at->in_list = true;
        element(out, "<li>", b->text, "</li>\n");
        return;
    }
    end_list(at, out);
    if (b->kind == DOCUMENT_HEADING) {
        begin_card(at, b->text, strstr(b->text, " not ") != NULL, out);
    } else if (b->kind == DOCUMENT_SMALL) {
        end_card(at, out);
        fputs(at->in_cards ? "</div>\n" : "", out);
        at->in_cards = false;
        element(out, "<p class=\"small\">", b->text, "</p>\n");
    } else {
        element(out, b->kind == DOCUMENT_STATEMENT ? "<p class=\"lead\">" : "<p>", b->text, "</p>\n");
    }
}

int notice_write_html(const struct document *d, enum notice_kind kind, FILE *out)
{
    struct place at = {0};
    if (d->rc < 0)
        return d->rc;
    begin(d, kind, out);
    for (size_t i = 0; i < d->blocks_len; i++)
        block(&d->blocks[i], &at, out);
    end_card(&at, out);
    fputs(at.in_cards ? "</div>\n" : "", out);
    fputs("</main>\n</body>\n</html>\n", out);
    return report_finish(out);
}
