"""Cells made fit to show: one line, no character that cannot be seen."""

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from leads import schema

# RE2's \s leaves out the vertical tab, the next-line control and the Unicode spaces.
SPACES = r"[\s\x{000B}\x{0085}\p{Z}]+"
# Control characters, and the format characters that reorder or hide what stands beside them. The joiners (U+200C,
# U+200D) stay: Persian and several Indian scripts are spelled with them.
INVISIBLE = r"\x{007F}-\x{009F}\x{00AD}\x{061C}\x{200B}\x{200E}\x{200F}\x{202A}-\x{202E}\x{2060}-\x{2069}\x{FEFF}"
HIDDEN = rf"[\x00-\x1F{INVISIBLE}]+"
HIDDEN_BUT_LINES = rf"[\x00-\x08\x0B-\x1F{INVISIBLE}]+"


def one_line(column: pd.Series) -> pd.Series:
    """Text in NFC, trimmed, on one line, without hidden characters; what is empty then is null."""
    cells = pc.replace_substring_regex(_cells(column), SPACES, " ")
    return _trimmed(pc.replace_substring_regex(cells, HIDDEN, ""))


def lines(column: pd.Series) -> pd.Series:
    """The same for text of several lines: its line ends and tabs stay."""
    return _trimmed(pc.replace_substring_regex(_cells(column), HIDDEN_BUT_LINES, ""))


def _cells(column: pd.Series) -> pa.Array:
    return pa.array(column, pa.string())


def _trimmed(cells: pa.Array) -> pd.Series:
    cells = pc.utf8_trim_whitespace(pc.utf8_normalize(cells, form="NFC"))
    cells = pc.if_else(pc.equal(cells, ""), pa.scalar(None, pa.string()), cells)
    return pd.Series(pd.array(cells, dtype=schema.TEXT))
