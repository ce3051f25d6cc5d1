"""What the gate is asked about the contact points of a card."""

import pandas as pd

from leads import schema
from sales.permission import questions


def frame(columns: list[str], *rows: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame({name: schema.texts(row.get(name) for row in rows) for name in columns})


def test_each_type_is_asked_about_on_its_own_channels() -> None:
    card = {"contact": "c1", "source_regions": "RU", "audience": "consumer"}
    told = (
        {"type": "phone", "value": "+79161234567", "region": "RU"},
        {"type": "email", "value": "a@example.com"},
        {"type": "messenger", "value": "whatsapp:+36301234567", "region": "HU"},
        {"type": "messenger", "value": "telegram:sample_k"},
    )
    points = frame(list(schema.CARD_POINTS.columns), *({"contact": "c1", "display": "x", **p} for p in told))
    asked = questions(frame(list(schema.CARDS.columns), card), points, "marketing")
    assert list(asked[["value", "channel", "jurisdictions"]].itertuples(index=False, name=None)) == [
        ("a@example.com", "email", "RU"),
        ("telegram:sample_k", "messenger", "RU"),
        ("whatsapp:+36301234567", "messenger", "HU"),
        ("+79161234567", "call", "RU"),
        ("+79161234567", "sms", "RU"),
    ]
