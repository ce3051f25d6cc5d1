"""Distinct e-mail addresses per second: a loop over `email_validator`, and `enrich.emails.columns`.

    python bench/emails.py [CELLS]

The cells are spelled as sellers' bases, event lists and web forms spell them, in eight countries: four in five with a
mailbox that anyone may open, the others of some 40,000 companies; capitals, labels, names before the address, dots and
blanks behind it, several in a cell; one in ten is junk. The loop is given the single texts of the cells, trimmed, and
takes what email-validator has for each field: valid or not, local part, domain and ASCII domain. Seconds of one thread
are the process's own, so that others on the machine count less; on two threads they are the clock's, and worth little
where others are at work. Every field of every text is compared with what email-validator says of it, where it was not
repaired. The figures are of this machine; nothing here passes or fails but the comparison.
"""

import random
import sys
import time
import unicodedata
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pyarrow as pa
from email_validator import EmailNotValidError, validate_email

from enrich.emails import columns as email_columns
from enrich.emails.cells import read_emails, split_addresses
from enrich.emails.mailboxes import canonical, mailbox_kind
from enrich.emails.reader import REPAIRED, bare
from leads import schema

# Given names and families, then the mailboxes that most people have.
COUNTRIES = {
    "RU": ("ivan olga sergey elena dmitry anna alexey natalia", "petrov smirnova sokolov kuznetsova popov orlova",
           "mail.ru yandex.ru gmail.com bk.ru inbox.ru list.ru rambler.ru ya.ru"),
    "HU": ("janos eva gabor zsuzsa laszlo katalin peter", "nagy kovacs szabo horvath varga kiss molnar",
           "gmail.com freemail.hu citromail.hu indamail.hu t-online.hu hotmail.com"),
    "RO": ("andrei maria ion elena mihai ioana", "popescu ionescu radu dumitru stan stoica",
           "yahoo.com gmail.com yahoo.ro hotmail.com"),
    "DE": ("hans petra juergen sabine klaus monika", "mueller schmidt schneider fischer weber wagner",
           "gmx.de web.de t-online.de gmail.com freenet.de outlook.de"),
    "BA": ("amir lejla emir amra haris selma", "hodzic begovic delic hadzic kovacevic",
           "gmail.com hotmail.com yahoo.com bih.net.ba live.com"),
    "HR": ("ivan ana marko marija luka petra", "horvat kovacevic babic maric juric",
           "gmail.com net.hr inet.hr yahoo.com hotmail.com"),
    "RS": ("milan jelena nikola ivana stefan", "jovanovic petrovic nikolic markovic ilic",
           "gmail.com yahoo.com eunet.rs sbb.rs hotmail.rs"),
    "GB": ("james emma oliver sophie harry grace", "smith jones taylor brown wilson evans",
           "gmail.com outlook.com icloud.com yahoo.co.uk hotmail.co.uk proton.me"),
}  # fmt: skip
SYLLABLES = (
    "ro", "mash", "tek", "stroy", "agro", "al", "fa", "med", "prom", "in", "vest", "lux", "mo", "da", "bau", "haus",
    "kon", "zern", "vel", "ton", "gra", "fik", "net", "soft",
)  # fmt: skip
ENDS = ("ru", "ru", "com", "hu", "ro", "de", "ba", "hr", "rs", "co.uk", "com", "eu", "net", "su", "co.rs")
NAMED = {"RU": "Иван Петров", "DE": "Jürgen Müller", "HU": "Nagy Éva", "RO": "Ionuț Stoica"}
# How the address is written in its cell: three in four as it is.
CELLS = (
    *[lambda address, country, chance: address] * 30,
    lambda address, country, chance: address.upper(),
    lambda address, country, chance: address.title(),
    lambda address, country, chance: f"{NAMED.get(country, 'Ann Smith')} <{address}>",
    lambda address, country, chance: f"mailto:{address}",
    lambda address, country, chance: f" {address} ",
    lambda address, country, chance: f"{address}.",
    lambda address, country, chance: f"e-mail: {address}",
    lambda address, country, chance: f"{address}, {made_address(chance)[0]}",
    lambda address, country, chance: f"{address}; {made_address(chance)[0]}",
    lambda address, country, chance: f"<{address}>",
)
JUNK = (
    lambda address, chance: address.replace("@", ""),
    lambda address, chance: address.replace("@", " @ "),
    lambda address, chance: address.replace("@", "@@"),
    lambda address, chance: address.replace(".", ",", 1),
    lambda address, chance: address.partition(".")[0],
    lambda address, chance: address.partition("@")[0],
    lambda address, chance: f"{address.partition('@')[0]}@",
    lambda address, chance: address.replace("m", "m ", 1),
    lambda address, chance: address.replace("a", "а", 1),  # a Cyrillic letter
    lambda address, chance: f"нет почты {chance.randrange(10**6)}",
    lambda address, chance: f"+7916{chance.randrange(10**7):07d}",
    lambda address, chance: f"www.{address.partition('@')[2]}/{chance.randrange(10**5)}",
    lambda address, chance: address.replace(".", "..", 1),
    lambda address, chance: f"{address.partition('@')[0]}@{chance.choice(('gmial.com', 'mail.ry', 'yandx.ru'))}",
    lambda address, chance: f"{address}\u200b",
)
# Out of a hundred pieces of junk, how many are of each kind.
OFTEN = (9, 6, 6, 10, 9, 10, 8, 8, 1, 9, 6, 5, 6, 6, 1)
COMPANIES = 40_000
# The ways take turns at chunks of this many, because the machine's speed changes.
CHUNK = 50_000
THREADS = 2


