"""The seam: distinct values in, columns out."""

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import given
from hypothesis import strategies as st

from enrich.distinct import distinct, read_distinct, read_each
from leads import schema

cells = st.lists(
    st.tuples(st.none() | st.sampled_from("abc"), st.none() | st.sampled_from(["", "x", "y"])), max_size=12
)


@given(cells)
def test_every_row_finds_its_own_values_again(rows: list[tuple[str | None, str | None]]) -> None:
    frame = pd.DataFrame({"a": schema.texts(a for a, _ in rows), "b": schema.texts(b for _, b in rows)})
    batch, codes = distinct(frame, ["a", "b"])
    found = batch.to_pylist()
    assert [tuple(found[code].values()) for code in codes] == rows
    assert len(found) == len(set(rows))


def test_a_value_is_read_once_however_many_rows_state_it() -> None:
    asked: list[str] = []

    def read(rows: pa.RecordBatch) -> pa.RecordBatch:
        asked.extend(rows["text"].to_pylist())
        return pa.record_batch([pc.binary_repeat(rows["text"], 2)], ["twice"])

    frame = pd.DataFrame({"text": schema.texts(["b", "a", "b", "b"])})
    assert read_distinct(frame, ["text"], read)["twice"].tolist() == ["bb", "aa", "bb", "bb"]
    assert sorted(asked) == ["a", "b"]


def test_columns_are_text_even_when_nothing_was_read() -> None:
    frame = pd.DataFrame({"text": schema.texts(["a"])})
    for rows in (frame, frame.iloc[:0]):
        assert read_each(rows, ["text"], ["out"], lambda _: (None,)).dtypes.tolist() == [schema.TEXT]


def test_a_column_in_several_chunks_is_one_column() -> None:
    halves = [pd.DataFrame({"text": schema.texts(texts)}) for texts in (["a", "b"], ["b", None], [])]
    found, codes = distinct(pd.concat(halves, ignore_index=True), ["text"])
    assert [found["text"][code].as_py() for code in codes] == ["a", "b", "b", None]
