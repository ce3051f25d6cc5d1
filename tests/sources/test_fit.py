"""Rows whose cells moved over are told from those that only look odd."""

import pyarrow as pa

from sources.fit import Fit


def shifted(*columns: list[str | None]) -> list[int]:
    return Fit().shifted([pa.chunked_array([pa.array(column, pa.string())]) for column in columns])


def test_an_email_beside_its_column_is_a_shifted_row() -> None:
    mails = [*(f"a{i}@example.com" for i in range(7)), "Apex"]
    assert shifted(["Apex"] * 7 + [None], mails, [None] * 7 + ["a7@example.com"]) == [7]


def test_an_account_is_no_email() -> None:
    """Accounts with an @ in most rows, and further addresses beside them in one: nothing has moved."""
    further = ["b@example.com", *[None] * 6]
    assert shifted(["Skype: live:ann", *(f"Telegram: @ann{i}" for i in range(6))], further) == []
