"""Which text of a cell came under which label of a contact point (`phone:work`)."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from leads import schema


def labelled(stated: pd.DataFrame, field: str) -> pd.DataFrame:
    """The texts of a field of STATED, one row per lead and label: `lead_id`, `place` (of the row), `text`, `label`.

    STATED has a label for each line of the text (`phone`) in the same line of a column beside it (`phone_labels`).
    Lines of one label that follow each other stay one text: an extension may stand on a line of its own.
    """
    texts, labels = (pa.array(stated[name], pa.string()) for name in (field, f"{field}_labels"))
    ids = pa.array(stated["lead_id"], pa.string())
    places = np.arange(len(stated))
    if labels.null_count < len(labels):
        texts, labels, places = _runs(texts, labels)
    frame = pa.table(
        {"lead_id": ids.take(pa.array(places)), "place": pa.array(places), "text": texts, "label": labels}
    )
    return schema.arrow(frame)


def _runs(texts: pa.Array, labels: pa.Array) -> tuple[pa.Array, pa.Array, np.ndarray]:
    lines = pc.split_pattern(pc.fill_null(texts, ""), "\n")
    counts = pc.list_value_length(lines).to_numpy()
    parents = np.repeat(np.arange(len(texts)), counts)
    each = _of_each_line(labels, parents, counts)
    codes = each.dictionary_encode(null_encoding="encode").indices.to_numpy()
    first = np.ones(len(parents), dtype=bool)
    first[1:] = (np.diff(parents) != 0) | (np.diff(codes) != 0)
    starts = np.flatnonzero(first)
    offsets = pa.array(np.append(starts, len(parents)).astype(np.int32))
    joined = pc.binary_join(pa.ListArray.from_arrays(offsets, pc.list_flatten(lines)), "\n")
    joined = pc.if_else(pc.equal(joined, ""), pa.scalar(None, pa.string()), joined)
    return joined, each.take(pa.array(starts)), parents[starts]


def _of_each_line(labels: pa.Array, parents: np.ndarray, counts: np.ndarray) -> pa.Array:
    """The label of each line, null where there is none."""
    lists = pc.split_pattern(pc.fill_null(labels, ""), "\n")
    had = pc.list_value_length(lists).to_numpy()
    starts = np.concatenate([[0], np.cumsum(had)[:-1]])
    number = np.arange(len(parents)) - np.repeat(np.cumsum(counts) - counts, counts)
    wanted = pa.array(starts[parents] + number, mask=number >= had[parents])
    found = pc.list_flatten(lists).take(wanted)
    return pc.if_else(pc.equal(found, ""), pa.scalar(None, pa.string()), found)