def made_cells(count: int) -> list[str]:
    """`count` different cells."""
    chance = random.Random(11)
    found: dict[str, None] = {}
    while len(found) < count:
        address, country = made_address(chance)
        if chance.random() < 0.1:
            found[chance.choices(JUNK, OFTEN)[0](address, chance)] = None
        else:
            found[chance.choice(CELLS)(address, country, chance)] = None
    return list(found)


def made_address(chance: random.Random) -> tuple[str, str]:
    """An address, and the country whose people write it so."""
    country = chance.choice(list(COUNTRIES))
    given, families, free = (words.split() for words in COUNTRIES[country])
    name = chance.choice(("{0}.{1}", "{1}{0}", "{0}_{1}", "{0[0]}.{1}", "{0}", "{0}-{1}", "{1}.{0[0]}"))
    number = chance.randrange(10**5) if chance.random() < 0.9 else ""
    local = f"{name.format(chance.choice(given), chance.choice(families))}{number}"
    if chance.random() < 0.8:
        domain = chance.choice(free)
    else:
        domain = made_domain(int(COMPANIES * chance.random() ** 2))
        if chance.random() < 0.15:
            local = chance.choice(
                ("info", "sales", "office", "zakaz", "iroda", "kontakt", "buchhaltung", "vanzari")
            )
    return f"{local}{'+shop' if chance.random() < 0.01 else ''}@{domain}", country


def made_domain(company: int) -> str:
    """The domain of a company; the smaller its number, the more people have an address there."""
    left, name = company, "firma"
    while left:
        left, place = divmod(left, len(SYLLABLES))
        name += SYLLABLES[place]
    return f"{name}.{ENDS[company % len(ENDS)]}"


def by_email_validator(texts):
    """The loop that everyone writes."""
    found = []
    for text in texts:
        try:
            valid = validate_email(text, check_deliverability=False)
        except EmailNotValidError:
            found.append(None)
        else:
            found.append((valid.local_part, valid.domain, valid.ascii_domain))
    return found


COLUMNS = ("valid", "local part", "domain", "key (ASCII domain)", "kind")


