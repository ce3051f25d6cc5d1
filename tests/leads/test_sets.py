"""Frames on their way to Arrow and back: the columns as they lie, and those of pandas as pandas brings them there."""

import pandas as pd
import pyarrow

from leads import schema, sets


def test_columns_of_arrow_are_taken_as_they_are_and_the_index_stays():
    frame = pd.DataFrame({"a": schema.texts(["x", None, "z"]), "b": pd.array([1, None, 3], dtype=schema.INT)})
    for one in (frame, frame[frame["b"].notna()], frame.iloc[:0], pd.concat([frame, frame]), frame[[]]):
        table = sets.table(one)
        assert table.equals(pyarrow.Table.from_pandas(one, preserve_index=False))
        assert table.num_rows == (len(one) if len(one.columns) else 0)


def test_columns_of_pandas_are_brought_as_pandas_does():
    frame = pd.DataFrame({"a": ["x", None], "b": [1.5, float("nan")], "c": schema.texts(["y", None])})
    assert sets.table(frame).to_pydict() == {"a": ["x", None], "b": [1.5, None], "c": ["y", None]}


def test_long_texts_come_back_as_texts():
    table = pyarrow.table({"a": pyarrow.array(["x", None], pyarrow.large_string()), "b": [1, 2]})
    assert dict(schema.arrow(table).dtypes) == {"a": schema.TEXT, "b": schema.INT}
