"""Cells with numbers made fit to be read: plain digits and blanks, nothing that cannot be seen."""

import unicodedata

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from enrich.text import INVISIBLE, one_line
from leads import schema

# Blanks and signs that are not ASCII's, blanks at the ends, digits of Arabic, Persian, Hindi and of full width.
UNTIDY = (
    rf"[\x00-\x1F{INVISIBLE}\x{{A0}}\x{{2000}}-\x{{200D}}\x{{202F}}\x{{3000}}٠-٩۰-۹०-९！-｝]"
    r"|^\s|\s$|\s\s"
)


def tidied(cells: pa.Array) -> pa.Array:
    """`cells` (no null among them) on one line, without what cannot be seen, and with the digits of ASCII."""
    untidy = pc.match_substring_regex(cells, UNTIDY)
    if not pc.any(untidy).as_py():
        return cells
    plain = pc.fill_null(
        pa.array(one_line(pd.Series(pd.array(cells.filter(untidy), schema.TEXT))), pa.string()), ""
    )
    mended = [_in_ascii(text) for text in plain.to_pylist()]
    return pc.replace_with_mask(cells, untidy, pa.array(mended, pa.string()))


def _in_ascii(text: str) -> str:
    wide = unicodedata.normalize("NFKC", text)
    return "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in wide)
