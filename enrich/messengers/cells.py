"""Messenger cells -> messenger contact points."""

import re
from functools import cache

import pandas as pd

from enrich.distinct import read_each
from enrich.markers import is_empty_marker
from enrich.messengers.reader import MAX_LENGTH, Account, any_word, read_messenger
from enrich.phones.reader import REPAIRED
from enrich.points import booleans, numbered, pieces, storable
from leads import schema

# A cell may join several columns; beyond this it is no list of accounts, and is not split.
LONGEST_CELL = 2_000


def read_messengers(cells: pd.DataFrame) -> pd.DataFrame:
    """POINTS of the messenger cells: `lead_id`, `text` (as stated, null for none), `region` (ISO, of bare numbers),
    `service` that the column is about (null: any) and, where the source has them, `label`.

    Each account of a cell is a point; an empty marker is none. `value` is `service:account` (`telegram:name`,
    `whatsapp:+79161234567`), `kind` the service. Not usable, with a flag: `messenger not named`, `no telegram name`,
    `invitation and not an account`, and where the account is a phone number, what `read_phones` says of it.
    """
    cells = cells.reindex(columns=["lead_id", "text", "region", "service", "label"]).astype(schema.TEXT)
    points = pieces(cells, split_accounts)
    read = read_each(points, ["text", "service", "region"], Account._fields, read_messenger)
    points = points[["lead_id", "text", "label"]].join(read)
    points["type"] = pd.Series("messenger", index=points.index, dtype=schema.TEXT)
    points["text"] = storable(points["text"], MAX_LENGTH)
    points["ext"] = pd.Series(None, index=points.index, dtype=schema.TEXT)
    points["valid"] = booleans(points["value"].notna())
    fine = points["flag"].isna() | points["flag"].str.startswith(REPAIRED).fillna(False)
    points["usable"] = booleans(points["value"].notna() & fine)
    return numbered(points)


def split_accounts(cell: str) -> list[str]:
    """The texts of a messenger cell that each state one account, trimmed, without empty markers."""
    if len(cell) > LONGEST_CELL:
        return [cell]
    return [part.strip() for part in _between().split(cell) if not is_empty_marker(part)]


@cache
def _between() -> re.Pattern[str]:
    """A list sign, or a blank before an @, a link or the name of a service."""
    word = rf"(?:{any_word()})\s*:"
    return re.compile(
        rf"[;\n\r\t|]+|,\s+|\s/\s|(?<=[\w)])\s+(?=https?://|{word})|(?<=\w)\s+(?=@\w+\s*(?:$|[,;@]))", re.I
    )
