from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pa
import pytest

from consent.policy import Packs, load_packs
from leads import schema
from leads.source import Consent, Source

POLICY = Path(__file__).parents[2] / "config" / "policy"


def frame(declared: pa.DataFrameSchema, rows: list[dict[str, Any]], **more: Any) -> pd.DataFrame:
    """Rows as a frame of the schema; columns that a row does not name are null."""
    types = {name: column.dtype.type for name, column in declared.columns.items()} | more
    return pd.DataFrame(
        {name: pd.Series([row.get(name) for row in rows], dtype=type_) for name, type_ in types.items()}
    )


@pytest.fixture(scope="session")
def packs() -> Packs:
    return load_packs(POLICY)


@pytest.fixture(scope="session")
def make_leads() -> Callable[..., pd.DataFrame]:
    def build(*consents: str | None, **given: Any) -> pd.DataFrame:
        plain = {"part": 0, "kind": "person", "occurred_at": None, **given}
        rows = [
            {"lead_id": f"lead{i}", "row": i, "record_key": f"k{i}", "consent": answer, **plain}
            for i, answer in enumerate(consents)
        ]
        return frame(schema.LEADS, rows)

    return build


@pytest.fixture(scope="session")
def make_points() -> Callable[..., pd.DataFrame]:
    def build(*points: tuple[str, str, str | None], **given: Any) -> pd.DataFrame:
        plain = {"text": "as written", "valid": True, "usable": True, "slot": 0, **given}
        rows = [{"lead_id": lead, "type": type_, "value": value, **plain} for lead, type_, value in points]
        return frame(schema.POINTS, rows)

    return build


@pytest.fixture(scope="session")
def make_source() -> Callable[..., Source]:
    def build(consent: dict[str, Any] | None = None, **given: Any) -> Source:
        asked = Consent(text="I agree", version="v3", given=("Yes", "да"), refused=("no",), **(consent or {}))
        plain = {
            "name": "sample", "title": "Sample", "kind": "web_form", "owner": "sales", "licence": "own",
            "legal_basis": "legitimate interest", "from_person": True, "region": "DE", "language": "de",
        }  # fmt: skip
        return Source(**{**plain, "consent": asked, **given})

    return build


@pytest.fixture(scope="session")
def make_asked() -> Callable[[list[Any]], pd.DataFrame]:
    """From (type, value, channel, purpose, jurisdictions, audience), or from whole rows."""

    def build(questions: list[Any]) -> pd.DataFrame:
        names = ("type", "value", "channel", "purpose", "jurisdictions", "audience")
        plain = {"contact": "c1"}
        return frame(
            schema.ASKED,
            [plain | (one if isinstance(one, dict) else dict(zip(names, one, strict=True))) for one in questions],
        )

    return build


@pytest.fixture(scope="session")
def make_events() -> Callable[[list[dict[str, Any]]], pd.DataFrame]:
    """Ledger rows with `seq`; `value` and what an Event holds are given, the rest is filled in."""

    def build(rows: list[dict[str, Any]]) -> pd.DataFrame:
        plain = {
            "type": "phone", "controller": "us", "basis": "consent", "method": "checkbox", "source": "s",
            "evidence_ref": "b#0", "recorded_time": "2026-01-01T00:00:00.000000Z",
        }  # fmt: skip
        return frame(schema.HISTORY, [{**plain, "seq": i, **row} for i, row in enumerate(rows)])

    return build
