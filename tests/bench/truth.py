"""Compares a report of `telltale read -o json --devices mac` with what tests/bench/generate says is true."""
import json


def wanted(path):
    """The generator's truth: its figures by name, and its contacts by (device, host)."""
    figures, contacts = {}, {}
    for line in open(path, encoding="ascii"):
        f = line.rstrip("\n").split("\t")
        if f[0] == "contact":
            contacts[f[1], f[2]] = (f[3], f[4], f[5], int(f[6]), int(f[7]), int(f[8]))
        else:
            figures[f[0]] = f[1]
    return figures, contacts


def plain_differences(truth_path, lines):
    """The same for what bench_pipeline prints."""
    contacts = {k: v[3:] for k, v in wanted(truth_path)[1].items()}
    said = {}
    for line in lines:
        f = line.split("\t")
        if f[0] == "contact":
            said[f[1], f[2]] = tuple(int(n) for n in f[3:6])
    wrong = ["%s %s: %s instead of %s" % (*k, said.get(k), contacts.get(k)) for k in sorted(set(said) | set(contacts))
             if said.get(k) != contacts.get(k)]
    return wrong if contacts else ["the truth has no contact: nothing was checked"]


def differences(truth_path, report_text):
    """A list of sentences, empty when every contact, byte and flow of the report is as it was made."""
    figures, contacts = wanted(truth_path)
    report = json.loads(report_text)
    said, wrong = {}, []
    for c in report["contacts"]:
        key = c["device"], c["host"]
        if key in said:
            wrong.append("%s %s: told twice" % key)
        said[key] = (c["matched"], c["evidence"], ",".join(c["seen_by"]), c["connections"], c["bytes_up"], c["bytes_down"])
    wrong += ["%s %s: missing" % k for k in contacts if k not in said]
    wrong += ["%s %s: never happened" % k for k in said if k not in contacts]
    wrong += ["%s %s: %s instead of %s" % (*k, said[k], contacts[k]) for k in contacts if k in said and said[k] != contacts[k]]
    for name, value in (("packets", report["capture"]["packets"]), ("bytes", report["capture"]["bytes"]),
                        ("flows", report["coverage"]["flows"]), ("named", report["coverage"]["named"])):
        if str(value) != figures[name]:
            wrong.append("%s: %s instead of %s" % (name, value, figures[name]))
    if not contacts:
        wrong.append("the truth has no contact: nothing was checked")
    return wrong
