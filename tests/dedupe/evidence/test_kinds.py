"""Records as they are compared: sounds, words, lists, and which domains are somebody's own."""

import pandas as pd
import pytest

from dedupe.evidence.kinds import Evidence, names, prepared, sound
from leads.schema import texts


def columns(kind: str, *cells: str | None, root: tuple[str | None, ...] = ()) -> dict[str, list[object]]:
    frame = pd.DataFrame({"x": texts(cells)})
    if root:
        frame["root"] = texts(root)
    table = prepared(frame, [Evidence("x", kind, root="root" if root else "")])  # type: ignore[arg-type]
    return {name: table[name].to_pylist() for name in table.column_names}


@pytest.mark.parametrize(("one", "other"), [("petrov", "petrof"), ("sidorova", "sidorva"), ("meier", "meir")])
def test_misspellings_mostly_sound_alike(one: str, other: str) -> None:
    assert sound(one)[:3] == sound(other)[:3]


def test_unlike_names_do_not() -> None:
    assert len({sound(name) for name in ("petrov", "sidorov", "meier", "popov", "")}) == 5


def test_records_are_numbered_and_what_is_empty_is_missing() -> None:
    assert columns("family", "petrov", None, "") == {
        "id": [1, 2, 3],
        "e0": ["petrov", None, None],
        "e0_s": ["ptrv", None, None],
    }


def test_lists_are_sorted_and_without_doubles() -> None:
    assert columns("phone", "916\n495\n916", None)["e0"] == [["495", "916"], None]


def test_words_are_told_from_rare_ones() -> None:
    found = columns("text", *["lenina street"] * 10, "rosa street")
    assert found["e0_w"][10] == ["rosa", "street"]
    assert found["e0_k"][10] == ["rosa"]
    assert found["e0_k"][0] is None


def test_a_domain_that_everybody_has_is_nobodys_own() -> None:
    found = columns("email", *[f"user{n}@mail.example" for n in range(98)], "a@firm.example", None)
    assert found["e0_d"][0] is None
    assert found["e0_d"][98:] == ["firm.example", None]


def test_pet_forms_come_as_lists() -> None:
    assert columns("given", "dima", "anna", root=("dmitri\nvadim", None))["e0_f"] == [["dmitri", "vadim"], None]


def test_a_firm_is_what_a_record_is_called_only_where_no_person_is() -> None:
    person = [Evidence("a", "given"), Evidence("b", "name"), Evidence("c", "family")]
    assert names(person) == [0, 2]
    assert names([Evidence("b", "name"), Evidence("c", "text")]) == [0]
