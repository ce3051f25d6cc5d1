"""vCards (2.1, 3.0, 4.0): one row for each card, with a column for each property and kind (`TEL;WORK`)."""

import io
import logging
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import vobject  # type: ignore[import-untyped]

from sources.formats import letters, pack
from sources.formats.found import Found, Given

CARD = 1 << 20  # characters of one card, without its pictures
_PARTS = {
    "N": ("family", "given", "additional", "prefix", "suffix"),
    "ADR": ("box", "extended", "street", "city", "region", "code", "country"),
}
_LEFT_OUT = ("VERSION", "PRODID", "PHOTO", "LOGO", "SOUND", "KEY", "X-ABLABEL")
_PICTURES = re.compile(
    r"(?im)^(?:[\w-]+\.)?(?:PHOTO|LOGO|SOUND|KEY)[;:].*(?:\r?\n[ \t].*)*(?:\r?\n[A-Za-z0-9+/=]{60,}(?=\r?\n))*"
)
# What says no more about a contact point than that it is one.
_IDLE = {"PREF", "VOICE", "INTERNET", "X400", "BASE64", "B", "8BIT", "7BIT"}
_SCHEMES = re.compile(r"^(?:tel|mailto|sms):", re.I)
_BEGIN, _END = re.compile(r"(?i)^BEGIN:VCARD\s*$"), re.compile(r"(?i)^END:VCARD\s*$")


def tables(given: Given) -> list[Found]:
    """One table of the cards; several values of a kind are joined by line feeds, addresses and names are in parts
    (`ADR;HOME.STREET`). A damaged card is a row with a note, and pictures are left out."""
    text = letters.read(given.path, given)
    logging.getLogger("vobject.base").setLevel(logging.CRITICAL)  # it prints lines of the cards
    return [Found(given.path.name, partial(_batches, text), named=True)]


def _batches(text: str) -> list[Any]:
    return pack.records(map(_record, _cards(_PICTURES.sub("PHOTO:", text))))


def _cards(text: str) -> Iterator[str]:
    """The texts of the cards; one that is never ended reaches to the next one, or to the end of the file."""
    lines: list[str] = []
    for line in io.StringIO(text.lstrip("\ufeff")):
        if _BEGIN.match(line) and any(map(str.strip, lines)):
            yield "".join(lines)
            lines = []
        lines.append(line)
        if _END.match(line):
            yield "".join(lines)
            lines = []
    if any(map(str.strip, lines)):
        yield "".join(lines)


def _record(card: str) -> pack.Record | pack.Noted:
    if not _END.match(card.rstrip("\r\n").rpartition("\n")[2]):
        return pack.Noted("unreadable: the card is not ended", text=card)
    if len(card) > CARD:
        return pack.Noted(f"unreadable: the card is longer than {CARD} characters", text=card)
    try:
        return _properties(next(vobject.readComponents(card, allowQP=True)))
    except (Exception, StopIteration) as error:  # whatever a broken card makes the reader stumble over
        return pack.Noted(f"unreadable: the card is damaged ({type(error).__name__})", text=card)


def _properties(card: Any) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    labels = {line.group: line.value for line in card.contents.get("x-ablabel", ())}
    for line in (line for lines in card.contents.values() for line in lines):
        name = line.name.upper()
        if name in _LEFT_OUT or not hasattr(line, "value"):
            continue
        column = ";".join([name, *_kinds(line, labels)])
        for part, value in _values(name, line.value):
            if value:
                found.setdefault(column + part, []).append(value)
    return {column: "\n".join(values) for column, values in found.items()}


def _kinds(line: Any, labels: dict[str, str]) -> list[str]:
    """What the card says a value is for: the words of TYPE, the service of a messenger, or the person's own label."""
    given = [*line.params.get("TYPE", ()), *line.params.get("X-SERVICE-TYPE", ()), *line.singletonparams]
    words = {word.strip().upper() for text in given for word in text.split(",")} - _IDLE - {""}
    label = labels.get(line.group) if line.group else None
    if label:
        words.add(label.removeprefix("_$!<").removesuffix(">!$_").upper())
    return sorted(words)


def _values(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """The part of a name or an address (`.CITY`) and its text; of anything else the text alone."""
    if name in _PARTS and not isinstance(value, str):
        for part in _PARTS[name]:
            yield f".{part.upper()}", _one(getattr(value, part))
    else:
        yield "", _SCHEMES.sub("", _one(value, ", " if name == "CATEGORIES" else "; "))


def _one(value: Any, between: str = " ") -> str:
    if isinstance(value, list | tuple):
        return between.join(filter(None, (_one(item) for item in value)))
    return (pack.text(value) or "").strip()
