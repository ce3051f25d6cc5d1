from collections.abc import Callable
from typing import Any

import pandas as pd

from dedupe.deriving.versions import versions
from leads import schema

COLUMNS = ("record_key", "part", "lead_id", "contact", "live", "kind", "family_key", "given_key", "company_key")


def stored(*rows: tuple[str, str, bool]) -> pd.DataFrame:
    """Stored versions of records: (record_key, lead_id, live), all of contact k1."""
    frame = pd.DataFrame(
        [(key, 0, lead, "k1", live, "person", "smith", "ann", None) for key, lead, live in rows],
        columns=list(COLUMNS),
    )
    types = dict.fromkeys(COLUMNS, schema.TEXT) | {"part": schema.INT, "live": schema.BOOL}
    return frame.astype(types)


def states(make_chunk: Callable[..., Any], known: pd.DataFrame, *rows: tuple[str, str]) -> list[tuple[Any, ...]]:
    leads, _ = make_chunk([{"key": key, "id": lead} for key, lead in rows])
    found = versions(leads.sample(frac=1, random_state=1), known)
    assert found["row"].tolist() == list(range(len(rows)))
    found = found[["lead_id", "state", "old_lead_id", "contact"]].astype(object)
    return list(found.where(found.notna(), None).itertuples(index=False, name=None))


def test_a_record_is_new_once(make_chunk: Callable[..., Any]) -> None:
    assert states(make_chunk, stored(), ("r", "a"), ("s", "b"), ("r", "a")) == [
        ("a", "new", None, None), ("b", "new", None, None), ("a", "duplicate", None, None),
    ]  # fmt: skip


def test_new_content_of_a_stored_record(make_chunk: Callable[..., Any]) -> None:
    known = stored(("r", "a", False), ("r", "b", True))
    assert states(make_chunk, known, ("r", "c"), ("r", "b"), ("r", "a")) == [
        ("c", "version", "b", "k1"), ("b", "duplicate", None, None), ("a", "duplicate", None, None),
    ]  # fmt: skip


def test_versions_within_a_chunk_follow_one_another(make_chunk: Callable[..., Any]) -> None:
    known = stored(("r", "a", True))
    assert states(make_chunk, known, ("r", "b"), ("r", "b"), ("r", "c")) == [
        ("b", "version", "a", "k1"), ("b", "duplicate", None, None), ("c", "version", "b", None),
    ]  # fmt: skip
    assert states(make_chunk, stored(), ("r", "b"), ("r", "c"), ("r", "b")) == [
        ("b", "new", None, None), ("c", "version", "b", None), ("b", "duplicate", None, None),
    ]  # fmt: skip


def test_the_parts_of_a_row_are_records_of_their_own(make_chunk: Callable[..., Any]) -> None:
    leads, _ = make_chunk([{"key": "r", "id": "a"}, {"key": "r", "id": "b", "part": 1}])
    leads["row"] = pd.array([0, 0], dtype=schema.INT)
    assert versions(leads, stored())["state"].tolist() == ["new", "new"]
    again = versions(leads.assign(lead_id=schema.texts(["c", "d"])), stored(("r", "a", True)))
    assert again[["state", "old_lead_id"]].fillna("").to_numpy().tolist() == [["version", "a"], ["new", ""]]


def test_what_is_new_throughout_is_said_as_among_others(make_chunk: Callable[..., Any]) -> None:
    leads, _ = make_chunk([{"key": f"r{n}", "id": f"l{n}"} for n in range(5)])
    leads = leads.sample(frac=1, random_state=1)
    among_others = versions(leads, stored(("other", "a", True)))
    pd.testing.assert_frame_equal(versions(leads, stored()), among_others)
