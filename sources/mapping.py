"""LANDED -> STATED: the source's own columns under our field names, still as written."""

import json
from collections.abc import Iterator

import pandas as pd

from leads import schema
from leads.errors import SourceError
from leads.schema import LANDED, STATED
from leads.sets import query
from leads.source import FIELDS, Source
from sources.headers import folded

# Without the column of one of these a batch would load and be worth nothing, or hide a refusal.
NEEDED = ("phone", "email", "consent")

_BLANK = r"[\s\v\x{1c}-\x{1f}\x{85}\x{feff}\p{Z}]+"  # what Python's str.strip takes off, and byte order marks


def state(landed: pd.DataFrame, headers: list[str], source: Source) -> pd.DataFrame:
    """The records among `landed` as leads: STATED.

    Column `f<i>` of LANDED is called `headers[i]`. Texts are trimmed, empty ones null. Several headers of one
    field are joined by a line feed (tags by `|`) in the order of the source file, look-ups replace whole
    values, what is not mapped goes to `attributes` as a JSON object with sorted keys. A row is one lead
    (`part` 0). Raises SourceError when the batch lacks every header of a needed field.
    """
    schema.check(LANDED, landed)
    if len(landed):
        _check_headers(headers, source)
    columns = [column for column in landed.columns if column.startswith("f") and column[1:].isdecimal()]
    cells = {headers[int(column[1:])]: column for column in columns}
    stated = query(_statement(cells, source), landed=landed)
    return schema.check(STATED, stated)


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


def _statement(cells: dict[str, str], source: Source) -> str:
    """One SELECT: trim every cell once, then put the cells together by field."""
    edges = _literal(f"^{_BLANK}|{_BLANK}$")
    trimmed = [f"nullif(regexp_replace({c}, {edges}, '', 'g'), '') AS {c}" for c in cells.values()]
    fields = ",\n".join(f"{_field(field, cells, source)} AS {field}" for field in FIELDS)
    return f"""
        WITH record AS (
            SELECT row, record_key, content, occurred_at, source_uri{"".join(", " + t for t in trimmed)}
            FROM landed WHERE note IS NULL)
        SELECT {_lead_id(source)} AS lead_id, row, 0::BIGINT AS part, record_key, occurred_at, source_uri,
               {fields},
               {_attributes(cells, source)} AS attributes
        FROM record ORDER BY row"""


def _lead_id(source: Source) -> str:
    """SHA-256 over the raw identity of a lead; each part goes with its length, so no two can run together."""
    parts = [_literal(source.name), "record_key", "content", "'0'"]
    framed = ", ".join(f"strlen({part}), ':', {part}" for part in parts)
    return f"substr(sha256(concat({framed})), 1, 32)"


def _field(field: str, cells: dict[str, str], source: Source) -> str:
    found = [_mended(cells[h], source.lookups.get(field, {})) for h in _mapped(field, cells, source)]
    if field == "tags":
        found = [*([_literal("|".join(source.tags))] if source.tags else []), *found]
    separator = "'|'" if field == "tags" else "chr(10)"
    value = f"nullif(concat_ws({separator}, {', '.join(found)}), '')" if found else "NULL::VARCHAR"
    return f"coalesce({value}, {_literal(source.language)})" if field == "language" else value


def _mapped(field: str, cells: dict[str, str], source: Source) -> Iterator[str]:
    """The batch's headers of a field, in the order in which the source file names them."""
    for header, name in source.fields.items():
        if name == field:
            yield from (cell for cell in sorted(cells) if folded(cell) == folded(header))


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
