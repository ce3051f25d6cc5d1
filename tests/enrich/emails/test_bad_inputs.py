"""Addresses that others collected to break readers: the verdict is email-validator's, and nothing takes long."""

import json
import time
from pathlib import Path

import pyarrow as pa
import pytest
from email_validator import EmailNotValidError, validate_email

from enrich.emails.cells import read_emails, split_addresses
from enrich.emails.columns import read_addresses
from enrich.emails.reader import REASONS, REPAIRED, Address, bare, read_address
from leads import schema

BAD_INPUTS = Path(__file__).parents[3].parent / "shared" / "data" / "bad-inputs"
pytestmark = pytest.mark.skipif(not BAD_INPUTS.is_dir(), reason="../shared/data/bad-inputs is not here")
FILES = (
    "isemail/isemail.jsonl", "isemail/isemail-original.jsonl", "email-validator/cases.jsonl", "own/unicode.jsonl",
    "blns/blns.json",
)  # fmt: skip
FAULTS = {reason for _, reason in REASONS}
DOUBTS = {"mixed alphabets", "look-alike letters", "unusual characters"}


def stated(file: str) -> list[str]:
    text = (BAD_INPUTS / file).read_text(encoding="utf-8") if BAD_INPUTS.is_dir() else ""
    if file.endswith(".json"):
        return list(json.loads(text or "[]"))
    rows = (json.loads(line) for line in text.splitlines())
    return [value for row in rows if isinstance(value := row.get("address", row.get("text")), str)]


def by_email_validator(text: str) -> tuple[str, str, str] | None:
    """Local part, domain and ASCII domain where email-validator says it is valid."""
    try:
        valid = validate_email(text, check_deliverability=False)
    except EmailNotValidError:
        return None
    return valid.local_part, valid.domain, valid.ascii_domain


def every_text() -> list[str]:
    return list(dict.fromkeys(text for file in FILES for text in stated(file)))


@pytest.mark.parametrize("file", FILES)
def test_the_files_are_read_whole(file: str) -> None:
    assert len(stated(file)) > 15


@pytest.mark.parametrize("text", every_text(), ids=lambda text: ascii(text)[:40])
def test_the_verdict_is_that_of_email_validator(text: str) -> None:
    read = read_address(text)
    if (read.flag or "").startswith(REPAIRED):
        assert by_email_validator(bare(text)) is None
        return
    valid = by_email_validator(bare(text))
    assert read.display == (valid and f"{valid[0]}@{valid[1]}")
    if valid is None:
        assert read == Address(flag=read.flag)
        assert read.flag in FAULTS
    else:
        assert read.value is not None
        assert read.flag is None or read.flag in DOUBTS or read.flag.startswith("misspelt domain")


def test_in_columns_each_is_read_as_alone() -> None:
    texts = [text for text in every_text() if text.isascii() or text.encode(errors="ignore").decode() == text]
    read = read_addresses(pa.record_batch([pa.array(texts, pa.string())], ["text"])).to_pylist()
    found = zip(texts, (Address(**fields) for fields in read), strict=True)
    assert [text for text, ours in found if ours != read_address(text)] == []


LONG = 1_000_000
ENDLESS = {
    "letters": "a" * LONG, "ats": "@" * LONG, "dots": "." * LONG, "blanks": " " * LONG, "opened": "<" * LONG,
    "closed": "a<" + ">" * LONG, "quotes": '"' * LONG, "commas": "," * LONG, "address": "a@" + "b." * LONG, "marks": "a\u0301" * LONG,
    "labels": "mailto:" * LONG, "blank label": " " * LONG + "mailto:a@b.com", "NUL": "\x00" * LONG, "bidi": "\u202e" * LONG,
    "surrogates": "\ud800" * LONG, "in angles": "x" * LONG + "<a@b.com>", "Punycode": "a@xn--" + "a" * LONG,
    "names": "Ann <a@b.com>, " * 100_000, "mixed": "аa" * LONG, "end": "a@b.com" + "." * LONG, "between": "a" + " " * LONG + "@b.com",
}  # fmt: skip
SHORT = {
    "letters": "a" * 254, "dots": "a." * 120 + "@b.com", "Punycode": "a@xn--" + "a" * 240, "blanks": "a" + " " * 240 + "@b.com",
    "digits": "a@" + "٠" * 240 + ".com", "marks": "a\u0301" * 120 + "@b.com", "quotes": '"' + "\\" * 240 + '"@b.com', "NUL": "a\x00@b.com",
    "controls": "a\x1b[31m@b.com", "bidi": "a\u202e@b.com", "surrogate": "a\ud800@b.com", "surrogate domain": "a@\udfffb.com",
    "ats": "@" * 254, "joiners": "a@" + "\u200d" * 240, "Hangul": "\u1112\u1161" * 120 + "@b.com", "opened": "<" * 2_000,
    "name": "Ann " * 490 + "<a@b.com>", "names in angles": "<>" * 1_000,
}  # fmt: skip


@pytest.mark.parametrize(
    "name", [f"{kind} {name}" for kind in ("long", "short") for name in (ENDLESS if kind == "long" else SHORT)]
)
def test_no_value_takes_longer_than_50_ms(name: str) -> None:
    kind, _, key = name.partition(" ")
    text = (ENDLESS if kind == "long" else SHORT)[key]
    read_address("аnn@пoчта.рф")  # the tables are loaded when they are first asked for
    seconds = []
    for _ in range(5):
        started = time.process_time()
        pieces = split_addresses(text)
        read = [read_address(piece) for piece in pieces]
        seconds.append(time.process_time() - started)
    assert min(seconds) < 0.05
    assert all(one.value is None or one.flag for one in read) or key == "name"


@pytest.mark.parametrize("name", [name for name in ENDLESS if name != "surrogates"])
def test_a_neighbour_is_not_changed(name: str) -> None:
    ids, cells = ["before", "bad", "after"], ["ann@example.com", ENDLESS[name], "Bob <bob@example.com>"]
    frame = schema.texts(ids).to_frame("lead_id").assign(text=schema.texts(cells))
    points = schema.check(schema.POINTS, read_emails(frame))
    fine = points[points["lead_id"] != "bad"]
    assert fine[["lead_id", "value", "usable"]].values.tolist() == [
        ["before", "ann@example.com", True], ["after", "bob@example.com", True],
    ]  # fmt: skip
    assert not points.loc[points["lead_id"] == "bad", "usable"].any()
    assert points["text"].str.len().max() <= 254
