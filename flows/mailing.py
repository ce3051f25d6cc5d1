"""Files that a mail merge takes, and what comes back of them: text in columns, CSV or XLSX."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow
import pyarrow.compute as pc
from sqlalchemy import Connection, Engine, text

from leads import outfile, schema
from leads.errors import LeadsError
from leads.pull import NOTE
from leads.source import Source
from sources import tables
from store.engine import writing

# A spreadsheet would calculate from such a cell; a phone alone is none.
RISKY, PHONE = r"^\s*[=+\-@\t\r]", r"^\+\d{7,15}$"


def write(to: Path, rows: pd.DataFrame) -> None:
    """Write the rows; an XLSX has text cells only, in a CSV a `'` stands before what would be calculated.

    Raises LeadsError when the file cannot be written, or is named otherwise.
    """
    if to.suffix.lower() not in (".csv", ".xlsx"):
        raise LeadsError("no such kind of file for a mail merge", where=str(to), do="Name it .csv or .xlsx")
    table = pyarrow.Table.from_pandas(rows, preserve_index=False)
    if to.suffix.lower() == ".csv":
        for place, name in enumerate(table.column_names):
            table = table.set_column(place, name, _harmless(table[name]))
    with outfile.writing(to) as put:
        put(table)
    to.chmod(0o600)


def _harmless(cells: pyarrow.ChunkedArray) -> pyarrow.ChunkedArray:
    risky = pc.and_not(pc.match_substring_regex(cells, RISKY), pc.match_substring_regex(cells, PHONE))
    return pc.if_else(pc.fill_null(risky, False), pc.binary_join_element_wise("'", cells, ""), cells)


def read(file: Path, columns: Sequence[str]) -> pd.DataFrame:
    """These columns of a file that `write` made, however it was saved since. Raises LeadsError when one is missing."""
    source = Source(
        name="mailing", title=file.name, kind="purchased_base", owner="-", licence="-", legal_basis="-",
        from_person=False, region="ZZ", language="en", columns=dict.fromkeys(columns, "ignore"),
        pull={"file": str(file)},
    )  # fmt: skip
    frames = list(tables.read(source))
    rows = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame({NOTE: schema.texts([])})
    if lacking := [name for name in columns if name not in rows.columns]:
        raise LeadsError(
            f"column '{lacking[0]}' is not there", where=str(file), do="Give the file that was written with --out"
        )
    return rows.loc[rows[NOTE].isna(), list(columns)].reset_index(drop=True)


def waiting(connection: Connection, kind: str) -> list[str]:
    """The registered files of a kind of which nobody said yet that they were sent, and which are there still."""
    rows = connection.execute(
        text("SELECT path FROM personal_file WHERE kind = :kind AND reference = 'waiting' ORDER BY path"),
        {"kind": kind},
    )
    return [path for path in rows.scalars() if Path(path).is_file()]


def done(engine: Engine, file: Path) -> None:
    """What stands in the file was sent."""
    with writing(engine) as connection:
        connection.execute(
            text("UPDATE personal_file SET reference = 'sent' WHERE path = :path"), {"path": str(file.absolute())}
        )
