"""LANDED -> STATED: the source's own columns under our field names, still as written."""

import json
import re
from collections.abc import Callable, Iterator

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from leads import schema
from leads.errors import SourceError
from leads.schema import LANDED, STATED
from leads.sets import query
from leads.source import FIELDS, LABELLED, Source
from sources.headers import folded

# Tells the people in a name cell apart: (cell, language) -> one text for each, or the cell itself.
People = Callable[[str, str], list[str]]
# A cell that may name several people: something stands between words that is not another name. In RE2's syntax.
_SEVERAL_MAYBE = r"[,;/|&+\n]|\s\p{L}{1,3}\s"
# From what a row states to its leads. A birthday is one person's, nobody knows whose.
_ONE_EACH = "SELECT *, 0::BIGINT AS part FROM stated"
_SEVERAL = """
    SELECT * EXCLUDE (named, part) REPLACE (
               coalesce(named, full_name) AS full_name, if(named IS NULL, birthday, NULL) AS birthday,
               if(named IS NULL OR birthday IS NULL, attributes, json_merge_patch(
                   coalesce(attributes, '{}'), json_object('birthday', birthday))::VARCHAR) AS attributes),
           coalesce(part, 0)::BIGINT AS part
    FROM stated LEFT JOIN person USING (row)"""
# Not a dash or a word for none, which would make one record of all that have it.
_ID = "[1-9]"

# Without the column of one of these a batch would load and be worth nothing, or hide a refusal.
NEEDED = ("phone", "email", "consent")

# What a careful writer of CSV puts before a text that a spreadsheet would calculate (OWASP; `sales.sheets` does), where
# the text begins and where a cell would begin if `;` or a line end parted cells.
_QUOTE, _SIGN = "'", r"[=+\-@＝＋－＠﹦﹢﹣﹫]"
_MARK = rf"^'('*(?:[\p{{Z}}\p{{C}}]*{_SIGN}|[\p{{Z}}\p{{Cf}}]*[\t\r\n\x00]))"
_MARK_INSIDE = rf"([;\t\r\n][\p{{Z}}\p{{C}}]*)'('*{_SIGN})"

_BLANK = r"[\s\v\x{1c}-\x{1f}\x{85}\x{feff}\p{Z}]+"  # what Python's str.strip takes off, and byte order marks


def state(
    landed: pd.DataFrame, headers: list[str], source: Source, people: People = lambda cell, _: [cell]
) -> pd.DataFrame:
    """The records among `landed` as leads: STATED.

    Column `f<i>` of LANDED is called `headers[i]`. Texts are trimmed, without marks against formulas, empty ones null.
    Several headers of one field are joined by a line feed (tags by `|`) in the order of the source file, and their
    labels line by line beside them (`phone_labels`); look-ups replace whole values, what is not mapped goes to
    `attributes` as a JSON object with sorted keys. A row is one lead (`part` 0), or one for each that `people` finds
    in its name cell (a birthday, which is one's, is an attribute then). The source's own id of a record
    (`external_id`) is its record key. Raises SourceError when the batch lacks every header of a needed field.
    """
    schema.check(LANDED, landed)
    if len(landed):
        _check_headers(headers, source)
    columns = [column for column in landed.columns if column.startswith("f") and column[1:].isdecimal()]
    cells = {headers[int(column[1:])]: column for column in columns}
    stated = query(_statement(cells, source, _ONE_EACH), landed=landed)
    person = _persons(stated, source.language, people)
    if len(person):
        stated = query(_statement(cells, source, _SEVERAL), landed=landed, person=person)
    return schema.check(STATED, stated)


def _persons(stated: pd.DataFrame, language: str, people: People) -> pd.DataFrame:
    """row, part and the name of each person, of the rows whose name cell names several."""
    maybe = pc.fill_null(pc.match_substring_regex(pa.array(stated["full_name"]), _SEVERAL_MAYBE), False)
    alone = stated[["family_name", "given_name", "patronymic"]].isna().all(axis=1).to_numpy()
    cells = stated.loc[maybe.to_numpy(zero_copy_only=False) & alone, ["row", "full_name"]]
    named = {cell: people(cell, language) for cell in cells["full_name"].unique()}
    found = [
        (row, part, name)
        for row, cell in zip(cells["row"], cells["full_name"], strict=True)
        if len(named[cell]) > 1
        for part, name in enumerate(named[cell])
    ]
    types = {"row": schema.INT, "part": schema.INT, "named": schema.TEXT}
    return pd.DataFrame(found, columns=list(types)).astype(types)


def missing(headers: list[str], source: Source) -> list[str]:
    """Headers the source maps and the batch does not have."""
    present = set(map(folded, headers))
    return [header for header in source.columns if folded(header) not in present]


def unknown(headers: list[str], source: Source) -> list[str]:
    """Headers of the batch that the source does not map; their texts go to `attributes`."""
    mapped = set(map(folded, source.columns))
    return [header for header in headers if folded(header) not in mapped]


def _check_headers(headers: list[str], source: Source) -> None:
    absent = missing(headers, source)
    for field in NEEDED:
        mapped = [header for header, name in source.fields.items() if name == field]
        if mapped and set(mapped) <= set(absent):
            raise SourceError(
                f"the batch has no column for '{field}'", where=f"source '{source.name}'",
                why=f"none of its headers is {' or '.join(mapped)}",
                do="Mend [columns] of the source, or have the data sent again",
            )  # fmt: skip


