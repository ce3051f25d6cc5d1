"""Which of our fields each column of a table is for, by its header and by its values.

A header's words decide (`sources.headwords`), values overrule them only where they are clear (`sources.values`), and an
export of a known program is read as that program means it (`sources/data/presets.toml`). Consent is never guessed from
values: an answer means nothing without its question.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from leads.source import LABELLED
from sources import headwords, rivals, values
from sources.settled import BORNE_OUT, Column, settled, spoken

HANDLES = ("telegram", "whatsapp", "viber", "skype", "vk")
# What an unknown header's values may make it where no other column is that: (kind of value, field); the last ones only
# where there is no header at all.
BY_VALUE = (
    ("title", "title"), ("marked", "registration"), ("gender", "gender"), ("address", "address"),
    ("organisation", "company"), ("person", "full_name"), ("country", "country"), ("city", "city"),
    ("given", "given_name"),
)  # fmt: skip
LOOKED_AT = 60_000  # values of a whole table: of a very wide one, a few of each column
NAMELESS_ONLY = ("country", "city", "given_name", "gender")
FORMS = 0.8  # of the values are forms of address, whatever a header says that speaks of no field
SEXES = 2  # words without a header that are to be met
UNSURE = 0.6
# Under the header of a tax number, whose groups hyphens part too: no such number has a plus, or Russia's eleven digits.
CALLED_ANYHOW = re.compile(r"[+(]|[78]\d{10}$")


@dataclass(frozen=True)
class Guess:
    """What a column is for: `target` as in `[columns]` of a source file, or nothing: kept as an attribute.

    `examples` are values of the column: for the eyes of the person who asked, never for a log.
    """

    header: str
    target: str
    confidence: float
    why: str
    examples: tuple[str, ...]


_Answer = tuple[str, float, str]  # target, confidence, why


def recognise(headers: Sequence[str], sample: Sequence[Sequence[str | None]], language: str) -> list[Guess]:
    """One guess for each of `headers`, in their order.

    `sample` are some rows of the table below the header; a row may be shorter than the header. `language` is that of
    the source (`leads.source.Language`): it says in which countries a bare number is looked for.
    """
    most = max(values.SAMPLE // 6, min(values.SAMPLE, LOOKED_AT // max(len(headers), 1)))
    columns = [_column(header, place, sample, language, most) for place, header in enumerate(headers)]
    program, preset = _preset(headers)
    fields = spoken(columns)
    answers = [_told(column, fields, program, preset) for column in columns]
    answers = _one_of_each(columns, answers if program else _among(columns, answers))
    return [
        Guess(column.header, target, round(confidence, 2), why, column.examples)
        for column, (target, confidence, why) in zip(columns, answers, strict=True)
    ]


def _told(column: Column, fields: set[str], program: str, preset: dict[tuple[str, ...], str]) -> _Answer:
    known = preset.get(headwords.words(column.header))
    answer = _by_preset(column, known, program) if known is not None else None
    return answer or _answer(column, fields)


def _among(columns: list[Column], answers: list[_Answer]) -> list[_Answer]:
    """The answers as the columns beside them change them: names of others, days to come, the record's own number."""
    found, targets = list(answers), [target for target, _, _ in answers]
    for place, target in rivals.owners(columns, targets).items():
        found[place] = (target, 0.7, "the contact points are the owner's")
    targets = [target for target, _, _ in found]
    for place in rivals.strangers(columns, targets):
        found[place] = ("", 0.6, "somebody else's: another column names the person of the row")
    for place in rivals.appointments(columns, targets):
        found[place] = (
            "",
            0.6,
            "the day of an appointment: another column has its hour, or when the row was made",
        )
    number = rivals.own_number(columns, targets)
    if number is not None:
        found[number] = ("external_id", 0.6, "the only number of the record in this table")
    return found


def _one_of_each(columns: list[Column], answers: list[_Answer]) -> list[_Answer]:
    """The answers with one column at most for what a lead has one of, and with a moment for the consent."""
    found = list(answers)
    for place in rivals.second([target for target, _, _ in found], [sure for _, sure, _ in found]):
        found[place] = ("", UNSURE, "another column has it, and a lead has but one")
    place_of_consent = rivals.consented([target for target, _, _ in found])
    if place_of_consent is not None:
        found[place_of_consent] = ("stated_at", 0.7, "the only date of the consent beside it")
    return found


def _column(header: str, place: int, sample: Sequence[Sequence[str | None]], language: str, most: int) -> Column:
    # A frame's empty cell is pandas.NA, which has no truth value.
    cells = [cell for row in sample if place < len(row) and isinstance(cell := row[place], str)]
    filled = [cell.strip() for cell in cells if cell.strip()]
    return Column(
        header,
        place,
        headwords.meaning(header, language),
        values.shares(cells, language, most),
        tuple(sorted(values.distinct(cells), key=values.says_nothing)[:3]),
        len(set(filled)) == len(filled),
    )


def mapping(guesses: Iterable[Guess]) -> dict[str, str]:
    """The guesses as `[columns]` of a source file; what is kept as an attribute is left out."""
    return {guess.header: guess.target for guess in guesses if guess.target and guess.header.strip()}


