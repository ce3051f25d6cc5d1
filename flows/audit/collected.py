"""The frames of a rehearsed batch, kept side by side in a database of DuckDB until the figures are taken."""

from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow

from consent import ledger
from flows.ahead import Frames
from flows.audit.tables import table
from leads.source import FIELDS, Source

LEAD = "lead_id, kind, name_text, family_key, given_key, occurred_at, consent, flags, unknown"
POINT = "lead_id, type, slot, text, value, kind, region, valid, usable, flag"


class Collected:
    """Tables `lead`, `point` and `became` (lead_id, kind of consent event) of all parts of a batch, and its `fate`.

    `fields` and `columns` count the filled cells: by our field, and by the file's column (its place).
    """

    def __init__(self, folder: Path, source: Source) -> None:
        self.source = source
        self.fields: dict[str, int] = {}
        self.columns: dict[int, int] = {}
        self._duck = duckdb.connect(str(folder / "audit.duckdb"))

    def add(self, frames: Frames) -> None:
        """Take one part of the batch."""
        self._count(frames)
        said = frames.leads[["row", "consent"]]
        unknown = said.loc[said["row"].isin(ledger.unknown_answers(frames.leads, self.source)["row"]), "consent"]
        leads = frames.leads.assign(unknown=said["consent"].isin(unknown))
        self._take("lead", f"{LEAD}, {_header_says('wording')} AS wording, {_header_says('time')} AS timed", leads)
        self._take("point", POINT, frames.points)
        kinds = frames.events[["lead_id", "terms"]].merge(frames.terms[["terms", "kind"]], on="terms")
        self._take("became", "DISTINCT lead_id, kind", kinds[kinds["kind"] != "notice_due"])

    def end(self, fates: pd.DataFrame) -> None:
        """Take where each row of the batch ended."""
        self._take("fate", "*", fates)

    def rows(self, sql: str, *parameters: Any) -> list[dict[str, Any]]:
        """The answer to `sql` over the tables, a dict per row."""
        found = self._duck.execute(sql, list(parameters))
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def row(self, sql: str, *parameters: Any) -> dict[str, int]:
        """The one row of numbers that `sql` gives; no number is 0."""
        return {name: int(number or 0) for name, number in self.rows(sql, *parameters)[0].items()}

    def close(self) -> None:
        """Let go of the database."""
        self._duck.close()

    def _take(self, name: str, columns: str, frame: pd.DataFrame) -> None:
        self._duck.register("coming", pyarrow.Table.from_pandas(frame, preserve_index=False))
        self._duck.execute(f"CREATE TABLE IF NOT EXISTS {name} AS SELECT {columns} FROM coming WHERE false")
        self._duck.execute(f"INSERT INTO {name} SELECT {columns} FROM coming")
        self._duck.unregister("coming")

    def _count(self, frames: Frames) -> None:
        for field, filled in frames.stated[list(FIELDS)].notna().sum().items():
            self.fields[field] = self.fields.get(field, 0) + int(filled)
        records = frames.landed[frames.landed["note"].isna()]
        for name in records.columns[records.columns.str.fullmatch(r"f\d+")]:
            filled = int((records[name].str.strip() != "").fillna(False).sum())
            self.columns[int(name[1:])] = self.columns.get(int(name[1:]), 0) + filled


def _header_says(what: str) -> str:
    """Does the lead fill a column, kept as an attribute, that is named like one of the proof's parts?"""
    words = "|".join(table("audit")["proof"][what])
    return f"""coalesce(regexp_matches(attributes, '(?i)"[^"]*(?:{words})[^"]*":"'), false)"""