def _statement(cells: dict[str, str], source: Source, people: str) -> str:
    """One SELECT: trim every cell once, put the cells together by field, then make leads of the rows (`people`)."""
    edges = _literal(f"^{_BLANK}|{_BLANK}$")
    trimmed = [f"nullif(regexp_replace({_unmarked(c)}, {edges}, '', 'g'), '') AS {c}" for c in cells.values()]
    stated = [f"{_field(field, cells, source)} AS {field}" for field in FIELDS]
    stated += [f"{_labels(field, cells, source)} AS {field}_labels" for field in LABELLED]
    fields = ",\n".join(stated)
    return f"""
        WITH record AS (
            SELECT row, record_key, content, occurred_at, source_uri{"".join(", " + t for t in trimmed)}
            FROM landed WHERE note IS NULL),
        stated AS (
            SELECT row, {_record_key(cells, source)} AS record_key, content, occurred_at, source_uri,
                   {fields},
                   {_attributes(cells, source)} AS attributes
            FROM record),
        lead AS ({people})
        SELECT {_lead_id(source)} AS lead_id, * EXCLUDE (content) FROM lead ORDER BY row, part"""


def _unmarked(column: str) -> str:
    """A cell without marks against formulas, so that `'=1@example.com` is the address it was."""
    first = f"regexp_replace({column}, {_literal(_MARK)}, '\\1')"
    inside = f"regexp_replace({first}, {_literal(_MARK_INSIDE)}, '\\1\\2', 'g')"
    return f"CASE WHEN contains({column}, {_literal(_QUOTE)}) THEN {inside} ELSE {column} END"


def _record_key(cells: dict[str, str], source: Source) -> str:
    """The source's own id where it states one, else the key the landing gave."""
    ids = _field("external_id", cells, source)
    if not list(_mapped("external_id", cells, source)):
        return "record_key"
    return f"coalesce(CASE WHEN regexp_matches({ids}, '{_ID}') THEN {ids} END, record_key)"


def _lead_id(source: Source) -> str:
    """SHA-256 over the raw identity of a lead; each part goes with its length, so no two can run together."""
    parts = [_literal(source.name), "record_key", "content", "part::VARCHAR"]
    framed = ", ".join(f"strlen({part}), ':', {part}" for part in parts)
    return f"substr(sha256(concat({framed})), 1, 32)"


def _field(field: str, cells: dict[str, str], source: Source) -> str:
    found = [text for text, _ in _mapped(field, cells, source)]
    if field == "tags":
        found = [*([_literal("|".join(source.tags))] if source.tags else []), *found]
    separator = "'|'" if field == "tags" else "chr(10)"
    value = f"nullif(concat_ws({separator}, {', '.join(found)}), '')" if found else "NULL::VARCHAR"
    return f"coalesce({value}, {_literal(source.language)})" if field == "language" else value


def _labels(field: str, cells: dict[str, str], source: Source) -> str:
    """For each line of a field, the label of the header it stands under (empty for none)."""
    found = list(_mapped(field, cells, source))
    if not any(label for _, label in found):
        return "NULL::VARCHAR"
    lines = [
        f"CASE WHEN {text} IS NOT NULL THEN {_literal(label)} || {_more_lines(text, label)} END"
        for text, label in found
    ]
    return f"nullif(concat_ws(chr(10), {', '.join(lines)}), '')"


def _more_lines(text: str, label: str) -> str:
    line_feeds = f"length({text}) - length(replace({text}, chr(10), ''))"
    return f"repeat(chr(10) || {_literal(label)}, {line_feeds})"


def _mapped(field: str, cells: dict[str, str], source: Source) -> Iterator[tuple[str, str]]:
    """The batch's columns of a field, mended, with their labels, in the order in which the source file names them."""
    for header, target in source.columns.items():
        name, _, label = target.partition(":")
        if name == field:
            for cell in sorted(cells):
                if folded(cell) == folded(header):
                    text = _mended(cells[cell], source.lookups.get(field, {}))
                    yield (_under(cell, text) if field == "registration" else text), label


def _under(header: str, text: str) -> str:
    """A bare number with its header before it, which says of what kind it is: several have as many digits."""
    label = _literal(re.sub(r"[\W\d_]+", " ", header).strip() + ": ")
    return f"CASE WHEN regexp_matches({text}, '^[0-9]') THEN {label} || {text} ELSE {text} END"


def _mended(column: str, lookups: dict[str, str]) -> str:
    if not lookups:
        return column
    cases = " ".join(
        f"WHEN lower({_literal(dirty.strip())}) THEN {_literal(mended)}" for dirty, mended in lookups.items()
    )
    return f"nullif(CASE lower({column}) {cases} ELSE {column} END, '')"


def _attributes(cells: dict[str, str], source: Source) -> str:
    unmapped = sorted(unknown(list(cells), source))
    if not unmapped:
        return "NULL::VARCHAR"
    pairs = [
        f"{_literal(json.dumps(header, ensure_ascii=False) + ':')} || to_json({cells[header]})::VARCHAR"
        for header in unmapped
    ]
    return f"'{{' || nullif(concat_ws(',', {', '.join(pairs)}), '') || '}}'"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
