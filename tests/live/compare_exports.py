#!/usr/bin/env python3
"""Compares an export's four formats with each other and with `telltale read -o json`.

usage: compare_exports.py SCHEMA FOLDER    FOLDER has read.json, day.csv, day.json, day.html, day.txt (of day.pdf), week.json, week.csv
"""
import collections
import csv
import html.parser
import json
import re
import sys

import jsonschema

schema, folder = json.load(open(sys.argv[1])), sys.argv[2]
wrong = cells = 0


def same(what, wanted, got):
    global wrong, cells
    cells += 1
    if wanted != got:
        wrong += 1
        print("%s: expected %r, got %r" % (what, wanted, got))


class Tables(html.parser.HTMLParser):
    """The rows of each table under its caption, and all text."""

    def __init__(self):
        super().__init__()
        self.tables, self.text, self.caption, self.at, self.row = {}, [], None, None, []

    def handle_starttag(self, tag, attrs):
        assert tag != "script", "a script in the HTML"
        if tag in ("caption", "td", "th"):
            self.at = ""
        if tag == "tr":
            self.row = []

    def handle_endtag(self, tag):
        if tag == "caption":
            self.caption, self.at = self.at, None
            self.tables[self.caption] = []
        elif tag in ("td", "th"):
            self.row.append(self.at)
            self.at = None
        elif tag == "tr":
            self.tables[self.caption].append(tuple(self.row))

    def handle_data(self, data):
        self.text.append(data)
        if self.at is not None:
            self.at += data


def load(name):
    document = json.load(open("%s/%s.json" % (folder, name)))
    jsonschema.Draft202012Validator(schema).validate(document)
    rows = collections.defaultdict(list)
    with open("%s/%s.csv" % (folder, name), newline="", encoding="utf-8") as f:
        for row in csv.DictReader(f, strict=True):
            rows[row["section"]].append(row)
            same("%s.csv note" % name, "DEMO; counts are lower bounds", row["note"])
    return document, rows


read = json.load(open(folder + "/read.json"))
day, rows = load("day")
week, week_rows = load("week")
page = Tables()
page.feed(open(folder + "/day.html", encoding="utf-8").read())
paper = re.sub(r"[ \t]+", " ", open(folder + "/day.txt", encoding="utf-8").read())
squeezed = re.sub(r"\s+", "", paper)


def on_paper(what, *words):
    """The words stand one after the other in the PDF, whatever wrapped between them."""
    global wrong, cells
    cells += 1
    text = "".join(re.sub(r"\s+", "", word) for word in words)
    if text not in squeezed and " ".join(words) not in paper and not all(re.sub(r"\s+", "", w) in squeezed for w in words):
        wrong += 1
        print("%s: %r is not in the PDF" % (what, words))


def row_on_paper(what, row):
    """The row's cells stand one after the other in the order of drawing."""
    global wrong, cells
    cells += len(row)
    if "".join(re.sub(r"\s+", "", cell) for cell in row) not in squeezed:
        wrong += 1
        print("%s: the row %r is not in the PDF" % (what, row))


def counted(key):
    return collections.Counter(c[key] for c in read["contacts"] if c[key] is not None)


def number(n):
    return "{:,}".format(n)


# The store's export and the report of the same capture.
same("contacts", len(read["contacts"]), day["contacts"])
same("trackers", dict(counted("tracker")), {t["tracker"]: t["contacts"] for t in day["trackers"]})
same("companies", dict(counted("organisation")), {c["company"]: c["contacts"] for c in day["companies"]})
same("purposes", dict(counted("purpose")), {k: v for k, v in day["by_purpose"].items() if v})
same("evidence", dict(counted("evidence")), {k: v for k, v in day["by_evidence"].items() if v})
same("devices", len(counted("device")), len(day["devices"]))
same("contacts of devices", sorted(counted("device").values()), sorted(d["contacts"] for d in day["devices"]))
same("coverage", {k: read["coverage"][k] for k in ("flows", "named", "blind")}, {k: day["coverage"][k] for k in ("flows", "named", "blind")})
same("sites", {s["site"]: (s["visits"], s["devices"]) for s in read["sites"]},
     {s["site"]: (sum(p["visits"] for p in s["periods"]), sum(p["devices"] for p in s["periods"])) for s in day["sites"]})
same("disclosures", {(s["site"], d["host"]): (d["visits_with"], d["verdict"]) for s in read["sites"] for d in s["disclosures"]},
     {(s["site"], d["host"]): (d["visits_with"], d["verdict"]) for s in day["sites"] for d in s["disclosures"]})

