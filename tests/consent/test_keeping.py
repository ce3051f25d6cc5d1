"""Whose time is over, by source, contract and law, and until when proof holds it up."""

from typing import Any

import pandas as pd
import pytest

from consent import keeping
from consent.duties import Keep, Proof
from leads import schema
from leads.source import Source

PLAIN = {"title": "T", "kind": "purchased_base", "owner": "o", "licence": "l", "legal_basis": "b",
         "from_person": False, "region": "DE", "language": "de"}  # fmt: skip
LAW = [Keep(country="FR", statute="law", seen="secondary", longest="P3Y")]
PROOF = [
    Proof(country="DE", audiences=("consumer",), channels=("call",), statute="7a", seen="primary", period="P5Y")
]


def source(name: str, **more: Any) -> Source:
    return Source(**{**PLAIN, "name": name, **more})


def frame(declared: Any, *rows: dict[str, Any]) -> pd.DataFrame:
    types = {name: column.dtype.type for name, column in declared.columns.items()}
    return pd.DataFrame({n: pd.Series([row.get(n) for row in rows], dtype=t) for n, t in types.items()})


def at(day: str) -> str:
    return f"{day}T00:00:00.000000Z"


def kept(name: str = "aa", **more: Any) -> dict[str, Any]:
    return {
        "contact": "c",
        "country": "DE",
        "audience": "consumer",
        "source": name,
        "obtained": at("2024-01-31"),
        **more,
    }


@pytest.mark.parametrize(("rows", "sources", "ended", "reason"), [
    ([kept()], [source("aa")], None, ""),
    ([kept()], [source("aa", retention="P1M")], "2024-02-29", "retention"),
    ([kept()], [source("aa", retention="P30D")], "2024-03-01", "retention"),
    ([kept(acted=at("2024-02-10"))], [source("aa", retention="P1M")], "2024-03-10", "retention"),
    ([kept(acted=at("2023-02-10"))], [source("aa", retention="P1M")], "2024-02-29", "retention"),
    ([kept(ordered=at("2024-05-01"))], [source("aa", retention="P1M")], "2024-06-01", "retention"),
    ([kept()], [source("aa", until="2024-02-01")], "2024-02-01", "contract"),
    ([kept()], [source("aa", retention="P1M", until="2024-02-01")], "2024-02-01", "contract"),
    ([kept()], [source("aa", retention="P1M", until="2025-02-01")], "2024-02-29", "retention"),
    ([kept(), kept("bb")], [source("aa", until="2024-02-01"), source("bb")], None, ""),
    ([kept(), kept("bb")], [source("aa", until="2024-02-01"), source("bb", retention="P1M")], "2024-02-29", "retention"),
    ([kept(), kept("gone")], [source("aa", until="2024-02-01")], None, ""),
    ([kept(country="FR")], [source("aa")], "2027-01-31", "law"),
    ([kept(country="FR")], [source("aa", retention="P1M")], "2024-02-29", "retention"),
    ([kept(country="FR", acted=at("2025-01-01"))], [source("aa", retention="P9Y")], "2028-01-01", "law"),
    ([kept(country="FR", ordered=at("2024-01-01"))], [source("aa")], None, ""),
])  # fmt: skip
def test_whose_time_is_over(rows, sources, ended, reason):
    data = frame(keeping.KEPT, *rows)
    found = keeping.past(data, sources, LAW, at("2099-01-01"))
    assert [(one[:10], why) for one, why in found[["ended", "reason"]].itertuples(index=False)] == (
        [(ended, reason)] if ended else []
    )
    if ended:
        last = found["ended"][0]
        assert len(keeping.past(data, sources, LAW, last)) == 1
        assert keeping.past(data, sources, LAW, last[:-4] + "000Z").empty or last.endswith("000000Z")
        assert keeping.past(data, sources, LAW, f"{ended[:-2]}00").empty, "not before that day"


def held(*, events=(), contacted=(), by_hand=(), of=(), sources=(), now="2026-01-01", audience="consumer"):
    texts = dict.fromkeys(("contact", "until", "because"), schema.TEXT)
    found = keeping.held(
        pd.DataFrame([("c", "DE", audience)], columns=["contact", "country", "audience"]).astype(schema.TEXT),
        frame(schema.CARD_POINTS, {"contact": "c", "type": "phone", "value": "+49"}),
        frame(schema.HISTORY, *({"type": "phone", "value": "+49", "actor": "subject", **one} for one in events)),
        frame(schema.CONTACTED, *contacted),
        pd.DataFrame([("c", *one) for one in by_hand], columns=list(texts)).astype(texts),
        pd.DataFrame([("c", one) for one in of], columns=["contact", "source"]).astype(schema.TEXT),
        sources, PROOF, at(now),
    )  # fmt: skip
    return [(until[:10], because) for _, until, because in found.itertuples(index=False)]


YES = {"kind": "given", "channel": "call", "purpose": "marketing", "event_time": at("2022-06-01")}


@pytest.mark.parametrize(("given", "until"), [
    ({}, []),
    ({"by_hand": [(at("2027-01-01"), "case")]}, [("2027-01-01", "case")]),
    ({"by_hand": [(at("2025-01-01"), "case")]}, []),
    ({"of": ["aa"], "sources": [source("aa", proof_until="2026-05-01")]}, [("2026-05-01", "source aa")]),
    ({"events": [YES]}, [("2027-06-01", "7a")]),
    ({"events": [YES], "now": "2027-06-01"}, []),
    ({"events": [YES], "contacted": [{"contact": "c", "channel": "call", "at": at("2023-02-02")}]},
     [("2028-02-02", "7a")]),
    ({"events": [YES], "contacted": [{"contact": "c", "channel": "sms", "at": at("2023-02-02")}]},
     [("2027-06-01", "7a")]),
    ({"events": [YES | {"channel": "sms"}]}, []),
    ({"events": [YES | {"kind": "imported_claim"}]}, []),
    ({"events": [YES | {"actor": "operator"}]}, []),
    ({"events": [YES | {"jurisdiction": "AT"}]}, []),
    ({"events": [YES], "audience": "business"}, []),
    ({"events": [YES], "by_hand": [(at("2030-01-01"), "case")]}, [("2030-01-01", "case")]),
])  # fmt: skip
def test_until_when_proof_must_be_kept(given, until):
    assert held(**given) == until
