"""A workbook of text cells: what was received goes out as it came, and no cell is ever calculated."""

from collections.abc import Sequence
from pathlib import Path

import xlsxwriter

from leads.errors import LeadsError

# What a sheet can hold; xlsxwriter leaves out what is more, without an error.
MOST_ROWS, MOST_COLUMNS, LONGEST_CELL = 1_048_575, 16_384, 32_767


def write(
    file: Path, rows: Sequence[dict[str, str]], headers: Sequence[str] = (), title: str = "rejects"
) -> list[dict[str, str]]:
    """Write `rows` (header -> text) as XLSX, text cells only; returns the rows that do not fit into a sheet.

    `headers` have a column each, also where no row says anything; `title` is the sheet's. Raises LeadsError when the
    file cannot be written.
    """
    headers = headers or list(dict.fromkeys(header for row in rows for header in row))
    if file.suffix.lower() != ".xlsx" or len(headers) > MOST_COLUMNS:
        why = "it is written as XLSX" if len(headers) <= MOST_COLUMNS else f"a sheet has {MOST_COLUMNS:,} columns"
        raise LeadsError("cannot be written", where=str(file), why=why, do="Name it .xlsx, or use --json")
    fitting = [row for row in rows if all(len(text) <= LONGEST_CELL for text in row.values() if text)][:MOST_ROWS]
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    try:
        with xlsxwriter.Workbook(file, options) as book:
            sheet = book.add_worksheet(title)
            text, bold = book.add_format({"num_format": "@"}), book.add_format({"bold": True, "num_format": "@"})
            # So that a number typed into an empty cell stays the text that it is.
            sheet.set_column(0, len(headers) - 1, None, text)
            for column, header in enumerate(headers):
                sheet.write_string(0, column, header, bold)
                for line, row in enumerate(fitting, start=1):
                    if row.get(header):
                        sheet.write_string(line, column, row[header], text)
            sheet.freeze_panes(1, 0)
            sheet.autofit()
    except (OSError, xlsxwriter.exceptions.XlsxWriterException) as error:
        raise LeadsError("cannot be written", where=str(file), why=str(error), do="Choose another --out") from None
    kept = {id(row) for row in fitting}
    return [row for row in rows if id(row) not in kept]
