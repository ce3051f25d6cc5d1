"""From cells to contact points: the steps that phones and e-mails share."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from enrich.distinct import distinct
from leads import schema


def pieces(
    cells: pd.DataFrame,
    split: Callable[[str], list[str]],
    alone: Callable[[pa.Array], pa.Array] | None = None,
) -> pd.DataFrame:
    """`cells` with one row per text that `split` finds in its `text`; a null cell gives none. Order is kept.

    `alone` says of many texts at once which of them `split` would only trim, and it is not asked about those.
    """
    stated = cells[cells["text"].notna()]
    rows, codes = distinct(stated, ["text"])
    found = _lists(rows["text"], split, alone).take(pa.array(codes))
    parents = pc.list_parent_indices(found).to_numpy()
    split_up = stated.iloc[parents].reset_index(drop=True)
    split_up["text"] = pd.array(pc.list_flatten(found), dtype=schema.TEXT)
    return split_up


def _lists(
    texts: pa.Array, split: Callable[[str], list[str]], alone: Callable[[pa.Array], pa.Array] | None
) -> pa.Array:
    """The pieces of each of `texts`."""
    single = alone(texts).to_numpy(zero_copy_only=False) if alone else np.zeros(len(texts), dtype=bool)
    others = np.flatnonzero(~single)
    lists = [split(text) for text in texts.take(pa.array(others)).to_pylist()]
    counts = single.astype(np.int32)
    counts[others] = [len(pieces) for pieces in lists]
    places = np.concatenate([np.flatnonzero(single), np.repeat(others, counts[others])])
    found = pa.concat_arrays([
        pc.utf8_trim_whitespace(texts.filter(pa.array(single))),
        pa.array([piece for pieces in lists for piece in pieces], pa.string()),
    ])  # fmt: skip
    offsets = np.concatenate([[0], counts.cumsum()]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), found.take(pa.array(np.argsort(places, kind="stable"))))


def numbered(points: pd.DataFrame) -> pd.DataFrame:
    """POINTS from readings of one type: the same value (or unread text) of a lead once, with its `slot`.

    Where a value was stated twice, the usable statement counts: a number may be a phone's and a fax's.
    """
    alone = pc.count_distinct(pa.array(points["lead_id"])).as_py() == len(points)
    same = pd.DataFrame({"lead_id": points["lead_id"], "same": points["value"].fillna(points["text"])})
    if not alone and same.duplicated().any():
        usable_first = np.argsort(~points["usable"].to_numpy(dtype=bool), kind="stable")
        again = same.iloc[usable_first].duplicated().to_numpy()
        points = points.drop(index=points.index[usable_first[again]])
    kept = points.copy()
    slots = np.zeros(len(kept), np.int64) if alone else kept.groupby("lead_id", sort=False).cumcount().to_numpy()
    kept["slot"] = pd.array(slots, dtype=schema.INT)
    return kept[list(schema.POINTS.columns)].reset_index(drop=True)


def storable(column: pd.Series, longest: int) -> pd.Series:
    """Texts as a store can hold them: PostgreSQL refuses NUL, and beyond `longest` characters nothing is read.

    The landing keeps the original.
    """
    texts = pa.array(column, pa.string())
    if not pc.any(pc.or_(pc.match_substring(texts, "\x00"), pc.greater(pc.binary_length(texts), longest))).as_py():
        return column
    texts = pc.replace_substring(texts, "\x00", "\ufffd")
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
