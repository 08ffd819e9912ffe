#!/usr/bin/python3
"""Every key, field and value that Redis holds is one that docs/STORE.md has, of the kind that it says. Only a site's own period and a disclosure
speak of a support site, which have no device; and outside a demo only of one that five devices visited.

usage: check_stored.py SOCKET INSTALLATION STORE.md SITES.tsv
tests/store/test_schema.c holds the document to the schema; this holds what the programs really wrote to the document.
"""
import json
import re
import subprocess
import sys

KINDS = {
    "count": r"\d+", "number": r"[0-9a-f]*", "URL": r"https://[^\x00-\x20]+", "words": r"[a-z -]*", "address": r"[^\x00-\x1f]*", "epoch seconds": r"\d+", "0 or 1": r"[01]", "word": r"[a-z0-9-]*", "pseudonym": r"([0-9a-f]{12})?",
    "day": r"\d{4}-\d\d-\d\d", "verdict": r"(shown|likely)", "numbers, texts": r"\d+( \d+){34}\t[^\x00-\x1f]*\t[^\x00-\x1f]*\t[a-z-]+\t([A-Z]{2})?",
    "domain": r"([a-z0-9_-]+\.)*[a-z0-9_-]*", "ISO 3166": r"([A-Z]{2})?", "text": r"[^\x00-\x1f]*", "sentence": r"[^\x00-\x1f]*", "name@version": r"[^\x00-\x1f]*", "columns": r"[^\x00-\x08\x0a-\x1f]*",
}
HEADINGS = {"Fields of an alert": "alerts", "Fields of a day": "day:<day>", "Fields of a day's devices": "day:<day>:devices", "Figures of health": "health",
            "Figures of the ledger": "ledger", "Fields of an audit entry": "audit", "Fields of a mark": "mark:<incarnation>",
            "Fields of a site's period": "site:<period>", "Fields of a staff test": "test:<id>", "Fields of a day's coverage": "day:<day>:coverage", "Fields of a day's labels": "day:<day>:labels",
            "Fields of a kept recording": "proof:<id>", "Fields of a request": "request", "Fields of the settings": "settings"}


def ask(*words):
    answer = subprocess.run(["redis-cli", "-s", sys.argv[1], "--json", *words], capture_output=True, check=True).stdout
    return json.loads(answer)


def pattern(text, holes):
    return re.compile("".join(holes if part.startswith("<") else re.escape(part) for part in re.split(r"(<\w+>)", text)) + r"\Z")


def read_document(path):
    keys, fields, heading = [], {}, None
    for line in open(path, encoding="utf-8"):
        if line.startswith("## "):
            heading = HEADINGS.get(line[3:].strip())
        cells = [c.strip() for c in line.strip().strip("|").split(" | ")]
        if line.startswith("| `telltale:{ID}:"):
            name = cells[0].strip("`")[len("telltale:{ID}:"):]
            keys.append((pattern(name, "[^:]+"), name, cells[1]))
        elif heading and line.startswith("| `"):
            fields.setdefault(heading, []).append((pattern(cells[0].strip("`"), ".+"), cells[1]))
    return keys, fields


def check_value(where, kind, value):
    # A figure's unit is what it counts: any that is not named above is a number.
    if not re.fullmatch(KINDS.get(kind, r"\d+"), value):
        sys.exit("%s: %r is no %s" % (where, value, kind))


def check_sites(where, pairs, name):
    """What may speak of a support site has no device, and enough devices behind it."""
    fields = dict(pairs)
    if "device" in fields or name not in ("alerts", "site:<period>") or (name == "alerts" and fields["kind"] != "disclosure"):
        return False
    for field, value in pairs:
        if field.startswith("devices:") and int(value) < 5 and fields.get("demo") != "yes":
            sys.exit("%s: %s: only %s devices" % (where, field, value))
        if field.startswith(("visits:", "pair:", "told:")) and name == "site:<period>" and "devices:" + field.split(":")[1] not in fields:
            sys.exit("%s: %s stands without its devices" % (where, field))
    return True


def main():
    socket, installation, document, sites_file = sys.argv[1:]
    keys, fields = read_document(document)
    if len(keys) < 5 or set(fields) != set(HEADINGS.values()):
        sys.exit("check_stored: the tables of %s were not understood" % document)
    sites = {line.split("\t")[0].lower() for line in open(sites_file, encoding="utf-8") if not line.startswith("#")} - {"site"}
    root, values = "telltale:{%s}:" % installation, 0
    for key in ask("keys", root + "*"):
        found = [(name, kind) for regex, name, kind in keys if regex.match(key[len(root):])]
        if not found:
            sys.exit("%s: docs/STORE.md has no such key" % key)
        name, kind = found[0]
        entries = [list(zip(e[1][::2], e[1][1::2])) for e in ask("xrange", key, "-", "+")] if kind == "stream" else [list(ask("hgetall", key).items())]
        for field, value, may_name in ((*pair, check_sites(key, entry, name)) for entry in entries for pair in entry):
            units = [unit for regex, unit in fields[name] if regex.match(field)]
            if not units:
                sys.exit("%s: %s: docs/STORE.md has no such field" % (key, field))
            check_value("%s: %s" % (key, field), units[-1] if name == "day:<day>:devices" else units[0], value)
            for text in (field, value):
                if not may_name and name != "test:<id>" and any(re.search(r"(^|[^a-z0-9.-])([a-z0-9-]+\.)*%s([^a-z0-9.-]|$)" % re.escape(site), text.lower()) for site in sites if site in text.lower()):
                    sys.exit("%s: %s: %s speaks of a support site" % (key, field, value))
            values += 1
    if values < 30:
        sys.exit("check_stored: only %d values are there: nothing was stored" % values)
    print("%d values are what docs/STORE.md says, and a support site stands only where no device does" % values)


main()
