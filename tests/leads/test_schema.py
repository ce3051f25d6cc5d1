"""Frames at the stages' borders: a fault names column, check and rows, and never a value."""

from collections.abc import Iterator

import pandas as pd
import pandera.pandas as pa
import pytest

from leads import schema
from leads.errors import LeadsError


def test_an_empty_frame_of_every_schema_passes():
    for name in (
        "LANDED",
        "STATED",
        "LEADS",
        "POINTS",
        "CANDIDATES",
        "ASSIGNED",
        "CLAIMS",
        "CONTACTS",
        "EVENTS",
        "FATE",
    ):
        wanted = getattr(schema, name)
        assert schema.check(wanted, schema.empty(wanted)).empty


def test_a_fault_is_told_without_the_value():
    frame = pd.DataFrame(
        {"lead_id": schema.texts(["a", "b"]), "other_lead_id": schema.texts(["c", "d"]),
         "verdict": schema.texts(["same", "+79160000000"]), "rule": schema.texts(["r", "r"]),
         "because": schema.texts([None, None])}
    )  # fmt: skip
    with pytest.raises(
        LeadsError, match=r"frame LINKS: column 'verdict' fails isin.* in 1 row\(s\), positions 1"
    ) as told:
        schema.check(schema.LINKS, frame)
    assert "7916" not in str(told.value)


def test_a_missing_column_is_named():
    with pytest.raises(LeadsError, match="column 'rule'"):
        schema.check(schema.LINKS, schema.empty(schema.LINKS).drop(columns="rule"))


DECLARED = {name: found for name, found in vars(schema).items() if isinstance(found, pa.DataFrameSchema)}


def _row(declared: pa.DataFrameSchema) -> pd.DataFrame:
    """A frame of one row that is as declared; a pattern's column is there once."""
    columns = {}
    for name, column in declared.columns.items():
        allowed = [one.statistics["allowed_values"] for one in column.checks]
        plain = allowed[0][0] if allowed else {schema.INT: 1, schema.BOOL: True}.get(column.dtype.type, "x")
        value = plain if column.dtype.type in (schema.TEXT, schema.INT, schema.BOOL) else None
        columns["f0" if column.regex else name] = pd.Series([value], dtype=column.dtype.type)
    return pd.DataFrame(columns)


def _faults(declared: pa.DataFrameSchema) -> Iterator[pd.DataFrame]:
    frame = _row(declared)
    yield frame
    yield frame.assign(more=schema.texts(["x"]))
    columns = zip(declared.columns.values(), frame.columns, strict=True)
    # One column of each kind will do.
    kinds = {(str(said.dtype), said.nullable, said.regex, bool(said.checks)): name for said, name in columns}
    for name in kinds.values():
        yield frame.drop(columns=name)
        yield frame.rename(columns={name: f"{name}x"})
        yield frame.assign(**{name: pd.Series([None], dtype=frame[name].dtype)})
        yield frame.assign(**{name: frame[name].astype(object)})
        yield frame.assign(**{name: schema.texts(["no such word"])})


@pytest.mark.parametrize("declared", DECLARED.values(), ids=DECLARED)
def test_what_passes_at_a_glance_is_what_pandera_lets_pass(declared):
    for frame in _faults(declared):
        try:
            passed = declared.validate(frame, lazy=True)
        except pa.errors.SchemaErrors:
            with pytest.raises(LeadsError):
                schema.check(declared, frame)
            continue
        assert schema._as_declared(declared, frame)
        pd.testing.assert_frame_equal(schema.check(declared, frame), passed)


def test_a_column_that_is_there_twice_is_left_to_pandera():
    frame = _row(schema.LINKS)
    assert not schema._as_declared(schema.LINKS, pd.concat([frame, frame[["rule"]]], axis=1))


def test_what_is_written_into_a_checked_frame_stays_in_it():
    frame = _row(schema.LINKS)
    checked = schema.check(schema.LINKS, frame)
    checked.loc[0, "rule"] = "another"
    assert frame["rule"].tolist() == ["x"]
