"""Distinct dates, amounts and requests per second: `enrich.days.dates`, `birthdays`, `moments`, `money` and `topics`.

    python bench/dates.py [TEXTS]

The texts are spelled as forms, sellers' bases and spreadsheets spell them, in six languages; one in ten is junk.
Seconds of one thread are the process's own. `dateparser` reads the first thousand days beside, for the ratio.
"""

import random
import sys
import time
from datetime import date, timedelta

import dateparser
import pyarrow as pa

from enrich.days.birthdays import read_birthdays
from enrich.days.dates import read_days
from enrich.days.moments import read_moments
from enrich.money.cells import read_amounts
from enrich.requests.topics import read_topics
from leads import schema

LANGUAGES = ("ru", "en", "de", "hu", "ro", "bs")
MONTHS = {"ru": "марта", "en": "March", "de": "März", "hu": "március", "ro": "martie", "bs": "marta"}
NUMBERS = {
    "ru": "%d.%m.%Y",
    "en": "%m/%d/%Y",
    "de": "%d.%m.%Y",
    "hu": "%Y. %m. %d.",
    "ro": "%d.%m.%Y",
    "bs": "%d.%m.%Y.",
}
SIGNS = {"ru": "{} ₽", "en": "${}", "de": "{} €", "hu": "{} Ft", "ro": "{} lei", "bs": "{} KM"}
WORDS = {
    "ru": "здравствуйте подскажите сколько стоит доставка до дома хочу заказать перезвоните мне завтра утром",
    "en": "hello please call me back tomorrow about the price of delivery and I would like to order two windows today",
    "de": "Guten Tag bitte rufen Sie mich zurück ich möchte ein Angebot für Fenster und Türen mit Lieferung bestellen",
    "hu": "jó napot kérem hívjanak vissza mennyibe kerül a szállítás és szeretnék rendelni két ablakot holnap délután",
    "ro": "bună ziua vă rog să mă sunați înapoi cât costă livrarea și aș vrea să comand două ferestre mâine seară",
    "bs": "dobar dan molim vas nazovite me sutra koliko košta dostava želim naručiti dva prozora i vrata poslije podne",
}


def made_day(chance: random.Random, language: str) -> str:
    """A day with a time behind it as often as it takes to be one of many."""
    day = date(1930, 1, 1) + timedelta(days=chance.randrange(35_000))
    clock = f" {chance.randrange(24):02d}:{chance.randrange(60):02d}:{chance.randrange(60):02d}"
    kind = chance.random()
    if kind < 0.1:
        return f"не помню {chance.randrange(10**7)}"
    if kind < 0.4:
        return f"{day.isoformat()}{clock}"
    if kind < 0.5:
        return f"{(day - date(1899, 12, 30)).days}.{chance.randrange(10**5)}"
    if kind < 0.65:
        year = (
            f"{day.year}. {MONTHS[language]} {day.day}."
            if language == "hu"
            else f"{day.day} {MONTHS[language]} {day.year}"
        )
        return year + clock
    return day.strftime(NUMBERS[language]) + clock


def made_amount(chance: random.Random, language: str) -> str:
    whole = f"{chance.randrange(10**9):,}"
    if language != "en":
        whole = whole.replace(",", "." if language in ("de", "bs", "ro") else " ")
    cents = chance.choice(("", f"{',.'[language == 'en']}{chance.randrange(100):02d}"))
    return (
        SIGNS[language].format(whole + cents) if chance.random() < 0.9 else f"договорная {chance.randrange(10**6)}"
    )


def made_request(chance: random.Random, language: str) -> str:
    words = WORDS[language].split()
    text = " ".join(chance.choice(words) for _ in range(14))
    return f"{text[:74]} {chance.randrange(10**5)}"


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    pa.set_cpu_count(1)
    chance = random.Random(5)
    spoken = [chance.choice(LANGUAGES) for _ in range(count)]
    languages = schema.texts(spoken)
    days, amounts, requests = (
        schema.texts(made(chance, language) for language in spoken)
        for made in (made_day, made_amount, made_request)
    )
    loop = timed("dateparser", 1_000, lambda: [dateparser.parse(text) for text in days[:1_000]])
    for name, texts, read in (
        ("read_days", days, read_days), ("read_birthdays", days, read_birthdays),
        ("read_moments", days, read_moments), ("read_amounts", amounts, read_amounts),
        ("read_topics", requests, read_topics),
    ):  # fmt: skip
        seconds = timed(name, texts.nunique(), lambda read=read, texts=texts: read(texts, languages))
        if texts is days:
            print(f"{'':<16} {loop * count / 1_000 / seconds:,.0f} times dateparser")


def timed(name: str, count: int, read) -> float:
    started = time.process_time()
    read()
    seconds = time.process_time() - started
    print(f"{name:<16} {count:>9,} different texts {seconds:7.2f} s {count / seconds:12,.0f} texts/s")
    return seconds


if __name__ == "__main__":
    main()
