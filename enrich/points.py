"""From cells to contact points: the steps that phones and e-mails share."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from enrich.distinct import distinct
from leads import schema


def pieces(cells: pd.DataFrame, split: Callable[[str], list[str]]) -> pd.DataFrame:
    """`cells` with one row per text that `split` finds in its `text`; a null cell gives none. Order is kept."""
    stated = cells[cells["text"].notna()]
    rows, codes = distinct(stated, ["text"])
    found = pa.array([split(text) for (text,) in rows], pa.list_(pa.string())).take(pa.array(codes))
    parents = pc.list_parent_indices(found).to_numpy()
    split_up = stated.iloc[parents].reset_index(drop=True)
    split_up["text"] = pd.array(pc.list_flatten(found), dtype=schema.TEXT)
    return split_up


def numbered(points: pd.DataFrame) -> pd.DataFrame:
    """POINTS from readings of one type: the same value (or unread text) of a lead once, with its `slot`."""
    same = points["value"].fillna(points["text"])
    kept = points[~pd.DataFrame({"lead_id": points["lead_id"], "same": same}).duplicated()].copy()
    slots = kept.groupby("lead_id", sort=False).cumcount()
    kept["slot"] = pd.array(slots.to_numpy(), dtype=schema.INT)
    return kept[list(schema.POINTS.columns)].reset_index(drop=True)


def storable(column: pd.Series, longest: int) -> pd.Series:
    """Texts as a store can hold them: PostgreSQL refuses NUL, and beyond `longest` characters nothing is read.

    The landing keeps the original.
    """
    texts = pc.replace_substring(pa.array(column, pa.string()), "\x00", "\ufffd")
    long = pc.greater(pc.utf8_length(texts), longest)
    cut = pc.binary_join_element_wise(pc.utf8_slice_codeunits(texts, 0, longest - 1), "…", "")
    return pd.Series(pd.array(pc.if_else(long, cut, texts), dtype=schema.TEXT))


def booleans(values: np.ndarray | pd.Series) -> pd.Series:
    """A BOOL column."""
    return pd.Series(pd.array(np.asarray(values, dtype=bool), dtype=schema.BOOL))


def by_place(points: Sequence[pd.DataFrame], lead_ids: pd.Series) -> pd.DataFrame:
    """Several frames of POINTS as one, in the order of the leads, then of the frames, then of the slots."""
    together = pd.concat(points, ignore_index=True)
    places = pd.factorize(pd.concat([lead_ids, together["lead_id"]]))[0][len(lead_ids) :]
    return together.iloc[np.argsort(places, kind="stable")].reset_index(drop=True)
