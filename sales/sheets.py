"""The files of a delivery: one XLSX and one CSV per owner, in which no text can become a formula."""

import csv
import io
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import pandas as pd
import pyarrow
import pyarrow.compute
import xlsxwriter

from leads.errors import LeadsError
from sales.headings import headings

# The columns of the two lists; a `?` marks one that may be empty. Sales read from the left, auditors from the right.
BATCH = (
    "name?", "company?", "job?", "reason", "channels", "phone?", "phone_use?", "other_phones?", "other_phones_use?",
    "email?", "other_emails?", "messengers?", "next_step", "permission", "valid_until", "hours", "city?", "region?",
    "country?", "language?", "tier?", "tags?", "sources", "family_name?", "given_name?", "rule", "pack", "evidence?",
    "review", "contact",
)  # fmt: skip
NEXT = ("name?", "company?", "why_not", "next_step", "contact")

# OWASP ASVS 5.0, 1.2.10; the fullwidth and small forms are what NFKC folds to the same signs.
SIGNS = "=+\\-@＝＋－＠﹦﹢﹣﹫"
START = rf"(?:[\p{{Z}}\p{{C}}]*[{SIGNS}]|[\p{{Z}}\p{{Cf}}]*[\t\r\n\x00])"
RISKY = f"^{START}"
# In a CSV a text that has such a mark of its own gets one more: whoever takes one off has the text again.
MARKED = f"^'*{START}"
# Where `;` parts the columns (most of continental Europe), a spreadsheet cuts a comma-separated line there,
# and at line breaks: what follows one is the start of a cell.
INNER = rf"([;\t\r\n][\p{{Z}}\p{{C}}]*)('*[{SIGNS}])"
PHONES = r"^\+[0-9]{7,15}(; \+[0-9]{7,15})*$"

# XLSX: 32,767 UTF-16 units per cell, at most two to a character; 1,048,576 rows per sheet, one is the header.
CELL_LENGTH = 16_000
SHEET_ROWS = 1_048_575
WIDEST = 320  # pixels


def write(rows: pd.DataFrame, next_steps: pd.DataFrame, folder: Path, stamp: str) -> list[Path]:
    """Write the lists of `sales.delivery.rows` as `<stamp>-<owner>.xlsx` and `.csv`, each whole or not at all.

    XLSX: a sheet of the batch and one of the next steps. CSV: the batch; UTF-8 with BOM, commas, all quoted,
    and `'` before what a spreadsheet would calculate. Headers are in the language of `reader`. `stamp` names the
    delivery; a file of the same name is replaced. Only who wrote the files can read them (mode 0600).
    Raises LeadsError where the folder cannot be written or a sheet cannot hold the rows.
    """
    stem = re.sub(r"[^\w.-]+", "-", stamp)
    readers = pd.concat([rows, next_steps]).drop_duplicates("owner").set_index("owner")["reader"]
    written: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for owner, reader in sorted(readers.items()):
            batch, steps = rows[rows["owner"] == owner], next_steps[next_steps["owner"] == owner]
            with _whole(folder / f"{stem}-{owner}.xlsx") as file:
                _write_xlsx(file, reader, {"batch": (BATCH, batch), "next_steps": (NEXT, steps)})
            with _whole(folder / f"{stem}-{owner}.csv") as file:
                _write_csv(file, reader, batch)
            written += [folder / f"{stem}-{owner}.xlsx", folder / f"{stem}-{owner}.csv"]
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise LeadsError(
            "delivery cannot be written", where=str(folder), why=why, do="Make room or give access"
        ) from None
    return written


@contextmanager
def _whole(path: Path) -> Iterator[IO[bytes]]:
    """A file that gets its name only when it is complete and on disk."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    finally:
        with suppress(FileNotFoundError):
            Path(name).unlink()


def _write_xlsx(file: IO[bytes], reader: str, sheets: dict[str, tuple[tuple[str, ...], pd.DataFrame]]) -> None:
    # In memory, or the cells would pass through the system's folder for temporary files; and a full disk is
    # met here and not inside the library, which has an error of its own for it.
    whole = io.BytesIO()
    options = {
        "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
    }  # fmt: skip
    with xlsxwriter.Workbook(whole, options) as book:
        for name, (columns, frame) in sheets.items():
            _write_sheet(book, headings().sheets[name].in_(reader), _headed(columns, reader), frame)
    file.write(whole.getbuffer())


def _write_sheet(book: Any, title: str, columns: dict[str, str], frame: pd.DataFrame) -> None:
    if len(frame) > SHEET_ROWS:
        raise LeadsError(f"{len(frame)} rows for one owner", why=f"a sheet holds {SHEET_ROWS}", do="Add owners")
    sheet = book.add_worksheet(title)
    bold, plain = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
    quoted = book.add_format({"num_format": "@", "quote_prefix": True})
    for place, (column, heading) in enumerate(columns.items()):
        sheet.write_string(0, place, heading, bold)
        cells = _cells(frame[column])
        risky = _risky(cells, column).to_pylist()
        for row, (text, risk) in enumerate(zip(cells.to_pylist(), risky, strict=True), start=1):
            sheet.write_string(row, place, _cut(text), quoted if risk else plain)
    sheet.freeze_panes(1, 2)  # name and company: one of them may be empty
    sheet.autofilter(0, 0, len(frame), len(columns) - 1)
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    sheet.autofit(WIDEST)


def _write_csv(file: IO[bytes], reader: str, batch: pd.DataFrame) -> None:
    columns = _headed(BATCH, reader)
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    rows = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    rows.writerow(columns.values())
    rows.writerows(zip(*(_safe(batch[column]) for column in columns), strict=True))
    text.flush()
    text.detach()


def _headed(columns: tuple[str, ...], reader: str) -> dict[str, str]:
    """Column -> its heading."""
    return {name: headings().columns[name].in_(reader) for name in (column.rstrip("?") for column in columns)}


def _cells(column: pd.Series) -> pyarrow.Array:
    return pyarrow.array(column.fillna(""), pyarrow.string())


def _risky(cells: pyarrow.Array, column: str) -> pyarrow.Array:
    risky = pyarrow.compute.match_substring_regex(cells, RISKY)
    return pyarrow.compute.and_not(risky, _phones(cells, column))


def _phones(cells: pyarrow.Array, column: str) -> pyarrow.Array:
    """Which cells of a column of phones are strictly that: nothing but numbers can come of them."""
    if column not in ("phone", "other_phones"):
        return pyarrow.array([False] * len(cells), pyarrow.bool_())
    return pyarrow.compute.match_substring_regex(cells, PHONES)


def _safe(column: pd.Series) -> list[str]:
    """The cells of a CSV column: `'` before each sign that a spreadsheet would calculate from."""
    cells = _cells(column)
    phones = _phones(cells, str(column.name))
    mended = pyarrow.compute.replace_substring_regex(cells, INNER, r"\1'\2")
    quoted = pyarrow.compute.binary_join_element_wise("'", mended, "")
    risky = pyarrow.compute.match_substring_regex(mended, MARKED)
    texts = pyarrow.compute.if_else(risky, quoted, mended)
    return pyarrow.compute.if_else(phones, cells, texts).to_pylist()


def _cut(text: str) -> str:
    return text if len(text) <= CELL_LENGTH else text[: CELL_LENGTH - 1] + "…"
