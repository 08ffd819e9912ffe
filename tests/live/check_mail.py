"""What `telltale daily` mailed, as Python's mail reader understands it: valid headers and MIME, no line that SMTP would refuse, no device.

usage: check_mail.py FOLDER UNRECORDED_DAY DAY PSEUDONYMS      FOLDER has mail.0 (of the unrecorded day) and mail.1
"""
import email
import email.policy
import email.utils
import datetime
import subprocess
import sys
import time

folder, unrecorded, day, pseudonyms = sys.argv[1:5]
problems = []


def expect(what, wanted, got):
    if wanted != got:
        problems.append(f"{what}: expected {wanted!r}, got {got!r}")


def parse(name):
    raw = open(f"{folder}/{name}", "rb").read()
    expect(f"{name}: bytes outside ASCII", [], [b for b in raw if b > 126])
    expect(f"{name}: CR", 0, raw.count(b"\r"))
    expect(f"{name}: lines that are too long", [], [l for l in raw.split(b"\n") if len(l) > 78])
    message = email.message_from_bytes(raw, policy=email.policy.default)
    parts = list(message.walk())
    for part in parts:
        expect(f"{name}: defects", [], list(part.defects))
        for header, value in part.items():
            expect(f"{name}: defects of {header}", (), tuple(value.defects))
    when = email.utils.parsedate_to_datetime(message["Date"])
    if abs(when.timestamp() - time.time()) > 600:
        problems.append(f"{name}: its date is {when}")
    expect(f"{name}: recipients", ["lead@school.example", "governors+telltale@trust.example"], [a.addr_spec for a in message["To"].addresses])
    expect(f"{name}: Auto-Submitted", "auto-generated", message["Auto-Submitted"])
    return message, parts


def in_words(date):
    return datetime.date.fromisoformat(date).strftime("%A %-d %B %Y")


message, parts = parse("mail.0")
expect("the subject of an empty day", f"telltale: {in_words(unrecorded)}", message["Subject"])
expect("the parts of an empty day", ["multipart/mixed", "text/plain"], [p.get_content_type() for p in parts])
if "nothing was recorded" not in parts[1].get_content():
    problems.append("an empty day is not said to be empty: " + parts[1].get_content())

message, parts = parse("mail.1")
expect("the subject", f"DEMO: telltale: {in_words(day)}", message["Subject"])
expect("the parts", ["multipart/mixed", "text/plain", "application/pdf"], [p.get_content_type() for p in parts])
text = parts[1].get_content()
for words in ["DEMO", in_words(day), "made to contact trackers at least", "Counts are lower bounds."]:
    if words not in text:
        problems.append(f"the text does not say {words!r}: {text}")
expect("the name of the page", f"telltale-{day}.pdf", parts[2].get_filename())
open(f"{folder}/mailed.pdf", "wb").write(parts[2].get_content())
page = subprocess.run(["pdftotext", "-layout", f"{folder}/mailed.pdf", "-"], check=True, capture_output=True, text=True).stdout
if "Contacts by company" not in page:
    problems.append("the page has no companies: " + page)
names = pseudonyms.split()
if not names:
    problems.append("the day has no device, so nothing was tried")
for name in names:
    if name in text or name in page:
        problems.append(f"the device {name} is in the mail")
for problem in problems:
    print(problem)
sys.exit(1 if problems else 0)
