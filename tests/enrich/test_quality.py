"""Which leads nobody could be reached by, and why."""

import pandas as pd

from enrich.quality import unusable
from leads import schema


def points(*rows: tuple[str, str, bool, str | None]) -> pd.DataFrame:
    """The columns of POINTS that quality reads."""
    return pd.DataFrame(
        {
            "lead_id": schema.texts(row[0] for row in rows),
            "type": schema.texts(row[1] for row in rows),
            "usable": pd.Series(pd.array([row[2] for row in rows], dtype=schema.BOOL)),
            "flag": schema.texts(row[3] for row in rows),
        }
    )


def test_the_reason_is_that_of_the_first_point_set_aside() -> None:
    leads = pd.DataFrame({"lead_id": schema.texts(["d", "a", "b", "c"])})
    stated = points(
        ("a", "phone", False, "too short"),
        ("a", "phone", True, None),
        ("b", "phone", False, "too short"),
        ("b", "email", False, "no @"),
        ("c", "email", False, "no @"),
    )
    left = unusable(leads, stated)
    assert left["lead_id"].tolist() == ["d", "b", "c"]
    assert left["reason"].tolist() == ["no contact point", "phone: too short", "email: no @"]
    assert left.dtypes.tolist() == [schema.TEXT, schema.TEXT]


def test_a_repaired_point_is_a_usable_one() -> None:
    leads = pd.DataFrame({"lead_id": schema.texts(["a"])})
    assert unusable(leads, points(("a", "phone", True, "repaired: decimal"))).empty