def differing(texts, theirs, ours):
    """How many texts differ in each column, of those not repaired; and how many were repaired or unwrapped."""
    counts = dict.fromkeys(COLUMNS, 0)
    repaired = unwrapped = 0
    for text, known, read in zip(texts, theirs, ours, strict=True):
        if (read["flag"] or "").startswith(REPAIRED):
            repaired += 1
            continue
        if bare(text) != text:
            unwrapped += 1
            known = by_email_validator([bare(text)])[0]
        if expected(known) != stated(read):
            print(f"differs: {text!a}")
        for column, one, other in zip(COLUMNS, expected(known), stated(read), strict=True):
            counts[column] += one != other
    return counts, repaired, unwrapped


def expected(known):
    """What the columns are to be for what email-validator says."""
    if known is None:
        return False, None, None, None, None
    local, domain, ascii_domain = known
    folded = unicodedata.normalize("NFKC", local).casefold()
    return True, local, domain, canonical(folded, ascii_domain), mailbox_kind(folded, ascii_domain)


def stated(read):
    local, at, domain = (read["display"] or "").rpartition("@")
    return bool(at), local if at else None, domain if at else None, read["value"], read["kind"]


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    pa.set_cpu_count(1)
    cells = made_cells(count)
    texts = list(dict.fromkeys(text for cell in cells for text in split_addresses(cell)))
    domains = {text.rpartition("@")[2] for text in texts}
    print(f"{len(cells):,} cells, {len(texts):,} different texts, {len(domains):,} different domains")
    spent = dict.fromkeys(("loop over email-validator", "read_addresses", "read_emails (cells to points)"), 0.0)
    totals, repaired, unwrapped, plain = dict.fromkeys(COLUMNS, 0), 0, 0, 0
    compared(texts[:100], cells[:100])  # the tables are loaded when they are first asked for
    for start in range(0, max(len(texts), len(cells)), CHUNK):
        theirs, ours, taken, seconds = compared(texts[start : start + CHUNK], cells[start : start + CHUNK])
        plain += taken
        for name, second in zip(spent, seconds, strict=True):
            spent[name] += second
        counts, mended, bared = differing(texts[start : start + CHUNK], theirs, ours)
        repaired, unwrapped = repaired + mended, unwrapped + bared
        totals = {column: totals[column] + counts[column] for column in COLUMNS}
    loop = spent["loop over email-validator"]
    for name, seconds in spent.items():
        print(f"{name:<30} {seconds:7.2f} s {len(texts) / seconds:12,.0f} texts/s   ratio {loop / seconds:5.1f}")
    wall = on_threads(texts)
    name, rate = f"read_addresses, {THREADS} threads", len(texts) / wall
    print(f"{name:<30} {wall:7.2f} s {rate:12,.0f} texts/s   ratio {loop / wall:5.1f}")
    print(f"taken as plain {plain / len(texts):.1%}; repaired {repaired:,}; with a name or label {unwrapped:,}")
    print("differing: " + ", ".join(f"{column} {number:,}" for column, number in totals.items()))
    sys.exit(any(totals.values()))


def compared(texts, cells):
    """One chunk read each way: fields of the loop and ours, how many were plain, and the seconds of each."""
    batch = pa.record_batch([pa.array(texts, pa.string())], ["text"])
    ids = schema.texts(f"lead{place}" for place in range(len(cells)))
    frame = pd.DataFrame({"lead_id": ids, "text": schema.texts(cells)})
    theirs, loop = timed(lambda: by_email_validator(texts))
    ours, read = timed(lambda: email_columns.read_addresses(batch))
    _, whole = timed(lambda: read_emails(frame))
    plain = len(email_columns.read_plain(batch["text"]))
    return theirs, ours.to_pylist(), plain, (loop, read, whole)


def on_threads(texts) -> float:
    """Seconds of the clock for the same texts, the chunks shared out."""
    chunks = [texts[start : start + CHUNK] for start in range(0, len(texts), CHUNK)]
    batches = [pa.record_batch([pa.array(chunk, pa.string())], ["text"]) for chunk in chunks]
    started = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(email_columns.read_addresses, batches))
    return time.perf_counter() - started


def timed(read):
    started = time.process_time()
    found = read()
    return found, time.process_time() - started


if __name__ == "__main__":
    main()
