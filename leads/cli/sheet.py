"""A workbook of text cells: what was received goes out as it came, and no cell is ever calculated."""

from pathlib import Path

import xlsxwriter

from leads.errors import LeadsError


def write(file: Path, rows: list[dict[str, str]]) -> None:
    """Write `rows` (header -> text) as XLSX; raises LeadsError when the file cannot be written."""
    headers = list(dict.fromkeys(header for row in rows for header in row))
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    try:
        with xlsxwriter.Workbook(file, options) as book:
            sheet = book.add_worksheet("rejects")
            text = book.add_format({"num_format": "@"})
            for column, header in enumerate(headers):
                sheet.write_string(0, column, header, book.add_format({"bold": True}))
                for line, row in enumerate(rows, start=1):
                    if row.get(header):
                        sheet.write_string(line, column, row[header], text)
            sheet.freeze_panes(1, 0)
            sheet.autofit()
    except (OSError, xlsxwriter.exceptions.FileCreateError) as error:
        raise LeadsError("cannot be written", where=str(file), why=str(error), do="Choose another --out") from None
