"""The review queue as a workbook: one row a pair, and a column that a person fills with yes or no."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leads.errors import LeadsError

PAIR = "@pair"
# The reader's language -> the column to fill; an answer in any of the languages is understood.
ASKED = {
    "en": "same? (yes / no)", "de": "dieselbe? (ja / nein)", "ru": "одно лицо? (да / нет)",
    "hu": "ugyanaz? (igen / nem)", "ro": "aceeași? (da / nu)", "bs": "isti? (da / ne)",
}  # fmt: skip
SHARED = {"hr": "bs", "sr": "bs"}
YES = {"yes", "y", "ja", "j", "да", "д", "igen", "i", "da", "d"}
NO = {"no", "n", "nein", "нет", "н", "nem", "nu", "ne", "не"}


@dataclass(frozen=True)
class Answer:
    """What stands in a row: the number of the pair's decision, and yes or no; None for what cannot be read."""

    row: int
    pair: int | None
    same: bool | None
    filled: bool


def column(language: str) -> str:
    """The header of the column to fill, in the reader's language."""
    return ASKED.get(SHARED.get(language, language), ASKED["en"])


def read(file: Path) -> Iterator[Answer]:
    """The rows of a workbook that `leads review --out` wrote and a person filled. Raises LeadsError when it is none."""
    cells = _cells(file)
    headers = [str(cell or "").strip() for cell in next(cells, ())]
    asked = next((headers.index(header) for header in ASKED.values() if header in headers), None)
    if PAIR not in headers or asked is None:
        raise LeadsError("this is no review", where=str(file), why=f"no column {PAIR}, or none to answer in",
                         do="Fill a file that `leads review --out FILE.xlsx` wrote")  # fmt: skip
    pair = headers.index(PAIR)
    for row, line in enumerate(cells, start=2):
        said = str(line[asked] if line[asked] is not None else "").strip().casefold().rstrip(".!")
        number = str(line[pair] if line[pair] is not None else "").strip().removesuffix(".0")
        if number or said:
            same = True if said in YES else False if said in NO else None
            yield Answer(row, int(number) if number.isdecimal() else None, same, bool(said))


def _cells(file: Path) -> Iterator[Sequence[Any]]:
    import openpyxl

    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    except FileNotFoundError:
        raise LeadsError("there is no such file", where=str(file), do="Check the path") from None
    except Exception as error:  # openpyxl raises what it meets: KeyError, BadZipFile, ValueError, OSError …
        raise LeadsError("cannot be read as XLSX", where=str(file), why=type(error).__name__,
                         do="Save it as .xlsx") from None  # fmt: skip
    return iter(book.worksheets[0].iter_rows(values_only=True))
