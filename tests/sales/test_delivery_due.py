"""Who is due for a hand-over, and for which reason."""

from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from leads import schema
from sales.delivery import due

few = settings(max_examples=15, deadline=None)
DAY = "2026-05-{:02}T09:00:00.000000Z"
TOUCH = ["contact", "lead_id", "source", "source_kind", "at"]


def touches(*stated: tuple[str, str, str, int]) -> pd.DataFrame:
    """contact, lead, kind of source, day"""
    told = [(c, lead, f"{kind}_1", kind, DAY.format(day)) for c, lead, kind, day in stated]
    return pd.DataFrame(told, columns=TOUCH).astype(schema.TEXT)


def delivered(*stated: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(list(stated), columns=["contact", "reason"]).astype(schema.TEXT)


def reasons(found: pd.DataFrame) -> list[tuple[str, str]]:
    return list(found[["contact", "reason"]].itertuples(index=False, name=None))


def test_a_contact_never_delivered_is_due_once_as_first() -> None:
    found = due(touches(("c1", "l1", "purchased_base", 1), ("c1", "l2", "listing", 2)), delivered())
    assert found.to_numpy().tolist() == [["c1", "first", "l1", "purchased_base_1", DAY.format(1)]]


def test_first_is_named_after_the_newest_own_act_and_takes_the_answers_along() -> None:
    met = touches(("c1", "l1", "purchased_base", 1), ("c1", "l2", "web_form", 2), ("c1", "l3", "event", 3))
    found = due(met, delivered())
    assert reasons(found) == [("c1", "first"), ("c1", "answer:l3"), ("c1", "answer:l2")]
    assert found["lead_id"].tolist() == ["l3", "l3", "l2"]
    assert due(met, found[["contact", "reason"]]).empty


def test_a_known_contact_is_due_again_only_for_an_act_of_its_own() -> None:
    met = touches(("c1", "l1", "web_form", 1), ("c1", "l2", "purchased_base", 2), ("c1", "l3", "listing", 3))
    known = delivered(("c1", "first"), ("c1", "answer:l1"))
    assert due(met, known).empty
    again = pd.concat([met, touches(("c1", "l4", "web_form", 4), ("c1", "l5", "event", 5))])
    assert reasons(due(again, known)) == [("c1", "answer:l5"), ("c1", "answer:l4")]


MET = st.lists(
    st.tuples(
        st.sampled_from(["c1", "c2"]),
        st.sampled_from(["l1", "l2", "l3", "l4"]),
        st.sampled_from(["web_form", "event", "purchased_base", "listing"]),
        st.integers(1, 5),
    ),
    max_size=6,
    unique_by=lambda touch: touch[:2],
)


@few
@given(met=MET, order=st.randoms(use_true_random=False))
def test_every_reason_is_due_once_whenever_it_is_asked(met: list[Any], order: Any) -> None:
    known = delivered()
    for i in (len(met) // 2, len(met)):
        found = due(touches(*met[:i]), known)
        mixed = order.sample(met[:i], k=i)
        pd.testing.assert_frame_equal(due(touches(*mixed), known), found)
        known = pd.concat([known, found[["contact", "reason"]]])
        assert due(touches(*met[:i]), known).empty
    assert not known.duplicated().any()
    firsts = known.loc[known["reason"] == "first", "contact"]
    assert sorted(firsts) == sorted({contact for contact, *_ in met})
    own = {(c, f"answer:{lead}") for c, lead, kind, _ in met if kind in ("web_form", "event")}
    assert set(reasons(known)) == own | {(contact, "first") for contact in firsts}
