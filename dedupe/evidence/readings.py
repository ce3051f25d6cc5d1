"""How leads of the store are compared: which evidence people and organisations give, as columns of READINGS."""

import pandas as pd

from dedupe.evidence.kinds import LISTS, Evidence, sound
from leads import schema

EVIDENCE: dict[str, tuple[Evidence, ...]] = {
    "person": (
        Evidence("family", "family", "surname"),
        Evidence("given", "given", "given name", "root"),
        Evidence("father", "patronymic", "patronymic"),
        Evidence("birthday", "date", "birthday"),
        Evidence("company", "firm", "company"),
        Evidence("city", "word", "city"),
        Evidence("street", "word", "street"),
        Evidence("house", "code", "house"),
        Evidence("phone", "phone", "phone"),
        Evidence("email", "email", "e-mail"),
        Evidence("profile", "account", "profile"),
    ),
    "organisation": (
        Evidence("company", "firm", "name"),
        Evidence("city", "word", "city"),
        Evidence("street", "word", "street"),
        Evidence("house", "code", "house"),
        Evidence("domain", "code", "domain"),
        Evidence("phone", "phone", "phone"),
        Evidence("email", "email", "e-mail"),
        Evidence("profile", "account", "profile"),
    ),
}


def rated(kind: str) -> list[Evidence]:
    """The evidence of which a value counts the more, the rarer it is."""
    return [one for one in EVIDENCE[kind] if one.kind not in LISTS]


def with_sounds(readings: pd.DataFrame) -> pd.DataFrame:
    """READINGS with `family_s`, `given_s` and `company_s`, which most misspellings leave as they are."""
    return readings.assign(**{f"{name}_s": _sounds(readings[name]) for name in ("family", "given", "company")})


def _sounds(cells: pd.Series) -> pd.Series:
    return cells.map({key: sound(key) for key in cells.dropna().unique()}).astype(schema.TEXT)


def by_kind(readings: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """READINGS of people, and those of organisations."""
    return [(kind, readings[readings["kind"] == kind].reset_index(drop=True)) for kind in EVIDENCE]


def together(*frames: pd.DataFrame) -> pd.DataFrame:
    """READINGS of several frames, each lead once."""
    return pd.concat(frames, ignore_index=True).drop_duplicates("lead_id", ignore_index=True)
