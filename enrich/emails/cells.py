"""E-mail cells -> e-mail contact points."""

import re

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from enrich.distinct import read_distinct
from enrich.emails.columns import read_addresses
from enrich.emails.reader import MAX_LENGTH, REPAIRED
from enrich.markers import is_empty_marker
from enrich.points import booleans, numbered, pieces, storable
from leads import schema

# A cell may join several columns; beyond this it is no list of addresses, and is not split.
LONGEST_CELL = 2_000
# What most cells are: one @, and nothing that may stand between two texts. In RE2's syntax.
ONE_ADDRESS = r"^(?:[^@;,\p{Cc}\p{Z}]| )*@(?:[^@;,\p{Cc}\p{Z}]| )*$"
SURE = re.compile(r"[;\n\r\t]+|,\s+")
UNSURE = re.compile(r"[,|\s]+")


def read_emails(cells: pd.DataFrame) -> pd.DataFrame:
    """POINTS of the e-mail cells: `lead_id`, `text` (as stated, null for none) and, where there is one, `label`.

    Each address of a cell is a point; an empty marker is none. `valid` is email-validator's verdict (no DNS).
    `value` is the key: NFKC, local part case-folded, domain in IDNA ASCII, providers' own rules applied; `display`
    keeps the case of the local part. `kind` is `role`, `disposable`, `free` or `corporate`. Not usable are invalid
    addresses, with a reason of `emails.reader.REASONS` as `flag`, and valid ones that may not be what they look like
    (`mixed alphabets`, `look-alike letters`, `unusual characters`) or whose domain is one slip from a well-known one
    (`misspelt domain: perhaps gmail.com`). The flag of a usable one says how it was repaired (`repaired: punctuation`:
    see `emails.reader`).
    """
    cells = cells.reindex(columns=["lead_id", "text", "label"]).astype({"label": schema.TEXT})
    points = pieces(cells, split_addresses, are_single)
    read = read_distinct(points, ["text"], read_addresses)
    points = points[["lead_id", "text", "label"]].join(read)
    points["type"] = pd.Series("email", index=points.index, dtype=points["text"].dtype)
    points["text"] = storable(points["text"], MAX_LENGTH)
    for unknown in ("region", "ext"):
        points[unknown] = pd.Series(None, index=points.index, dtype=points["text"].dtype)
    points["valid"] = booleans(points["value"].notna())
    fine = points["flag"].isna() | points["flag"].str.startswith(REPAIRED).fillna(False)
    points["usable"] = booleans(points["value"].notna() & fine)
    return numbered(points)


def are_single(cells: pa.Array) -> pa.Array:
    """Which cells surely state one address, so that `split_addresses` would do nothing but trim them."""
    short = pc.less_equal(pc.binary_length(cells), LONGEST_CELL)
    return pc.and_(short, pc.match_substring_regex(cells, ONE_ADDRESS))


def split_addresses(cell: str) -> list[str]:
    """The texts of an e-mail cell that each state one address, trimmed, without empty markers.

    A comma, bar or space without more is a separator only where an @ stands on both sides: it may be part of an
    address or a slip inside one, and half of an address can be somebody else's.
    """
    if len(cell) > LONGEST_CELL:
        return [cell]
    found: list[str] = []
    for part in SURE.split(cell):
        if is_empty_marker(part):
            continue
        # A name before its address: Doe, Ann <ann@example.com>.
        if found and "<" in part and "@" not in found[-1]:
            part = f"{found.pop()}, {part}"  # noqa: PLW2901
        words = [word for word in UNSURE.split(part.strip()) if word]
        several = len(words) > 1 and all("@" in word for word in words)
        found += words if several else [part.strip()]
    return found