# CSV against JSON.
def of(section, key, figure="contacts", sheet=rows):
    return {r[key]: r["value"] for r in sheet[section] if r["figure"] == figure}


for name, document, sheet in (("day", day, rows), ("week", week, week_rows)):
    same(name + ".csv trackers", {t["tracker"]: str(t["contacts"]) for t in document["trackers"]}, of("tracker", "name", sheet=sheet))
    same(name + ".csv companies", {c["company"]: str(c["contacts"]) for c in document["companies"]}, of("company", "company", sheet=sheet))
    same(name + ".csv purposes", {k: str(v) for k, v in document["by_purpose"].items()}, of("purpose", "purpose", sheet=sheet))
    same(name + ".csv evidence", {k: str(v) for k, v in document["by_evidence"].items()}, of("evidence", "name", sheet=sheet))
    same(name + ".csv hours", {"hour %02d" % h["hour"]: str(h["contacts"]) for h in document["by_hour"]}, of("hour", "name", sheet=sheet))
    same(name + ".csv days", {d["day"]: str(d["contacts"]) if d["recorded"] else "not recorded" for d in document["days"]}, of("day", "from", sheet=sheet))
    same(name + ".csv devices", {"device " + d["device"]: str(d["contacts"]) for d in document["devices"]}, of("device", "name", sheet=sheet))
    same(name + ".csv visits", {s["site"]: str(s["periods"][0]["visits"]) for s in document["sites"]}, of("site", "name", "visits", sheet=sheet))
    same(name + ".csv blind", {k: str(v) for k, v in document["coverage"]["blind"].items()}, of("blind", "name", "flows", sheet=sheet))
    same(name + ".csv verdicts", {"%s > %s" % (s["site"], d["host"]): d["verdict"] for s in document["sites"] for d in s["disclosures"]},
         of("disclosure", "name", "verdict", sheet=sheet))
    same(name + ".csv sentences", document["sentences"], [r["value"] for r in sheet["summary"] if r["figure"] == "sentence"])
same("csv names", [str(day["funnel"]["names"]), str(day["funnel"]["third_party"])], [r["value"] for r in rows["funnel"] if r["figure"].startswith("names ")])
same("names are counted, and some came along", True, day["funnel"]["names"] > day["funnel"]["third_party"] > 0)
on_paper("pdf funnel", "names that devices said, %s; of these along with others, %s" % (number(day["funnel"]["names"]), number(day["funnel"]["third_party"])))
same("html funnel", True, "names that devices said, %s; of these along with others, %s" % (number(day["funnel"]["names"]), number(day["funnel"]["third_party"])) in "".join(page.text))
same("the week has the day's contacts", day["contacts"], week["contacts"])
same("pseudonyms in a week", [], week["devices"])

# HTML and PDF, cell by cell, against JSON.
def table(caption, wanted):
    same("html " + caption, wanted, page.tables.get(caption, [()])[1:])
    for row in wanted:
        row_on_paper("pdf " + caption, row)


table("Contacts by company", [(c["company"], ", ".join(c["purposes"]), number(c["contacts"])) for c in day["companies"]])
table("Contacts by tracker", [(t["tracker"], t["company"], number(t["contacts"])) for t in day["trackers"]])
table("Contacts by purpose", [(k, number(v)) for k, v in sorted(day["by_purpose"].items(), key=lambda p: -p[1]) if v])
table("Devices, by pseudonym", [(d["device"], number(d["contacts"])) for d in day["devices"]])
table("Visits", [("%s (%s)" % (s["label"], s["site"]), s["category"], p["period"], number(p["visits"]), number(p["devices"])) for s in day["sites"] for p in s["periods"]])
same("html hours", [("%02d" % h["hour"], number(h["contacts"])) for h in day["by_hour"]], page.tables["Contacts by hour"][1:])
for h in day["by_hour"]:
    if h["contacts"]:
        on_paper("pdf hour", number(h["contacts"]))
for sentence in day["sentences"] + [s for site in day["sites"] for s in site["sentences"]]:
    on_paper("pdf sentence", sentence)
    same("html sentence", True, re.sub(r"\s+", " ", sentence) in re.sub(r"\s+", " ", "".join(page.text)))
print("%d cells compared, %d wrong" % (cells, wrong))
sys.exit(wrong > 0)
