import pandas as pd
import pytest

from enrich.normalise import normalise
from enrich.wide import wide
from leads import schema


def read(*rows: dict[str, str]) -> list[dict[str, object]]:
    columns = {name: schema.texts(row.get(name) for row in rows) for name in schema.STATED.columns}
    stated = pd.DataFrame(columns)
    stated["lead_id"] = stated["record_key"] = schema.texts(f"lead{place}" for place in range(len(rows)))
    for number in ("row", "part"):
        stated[number] = pd.Series(pd.array(range(len(rows)), dtype=schema.INT))
    frame = wide(*normalise(stated, region="RU", language="ru"))
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def test_points_stand_beside_their_own_lead() -> None:
    rows = read(
        {"full_name": "Анна Ким", "phone": "8 916 123-45-67\n+7 495 123-45-67 доб. 12"},
        {"full_name": "Nobody"},
        {"email": "Anna.Kim@Example.com", "phone": "79161234567.0"},
    )
    assert [row["family_name"] for row in rows] == ["Ким", "Nobody", None] or rows[1]["given_name"] == "Nobody"
    first, none, last = rows
    assert (first["phone_e164"], first["phone_type"], first["phone_usable"]) == ("+79161234567", "mobile", True)
    assert (first["phone2_e164"], first["phone2_ext"], first["phone3_e164"]) == ("+74951234567", "12", None)
    assert {value for name, value in none.items() if name.startswith(("phone", "email"))} == {None}
    assert (last["phone_e164"], last["phone_repair"], last["phone_flag"]) == (
        "+79161234567", "repaired: decimal", None
    )  # fmt: skip
    assert (last["email_key"], last["email_address"]) == ("anna.kim@example.com", "Anna.Kim@example.com")


def test_a_number_that_cannot_be_read_has_a_place_and_a_reason() -> None:
    (row,) = read({"phone": "123\n8 916 123-45-67"})
    assert (row["phone_e164"], row["phone_valid"], row["phone2_e164"]) == (None, False, "+79161234567")
    assert row["phone_flag"]


@pytest.mark.parametrize(("kind", "texts", "more"), [
    ("phone", [f"+7916123456{n}" for n in range(5)], "+79161234563|+79161234564"),
    ("email", [f"a{n}@example.com" for n in range(5)], "a3@example.com|a4@example.com"),
])  # fmt: skip
def test_more_than_three_stand_together(kind: str, texts: list[str], more: str) -> None:
    (row,) = read({kind: "\n".join(texts)})
    assert row[f"{kind}s_more"] == more


def test_messengers_stand_together() -> None:
    (row,) = read({"telegram": "@anna_kim", "viber": "+79161234567"})
    assert row["messengers"] == "telegram:anna_kim|viber:+79161234567"
