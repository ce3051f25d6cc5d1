"""Frames at the stages' borders: a fault names column, check and rows, and never a value."""

import pandas as pd
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