@cache
def _presets() -> list[tuple[str, frozenset[tuple[str, ...]], dict[tuple[str, ...], str]]]:
    return [
        (
            preset["name"],
            frozenset(map(headwords.words, preset["tells"])),
            {headwords.words(header): target for header, target in preset["columns"].items()},
        )
        for preset in headwords.read("presets")["preset"]
    ]


def _preset(headers: Sequence[str]) -> tuple[str, dict[tuple[str, ...], str]]:
    """The program whose export has all these headers, and where its columns lead."""
    present = set(map(headwords.words, headers))
    found = [(len(tells), name, columns) for name, tells, columns in _presets() if tells <= present]
    if not found:
        return "", {}
    _, name, columns = max(found, key=lambda preset: preset[0])
    return name, columns


def _by_preset(column: Column, target: str, program: str) -> _Answer | None:
    """What the program means by it, unless the values are clearly a contact point of another kind."""
    if _overruled(column) and not target.startswith(("phone", "email")):
        return None
    return target, 0.98, f"export of {program}"


def _overruled(column: Column) -> bool:
    return column.field not in ("ours", "responsible") and bool(_point(column))


def _answer(column: Column, fields: set[str]) -> _Answer:
    if column.field not in ("ours", "responsible"):
        kind = _point(column)
        if kind and kind != column.field:
            looks = column.looks.get(kind, 1.0)
            return _labelled(kind, column), 0.6 + 0.35 * looks, f"its values are {_plural(kind)}"
    if column.told is None:
        return _by_values(column, fields)
    target = settled(column, fields)
    if not target and column.field not in ("title", "ours", "responsible") and column.looks_like("title", FORMS):
        return "title", UNSURE, "its values are forms of address"
    return _labelled(target, column), _confidence(column, target), _reason(column, target)


def _point(column: Column) -> str:
    """The kind of contact point that the values clearly are, where the header does not already say a finer one."""
    if column.looks_like("email"):
        return "email"
    finer = (*HANDLES, "messenger", "phone")
    if column.looks_like("phone", 0.7) and column.field not in finer:
        return "phone" if _dialled(column) else ""
    for kind in HANDLES:
        if column.looks_like(kind) and column.field in ("", "messenger", "contact"):
            return kind
    kind = "website" if column.is_nameless or column.field == "contact" else "domain"
    if column.looks_like(kind, 0.7) and column.field in ("", "contact"):
        return "website"
    return ""


def _dialled(column: Column) -> bool:
    """Numbers of another kind (tax, record, postcode) may look like phones by accident, but not written as phones."""
    if column.told and column.told.aside == "phone":
        return True
    if column.field == "registration":
        written = sum(bool(CALLED_ANYHOW.match(text)) for text in column.examples)
    else:
        long = 0 if column.told else 10
        written = sum(any(c in "+()-" for c in text) or 0 < long <= len(text) for text in column.examples)
    return 2 * written >= len(column.examples)


def _by_values(column: Column, fields: set[str]) -> _Answer:
    for kind, field in BY_VALUE:
        taken = field in fields or (
            field == "full_name" and fields & {"family_name", "given_name", "given", "name"}
        )
        if kind == "gender" and len(column.examples) < SEXES:
            continue
        if column.looks_like(kind) and (column.is_nameless or not (taken or field in NAMELESS_ONLY)):
            return field, 0.4 + 0.4 * column.looks[kind], f"its values are {_plural(kind)}"
    if column.is_nameless and column.looks_like("postcode", 0.9):
        return "postcode", 0.5, "its values are postcodes"
    return "", 0.5, "an unknown header, kept as an attribute"


def _labelled(target: str, column: Column) -> str:
    label = column.told.label if column.told else ""
    if label and target in LABELLED and not (label == "fax" and target != "phone"):
        return f"{target}:{label}"
    return target


def _confidence(column: Column, target: str) -> float:
    """How much of the header says so, more where the values say it too, much less where a contact point's do not."""
    if column.field == "sum" and target:
        return UNSURE
    by_header = 0.7 + 0.22 * min(column.share, 1.0)
    wanted = BORNE_OUT.get(target, ())
    looks = max((column.looks.get(kind, 0.0) for kind in wanted), default=0.0)
    if target in ("email", "phone") and column.looks and looks < 0.3:
        return 0.4
    return min(0.99, by_header + 0.07 * looks)


def _reason(column: Column, target: str) -> str:
    if column.field == "refusal":
        return "its yes means no: map it to consent only with the answers that refuse in [consent]"
    if not target:
        return "no field of ours, kept as an attribute"
    said = "the header says so" if column.share >= 1 else "a word of the header says so"
    wanted = BORNE_OUT.get(target, ())
    if column.looks and wanted:
        borne_out = any(column.looks_like(kind) for kind in wanted)
        if borne_out:
            return f"{said}, and its values"
        if target in ("email", "phone") and not any(column.looks_like(kind, 0.3) for kind in wanted):
            return f"{said}, but its values do not look like it"
    return said


_PLURALS = {
    "email": "e-mail addresses", "phone": "phone numbers", "website": "web addresses", "address": "addresses",
    "organisation": "organisations", "person": "names of people", "country": "countries", "city": "cities",
    "given": "given names", "title": "forms of address", "marked": "registration numbers", "gender": "words for a sex",
}  # fmt: skip


def _plural(kind: str) -> str:
    return _PLURALS.get(kind, f"{kind} names")
